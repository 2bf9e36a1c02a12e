"""One connection to a database file: the functions that translated queries call, and the limits of its work."""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from alignak_backend_embedded.store.errors import TooLongError

from . import budget
from .codec import decode, decode_text
from .matcher import Predicate, values_at
from .ordering import MISSING, sort_scalar

if TYPE_CHECKING:
    from .translate import Query

BUSY_SECONDS: Final = 30.0
"""How long a write waits for others, in seconds."""
WRITE_SECONDS: Final = 20.0
"""The limit of processor time for a write with its side effects, since it blocks other writers."""

_STATEMENTS: Final = 256
_LONG_STATEMENT: Final = 4096
"""Characters; SQLite takes some fifteen bytes for each, as long as the statement is kept."""


class Times(NamedTuple):
    """Limits of processor time, in seconds; None for the default.

    Attributes:
        filter_seconds: the limit for a query, see :mod:`.budget`.
        write_seconds: the limit for a write with its side effects.
    """

    filter_seconds: float | None = None
    write_seconds: float | None = None

    def write(self) -> float:
        """The limit for a write."""
        return WRITE_SECONDS if self.write_seconds is None else self.write_seconds


class Connection:
    """An SQLite connection with the functions for translated queries.

    Attributes:
        raw: the connection.
        predicates: the functions that ``matches(n, ...)`` of the current statement calls.
        until: the limit for the processor time of this thread at the end of the transaction.
    """

    def __init__(self, path: str, times: Times) -> None:
        self._times = times
        self.raw = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=_STATEMENTS
        )
        self.predicates: list[Predicate] = []
        self.until = math.inf
        self._failure: Exception | None = None
        self._changes = 0
        self.raw.create_function("matches", 2, self._guarded(self._matches))
        self.raw.create_function("matches_scalar", 2, self._guarded(self._matches_scalar))
        self.raw.create_function("sort_key", 3, self._guarded(_sort_key), deterministic=True)
        self.raw.set_progress_handler(budget.is_over, budget.STEPS)

    def _matches(self, number: int, text: str | None) -> bool:
        budget.check(len(text or ""))
        return self.predicates[number](MISSING if text is None else decode(text))

    def _matches_scalar(self, number: int, value: Any) -> bool:
        text = value if isinstance(value, str) else None
        budget.check(len(text or ""))
        return self.predicates[number](value if text is None else decode_text(text))

    def _guarded(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Keep the exception of a function, which SQLite would replace by a generic one."""

        def call(*args: Any) -> Any:
            try:
                return function(*args)
            except Exception as error:
                self._failure = error
                raise

        return call

    def run(self, sql: str, values: tuple[Any, ...] = ()) -> list[Any]:
        """Execute a statement that takes no time, and return all its rows."""
        return self.raw.execute(sql, values).fetchall()

    def ask(
        self, sql: str, query: Query, *values: Any, gather: Callable[[Iterable[Any]], list[Any]] = list
    ) -> list[Any]:
        """Execute a statement that contains the filter of a query, and return its rows.

        Args:
            sql: the statement.
            query: the query, whose parameters come first.
            values: further parameters.
            gather: converts the iterator of rows.

        Raises:
            QueryError: the filter cannot be evaluated, or takes too long.
        """
        self.predicates = query.predicates
        budget.begin(query.began, query.gate, self._times.filter_seconds)
        try:
            if self.until < math.inf:
                self._check_time()
            return gather(self.raw.execute(sql, (*query.where.values, *values)))
        except sqlite3.OperationalError as error:
            failure, self._failure = self._failure, None
            if failure is not None:
                raise failure from None
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                budget.check()
            raise
        finally:
            self.predicates = []
            budget.begin()
            if len(sql) > _LONG_STATEMENT:
                self._forget_statements()

    def _forget_statements(self) -> None:
        """Drop what the connection keeps prepared, the least used first: sqlite3 has no call for it."""
        for number in range(_STATEMENTS):
            self.raw.execute(f"SELECT {number}")

    def _check_time(self) -> None:
        if time.thread_time() > self.until:
            seconds = self._times.write()
            raise TooLongError(
                f"The write took more than {seconds:.0f} seconds of work and was rolled back: write less at once"
            )

    def change(self, sql: str, values: tuple[Any, ...]) -> int:
        """Execute a writing statement and return the rows' count, or the ``seq`` of an inserted row."""
        if self._changes % 16 == 0:  # reading the clock takes as long as finding a row
            self._check_time()
        self._changes += 1
        cursor = self.raw.execute(sql, values)
        return int(cursor.lastrowid or 0) if sql.startswith("INSERT") else cursor.rowcount


def _sort_key(text: str | None, below: str, direction: int) -> Any:
    budget.check(len(text or ""))
    value = MISSING if text is None else decode(text)
    return sort_scalar(values_at(value, tuple(below.split(".")) if below else ()), direction)
