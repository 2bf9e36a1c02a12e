"""The time limit of a query: the cost of its filter in SQL and Python, over all its statements."""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING, Final

from alignak_backend_embedded.store.errors import QueryError

if TYPE_CHECKING:
    from alignak_backend_embedded.store.access import Gate

SECONDS: Final = 10.0
"""The limit is processor time, so that queries on a busy machine are not rejected."""

STEPS: Final = 20_000
"""Instructions of SQLite's virtual machine between two checks of the clock: about a millisecond."""

#: The processor time of this thread.
now: Final = time.thread_time


class _Current(threading.local):
    """The current query of a thread."""

    began: float = math.inf
    seconds: float = SECONDS
    gate: Gate | None = None
    failure: Exception | None = None


_current: Final = _Current()


def begin(began: float = math.inf, gate: Gate | None = None, seconds: float | None = None) -> None:
    """Start a query; without arguments, work without a limit.

    Args:
        began: the processor time at its start.
        gate: monitors it.
        seconds: its limit; None for :data:`SECONDS`.
    """
    _current.began, _current.gate, _current.failure = began, gate, None
    _current.seconds = SECONDS if seconds is None else seconds


def is_over() -> bool:
    """Return True if SQLite must interrupt the query; :func:`check` raises the reason."""
    try:
        check()
    except Exception as failure:  # noqa: BLE001 - SQLite would discard it
        _current.failure = failure
        return True
    return False


def is_long() -> None:
    """Continue the query before a long step that cannot be interrupted.

    Raises:
        Exception: the gate ends the query.
    """
    if _current.gate is not None:
        _current.gate.check(0, math.inf)


def check(size: int = 0) -> None:
    """Continue the query after reading some bytes.

    Raises:
        QueryError: its time is used up.
        Exception: the gate ends the query.
    """
    if _current.failure is not None:
        raise _current.failure
    spent = now() - _current.began
    if spent > _current.seconds:
        raise QueryError("the filter takes too long; make it simpler")
    if _current.gate is not None:
        _current.gate.check(size, spent)
