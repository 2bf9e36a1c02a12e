"""Many items: in batches, side by side, with an outcome for each, without I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from alignak_backend_client._core import operations, writes
from alignak_backend_client._core.operations import Body, encode_json
from alignak_backend_client._core.protocol import Gather, Operation
from alignak_backend_client._core.responses import Response
from alignak_backend_client._core.retry import again
from alignak_backend_client._core.session import Session
from alignak_backend_client.exceptions import BackendException, connection_failed, has_gone, http_error, misuse
from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.model.ids import new_object_id

BATCH_ITEMS: Final = 500
BATCH_BYTES: Final = 900_000
"""A batch stays below the megabyte that nginx takes as shipped."""

_WORTH_ASKING: Final = 5
"""Items from which on it is worth a question whether the backend deletes several with one request."""

_NOT_TOGETHER: Final = frozenset({400, 404, 405, 413})
"""Answers that refuse to delete items together: of a proxy, or of a backend that finds an item of the list odd."""

_ONE_BY_ONE: Final = frozenset({"logcheckresult"})
"""The backend decides for all check results of a list by the last of them."""


class Outcome(NamedTuple):
    """What became of one item of many.

    Attributes:
        id: its id.
        answer: what the backend said of it (``_id``, ``_etag``, ...); None when it failed.
        error: why it failed; None when it did not.
        tried: False when it was left since the backend had gone.
    """

    id: str
    answer: Body | None = None
    error: BackendException | None = None
    tried: bool = True

    @property
    def ok(self) -> bool:
        """True when it was written."""
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
"""Called with each outcome as soon as it is known; possibly in another thread."""


_DEFECTS: Final = 25
"""So many items in a row that the backend fails at with an error of its own (500): it fails at everything."""


class _Course:
    """How a run over many items goes: who is told, and whether the backend has gone meanwhile."""

    def __init__(self, on_result: OnResult | None) -> None:
        self._on_result = on_result
        self._gone: BackendException | None = None
        self._defects = 0

    def tell(self, outcomes: Iterable[Outcome]) -> None:
        """Pass outcomes on."""
        for outcome in outcomes:
            defect = outcome.error is not None and outcome.error.code == 500
            self._defects = self._defects + 1 if defect else 0
            if outcome.error is not None and (has_gone(outcome.error) or self._defects >= _DEFECTS):
                self._gone = outcome.error
            if self._on_result is not None:
                self._on_result(outcome)

    def left(self, ids: Iterable[str]) -> list[Outcome] | None:
        """Return the outcomes of items that are not tried since the backend has gone; None while it is there."""
        if self._gone is None:
            return None
        outcomes = [Outcome(identity, error=self._gone, tried=False) for identity in ids]
        self.tell(outcomes)
        return outcomes


def create(
    session: Session, endpoint: str, items: Sequence[Mapping[str, Any]], at_once: int, on_result: OnResult | None = None
) -> Operation[list[Outcome]]:
    """Create items; see :meth:`Backend.create_many`."""
    name = endpoint.strip("/")
    resource = resources_by_name().get(name)
    course = _Course(on_result)
    if isinstance(items, Mapping) or not all(isinstance(item, Mapping) for item in items):
        raise misuse("A list of items is needed, each a dictionary of its fields")
    whole = [{**item, "_id": item.get("_id") or new_object_id()} for item in items]
    outcomes: dict[int, Outcome] = dict(_doubles(resource, whole, session, endpoint))
    course.tell(outcomes.values())
    numbered = [(position, item) for position, item in enumerate(whole) if position not in outcomes]
    batches = _batches(numbered, 1 if name in _ONE_BY_ONE else BATCH_ITEMS)
    # Events (check results, history, actions) have no key, but an order.
    side_by_side = max(1, at_once) if resource is not None and resource.key else 1
    parts = yield Gather([_create_batch(session, endpoint, batch, course) for batch in batches], side_by_side)
    for part in parts:
        outcomes.update(part)
    return [outcomes[position] for position in range(len(whole))]


def _doubles(
    resource: Resource | None, items: Sequence[Body], session: Session, endpoint: str
) -> Iterator[tuple[int, Outcome]]:
    """Yield the items that name one before them again: the backend does not look for these."""
    seen: set[tuple[Any, ...]] = set()
    key = resource.key if resource is not None else ()
    for position, item in enumerate(items):
        identity = tuple(item.get(name) for name in key)
        if not key or not all(isinstance(part, str) for part in identity):
            continue
        if identity in seen:
            issues = {"name": f"value {identity[-1]!r} is not unique"}
            yield position, Outcome(item["_id"], error=_refusal(session, endpoint, issues))
        seen.add(identity)


def _refusal(session: Session, endpoint: str, issues: Any) -> BackendException:
    """Return the error of one item, as the backend tells it when the item comes alone."""
    message = "Insertion failure: 1 document(s) contain(s) error(s)"
    body = {"_status": "ERR", "_issues": issues, "_error": {"code": 422, "message": message}}
    url = f"{session.root}/{endpoint.strip('/')}"
    response = Response(422, "UNPROCESSABLE ENTITY", url, {"content-type": "application/json"}, encode_json(body))
    return http_error(response)


def _batches(numbered: Sequence[tuple[int, Body]], most: int) -> Iterator[list[tuple[int, Body]]]:
    """Yield items in batches that are neither too many nor too large."""
    batch: list[tuple[int, Body]] = []
    size = 0
    for position, item in numbered:
        length = len(encode_json(item))
        if batch and (len(batch) >= most or size + length > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append((position, item))
        size += length
    if batch:
        yield batch


def _create_batch(
    session: Session, endpoint: str, batch: list[tuple[int, Body]], course: _Course
) -> Operation[dict[int, Outcome]]:
    """Create a batch: what the backend refuses by name is dropped and the rest sent again, else it is halved."""
    if not batch:
        return {}
    left = course.left(item["_id"] for _, item in batch)
    if left is not None:
        return {position: outcome for (position, _), outcome in zip(batch, left, strict=True)}
    known: dict[int, Outcome] = {}
    try:
        body = yield from writes.post(session, endpoint, [item for _, item in batch], None)
    except BackendException as error:
        if len(batch) == 1 or has_gone(error) or error.code in (401, 403, 404, 405):
            known = {position: Outcome(item["_id"], error=error) for position, item in batch}
        else:
            known = _wrong(session, endpoint, batch, error)
            rest = [(position, item) for position, item in batch if position not in known]
            middle = 0 if known else len(rest) // 2
            course.tell(known.values())
            first = yield from _create_batch(session, endpoint, rest[:middle], course)
            return known | first | (yield from _create_batch(session, endpoint, rest[middle:], course))
    else:
        verdicts = body.get("_items") if len(batch) > 1 else [body]
        if not isinstance(verdicts, list) or len(verdicts) != len(batch):
            verdicts = [None] * len(batch)
        for (position, item), verdict in zip(batch, verdicts, strict=True):
            known[position] = _created(session, endpoint, item["_id"], verdict)
    course.tell(known.values())
    return known


def _created(session: Session, endpoint: str, identity: str, verdict: Any) -> Outcome:
    """Return what became of an item by the backend's verdict."""
    if not isinstance(verdict, dict) or not verdict.keys() & {"_id", "_status"}:
        return Outcome(identity, error=_untold(endpoint))
    if verdict.get("_status") == "ERR":
        return Outcome(identity, error=_refusal(session, endpoint, verdict.get("_issues")))
    return Outcome(identity, answer=verdict)


