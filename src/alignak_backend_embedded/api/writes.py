"""POST, PATCH, PUT and DELETE, and the steps that rules use to write further documents.

:func:`insert`, :func:`change` and :func:`remove` run the rules of the resource; :func:`touch` writes fields and
nothing else. None of them checks rights: requests do, before.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bson import ObjectId
from flask import g, request
from pymongo.errors import BulkWriteError, DuplicateKeyError
from werkzeug.exceptions import BadRequest, Conflict, NotFound, PreconditionFailed, PreconditionRequired

from alignak_backend_client.model import resources_by_name
from alignak_backend_embedded.api.payload import body, coerce
from alignak_backend_embedded.api.reading import Answer
from alignak_backend_embedded.domain.context import caller, store
from alignak_backend_embedded.domain.documents import EPOCH, etag_of, now, write_answer
from alignak_backend_embedded.domain.events import Change, fire
from alignak_backend_embedded.domain.rights import place_of
from alignak_backend_embedded.domain.validation import (
    Issues,
    add_defaults,
    not_a_document,
    schema_of,
    validate_new,
    validate_update,
)
from alignak_backend_embedded.store.access import Document

DIFFERENT_ETAG = "Client and server etags don't match"
_WANT_ETAG = "To edit a document its etag must be provided using the If-Match header"


def new_etag() -> str:
    """Return a new etag. It names a version of a document; nothing can be learnt from it."""
    return secrets.token_hex(20)


def _remember(resource: str, item: ObjectId, fields: Mapping[str, Any]) -> None:
    """Keep what a write answer must say about a document that is written once more by a rule."""
    written: dict[tuple[str, ObjectId], dict[str, Any]] = g.setdefault("written", {})
    marks = {name: fields[name] for name in ("_etag", "_updated") if name in fields}
    written.setdefault((resource, item), {}).update(marks)


def _latest(resource: str, document: Document) -> Document:
    return {**document, **g.get("written", {}).get((resource, document["_id"]), {})}


def _in_order(document: Document) -> Document:
    """Return a document with its fields sorted: clients that know the fields decode it in half the time."""
    return dict(sorted(document.items()))


def insert(resource: str, documents: Sequence[Document], *, bounded: bool = False) -> list[Document]:
    """Store new, checked documents and run the rules of their resource; return them complete.

    Args:
        resource: their resource.
        documents: what to store; defaults and automatic fields are added.
        bounded: refuse documents outside the realms in which the caller may create.

    Raises:
        Conflict: an ``_id`` is taken.
    """
    date = now()
    full = [add_defaults(resource, document) for document in documents]
    for document in full:
        document.setdefault("_id", ObjectId())
        document["_created"] = document["_updated"] = date
        document["_etag"] = new_etag()
    fire("insert", resource, full)
    if bounded:
        caller().check_placed(resource, full, "create")
    posted = [document["_id"] for document, given in zip(full, documents, strict=True) if "_id" in given]
    if len(set(posted)) < len(posted) or (posted and store().count(resource, {"_id": {"$in": posted}})):
        raise Conflict
    full = [_in_order(document) for document in full]
    try:
        store().insert(resource, full)
    except (BulkWriteError, DuplicateKeyError):  # another worker of a MongoDB installation was faster
        raise Conflict from None
    fire("inserted", resource, full)
    return full


def merged(before: Any, after: Any) -> Any:
    """Return objects merged key by key: keys of the new one win, those it lacks stay."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return after
    return {**before, **{name: merged(before.get(name), value) for name, value in after.items()}}


def change(
    resource: str,
    original: Document,
    updates: Document,
    *,
    frozen: bool = False,
    inherited: bool = False,
    conditional: bool = False,
) -> Document:
    """Change a stored document, run the rules of its resource, and return it as it is after.

    Args:
        resource: its resource.
        original: the document as stored.
        updates: checked fields.
        frozen: keep ``_updated``.
        inherited: the values come from a template of the item.
        conditional: refuse when somebody changed the document meanwhile.

    Raises:
        PreconditionFailed: the document was changed meanwhile.
    """
    changing = Change(resource, original, dict(updates), frozenset(updates), frozen, inherited)
    fire("update", resource, changing)
    fields = {name: merged(original.get(name), value) for name, value in changing.updates.items() if name != "_id"}
    fields["_etag"] = new_etag()
    if not changing.frozen:
        fields["_updated"] = now()
    where: Document = {"_id": original["_id"]}
    if conditional and "_etag" in original:
        where["_etag"] = original["_etag"]
    try:
        if not store().update_fields(resource, where, fields) and conditional:
            raise PreconditionFailed(DIFFERENT_ETAG)
    except DuplicateKeyError:  # another worker of a MongoDB installation was faster
        raise Conflict from None
    _remember(resource, original["_id"], fields)
    changing.updates = fields
    changing.updated = {**original, **fields}
    fire("updated", resource, changing)
    return changing.updated


