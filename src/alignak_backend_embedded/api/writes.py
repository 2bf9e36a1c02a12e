"""POST, PATCH, PUT and DELETE of items and collections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bson import ObjectId
from flask import request

from alignak_backend_client.model import resources_by_name
from alignak_backend_embedded.api.body import body
from alignak_backend_embedded.api.errors import BadRequestError, PreconditionRequiredError
from alignak_backend_embedded.api.reading import Answer
from alignak_backend_embedded.api.representation import write_answer
from alignak_backend_embedded.domain.context import caller, store
from alignak_backend_embedded.domain.errors import EtagError, NotFoundError
from alignak_backend_embedded.domain.events import fire
from alignak_backend_embedded.domain.metadata import EPOCH, etag_of, new_etag, now
from alignak_backend_embedded.domain.persistence import change, in_order, insert, latest, remove
from alignak_backend_embedded.domain.rights import place_of
from alignak_backend_embedded.domain.validation import (
    Issues,
    add_defaults,
    coerce,
    not_a_document,
    validate_new,
    validate_update,
)
from alignak_backend_embedded.store.access import Document

_WANT_ETAG = "To edit a document its etag must be provided using the If-Match header"


def _invalid(issues: Sequence[Issues]) -> Answer:
    results: list[dict[str, Any]] = [
        {"_status": "ERR", "_issues": found} if found else {"_status": "OK"} for found in issues
    ]
    failures = sum(1 for found in issues if found)
    answer: dict[str, Any] = results[0] if len(results) == 1 else {"_status": "ERR", "_items": results}
    answer["_error"] = {"code": 422, "message": f"Insertion failure: {failures} document(s) contain(s) error(s)"}
    return answer, None, None, 422, None


def _bodies() -> list[Any]:
    sent = body()
    items = sent if isinstance(sent, list) else [sent]
    if not items or not isinstance(sent, (list, dict)):
        raise BadRequestError
    return items


def post(resource: str) -> Answer:
    """Answer POST on a collection: one document or a list of them, all or none."""
    caller().check_create(resource)
    items = _bodies()
    documents = [item for item in items if isinstance(item, dict)]
    for document in documents:
        coerce(resource, document)
    fire("prepare", resource, documents)
    issues = validate_new(resource, items)
    fire("check", resource, [pair for pair in zip(items, issues, strict=True) if isinstance(pair[0], dict)])
    if any(issues):
        return _invalid(issues)
    if resources_by_name()[resource].auth_field:
        for item in items:
            item["_user"] = caller().id
    stored = insert(resource, items, bounded=True)
    results = [write_answer(resource, latest(resource, document)) for document in stored]
    answer: dict[str, Any] = results[0] if len(results) == 1 else {"_status": "OK", "_items": results}
    location = f"{request.url_root}{resource}/{stored[0]['_id']}"
    return answer, None, None, 201, [("Location", location)]


def bare_etag(sent: str) -> str:
    """Return an etag without what HTTP puts around it: ``"..."`` or ``W/"..."``."""
    return sent.removeprefix("W/").replace('"', "")


def _matched(document: Document | None) -> Document:
    """Return the document that the request names, when the request knows its latest version.

    Raises:
        NotFoundError: there is none, or the caller may not touch it.
        PreconditionRequiredError: the request has no ``If-Match``.
        EtagError: it names another version.
    """
    if document is None:
        raise NotFoundError
    sent = bare_etag(request.headers.get("If-Match", ""))
    if not sent:
        raise PreconditionRequiredError(_WANT_ETAG)
    if sent != etag_of(document):
        raise EtagError
    return document


def _within(item: ObjectId, bounds: Document) -> Document:
    return {"$and": [{"_id": item}, bounds]} if bounds else {"_id": item}


def _updated_answer(resource: str, document: Document) -> Answer:
    answer = write_answer(resource, latest(resource, document))
    return answer, None, answer["_etag"], 200, None


def patch(resource: str, item: ObjectId) -> Answer:
    """Answer PATCH on an item: fields are replaced, objects merged key by key."""
    bounds = caller().write_filter(resource, "update")
    updates = body()
    original = _matched(store().find_one(resource, _within(item, bounds)))
    issues = validate_update(resource, updates, item)
    if issues:
        return {"_issues": issues, "_status": "ERR"}, None, None, 422, None
    place = place_of(resource)
    if place in updates and updates[place] != original.get(place):
        caller().check_placed(resource, [updates], "create", "update")
    if resources_by_name()[resource].auth_field:
        updates.pop("_user", None)
    return _updated_answer(resource, change(resource, original, updates, conditional=True))


def put(resource: str, item: ObjectId) -> Answer:
    """Answer PUT on an item of the retention data: replace it, or create it under that id.

    Raises:
        NotFoundError: the item is somebody else's.
        NotAllowedError: the caller may not create such items.
    """
    caller().check_create(resource)
    document = body()
    if not isinstance(document, dict):
        return {"_issues": not_a_document(document), "_status": "ERR"}, None, None, 422, None
    original = store().find_one(resource, {"_id": item})
    if original is not None:
        if original.get("_user") != caller().id:
            raise NotFoundError
        _matched(original)
    posted_id = document.pop("_id", None)
    coerce(resource, document)
    issues = validate_new(resource, [document])[0]
    if posted_id is not None and str(posted_id) != str(item):
        issues["_id"] = "field is read-only"
    if issues:
        return {"_issues": issues, "_status": "ERR"}, None, None, 422, None
    document = {**document, "_id": item, "_user": caller().id}
    if original is None:
        stored = insert(resource, [document])[0]
        return write_answer(resource, stored), None, None, 201, None
    full = add_defaults(resource, document)
    full |= {"_created": original.get("_created", EPOCH), "_updated": now(), "_etag": new_etag()}
    store().delete(resource, {"_id": item})
    store().insert(resource, in_order(full))
    answer, _, etag, status, headers = _updated_answer(resource, full)
    return answer, full["_updated"], etag, status, headers


def delete_item(resource: str, item: ObjectId) -> Answer:
    """Answer DELETE on an item."""
    bounds = caller().write_filter(resource, "delete")
    document = _matched(store().find_one(resource, _within(item, bounds)))
    remove(resource, [document])
    return {}, None, None, 204, None


def delete_all(resource: str) -> Answer:
    """Answer DELETE on a collection: everything that the caller may delete, but for what the backend needs."""
    from alignak_backend_embedded.rules.protected import deletable

    bounds = caller().write_filter(resource, "delete")
    remove(resource, deletable(resource, list(store().find(resource, bounds))))
    return {}, None, None, 204, None
