"""Results of writing items, as data."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, Protocol, TypeAlias

Action: TypeAlias = Literal["add", "update", "delete"]

Status: TypeAlias = Literal["created", "updated", "deleted", "unchanged", "skipped", "failed", "unfinished"]
"""The outcome for an item.

``created``, ``updated`` and ``deleted``: it was written, or would be. ``unchanged``: it already matches the data;
for deletions: it was already deleted.
``skipped``: it is left alone on purpose, such as the items of every new backend. ``failed``: it was rejected.
``unfinished``: the run ended early; as far as is known, it was not written, or not completely.
"""

WRITTEN: Final[tuple[Status, ...]] = ("created", "updated", "deleted")

OVERTAKEN: Final = "it was changed by somebody else in the meantime"
"""The reason if the item has changed since it was read; repeating the change or deletion may succeed."""

INCOMPLETE: Final = "it is in the backend, but incomplete"
"""Prefix of the reason for a new item that was created, but does not match the data completely."""

Changes: TypeAlias = Mapping[str, Mapping[str, Any]]
"""The changed fields of an item: by name, its ``old`` and ``new`` value, with names in links.

``old`` is missing if the item had no such field; for secrets, both are missing.
"""


class Result(NamedTuple):
    """The outcome for one item.

    Attributes:
        action: the requested action.
        type: its resource.
        name: its name, ``host/service`` for a service; empty if it has none.
        id: its id; empty if it is unknown.
        status: its outcome.
        entry: its position in the data, from 1; for services in the data of a host, that of the host.
        reason: why it failed, or a remark. It does not include the name.
        code: the HTTP status of the response, or the one that the backend would return; 1000 if there was no usable
            response; None if there is no error.
        changes: for an update, the fields that are sent.
        dry_run: True if nothing was sent; the status is the expected one.
    """

    action: Action
    type: str
    name: str
    id: str
    status: Status
    entry: int | None = None
    reason: str = ""
    code: int | None = None
    changes: Changes = MappingProxyType({})
    dry_run: bool = False


class Listener(Protocol):
    """Receives results, possibly from other threads, but one at a time; it must not raise."""

    def result(self, result: Result) -> None:
        """Record the outcome of an item."""

    def sending(self, action: Action, resource: str, names: list[str]) -> None:
        """Record that items are being sent; the names of items without one are empty."""

    def progress(self, done: int, total: int) -> None:
        """Record the progress."""


class Report:
    """The numbers of outcomes of a run; each result is passed to a listener immediately.

    Attributes:
        interrupted: True if the user interrupted the run.
        reason: why the run ended early; empty if it did not.
        code: the code for that reason, as in :class:`Result`.
        reported: True if an item was reported as failed for that reason.
    """

    def __init__(self, listener: Listener) -> None:
        self.interrupted = False
        self.reason = ""
        self.code: int | None = None
        self.reported = False
        self._listener = listener
        self._counts: Counter[tuple[str, Status]] = Counter()
        self._lock = threading.Lock()

    def record(self, result: Result) -> None:
        """Count a result, and pass it to the listener."""
        with self._lock:
            self._counts[result.type, result.status] += 1
            self._listener.result(result)

    def end(self, reason: str, code: int | None, *, reported: bool = False) -> None:
        """Record why the run cannot continue; the first reason is kept."""
        if not self.ended:
            self.reason, self.code, self.reported = reason, code, reported

    def interrupt(self) -> None:
        """Record that the user interrupted the run."""
        self.end("interrupted", None)
        self.interrupted = True

    @property
    def ended(self) -> bool:
        """True if the run cannot continue."""
        return bool(self.reason)

    def count(self, *statuses: Status, resource: str | None = None) -> int:
        """Return how many items have one of these statuses, for one resource or all."""
        return sum(
            number for (name, status), number in self._counts.items() if status in statuses and resource in (None, name)
        )

    @property
    def resources(self) -> list[str]:
        """Names of the resources of all items."""
        return list(dict.fromkeys(name for name, _ in self._counts))

    @property
    def ok(self) -> bool:
        """True if the run is complete and nothing failed."""
        return not self.ended and not self.count("failed", "unfinished")
