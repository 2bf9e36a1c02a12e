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
from alignak_backend_client.items.writing.writer import Writer, rejection_reason
from alignak_backend_client.model import Resource


class Pending:
    """An item to write.

    Attributes:
        name: its full name; empty if it has none.
        id: its id; empty while it is unknown.
        entry: its position in the data, from 1, if it comes from there.
        changes: for an update, the fields that are sent.
        remark: a remark for the result if it is written.
        unfinished_reason: why it is unfinished if the run ends early; empty for the reason of the run.
        status: its outcome; None while it is pending.
    """

    def __init__(self, name: str, id: str = "", entry: int | None = None) -> None:  # noqa: A002 - its name
        self.name = name
        self.id = id
        self.entry = entry
        self.changes: Changes = {}
        self.remark = ""
        self.unfinished_reason = ""
        self.status: Status | None = None

    def known_id(self, status: Status, *, dry_run: bool) -> str:  # noqa: ARG002 - for those who have none before
        """Return the id of the item for a result with this status; empty if it has none."""
        return self.id


P = TypeVar("P", bound=Pending)
T = TypeVar("T")

OnOutcome: TypeAlias = Callable[[Outcome], None]


def is_overtaken(_item: Pending, outcome: Outcome) -> bool:
    """Return True if others have changed the item since it was read."""
    return outcome.error is not None and outcome.error.code == 412


class Batch(Generic[P]):
    """Items of one resource that are written; the outcome of each is reported once.

    Args:
        writer: the backend and the receiver of results.
        action: the action.
        resource: the resource of the items.
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
        """Report the outcome of an item."""
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
        self._report.record(result)
        self._progress(item)

    def fail(self, item: P, error: ItemError | BackendException, prefix: str = "") -> None:
        """Report that an item was not written. If the backend is unavailable, this ends the run.

        Then only the first item fails; the others may have been written or not, and are unfinished.
        """
        reason, code = rejection_reason(error, self._resource)
        if isinstance(error, BackendException) and has_gone(error):
            if self._report.ended:
                return
            self._report.end(reason, code, reported=True)
        self.settle(item, "failed", reason=f"{prefix}{reason}", code=code)

    def accepted(self, items: Iterable[P], prepare: Callable[[P], T | None]) -> list[T]:
        """Prepare items for writing, and report those that cannot be written as failed.

        Args:
            items: the items.
            prepare: returns what to write, or None for nothing; raises ItemError if the item cannot be written.
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
        send: Callable[[OnOutcome], object],
        status: Status,
        *,
        later: Callable[[P, Outcome], bool] = lambda _item, _outcome: False,
        prefix: str = "",
    ) -> list[P]:
        """Send items; each outcome is reported as soon as it is known.

        Args:
            items: the items.
            send: sends all of them, and calls its argument with each outcome.
            status: the status of accepted items.
            later: returns True for an item that needs further steps before it is reported.
            prefix: prefix of the reasons of failed items.

        Returns:
            The items that need further steps.
        """
        by_id = {item.id: item for item in items}
        remaining: list[P] = []
        is_over = False

        def on_outcome(outcome: Outcome) -> None:
            with self._lock:
                item = by_id[outcome.id]
                if is_over or not outcome.tried:
                    return
                if later(item, outcome):
                    remaining.append(item)
                    self._progress(item)
                elif outcome.error is not None:
                    self.fail(item, outcome.error, prefix)
                else:
                    self.settle(item, "unchanged" if outcome.gone else status)

        if items:
            with self.guarded():
                send(on_outcome)
        with self._lock:
            # Hanging requests may still report outcomes.
            is_over = True
        return remaining

    @contextlib.contextmanager
    def guarded(self) -> Iterator[None]:
        """End the run on Ctrl-C or a backend error; what was written is still reported."""
        try:
            yield
        except KeyboardInterrupt:
            self._report.interrupt()
        except (BackendException, ItemError) as error:
            self._report.end(*rejection_reason(error, self._resource))

    def finish(self) -> None:
        """Report the items that are left over as unfinished."""
        for item in self._items:
            if item.status is None:
                self.settle(
                    item, "unfinished", reason=item.unfinished_reason or self._report.reason, code=self._report.code
                )

    def _progress(self, item: P) -> None:
        self._done.add(id(item))
        self._writer.listener.progress(len(self._done), len(self._items))
