"""Creating and updating many items in parallel batches, with an outcome for each item; without I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from alignak_backend_client._core import writes
from alignak_backend_client._core.operations import Body, decode_object, encode_json, make_response
from alignak_backend_client._core.outcomes import (
    BulkRun,
    Change,
    OnResult,
    Outcome,
    outcome_of,
    parallel_writes,
    unreported_error,
)
from alignak_backend_client._core.protocol import Gather, Operation, Wait
from alignak_backend_client._core.responses import Response
from alignak_backend_client._core.session import Session
from alignak_backend_client.exceptions import BackendException, has_gone, http_error, misuse
from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.model.ids import new_object_id

BATCH_ITEMS: Final = 500
BATCH_BYTES: Final = 900_000
"""Maximum size of a batch, below nginx's default limit of one megabyte."""

_ONE_BY_ONE: Final = frozenset({"logcheckresult"})
"""Resources that are sent one by one: in a list of check results, the Alignak backend applies the last one to all."""

_CONFLICTS: Final = frozenset({409, 412})
"""An item with this id, or with the name behind its id, exists. Part of the batch may have been created."""

_PAUSE: Final = 0.5
"""Time in which another client that adds the same items makes progress, in seconds."""


def create(
    session: Session, endpoint: str, items: Sequence[Mapping[str, Any]], at_once: int, on_result: OnResult | None = None
) -> Operation[list[Outcome]]:
    """Create items; see :meth:`Backend.create_many`."""
    name = endpoint.strip("/")
    resource = resources_by_name().get(name)
    run = BulkRun(on_result)
    if isinstance(items, Mapping) or not all(isinstance(item, Mapping) for item in items):
        raise misuse("Items must be a list of dictionaries")
    whole = [{**item, "_id": item.get("_id") or new_object_id()} for item in items]
    outcomes: dict[int, Outcome] = dict(_duplicates(resource, whole, session, endpoint))
    run.report(outcomes.values())
    numbered = [(position, item) for position, item in enumerate(whole) if position not in outcomes]
    batches = _batches(numbered, 1 if name in _ONE_BY_ONE else BATCH_ITEMS)
    # Events (check results, history, actions) have no key, but an order.
    together = parallel_writes(name, at_once) if resource is not None and resource.key else 1
    parts = yield Gather([_create_batch(session, endpoint, batch, run) for batch in batches], together)
    for part in parts:
        outcomes.update(part)
    return [outcomes[position] for position in range(len(whole))]


def _duplicates(
    resource: Resource | None, items: Sequence[Body], session: Session, endpoint: str
) -> Iterator[tuple[int, Outcome]]:
    """Yield items with the same key as an earlier one, for which the backend does not check."""
    seen: set[tuple[Any, ...]] = set()
    key = resource.key if resource is not None else ()
    for position, item in enumerate(items):
        identity = tuple(item.get(name) for name in key)
        if not key or not all(isinstance(part, str) for part in identity):
            continue
        if identity in seen:
            issues = {"name": f"value {identity[-1]!r} is not unique"}
            yield position, Outcome(item["_id"], error=_item_error(session, endpoint, issues))
        seen.add(identity)


def _item_error(session: Session, endpoint: str, issues: Any) -> BackendException:
    """Return the error of one item, as the backend returns it for a single item."""
    message = "Insertion failure: 1 document(s) contain(s) error(s)"
    body = {"_status": "ERR", "_issues": issues, "_error": {"code": 422, "message": message}}
    return http_error(make_response(session, 422, endpoint, body))


