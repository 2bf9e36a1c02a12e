"""``POST /<resource>/delete``: many items with one request, where the Alignak backend takes one request for each.

It is no new right and no new rule: each item is deleted, or not, as by a DELETE of its own. Only that items which keep
each other, as a realm keeps its parent, can go together.
"""

from __future__ import annotations

import re
from typing import Any, Final

from bson import ObjectId
from werkzeug.exceptions import BadRequest, HTTPException, NotFound, PreconditionFailed

from alignak_backend_embedded.context import caller, store
from alignak_backend_embedded.documents import etag_of
from alignak_backend_embedded.errors import error_body, message_of
from alignak_backend_embedded.payload import body
from alignak_backend_embedded.reading import Answer
from alignak_backend_embedded.store.access import Document
from alignak_backend_embedded.writes import DIFFERENT_ETAG, remove

#: Items that one request may name; ``/backendconfig`` tells it.
MOST_ITEMS: Final = 1000

_ID: Final = re.compile(r"[0-9a-f]{24}")

Named = tuple[ObjectId | str, str]

Verdicts = dict[int, HTTPException | None]
"""What becomes of an item, by its place in the request; None when it is deleted."""


def delete_many(resource: str) -> Answer:
    """Delete the items of the request's list, each named by ``_id`` and ``_etag``.

    Returns:
        200, with ``_items``: for each item ``_id``, ``_status`` and, if it was not deleted, ``_error``.

    Raises:
        Unauthorized: the user may delete nothing of the resource.
        BadRequest: the body is no such list.
    """
    bounds = caller().write_filter(resource, "delete")
    wanted = _wanted()
    verdicts: Verdicts = {}
    good = _matching(resource, list(enumerate(wanted)), bounds, verdicts)
    try:
        with store().transaction():
            remove(resource, list(good.values()))
    except HTTPException:
        # A rule refuses one of them: each gets its own answer, and those before it may have changed those after.
        for place in good:
            try:
                with store().transaction():
                    remove(resource, list(_matching(resource, [(place, wanted[place])], bounds, verdicts).values()))
            except HTTPException as error:
                verdicts[place] = error
    told = [_told(item, verdicts.get(place)) for place, (item, _) in enumerate(wanted)]
    return {"_status": "OK", "_items": told}, None, None, 200, None


def _wanted() -> list[Named]:
    """Return ids and etags. What is no id is the id of nothing: it stays as it is."""
    sent = body()
    if not isinstance(sent, list) or not 0 < len(sent) <= MOST_ITEMS:
        raise BadRequest(f"A list of 1 to {MOST_ITEMS} items is needed")
    wanted: list[Named] = []
    for item in sent:
        identity, etag = (item.get("_id"), item.get("_etag")) if isinstance(item, dict) else (None, None)
        if not (isinstance(identity, str) and isinstance(etag, str) and etag):
            raise BadRequest("Each item is named by its _id and its _etag")
        wanted.append((ObjectId(identity) if _ID.fullmatch(identity) else identity, etag))
    return wanted


def _matching(
    resource: str, wanted: list[tuple[int, Named]], bounds: Document, verdicts: Verdicts
) -> dict[int, Document]:
    """Return the documents that may be deleted, by their place; the verdict on others is noted."""
    ids: Document = {"_id": {"$in": [item for _, (item, _) in wanted if isinstance(item, ObjectId)]}}
    there: dict[Any, Document] = {
        document["_id"]: document for document in store().find(resource, {"$and": [ids, bounds]} if bounds else ids)
    }
    found: dict[int, Document] = {}
    for place, (item, etag) in wanted:
        document = there.pop(item, None)  # named twice, it is gone the second time
        if document is None:
            verdicts[place] = NotFound()
        elif etag != etag_of(document):
            verdicts[place] = PreconditionFailed(DIFFERENT_ETAG)
        else:
            found[place] = document
    return found


def _told(item: ObjectId | str, error: HTTPException | None) -> dict[str, Any]:
    if error is None:
        return {"_id": item, "_status": "OK"}
    return {"_id": item, **error_body(error.code or 500, message_of(error))}
