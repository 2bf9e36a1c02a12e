"""The time of a query: what its filter costs in SQL and in Python, in every statement that it is asked with."""

from __future__ import annotations

import math
import threading
import time
from typing import Final

from alignak_backend_embedded.store.errors import QueryError

SECONDS: Final = 10.0
"""Processor time of a query: on a machine that has other work to do, it takes longer, and is not refused."""

STEPS: Final = 20_000
"""Instructions of SQLite's machine between two looks at the clock: about a millisecond."""


class _Current(threading.local):
    """The query that a thread works on."""

    until: float = math.inf


_current: Final = _Current()


def end() -> float:
    """Return the time, of this thread, by which a query that begins now has to be done."""
    return time.thread_time() + SECONDS


def begin(until: float = math.inf) -> None:
    """Work on a query that has to be done by that time of this thread; without one, on nothing that has an end."""
    _current.until = until


def used_up() -> bool:
    """Tell whether the query has no time left."""
    return time.thread_time() > _current.until


def check() -> None:
    """Go on with the query.

    Raises:
        QueryError: it has no time left.
    """
    if used_up():
        raise QueryError("the filter takes too long; make it simpler")
