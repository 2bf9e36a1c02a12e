"""Writing many items: the common part of adding, updating and deleting."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, TypeAlias, TypeVar

from alignak_backend_client.client import Outcome
from alignak_backend_client.exceptions import BackendException, has_gone
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.writing.results import WRITTEN, Action, Changes, Result, Status
from alignak_backend_client.items.writing.writer import Writer, refusal
from alignak_backend_client.model import Resource


class Pending:
    """An item that is to be written.

    Attributes:
        name: how people name it; empty if it has no name.
        id: its id; empty as long as it is not known.
        entry: its place in the data, from 1, if it comes from there.
        changes: the fields that are sent, of an item that is changed.
        remark: what else is to be known when it is written.
        left: how it was left, should the work end before it is done.
        status: its outcome; None as long as that is open.
    """

    def __init__(self, name: str, id: str = "", entry: int | None = None) -> None:  # noqa: A002 - its name
        self.name = name
        self.id = id
        self.entry = entry
        self.changes: Changes = {}
        self.remark = ""
        self.left = ""
        self.status: Status | None = None

    def known_id(self, status: Status, *, dry_run: bool) -> str:  # noqa: ARG002 - for those who have none before
        """Return the id of the item, once this became of it; empty when it has none."""
        return self.id


P = TypeVar("P", bound=Pending)
T = TypeVar("T")

Tell: TypeAlias = Callable[[Outcome], None]


def is_overtaken(_item: Pending, outcome: Outcome) -> bool:
    """Return True when the item was changed by others since it was read."""
    return outcome.error is not None and outcome.error.code == 412


class Batch(Generic[P]):
    """Items of one resource on their way: what becomes of each is told once.

    Args:
        writer: the backend, and who is told.
        action: what is done with the items.
        resource: what they are.
        items: all of them.
    """

    def __init__(self, writer: Writer, action: Action, resource: Resource, items: Sequence[P]) -> None:
        self._writer = writer
        self._report = writer.report
        self._action: Action = action
        self._resource = resource
        self._items = items
        self._lock = threading.Lock()
        self._done: set[int] = set()

    def settle(self, item: P, status: Status, *, reason: str = "", code: int | None = None) -> None:
        """Tell the outcome of an item."""
        item.status = status
        written = status in WRITTEN
        result = Result(
            self._action,
            self._resource.name,
            item.name,
            item.known_id(status, dry_run=self._writer.dry_run),
            status,
            item.entry,
            reason or (item.remark if written else ""),
            code,
            item.changes,
            self._writer.dry_run,
        )
        self._report.tell(result)
        self._progress(item)

    def fail(self, item: P, error: ItemError | BackendException, prefix: str = "") -> None:
        """Tell that an item was not written. When the backend has gone, this ends the work.

        Then only the first item fails: the others may have been written or not, and remain unfinished.
        """
        reason, code = refusal(error, self._resource)
        if isinstance(error, BackendException) and has_gone(error):
            if self._report.ended:
                return
            self._report.end(reason, code, told=True)
        self.settle(item, "failed", reason=f"{prefix}{reason}", code=code)

    def accepted(self, items: Iterable[P], prepare: Callable[[P], T | None]) -> list[T]:
        """Return what is to be written of some items; report the others as failed.

        Args:
            items: the items.
            prepare: returns what is to be written, or None when nothing is; raises ItemError for what cannot be.
        """
        jobs: list[T] = []
        for item in items:
            try:
                job = prepare(item)
            except ItemError as error:
                self.fail(item, error)
            else:
                if job is not None:
                    jobs.append(job)
        return jobs

    def send(
        self,
        items: Sequence[P],
        send: Callable[[Tell], object],
        status: Status,
        *,
        later: Callable[[P, Outcome], bool] = lambda _item, _outcome: False,
        prefix: str = "",
    ) -> list[P]:
        """Send items; what becomes of each is told as soon as the backend tells it.

        Args:
            items: what is sent.
            send: sends them all, and tells of each.
            status: what becomes of an item that the backend takes.
            later: returns True for an item that needs more before it can be told.
            prefix: what the reasons of those that fail begin with.

        Returns:
            The items that need more.
        """
        by_id = {item.id: item for item in items}
        open_ones: list[P] = []
        over = False

        def tell(outcome: Outcome) -> None:
            with self._lock:
                item = by_id[outcome.id]
                if over or not outcome.tried:
                    return
                if later(item, outcome):
                    open_ones.append(item)
                    self._progress(item)
                elif outcome.error is not None:
                    self.fail(item, outcome.error, prefix)
                else:
                    self.settle(item, "unchanged" if outcome.gone else status)

        if items:
            with self.guarded():
                send(tell)
        with self._lock:
            # Requests that hang may tell of their items still.
            over = True
        return open_ones

    @contextlib.contextmanager
    def guarded(self) -> Iterator[None]:
        """Let Ctrl-C, and a backend that rejects to answer, end the work: what was written is told all the same."""
        try:
            yield
        except KeyboardInterrupt:
            self._report.interrupt()
        except (BackendException, ItemError) as error:
            self._report.end(*refusal(error, self._resource))

    def finish(self) -> None:
        """Tell of the items that are left since the work has ended."""
        for item in self._items:
            if item.status is None:
                self.settle(item, "unfinished", reason=item.left or self._report.reason, code=self._report.code)

    def _progress(self, item: P) -> None:
        self._done.add(id(item))
        self._writer.listener.progress(len(self._done), len(self._items))