def touch(resource: str, ids: Iterable[ObjectId], fields: Mapping[str, Any], *, frozen: bool = True) -> None:
    """Write the same fields into some documents, with a new etag and without any rule.

    Args:
        resource: their resource.
        ids: which documents.
        fields: what to write.
        frozen: False also moves ``_updated``.
    """
    wanted = list(ids)
    if not wanted:
        return
    written = {**fields, "_etag": new_etag()}
    if not frozen:
        written["_updated"] = now()
    store().update_fields(resource, {"_id": {"$in": wanted} if len(wanted) > 1 else wanted[0]}, written)
    for item in wanted:
        _remember(resource, item, written)


def remove(resource: str, documents: Sequence[Document]) -> None:
    """Delete documents and run the rules of their resource."""
    if not documents:
        return
    fire("remove", resource, documents)
    store().delete(resource, {"_id": {"$in": [document["_id"] for document in documents]}})
    fire("removed", resource, documents)


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
        raise BadRequest
    return items


def post(resource: str) -> Answer:
    """Answer POST on a collection: one document or a list of them, all or none."""
    caller().check_create(resource)
    items = _bodies()
    documents = [item for item in items if isinstance(item, dict)]
    for document in documents:
        coerce(document, schema_of(resource))
    fire("prepare", resource, documents)
    issues = validate_new(resource, items)
    fire("check", resource, [pair for pair in zip(items, issues, strict=True) if isinstance(pair[0], dict)])
    if any(issues):
        return _invalid(issues)
    if resources_by_name()[resource].raw["auth_field"]:
        for item in items:
            item["_user"] = caller().id
    stored = insert(resource, items, bounded=True)
    results = [write_answer(resource, _latest(resource, document)) for document in stored]
    answer: dict[str, Any] = results[0] if len(results) == 1 else {"_status": "OK", "_items": results}
    location = f"{request.url_root}{resource}/{stored[0]['_id']}"
    return answer, None, None, 201, [("Location", location)]


def bare_etag(sent: str) -> str:
    """Return an etag without what HTTP puts around it: ``"..."`` or ``W/"..."``."""
    return sent.removeprefix("W/").replace('"', "")


def _matched(document: Document | None) -> Document:
    """Return the document that the request names, when the request knows its latest version.

    Raises:
        NotFound: there is none, or the caller may not touch it.
        PreconditionRequired: the request has no ``If-Match``.
        PreconditionFailed: it names another version.
    """
    if document is None:
        raise NotFound
    sent = bare_etag(request.headers.get("If-Match", ""))
    if not sent:
        raise PreconditionRequired(_WANT_ETAG)
    if sent != etag_of(document):
        raise PreconditionFailed(DIFFERENT_ETAG)
    return document


def _within(item: ObjectId, bounds: Document) -> Document:
    return {"$and": [{"_id": item}, bounds]} if bounds else {"_id": item}


def _updated_answer(resource: str, document: Document) -> Answer:
    answer = write_answer(resource, _latest(resource, document))
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
    if resources_by_name()[resource].raw["auth_field"]:
        updates.pop("_user", None)
    return _updated_answer(resource, change(resource, original, updates, conditional=True))


def put(resource: str, item: ObjectId) -> Answer:
    """Answer PUT on an item of the retention data: replace it, or create it under that id.

    Raises:
        NotFound: the item is somebody else's.
        Unauthorized: the caller may not create such items.
    """
    caller().check_create(resource)
    document = body()
    if not isinstance(document, dict):
        return {"_issues": not_a_document(document), "_status": "ERR"}, None, None, 422, None
    original = store().find_one(resource, {"_id": item})
    if original is not None:
        if original.get("_user") != caller().id:
            raise NotFound
        _matched(original)
    posted_id = document.pop("_id", None)
    coerce(document, schema_of(resource))
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
    store().insert(resource, _in_order(full))
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
