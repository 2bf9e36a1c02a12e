"""POST, PATCH, PUT and DELETE of items and collections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alignak_backend_client.model import resources_by_name
from alignak_backend_embedded.api.body import body
from alignak_backend_embedded.api.call import Answer, Call
from alignak_backend_embedded.api.errors import BadRequestError, PreconditionRequiredError
from alignak_backend_embedded.api.resources.parameters import bare_etag
from alignak_backend_embedded.api.resources.reads import within
from alignak_backend_embedded.api.resources.representation import write_answer
from alignak_backend_embedded.domain.data_model import (
    Issues,
    add_defaults,
    coerce,
    not_a_document_issues,
    validate_new,
    validate_update,
)
from alignak_backend_embedded.domain.errors import EtagError, NotFoundError
from alignak_backend_embedded.domain.events import Batch
from alignak_backend_embedded.domain.metadata import EPOCH, etag_of, new_etag, now
from alignak_backend_embedded.domain.persistence import change, insert, remove, sort_fields, with_latest_version
from alignak_backend_embedded.domain.rights import realm_field
from alignak_backend_embedded.store.access import Document
from alignak_backend_embedded.store.object_id import ObjectId

_WANT_ETAG = "To edit a document its etag must be provided using the If-Match header"


def _invalid(issues: Sequence[Issues]) -> Answer:
    results: list[dict[str, Any]] = [
        {"_status": "ERR", "_issues": found} if found else {"_status": "OK"} for found in issues
    ]
    failures = sum(1 for found in issues if found)
    answer: dict[str, Any] = results[0] if len(results) == 1 else {"_status": "ERR", "_items": results}
    answer["_error"] = {"code": 422, "message": f"Insertion failure: {failures} document(s) contain(s) error(s)"}
    return Answer(answer, 422)


def _bodies(call: Call) -> list[Any]:
    sent = body(call.request, call.backend.options.limits)
    items = sent if isinstance(sent, list) else [sent]
    if not items or not isinstance(sent, (list, dict)):
        raise BadRequestError
    return items


def _checked(call: Call, resource: str, items: list[Any]) -> list[Issues]:
    """Add defaults to new items, and return the problems of each."""
    context, rules = call.context, call.context.rules
    documents = [item for item in items if isinstance(item, dict)]
    for document in documents:
        coerce(resource, document)
    rules.run("prepare", context, Batch(resource, documents))
    issues = validate_new(context.store, resource, items)
    of_documents = [found for item, found in zip(items, issues, strict=True) if isinstance(item, dict)]
    rules.run("check", context, Batch(resource, documents, of_documents))
    return issues


def post(call: Call, resource: str) -> Answer:
    """Answer POST on a collection: create one document or a list of them, all or none."""
    call.caller.check_create(resource)
    items = _bodies(call)
    issues = _checked(call, resource, items)
    if any(issues):
        return _invalid(issues)
    if resources_by_name()[resource].auth_field:
        for item in items:
            item["_user"] = call.caller.id
    stored = insert(call.context, resource, items, bounded=True)
    results = [write_answer(resource, with_latest_version(call.context, resource, document)) for document in stored]
    answer: dict[str, Any] = results[0] if len(results) == 1 else {"_status": "OK", "_items": results}
    location = f"{call.request.scheme}://{call.request.host}/{resource}/{stored[0]['_id']}"
    return Answer(answer, 201, headers=(("Location", location),))


def _matched(call: Call, document: Document | None) -> Document:
    """Return the document of the request's URL, if the request specifies its latest version.

    Raises:
        NotFoundError: there is none, or the caller may not write it.
        PreconditionRequiredError: the request has no ``If-Match``.
        EtagError: it specifies another version.
    """
    if document is None:
        raise NotFoundError
    sent = bare_etag(call.request.headers.get("if-match", ""))
    if not sent:
        raise PreconditionRequiredError(_WANT_ETAG)
    if sent != etag_of(document):
        raise EtagError
    return document


def _written(call: Call, resource: str, document: Document, status: int = 200) -> Answer:
    answer = write_answer(resource, with_latest_version(call.context, resource, document))
    return Answer(answer, status, etag=answer["_etag"])


def patch(call: Call, resource: str, item: ObjectId) -> Answer:
    """Answer PATCH on an item: replace fields, and merge objects key by key."""
    bounds = call.caller.write_filter(resource, "update")
    updates = body(call.request, call.backend.options.limits)
    original = _matched(call, call.context.store.find_one(resource, within({"_id": item}, bounds)))
    issues = validate_update(call.context.store, resource, updates, original)
    if issues:
        return Answer({"_issues": issues, "_status": "ERR"}, 422)
    place = realm_field(resource)
    if place in updates and updates[place] != original.get(place):
        call.caller.check_realms(resource, [updates], "create", "update")
    if resources_by_name()[resource].auth_field:
        updates.pop("_user", None)
    return _written(call, resource, change(call.context, resource, original, updates, conditional=True))


def put(call: Call, resource: str, item: ObjectId) -> Answer:
    """Answer PUT on an item of the retention data: replace it, or create it under that id.

    Raises:
        NotFoundError: the item belongs to another user.
        NotAllowedError: the caller may not create such items.
    """
    call.caller.check_create(resource)
    document, store = body(call.request, call.backend.options.limits), call.context.store
    if not isinstance(document, dict):
        return Answer({"_issues": not_a_document_issues(document), "_status": "ERR"}, 422)
    original = store.find_one(resource, {"_id": item})
    if original is not None:
        if original.get("_user") != call.caller.id:
            raise NotFoundError
        _matched(call, original)
    posted_id = document.pop("_id", None)
    coerce(resource, document)
    issues = validate_new(store, resource, [document])[0]
    if posted_id is not None and str(posted_id) != str(item):
        issues["_id"] = "field is read-only"
    if issues:
        return Answer({"_issues": issues, "_status": "ERR"}, 422)
    document = {**document, "_id": item, "_user": call.caller.id}
    if original is None:
        return _written(call, resource, insert(call.context, resource, [document])[0], 201)
    full = add_defaults(resource, document)
    full |= {"_created": original.get("_created", EPOCH), "_updated": now(), "_etag": new_etag()}
    store.delete(resource, {"_id": item})
    store.insert(resource, sort_fields(full))
    answer = _written(call, resource, full)
    answer.modified = full["_updated"]
    return answer


def delete_item(call: Call, resource: str, item: ObjectId) -> Answer:
    """Answer DELETE on an item."""
    bounds = call.caller.write_filter(resource, "delete")
    document = _matched(call, call.context.store.find_one(resource, within({"_id": item}, bounds)))
    remove(call.context, resource, [document], conditional=True)
    return Answer({}, 204)


def delete_all(call: Call, resource: str) -> Answer:
    """Answer DELETE on a collection: all that the caller may delete, except items that the backend needs."""
    from alignak_backend_embedded.rules.protected import select_deletable

    bounds = call.caller.write_filter(resource, "delete")
    found = list(call.context.store.find(resource, bounds))
    remove(call.context, resource, select_deletable(call.context, resource, found))
    return Answer({}, 204)
