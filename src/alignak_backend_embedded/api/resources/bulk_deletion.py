"""``POST /<resource>/delete``: many items with one request, where the Alignak backend takes one request for each.

Rights and rules are those of a DELETE for each item. The only difference: items that prevent each other's deletion, as
a realm that of its parent, can be deleted together.
"""

from __future__ import annotations

from typing import Any

from alignak_backend_client.model.ids import is_canonical_id
from alignak_backend_embedded.api.body import body
from alignak_backend_embedded.api.call import Answer, Call
from alignak_backend_embedded.api.errors import BadRequestError, error_body, message_of, status_of
from alignak_backend_embedded.api.options import MAX_DELETIONS
from alignak_backend_embedded.api.resources.parameters import bare_etag
from alignak_backend_embedded.api.resources.reads import within
from alignak_backend_embedded.domain.errors import EtagError, NotFoundError, RequestError
from alignak_backend_embedded.domain.metadata import etag_of
from alignak_backend_embedded.domain.persistence import remove
from alignak_backend_embedded.rules.protected import select_deletable
from alignak_backend_embedded.store.access import Document
from alignak_backend_embedded.store.object_id import ObjectId

Named = tuple[ObjectId | str, str]

Errors = dict[int, RequestError]
"""Why items were not deleted, by their position in the request."""


def delete_many(call: Call, resource: str) -> Answer:
    """Delete the items of the request's list, each named by ``_id`` and ``_etag``.

    Returns:
        200, with ``_items``: for each item ``_id``, ``_status`` and, if it was not deleted, ``_error``.

    Raises:
        NotAllowedError: the user may not delete items of the resource.
        BadRequestError: the body is not such a list.
    """
    bounds = call.caller.write_filter(resource, "delete")
    wanted = _parse_items(call)
    errors: Errors = {}
    found = _match_documents(call, resource, list(enumerate(wanted)), bounds, errors)
    different = {document["_id"]: document for document in found.values()}
    going = {
        document["_id"]: document for document in select_deletable(call.context, resource, list(different.values()))
    }
    for place, document in found.items():
        if document["_id"] not in going:
            # A rule forbids it. Checked before the others are deleted, which changes etags: better to report the rule.
            _remove(call, resource, [document], place, errors)
    places = [place for place, (item, _) in enumerate(wanted) if item in going]
    try:
        with call.context.store.transaction():
            remove(call.context, resource, list(going.values()))
    except RequestError:
        # Another request has written in the meantime, without transactions: each item gets its own answer.
        for place in places:
            errors.pop(place, None)
            again = _match_documents(call, resource, [(place, wanted[place])], bounds, errors)
            _remove(call, resource, list(again.values()), place, errors)
    else:
        gone: set[Any] = set()
        for place in places:
            item = wanted[place][0]
            if item in gone:
                errors[place] = NotFoundError()
            elif place in found:
                gone.add(item)
    results = [_result(item, errors.get(place)) for place, (item, _) in enumerate(wanted)]
    return Answer({"_status": "OK", "_items": results})


def _remove(call: Call, resource: str, documents: list[Document], place: int, errors: Errors) -> None:
    """Delete the document at a position, or record which rule rejects it."""
    try:
        with call.context.store.transaction():
            remove(call.context, resource, documents)
    except RequestError as error:
        errors[place] = error


def _parse_items(call: Call) -> list[Named]:
    """Return ids and etags. Invalid ids are returned unchanged, since no item has them."""
    items = body(call.request, call.backend.options.limits)
    if not isinstance(items, list) or not 0 < len(items) <= MAX_DELETIONS:
        raise BadRequestError(f"The body must be a list of 1 to {MAX_DELETIONS} items")
    wanted: list[Named] = []
    for item in items:
        identity, sent = (item.get("_id"), item.get("_etag")) if isinstance(item, dict) else (None, None)
        etag = bare_etag(sent) if isinstance(sent, str) else ""
        if not (isinstance(identity, str) and etag):
            raise BadRequestError("Each item must have an _id and an _etag")
        wanted.append((ObjectId(identity) if is_canonical_id(identity) else identity, etag))
    return wanted


def _match_documents(
    call: Call, resource: str, wanted: list[tuple[int, Named]], bounds: Document, errors: Errors
) -> dict[int, Document]:
    """Return the documents that may be deleted, by their position; record why the others may not."""
    ids: Document = {"_id": {"$in": [item for _, (item, _) in wanted if isinstance(item, ObjectId)]}}
    there: dict[Any, Document] = {
        document["_id"]: document for document in call.context.store.find(resource, within(ids, bounds))
    }
    found: dict[int, Document] = {}
    for place, (item, etag) in wanted:
        document = there.get(item)
        if document is None:
            errors[place] = NotFoundError()
        elif etag != etag_of(document):
            errors[place] = EtagError()
        else:
            found[place] = document
    return found


def _result(item: ObjectId | str, error: RequestError | None) -> dict[str, Any]:
    if error is None:
        return {"_id": item, "_status": "OK"}
    return {"_id": item, **error_body(status_of(error), message_of(error, "DELETE"))}
