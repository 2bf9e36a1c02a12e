"""GET: pages and single items, within the caller's rights."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from bson import ObjectId
from bson.errors import InvalidDocument
from flask import request
from pymongo.errors import OperationFailure
from werkzeug.datastructures import MultiDict

from alignak_backend_client.model import resources_by_name
from alignak_backend_client.model.fields import AUTOMATIC
from alignak_backend_embedded.api import embedding, query
from alignak_backend_embedded.api.errors import BadRequestError
from alignak_backend_embedded.api.rendering import Text, encode, is_plain
from alignak_backend_embedded.api.representation import finish, self_link
from alignak_backend_embedded.domain.context import caller, data_layer
from alignak_backend_embedded.domain.errors import NotFoundError
from alignak_backend_embedded.domain.events import fire, has_rules
from alignak_backend_embedded.domain.metadata import EPOCH, complete_etags
from alignak_backend_embedded.store.access import Document
from alignak_backend_embedded.store.sqlite.json_pages import Page

#: Body, last modification, etag, status, extra headers: what Eve renders.
Answer = tuple[Any, datetime | None, str | None, int, list[tuple[str, Any]] | None]

_PARAMETERS: Final = frozenset({"where", "sort", "page", "max_results", "embedded", "projection", "version"})
_HOME: Final = {"title": "home", "href": "/"}
_MAX_SKIP: Final = 2**53


def _parsed(resource: str) -> Any:
    """Return Eve's reading of the request's query and headers, its ``where``, ``sort`` and projection checked."""
    from eve.utils import parse_request

    try:
        parsed = parse_request(resource)
    except (ValueError, OverflowError):
        raise BadRequestError from None
    if parsed.page * parsed.max_results > _MAX_SKIP:
        parsed.page = _MAX_SKIP // parsed.max_results
    hidden = caller().hidden_fields(resource)
    parsed.asked_where, parsed.asked_sort = parsed.where, parsed.sort
    if parsed.where:
        parsed.where = json.dumps(query.where(parsed.where, resource, hidden, caller().user.get("token")))
    if parsed.sort:
        parsed.sort = repr(query.sort(parsed.sort, hidden)) if parsed.sort else None
        if parsed.sort == "[]":
            parsed.sort = None
    _check_projection(parsed, resource)
    return parsed


def _check_projection(parsed: Any, resource: str) -> None:
    if not parsed.projection:
        return
    try:
        projection = json.loads(parsed.projection)
    except (ValueError, RecursionError):
        raise BadRequestError from None
    if not isinstance(projection, dict):
        raise BadRequestError
    if any(not name or "$" in name or value not in (0, 1) for name, value in projection.items()):
        raise BadRequestError
    if resources_by_name()[resource].allow_unknown:
        # There is no list of fields to choose from: the client's own projection goes to the store as it is.
        if 1 in projection.values():
            projection = {name: 1 for name, value in projection.items() if value} | dict.fromkeys(AUTOMATIC, 1)
        else:
            projection = {name: value for name, value in projection.items() if name not in AUTOMATIC}
        parsed.projection = json.dumps(projection)


def _query(parsed: Any, page: int | None = None) -> str:
    """Return the query part of a link, in the caller's own words."""
    from eve.utils import querydef

    others = MultiDict((name, value) for name, value in request.args.items(multi=True) if name not in _PARAMETERS)
    found: str = querydef(parsed.max_results, parsed.asked_where, parsed.asked_sort, None, page or parsed.page, others)
    return found


def _page_links(resource: str, parsed: Any, total: int) -> dict[str, Any]:
    links: dict[str, Any] = {
        "parent": _HOME,
        "self": {"title": resource, "href": resource + (_query(parsed) if total else "")},
    }
    if parsed.page * parsed.max_results < total:
        last = math.ceil(total / parsed.max_results)
        links["next"] = {"title": "next page", "href": resource + _query(parsed, parsed.page + 1)}
        links["last"] = {"title": "last page", "href": resource + _query(parsed, last)}
    if parsed.page > 1:
        links["prev"] = {"title": "previous page", "href": resource + _query(parsed, parsed.page - 1)}
    return links


def _own_token(resource: str, documents: list[Document], projection: dict[str, Any]) -> None:
    """Give the caller the caller's own token: programs read it from their own user."""
    if resource == "user" and projection.get("token", 1 not in projection.values()):
        for document in documents:
            if document["_id"] == caller().id:
                document["token"] = caller().user.get("token", "")


def _send(resource: str, documents: list[Document], parsed: Any) -> None:
    hidden = caller().hidden_fields(resource)
    for document in documents:
        finish(resource, document, hidden)
    _own_token(resource, documents, json.loads(parsed.projection) if parsed.projection else {})
    fire("fetched", resource, documents)
    embedding.embed(documents, embedding.fields(parsed.embedded, resource))


def _unread(resource: str, page: Any, chains: Sequence[Any]) -> tuple[list[bytes], datetime | None] | None:
    """Return a page as JSON text, and its latest change, when nothing in the documents has to be looked at for it."""
    if not isinstance(page, Page) or caller().hidden_fields(resource) or chains or has_rules("fetched", resource):
        return None
    return page.text(self_link(resource, ""), encode) if is_plain() else None


def collection(resource: str) -> Answer:
    """Answer GET of a collection: one page.

    Raises:
        BadRequestError: the query makes no sense.
    """
    parsed = _parsed(resource)
    parsed.if_modified_since = None
    chains = embedding.fields(parsed.embedded, resource)
    try:
        page, total = data_layer().find(resource, parsed, caller().read_filter(resource), perform_count=True)
        unread = _unread(resource, page, chains)
        documents = [] if unread else list(page)
    except (TypeError, ValueError, OverflowError, OperationFailure, InvalidDocument):
        # A filter with an operand of a type that the store does not take.
        raise BadRequestError from None
    items: Any = documents
    if unread:
        items, latest = Text(unread[0]), unread[1]
        newest = latest.replace(tzinfo=None) if latest else EPOCH
    else:
        complete_etags(resource, documents)
        _send(resource, documents, parsed)
        newest = max((document["_updated"] for document in documents), default=EPOCH)
    body = {
        "_items": items,
        "_links": _page_links(resource, parsed, total),
        "_meta": {"page": parsed.page, "max_results": parsed.max_results, "total": total},
    }
    return body, newest if newest > EPOCH else None, None, 200, [("X-Total-Count", total)]


def item(resource: str, item_id: ObjectId) -> Answer:
    """Answer GET of one item.

    Raises:
        NotFoundError: there is none, or the caller may not see it.
    """
    parsed = _parsed(resource)
    lookup = {"_id": item_id}
    visible = caller().read_filter(resource)
    if visible:
        lookup = {"$and": [lookup, visible]}  # type: ignore[dict-item]  # filters nest
    document = data_layer().find_one(resource, parsed, **lookup)
    if document is None:
        raise NotFoundError
    updated = document.get("_updated")
    modified = updated.replace(tzinfo=None) if isinstance(updated, datetime) else EPOCH
    complete_etags(resource, [document])
    etag = document["_etag"]
    unchanged = []
    if parsed.if_modified_since:
        unchanged.append(modified <= parsed.if_modified_since)
    if parsed.if_none_match:
        unchanged.append(etag == parsed.if_none_match)
    if unchanged and all(unchanged):
        return {}, modified, etag, 304, None
    _send(resource, [document], parsed)
    document["_links"] = {
        "parent": _HOME,
        "self": self_link(resource, document["_id"]),
        "collection": {"title": resource, "href": resource + _query(parsed)},
    }
    return document, modified, etag, 200, None
