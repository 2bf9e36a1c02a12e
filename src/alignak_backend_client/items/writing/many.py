"""Writing many items: what each verb does alike once it knows what to send."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from alignak_backend_client import client
from alignak_backend_client.exceptions import BackendException, has_gone
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.writing.report import Outcome
from alignak_backend_client.items.writing.work import Work, refusal


class Job(Protocol):
    """An item that is going to be written."""

    @property
    def label(self) -> str:
        """How messages call it."""

    @property
    def id(self) -> str:
        """Its id."""


J = TypeVar("J", bound=Job)
T = TypeVar("T")


class Run:
    """A run over items: who is done, who failed, who is left.

    Args:
        work: the backend and who is told.
        verb: what is done, as messages say it: ``added``.
        total: how many items there are.
    """

    def __init__(self, work: Work, verb: str, total: int) -> None:
        self.work = work
        self.outcome = Outcome()
        self.ended = False
        self._verb = verb
        self._total = total
        self._settled = 0

    def judged(self, items: Sequence[T], judge: Callable[[T], J | None], label: Callable[[T], str]) -> list[J]:
        """Return what is to be written of some items; those that cannot be are reported.

        Args:
            items: the items.
            judge: returns what is to be written, or None when nothing is; raises ItemError for what cannot be.
            label: how messages call an item.
        """
        jobs: list[J] = []
        for item in items:
            try:
                job = judge(item)
            except ItemError as error:
                self.fail(label(item), str(error))
            else:
                if job is not None:
                    jobs.append(job)
        return jobs

    def done(self, label: str, what: str = "") -> None:
        """Count an item that was written, and say what of it if that is to be known."""
        self.outcome.done += 1
        self._settle()
        self.work.listener.done(f"{label} {'would be' if self.work.check else 'is'} {self._verb}{what}")

    def skip(self) -> None:
        """Count an item that needs nothing."""
        self.outcome.skipped += 1
        self._settle()

    def fail(self, label: str, reason: str) -> None:
        """Count an item that was not written."""
        line = f"{label} is not {self._verb}: {reason}"
        self.outcome.failures.append(line)
        self._settle()
        self.work.listener.failed(line)

    def refused(self, label: str, error: ItemError | BackendException) -> None:
        """Count an item that was not written; once the backend has gone, only the first is told.

        The others may have been written or not: they count as left.
        """
        gone = isinstance(error, BackendException) and has_gone(error)
        if not (gone and self.ended):
            self.fail(label, refusal(error))
        self.ended = self.ended or gone

    def stop(self, error: ItemError | BackendException, what: str = "The work ends here") -> None:
        """End the work, since the backend refuses to answer."""
        line = f"{what}: {refusal(error)}"
        self.outcome.failures.append(line)
        self.work.listener.failed(line)
        self.ended = True

    def send(
        self, jobs: Sequence[J], send: Callable[[Callable[[client.Outcome], None]], Sequence[client.Outcome]]
    ) -> list[tuple[J, client.Outcome]]:
        """Send items and return what became of each that the backend told of.

        Args:
            jobs: what is sent.
            send: sends them all; passes each outcome on as soon as it is known.

        When the backend goes away, or the user ends the work, ``ended`` is set.
        """
        by_id = {job.id: job for job in jobs}
        told: list[tuple[J, client.Outcome]] = []
        lock = threading.Lock()

        def tell(outcome: client.Outcome) -> None:
            with lock:
                told.append((by_id[outcome.id], outcome))
                self.work.listener.progress(self._settled + len(told), self._total)

        try:
            send(tell)
        except KeyboardInterrupt:
            self.ended = self.outcome.interrupted = True
        return list(told)

    def report(self, told: Sequence[tuple[J, client.Outcome]]) -> None:
        """Count and report what became of items."""
        for job, outcome in told:
            if outcome.error is None:
                self.done(job.label)
            elif not outcome.tried:
                self.ended = True
            else:
                self.refused(job.label, outcome.error)

    def take(self, part: Outcome, items: int = 0) -> None:
        """Count a part of the work that was done by other means, for so many of the items."""
        self.outcome.take(part)
        self._settled += items
        self.ended = self.ended or part.interrupted or part.not_tried > 0

    def finished(self) -> Outcome:
        """Return how the run ended."""
        self.outcome.not_tried += max(0, self._total - self._settled)
        return self.outcome

    def _settle(self) -> None:
        self._settled += 1
        self.work.listener.progress(self._settled, self._total)


def guarded(run: Run, label: str, action: Callable[[], None]) -> None:
    """Do something for one item that was written already, and report when it fails."""
    try:
        action()
    except (ItemError, BackendException) as error:
        line = f"{label}: it is in the backend, but not whole: {refusal(error)}"
        run.outcome.failures.append(line)
        run.work.listener.failed(line)
    except KeyboardInterrupt:
        run.ended = run.outcome.interrupted = True
