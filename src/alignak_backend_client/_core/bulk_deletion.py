"""Deleting many items, in batches if the backend supports it, with an outcome for each item; without I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from alignak_backend_client._core import operations, writes
from alignak_backend_client._core.bulk import BATCH_ITEMS
from alignak_backend_client._core.outcomes import (
    BulkRun,
    OnResult,
    Outcome,
    outcome_of,
    parallel_writes,
    unreported_error,
)
from alignak_backend_client._core.protocol import Gather, Operation
from alignak_backend_client._core.retry import resend
from alignak_backend_client._core.session import Session
from alignak_backend_client.exceptions import BackendException, http_error, misuse

_MIN_BULK: Final = 5
"""Number of items from which on the backend is asked whether it supports bulk deletion."""

_BULK_REJECTED: Final = frozenset({400, 404, 405, 413})
"""Statuses that reject a bulk deletion: from a proxy, or from a backend that considers an item of the list invalid."""


def delete(
    session: Session,
    endpoint: str,
    items: Sequence[Mapping[str, Any]],
    at_once: int,
    on_result: OnResult | None = None,
) -> Operation[list[Outcome]]:
    """Delete items; see :meth:`Backend.delete_many`."""
    run = BulkRun(on_result)
    doomed = [_identify(item) for item in items]
    most = 0
    if len(items) >= _MIN_BULK:
        try:
            most = min((yield from operations.config(session)).deletion_limit, BATCH_ITEMS)
        except BackendException:
            most = 0  # the first deletion reports the error
    if most:
        batches = [doomed[start : start + most] for start in range(0, len(doomed), most)]
        # One request at a time, since each is one transaction of the backend.
        parts = yield Gather([_delete_batch(session, endpoint, batch, run) for batch in batches], 1)
        return [outcome for part in parts for outcome in part]

    outcomes: list[Outcome] = yield Gather(
        [_delete_one(session, endpoint, item, run) for item in doomed], parallel_writes(endpoint, at_once)
    )
    return outcomes


def _identify(item: Mapping[str, Any]) -> dict[str, str]:
    """Return id and etag of an item to delete.

    Raises:
        BackendException: code 1000; something is missing.
    """
    if not (isinstance(item, Mapping) and "_id" in item and "_etag" in item):
        raise misuse("An item to delete must have the _id and the _etag from the backend")
    return {"_id": str(item["_id"]), "_etag": str(item["_etag"])}


def _delete_one(session: Session, endpoint: str, item: Mapping[str, str], run: BulkRun) -> Operation[Outcome]:
    """Delete an item; one that does not exist any more counts as deleted."""
    deletion = writes.delete(session, f"{endpoint}/{item['_id']}", {"If-Match": item["_etag"]})
    return outcome_of(item["_id"], deletion, run, gone_is_done=True)


def _delete_batch(
    session: Session, endpoint: str, batch: Sequence[Mapping[str, str]], run: BulkRun
) -> Operation[list[Outcome]]:
    """Delete items with one request. A retry is harmless, since it finds deleted items gone."""
    ids = [item["_id"] for item in batch]
    skipped = run.skipped(ids)
    if skipped is not None:
        return skipped
    path = f"{endpoint.strip('/')}/delete"
    repeated = False

    def settle() -> Operation[None]:
        nonlocal repeated
        repeated = True
        return resend()

    try:
        response = yield from operations.request(session, "POST", path, json=batch, settle=settle, expect_json=True)
        body = operations.decode(response)
        verdicts = body.get("_items") if isinstance(body, dict) else None
        if not isinstance(verdicts, list) or len(verdicts) != len(batch):
            raise unreported_error(endpoint)
        outcomes = [_deletion_outcome(session, endpoint, *pair, repeated) for pair in zip(ids, verdicts, strict=True)]
    except BackendException as error:
        if error.code in _BULK_REJECTED:
            singly: list[Outcome] = yield Gather([_delete_one(session, endpoint, item, run) for item in batch], 1)
            return singly
        if error.code == 500 and len(batch) > 1:
            # A defect of the backend, usually with one of the items.
            middle = len(batch) // 2
            first = yield from _delete_batch(session, endpoint, batch[:middle], run)
            return first + (yield from _delete_batch(session, endpoint, batch[middle:], run))
        outcomes = [Outcome(identity, error=error) for identity in ids]
    run.report(outcomes)
    return outcomes


def _deletion_outcome(session: Session, endpoint: str, identity: str, verdict: Any, repeated: bool) -> Outcome:
    """Return the outcome of an item from its part of the response; after a repetition, a missing item was deleted."""
    if isinstance(verdict, dict) and verdict.get("_id", identity) not in (identity, identity.lower()):
        return Outcome(identity, error=unreported_error(endpoint))  # it is about another item
    error = verdict.get("_error") if isinstance(verdict, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    if isinstance(verdict, dict) and (verdict.get("_status") == "OK" or code == 404):
        return Outcome(identity, answer={"_status": "OK"}, gone=code == 404 and not repeated)
    status = code if isinstance(code, int) and 400 <= code < 600 else 500
    answer = operations.make_response(session, status, f"{endpoint.strip('/')}/{identity}", verdict)
    return Outcome(identity, error=http_error(answer))
