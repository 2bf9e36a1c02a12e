"""Writing documents: every write runs the rules of its resource, which may write further documents.

:func:`insert`, :func:`change` and :func:`remove` run the rules of the resource; :func:`write_fields` does not. None of
them checks rights, which the views do before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from alignak_backend_client.model import resources_by_name
from alignak_backend_client.model.fields import COUNTER_FIELDS
from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.data_model import add_defaults
from alignak_backend_embedded.domain.errors import ConflictError, EtagError, NotFoundError
from alignak_backend_embedded.domain.events import Batch, Change
from alignak_backend_embedded.domain.metadata import new_etag, now
from alignak_backend_embedded.store.access import Document
from alignak_backend_embedded.store.errors import BusyError, DuplicateKeyError
from alignak_backend_embedded.store.object_id import ObjectId

#: Maximum number of attempts of a change if other workers change the document at the same time.
_TRIES: Final = 50
_COUNTED: Final = frozenset({"host", "service"})


def _record_version(context: Context, resource: str, item: ObjectId, fields: Mapping[str, Any]) -> None:
    """Record the etag and date for the response if a rule writes a document again."""
    marks = {name: fields[name] for name in ("_etag", "_updated") if name in fields}
    context.written.setdefault((resource, item), {}).update(marks)


def with_latest_version(context: Context, resource: str, document: Document) -> Document:
    """Return a document with its etag and date after all rules of the request."""
    return {**document, **context.written.get((resource, document["_id"]), {})}


def sort_fields(document: Document) -> Document:
    """Return a document with sorted fields, which clients with a schema decode in half the time."""
    return dict(sorted(document.items()))


def insert(context: Context, resource: str, documents: Sequence[Document], *, bounded: bool = False) -> list[Document]:
    """Store new, valid documents, run the rules of their resource, and return them completed.

    Args:
        context: the context of the request.
        resource: their resource.
        documents: what to store; defaults and automatic fields are added.
        bounded: reject documents outside the realms in which the caller may create them.

    Raises:
        ConflictError: an ``_id`` is taken.
    """
    date = now()
    full = [add_defaults(resource, document) for document in documents]
    for document in full:
        document.setdefault("_id", ObjectId())
        document["_created"] = document["_updated"] = date
        document["_etag"] = new_etag()
    context.rules.run("insert", context, Batch(resource, full))
    if bounded and context.caller is not None:
        context.caller.check_realms(resource, full, "create")
    posted = [document["_id"] for document, given in zip(full, documents, strict=True) if "_id" in given]
    if len(set(posted)) < len(posted) or (posted and context.store.count(resource, {"_id": {"$in": posted}})):
        raise ConflictError
    full = [sort_fields(document) for document in full]
    try:
        context.store.insert(resource, full)
    except DuplicateKeyError as error:  # another worker of a MongoDB installation was faster
        context.store.delete(resource, {"_id": {"$in": [document["_id"] for document in full[: error.index]]}})
        raise ConflictError from None
    context.rules.run("inserted", context, Batch(resource, full))
    return full


def merge_patch(before: Any, after: Any, *, keep_nulls: bool = False) -> Any:
    """Merge objects by RFC 7396: new keys take precedence, null removes a key, and missing keys are kept."""
    if not isinstance(after, dict):
        return after
    found = dict(before) if isinstance(before, dict) else {}
    found |= {name: merge_patch(found.get(name), value, keep_nulls=keep_nulls) for name, value in after.items()}
    return {name: value for name, value in found.items() if keep_nulls or name not in after or value is not None}


def change(
    context: Context,
    resource: str,
    original: Document,
    updates: Document,
    *,
    inherited: bool = False,
    conditional: bool = False,
) -> Document:
    """Change a stored document, run the rules of its resource, and return the new document.

    Args:
        context: the context of the request.
        resource: its resource.
        original: the stored document.
        updates: validated new values.
        inherited: True if the values come from a template of the item.
        conditional: reject if somebody has changed the document in the meantime.

    Raises:
        EtagError: the document was changed in the meantime.
        BusyError: others change the document all the time.
    """
    for _ in range(_TRIES):
        changing = Change(resource, original, dict(updates), inherited=inherited)
        context.rules.run_changes("update", context, [changing])
        fields = _fields(changing)
        try:
            stored = context.store.update_fields(resource, {"_id": original["_id"], **_version(original)}, fields)
        except DuplicateKeyError:  # another worker of a MongoDB installation was faster
            raise ConflictError from None
        if stored:
            _record_write(context, changing, fields)
            context.rules.run_changes("updated", context, [changing])
            return changing.updated
        if conditional:
            raise EtagError
        found = context.store.find_one(resource, {"_id": original["_id"]})
        if found is None:
            return {**original, **fields}
        original = found
    raise BusyError("the document keeps changing")


def _version(document: Document) -> Document:
    """Return the filter for a version of a document; those stored by other programs may have no etag."""
    return {"_etag": document["_etag"]} if "_etag" in document else {}


def change_each(
    context: Context, resource: str, changes: Mapping[ObjectId, tuple[Document, Document]], decisive: Iterable[str]
) -> set[ObjectId]:
    """Change several stored documents differently, and run the rules of their resource.

    Unique fields are not allowed.

    Args:
        context: the context of the request.
        resource: their resource.
        changes: by id, the stored document and validated new values.
        decisive: the fields on which subsequent rules depend.

    Returns:
        Those that were not changed, since another worker of a MongoDB installation has deleted them or changed such a
        field in the meantime.
    """
    if not changes:
        return set()
    changing = [Change(resource, original, updates) for original, updates in changes.values()]
    context.rules.run_changes("update", context, changing)
    fields = {change.original["_id"]: _fields(change) for change in changing}
    known = {change.original["_id"]: {name: change.original.get(name) for name in decisive} for change in changing}
    lost = context.store.update_each(resource, fields, known)
    changing = [change for change in changing if change.original["_id"] not in lost]
    for change in changing:
        _record_write(context, change, fields[change.original["_id"]])
    if changing:
        context.rules.run_changes("updated", context, changing)
    return lost


def _fields(changing: Change) -> Document:
    """Return the fields to store for a change."""
    known = resources_by_name()[changing.resource].fields  # additional fields of programs may be null
    original = changing.original
    fields = {
        name: merge_patch(original.get(name), value, keep_nulls=name not in known) if isinstance(value, dict) else value
        for name, value in changing.updates.items()
        if name != "_id"
    }
    fields["_etag"] = new_etag()
    if not changing.frozen:
        fields["_updated"] = now()
    return fields


def _record_write(context: Context, changing: Change, fields: Document) -> None:
    """Record the stored values in a change and in the context."""
    _record_version(context, changing.resource, changing.original["_id"], fields)
    changing.updates = fields
    changing.updated = {**changing.original, **fields}


def write_fields(
    context: Context, resource: str, ids: Iterable[ObjectId], fields: Mapping[str, Any], *, frozen: bool = True
) -> None:
    """Write the same fields to some documents, with a new etag and without running rules.

    Args:
        context: the context of the request.
        resource: their resource.
        ids: the ids of the documents.
        fields: the new values.
        frozen: False to also set ``_updated``.
    """
    wanted = list(ids)
    if not wanted:
        return
    written = {**fields, "_etag": new_etag()}
    if not frozen:
        written["_updated"] = now()
    context.store.update_fields(resource, {"_id": {"$in": wanted} if len(wanted) > 1 else wanted[0]}, written)
    for item in wanted:
        _record_version(context, resource, item, written)


def remove(context: Context, resource: str, documents: Sequence[Document], *, conditional: bool = False) -> None:
    """Delete documents and run the rules of their resource.

    Args:
        context: the context of the request.
        resource: their resource.
        documents: the stored documents.
        conditional: reject if somebody has changed or deleted them in the meantime.

    Raises:
        EtagError: one was changed in the meantime.
        NotFoundError: one is gone.
        BusyError: one was changed again and again.
    """
    if not documents:
        return
    context.rules.run("remove", context, Batch(resource, documents))
    names = ("_etag",) if conditional else COUNTER_FIELDS if resource in _COUNTED else ()
    left = documents
    for _ in range(_TRIES):
        number, left = _delete(context, resource, left, names)
        if conditional and number < len(documents):
            raise EtagError if left else NotFoundError
        if not left:
            return
    raise BusyError("the document keeps changing")


def _delete(
    context: Context, resource: str, documents: Sequence[Document], names: Sequence[str]
) -> tuple[int, list[Document]]:
    """Delete the documents whose fields of some names are as they were read.

    Those with the same values are deleted together. MongoDB returns how many it has deleted, not which, and another
    worker may delete some of them at the same moment: then any of them are counted, since all count alike.

    Returns:
        How many were deleted here, and those that another worker has changed, as they are now.
    """
    alike: defaultdict[tuple[Any, ...], dict[ObjectId, Document]] = defaultdict(dict)
    for document in documents:
        alike[tuple(document.get(name) for name in names)][document["_id"]] = document
    deleted: list[Document] = []
    gone: list[Document] = []
    changed: list[Document] = []
    for values, group in alike.items():
        where = {"_id": {"$in": list(group)}}
        number = context.store.delete(resource, where | dict(zip(names, values, strict=True)))
        if number < len(group):
            for document in context.store.find(resource, where):
                del group[document["_id"]]
                changed.append(document)
        gone += group.values()
        deleted += list(group.values())[:number]
    if deleted:
        context.rules.run("deleted", context, Batch(resource, deleted))
    if gone:
        context.rules.run("removed", context, Batch(resource, gone))
    return len(deleted), changed