def _batches(numbered: Sequence[tuple[int, Body]], most: int) -> Iterator[Sequence[tuple[int, Body]]]:
    """Yield items in batches that are neither too many nor too large.

    Raises:
        BackendException: code 1000; an item cannot be sent as JSON.
    """
    for start in range(0, len(numbered), most):
        batch = numbered[start : start + most]
        if len(encode_json([item for _, item in batch])) <= BATCH_BYTES or len(batch) == 1:
            yield batch
        else:
            yield from _batches(batch, -(-len(batch) // 2))


def _create_batch(
    session: Session, endpoint: str, batch: Sequence[tuple[int, Body]], run: BulkRun, *, is_checked: bool = False
) -> Operation[dict[int, Outcome]]:
    """Create a batch. If the backend rejects items and names them, or already has some, send the rest again.

    Otherwise halve the batch.

    Args:
        session: of the client.
        endpoint: of the resource.
        batch: the items, by their positions in the list.
        run: receives the outcomes.
        is_checked: True if the backend was already asked, and had none of the items.
    """
    if not batch:
        return {}
    skipped = run.skipped(item["_id"] for _, item in batch)
    if skipped is not None:
        return {position: outcome for (position, _), outcome in zip(batch, skipped, strict=True)}
    known: dict[int, Outcome] = {}
    try:
        body = decode_object((yield from writes.send_new(session, endpoint, [item for _, item in batch], None)))
    except BackendException as error:
        if len(batch) == 1 or has_gone(error) or error.code in (401, 403, 404, 405):
            known = {position: Outcome(item["_id"], error=error) for position, item in batch}
        else:
            known = _invalid_items(session, endpoint, batch, error)
            if error.code in _CONFLICTS and not is_checked:
                there = yield from _find_existing(session, endpoint, [item["_id"] for _, item in batch])
                known = {
                    position: Outcome(item["_id"], error=error) for position, item in batch if item["_id"] in there
                }
            rest = [(position, item) for position, item in batch if position not in known]
            middle = 0 if known else len(rest) // 2
            run.report(known.values())
            first = yield from _create_batch(session, endpoint, rest[:middle], run, is_checked=True)
            return (
                known | first | (yield from _create_batch(session, endpoint, rest[middle:], run, is_checked=not known))
            )
    else:
        verdicts = body.get("_items") if len(batch) > 1 else [body]
        if not isinstance(verdicts, list) or len(verdicts) != len(batch):
            verdicts = [None] * len(batch)
        for (position, item), verdict in zip(batch, verdicts, strict=True):
            known[position] = _creation_outcome(session, endpoint, item["_id"], verdict)
    run.report(known.values())
    return known


def _find_existing(session: Session, endpoint: str, ids: Sequence[str]) -> Operation[set[str]]:
    """Return the existing ids, after waiting until no other client adds more, to avoid repeated conflicts."""
    found = yield from writes.find_existing(session, endpoint, ids)
    before = 0
    while before < len(found) < len(ids):
        before = len(found)
        yield Wait(_PAUSE)
        found = yield from writes.find_existing(session, endpoint, ids)
    return found


def _creation_outcome(session: Session, endpoint: str, identity: str, verdict: Any) -> Outcome:
    """Return the outcome of an item from its part of the response."""
    if not isinstance(verdict, dict) or not verdict.keys() & {"_id", "_status"}:
        return Outcome(identity, error=unreported_error(endpoint))
    if verdict.get("_status") == "ERR":
        return Outcome(identity, error=_item_error(session, endpoint, verdict.get("_issues")))
    if verdict.get("_id", identity) not in (identity, identity.lower()):
        return Outcome(identity, error=unreported_error(endpoint))  # it is about another item
    return Outcome(identity, answer=verdict)


def _invalid_items(
    session: Session, endpoint: str, batch: Sequence[tuple[int, Body]], error: BackendException
) -> dict[int, Outcome]:
    """Return the outcomes of the items of a rejected batch that the backend considers invalid."""
    results = error.response.body().get("_items") if isinstance(error.response, Response) and error.issues else None
    if not isinstance(results, list) or len(results) != len(batch):
        return {}
    return {
        position: Outcome(item["_id"], error=_item_error(session, endpoint, verdict["_issues"]))
        for (position, item), verdict in zip(batch, results, strict=True)
        if isinstance(verdict, dict) and verdict.get("_issues")
    }


def update(
    session: Session, endpoint: str, changes: Sequence[Change], at_once: int, on_result: OnResult | None = None
) -> Operation[list[Outcome]]:
    """Change items; see :meth:`Backend.update_many`."""
    run = BulkRun(on_result)
    if not all(isinstance(change, Change) for change in changes):
        raise misuse("Changes must be a list of Change(id, etag, data)")

    def one(change: Change) -> Operation[Body]:
        headers = {"If-Match": change.etag}
        return writes.update(session, "PATCH", f"{endpoint}/{change.id}", change.data, headers, False)

    outcomes: list[Outcome] = yield Gather(
        [outcome_of(change.id, one(change), run) for change in changes], parallel_writes(endpoint, at_once)
    )
    return outcomes
