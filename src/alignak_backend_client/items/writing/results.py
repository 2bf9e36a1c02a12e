"""Results of writing items, as data."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, Protocol, TypeAlias

Action: TypeAlias = Literal["add", "update", "delete"]

Status: TypeAlias = Literal["created", "updated", "deleted", "unchanged", "skipped", "failed", "unfinished"]
"""What became of an item.

``created``, ``updated`` and ``deleted``: it was written, or would be. ``unchanged``: it is as the data says;
of what was to be deleted: it was gone already.
``skipped``: it is left as it is on purpose, such as what every backend has. ``failed``: it was rejected.
``unfinished``: the work ended before; as far as is known, it was not written, or not completely.
"""

WRITTEN: Final[tuple[Status, ...]] = ("created", "updated", "deleted")

OVERTAKEN: Final = "it was changed by somebody else in the meantime"
"""The reason of a change or deletion that was made for an item as it was before; doing it again may well succeed."""

INCOMPLETE: Final = "it is in the backend, but incomplete"
"""What the reason begins with for a new item that was created, and not brought in line with the data."""

Changes: TypeAlias = Mapping[str, Mapping[str, Any]]
"""The fields that are sent of an item that is changed: by name ``old`` and ``new`` value, with names in links.

``old`` is missing where the item had no such field. Of a secret both are.
"""


class Result(NamedTuple):
    """What became of one item.

    Attributes:
        action: what was to be done with it.
        type: its resource.
        name: its name, ``host/service`` for a service; empty if it has none.
        id: its id; empty if it is not known.
        status: its outcome.
        entry: its place in the data, from 1; that of its host for the services that come with one.
        reason: why it failed, or what else is to be known: the backend's words or ours. It does not repeat the name.
        code: the status of the backend's answer, or the one that it would give; 1000 when there was none that could
            be used; None when there is nothing to tell.
        changes: the fields that are sent, of an item that is changed.
        dry_run: True when nothing was sent, and the status says what would become of it.
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
    """Who is told while the work goes on, possibly from another thread, but by one at a time; it must not raise."""

    def result(self, result: Result) -> None:
        """Record the outcome of an item."""

    def sending(self, action: Action, resource: str, names: list[str]) -> None:
        """Record items that are sent now; the names of those that have none are empty."""

    def progress(self, done: int, total: int) -> None:
        """Record how far the work is."""


class Report:
    """What became of all items of a run, in numbers; each is passed on to a listener at once.

    Attributes:
        interrupted: True when the user ended the work.
        reason: why the work ended before it was done; empty when it was done.
        code: what :class:`Result` calls so, of that reason.
        told: True when an item has failed for that reason.
    """

    def __init__(self, listener: Listener) -> None:
        self.interrupted = False
        self.reason = ""
        self.code: int | None = None
        self.told = False
        self._listener = listener
        self._counts: Counter[tuple[str, Status]] = Counter()
        self._lock = threading.Lock()

    def tell(self, result: Result) -> None:
        """Count the outcome of an item, and pass it on."""
        with self._lock:
            self._counts[result.type, result.status] += 1
            self._listener.result(result)

    def end(self, reason: str, code: int | None, *, told: bool = False) -> None:
        """Take note that the work cannot go on; the first reason counts."""
        if not self.ended:
            self.reason, self.code, self.told = reason, code, told

    def interrupt(self) -> None:
        """Take note that the user ended the work."""
        self.end("interrupted", None)
        self.interrupted = True

    @property
    def ended(self) -> bool:
        """True when the work cannot go on."""
        return bool(self.reason)

    def count(self, *statuses: Status, resource: str | None = None) -> int:
        """Return how many items have one of these statuses; of one resource, or of all."""
        return sum(
            number for (name, status), number in self._counts.items() if status in statuses and resource in (None, name)
        )

    @property
    def resources(self) -> list[str]:
        """Names of the resources of all items."""
        return list(dict.fromkeys(name for name, _ in self._counts))

    @property
    def ok(self) -> bool:
        """True when all is as it should be."""
        return not self.ended and not self.count("failed", "unfinished")
