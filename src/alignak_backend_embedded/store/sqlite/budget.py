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
"""Processor time of a query: on a machine that has other work to do, it takes longer, and is not rejected."""

STEPS: Final = 20_000
"""Instructions of SQLite's machine between two looks at the clock: about a millisecond."""

#: The processor time of this thread: that of a query began at some moment of it.
now: Final = time.thread_time


class _Current(threading.local):
    """The query that a thread works on."""

    began: float = math.inf
    seconds: float = SECONDS
    gate: Gate | None = None
    failure: Exception | None = None


_current: Final = _Current()


def begin(began: float = math.inf, gate: Gate | None = None, seconds: float | None = None) -> None:
    """Work on a query; without arguments, on nothing that has an end.

    Args:
        began: when its time began.
        gate: watches it.
        seconds: that it may take; None for :data:`SECONDS`.
    """
    _current.began, _current.gate, _current.failure = began, gate, None
    _current.seconds = SECONDS if seconds is None else seconds


def is_over() -> bool:
    """Return whether the query must not go on, which :func:`check` tells the reason of. SQLite asks."""
    try:
        check()
    except Exception as failure:  # noqa: BLE001 - SQLite would lose it
        _current.failure = failure
        return True
    return False


def is_long() -> None:
    """Go on with a query of which something takes long that cannot be looked into.

    Raises:
        Exception: what its gate raises.
    """
    if _current.gate is not None:
        _current.gate.check(0, math.inf)


def check(size: int = 0) -> None:
    """Go on with the query, of which so many bytes were read.

    Raises:
        QueryError: it has no time left.
        Exception: what its gate raises.
    """
    if _current.failure is not None:
        raise _current.failure
    spent = now() - _current.began
    if spent > _current.seconds:
        raise QueryError("the filter takes too long; make it simpler")
    if _current.gate is not None:
        _current.gate.check(size, spent)
