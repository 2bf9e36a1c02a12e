"""Outcomes of bulk operations, and their early end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from alignak_backend_client._core.operations import Body
from alignak_backend_client._core.protocol import Operation
from alignak_backend_client.exceptions import BackendException, connection_failed, has_gone

_DEFECTS: Final = 25
"""Number of consecutive internal errors (500) after which the backend is considered broken."""


def parallel_writes(endpoint: str, at_once: int) -> int:
    """Return the number of items of a resource that may be written in parallel, at most ``at_once``.

    Ancestors of a realm have lists of their descendants, which the backend reads and writes. If two realms are created
    in parallel, it may lose one of them, and can then never delete the parent.
    """
    return 1 if endpoint.strip("/") == "realm" else max(1, at_once)


class Outcome(NamedTuple):
    """The outcome of one item.

    Attributes:
        id: its id.
        answer: the backend's response for it (``_id``, ``_etag``, ...); None if it failed.
        error: the error; None if it succeeded.
        tried: False if it was skipped because the backend was unreachable.
        gone: True if it was to be deleted, and had already been deleted by another client.
    """

    id: str
    answer: Body | None = None
    error: BackendException | None = None
    tried: bool = True
    gone: bool = False

    @property
    def ok(self) -> bool:
        """True if it was written."""
        return self.error is None


class Change(NamedTuple):
    """New values for one item.

    Attributes:
        id: its id.
        etag: the ``_etag`` it had when it was read.
        data: the fields to change.
    """

    id: str
    etag: str
    data: Mapping[str, Any]


OnResult: TypeAlias = Callable[[Outcome], None]
"""Called with each outcome as soon as it is known, possibly in another thread."""


class BulkRun:
    """The state of a bulk operation: reports outcomes, and knows whether the backend has become unreachable."""

    def __init__(self, on_result: OnResult | None) -> None:
        self._on_result = on_result
        self._gone: BackendException | None = None
        self._defects = 0

    def report(self, outcomes: Iterable[Outcome]) -> None:
        """Report outcomes."""
        for outcome in outcomes:
            defect = outcome.error is not None and outcome.error.code == 500
            self._defects = self._defects + 1 if defect else 0
            if outcome.error is not None and (has_gone(outcome.error) or self._defects >= _DEFECTS):
                self._gone = outcome.error
            if self._on_result is not None:
                self._on_result(outcome)

    def skipped(self, ids: Iterable[str]) -> list[Outcome] | None:
        """Return outcomes of skipped items if the backend has become unreachable, otherwise None."""
        if self._gone is None:
            return None
        outcomes = [Outcome(identity, error=self._gone, tried=False) for identity in ids]
        self.report(outcomes)
        return outcomes


def outcome_of(
    identity: str, operation: Operation[Body], run: BulkRun, *, gone_is_done: bool = False
) -> Operation[Outcome]:
    """Run an operation on one item and return its outcome."""
    skipped = run.skipped([identity])
    if skipped is not None:
        operation.close()
        return skipped[0]
    try:
        outcome = Outcome(identity, answer=(yield from operation))
    except BackendException as error:
        if gone_is_done and error.code == 404:
            outcome = Outcome(identity, answer={"_status": "OK"}, gone=True)
        else:
            outcome = Outcome(identity, error=error)
    run.report([outcome])
    return outcome


def unreported_error(endpoint: str) -> BackendException:
    return connection_failed(f"The backend's response does not have the results of the items of {endpoint!r}")
