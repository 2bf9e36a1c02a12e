"""Watching problems: new, changed and resolved ones, and whether the backend is reachable."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from alignak_backend_client.exceptions import BACKEND_ERROR, BackendException, is_logged_out
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.monitoring.problems import Problems, Row

RECENT_SECONDS: Final = 60
"""Seconds for which a change counts as recent."""

_Key = tuple[str, str]


class View(NamedTuple):
    """The last known problems.

    Attributes:
        rows: the problems, each with its recent ``change``: ``new``, ``changed``, or an empty text.
        gone: rows of recently resolved problems.
        at: time of the last successful read, in seconds since 1970.
        lost: why the backend cannot be read, in which case the rows are outdated; None if it can.
    """

    rows: list[Row]
    gone: list[Row]
    at: float
    lost: str | None = None


class Watch:
    """Reads problems repeatedly and determines the changes.

    Args:
        read: reads the problems.
        clock: returns the time in seconds since 1970.

    Attributes:
        view: the last known problems; replaced as a whole, so that another thread may read it.
    """

    def __init__(self, read: Callable[[], Problems], clock: Callable[[], float] = time.time) -> None:
        self._read = read
        self._clock = clock
        self._seen: dict[_Key, Row] = {}
        self._changes: dict[_Key, tuple[float, str, Row]] = {}
        self.view = View([], [], 0)

    def refresh(self) -> list[dict[str, Any]]:
        """Read the problems and return the changes since the last read; the first time, all problems are new.

        Returns:
            Rows with ``time``, in seconds since 1970, and ``change``: ``gone``, ``new``, or ``changed`` (other state or
            flags). If the backend cannot be read, there is one row ``lost`` with a ``reason``, only once, and a row
            ``back`` when it can be read again.

        Raises:
            BackendException, ItemError: the first read failed, or the backend rejects the login.
        """
        try:
            found = self._read().rows
        except (BackendException, ItemError) as error:
            if not self.view.at or is_logged_out(getattr(error, "response", None)):
                raise
            known, now = self.view.lost, int(self._clock())
            self.view = self.view._replace(lost=_reason(error))
            return [] if known else [{"time": now, "change": "lost", "reason": self.view.lost}]
        return self._record_changes({(row["type"], row["name"]): row for row in found})

    def _record_changes(self, found: dict[_Key, Row]) -> list[dict[str, Any]]:
        """Update the view, and return the changes."""
        now = self._clock()
        first = not self.view.at
        changes: list[dict[str, Any]] = [{"time": int(now), "change": "back"}] if self.view.lost else []
        changed = [(key, "gone", row) for key, row in self._seen.items() if key not in found]
        for key, row in found.items():
            before = self._seen.get(key)
            if before is None or (before["state"], before["flags"]) != (row["state"], row["flags"]):
                changed.append((key, "new" if before is None else "changed", row))
        changes += [{"time": int(now), "change": change, **row} for _, change, row in changed]
        if not first:
            self._changes |= {key: (now, change, row) for key, change, row in changed}
        self._changes = {key: one for key, one in self._changes.items() if now - one[0] < RECENT_SECONDS}
        self._seen = found
        rows = [{**row, "change": self._changes[key][1] if key in self._changes else ""} for key, row in found.items()]
        self.view = View(rows, [row for _, change, row in self._changes.values() if change == "gone"], now)
        return changes


def _reason(error: BackendException | ItemError) -> str:
    if isinstance(error, ItemError):
        return str(error)
    return error.message if error.code == BACKEND_ERROR else f"the backend answers {error.code}: {error.reason}"