def _untold(endpoint: str) -> BackendException:
    return connection_failed(f"The backend does not tell what became of the items of {endpoint!r}")


def _wrong(
    session: Session, endpoint: str, batch: list[tuple[int, Body]], error: BackendException
) -> dict[int, Outcome]:
    """Return the items of a refused batch that the backend found wrong."""
    told = error.response.body().get("_items") if isinstance(error.response, Response) and error.issues else None
    if not isinstance(told, list) or len(told) != len(batch):
        return {}
    return {
        position: Outcome(item["_id"], error=_refusal(session, endpoint, verdict["_issues"]))
        for (position, item), verdict in zip(batch, told, strict=True)
        if isinstance(verdict, dict) and verdict.get("_issues")
    }


def update(
    session: Session, endpoint: str, changes: Sequence[Change], at_once: int, on_result: OnResult | None = None
) -> Operation[list[Outcome]]:
    """Change items; see :meth:`Backend.update_many`."""
    course = _Course(on_result)
    if not all(isinstance(change, Change) for change in changes):
        raise misuse("A list of changes is needed: Change(id, etag, data)")

    def one(change: Change) -> Operation[Body]:
        headers = {"If-Match": change.etag}
        return writes.change(session, "PATCH", f"{endpoint}/{change.id}", change.data, headers, False)

    outcomes: list[Outcome] = yield Gather(
        [_outcome(change.id, one(change), course) for change in changes], max(1, at_once)
    )
    return outcomes


def delete(
    session: Session,
    endpoint: str,
    items: Sequence[Mapping[str, Any]],
    at_once: int,
    on_result: OnResult | None = None,
) -> Operation[list[Outcome]]:
    """Delete items; see :meth:`Backend.delete_many`."""
    course = _Course(on_result)
    doomed = [_named(item) for item in items]
    most = 0
    if len(items) >= _WORTH_ASKING:
        try:
            most = min((yield from operations.config(session)).deletion_limit, BATCH_ITEMS)
        except BackendException:
            most = 0  # the first deletion tells what is wrong
    if most:
        batches = [doomed[start : start + most] for start in range(0, len(doomed), most)]
        # One after the other: each is one transaction of the backend.
        parts = yield Gather([_delete_batch(session, endpoint, batch, course) for batch in batches], 1)
        return [outcome for part in parts for outcome in part]

    outcomes: list[Outcome] = yield Gather(
        [_delete_one(session, endpoint, item, course) for item in doomed], max(1, at_once)
    )
    return outcomes


def _named(item: Mapping[str, Any]) -> dict[str, str]:
    """Return what names an item that is to be deleted.

    Raises:
        BackendException: code 1000; something is missing.
    """
    if not (isinstance(item, Mapping) and "_id" in item and "_etag" in item):
        raise misuse("An item to delete has the _id and the _etag that the backend gave it")
    return {"_id": str(item["_id"]), "_etag": str(item["_etag"])}


def _delete_one(session: Session, endpoint: str, item: Mapping[str, str], course: _Course) -> Operation[Outcome]:
    """Delete an item. One that is gone already is deleted."""
    deletion = writes.delete(session, f"{endpoint}/{item['_id']}", {"If-Match": item["_etag"]})
    return _outcome(item["_id"], deletion, course, gone_is_done=True)


def _delete_batch(
    session: Session, endpoint: str, batch: Sequence[Mapping[str, str]], course: _Course
) -> Operation[list[Outcome]]:
    """Delete items with one request. What it has deleted is gone for the next try, and that is well."""
    ids = [item["_id"] for item in batch]
    left = course.left(ids)
    if left is not None:
        return left
    path = f"{endpoint.strip('/')}/delete"
    try:
        response = yield from operations.request(session, "POST", path, json=batch, settle=again, expect_json=True)
        body = operations.decode(response)
        verdicts = body.get("_items") if isinstance(body, dict) else None
        if not isinstance(verdicts, list) or len(verdicts) != len(batch):
            raise _untold(endpoint)
        outcomes = [_deleted(session, endpoint, *pair) for pair in zip(ids, verdicts, strict=True)]
    except BackendException as error:
        if error.code in _NOT_TOGETHER:
            singly: list[Outcome] = yield Gather([_delete_one(session, endpoint, item, course) for item in batch], 1)
            return singly
        if error.code == 500 and len(batch) > 1:
            # A defect of the backend, at one of them as a rule.
            middle = len(batch) // 2
            first = yield from _delete_batch(session, endpoint, batch[:middle], course)
            return first + (yield from _delete_batch(session, endpoint, batch[middle:], course))
        outcomes = [Outcome(identity, error=error) for identity in ids]
    course.tell(outcomes)
    return outcomes


def _deleted(session: Session, endpoint: str, identity: str, verdict: Any) -> Outcome:
    """Return what became of an item by the backend's verdict."""
    error = verdict.get("_error") if isinstance(verdict, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    if isinstance(verdict, dict) and (verdict.get("_status") == "OK" or code == 404):
        return Outcome(identity, answer={"_status": "OK"})
    import http.client

    status = code if isinstance(code, int) and 400 <= code < 600 else 500
    url = f"{session.root}/{endpoint.strip('/')}/{identity}"
    reason = http.client.responses.get(status, "error").upper()
    response = Response(status, reason, url, {"content-type": "application/json"}, encode_json(verdict))
    return Outcome(identity, error=http_error(response))


def _outcome(
    identity: str, operation: Operation[Body], course: _Course, *, gone_is_done: bool = False
) -> Operation[Outcome]:
    """Run an operation on one item and return what became of it."""
    left = course.left([identity])
    if left is not None:
        operation.close()
        return left[0]
    try:
        outcome = Outcome(identity, answer=(yield from operation))
    except BackendException as error:
        if gone_is_done and error.code == 404:
            outcome = Outcome(identity, answer={"_status": "OK"})
        else:
            outcome = Outcome(identity, error=error)
    course.tell([outcome])
    return outcome
