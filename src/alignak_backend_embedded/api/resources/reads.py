"""GET: pages and single items, within the caller's rights."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any, Final

from alignak_backend_client.model import resources_by_name
from alignak_backend_embedded.api.call import Answer, Call
from alignak_backend_embedded.api.rendering import is_plain
from alignak_backend_embedded.api.resources.parameters import Parameters
from alignak_backend_embedded.api.resources.representation import finish, self_link
from alignak_backend_embedded.domain.errors import NotFoundError
from alignak_backend_embedded.domain.json_values import format_date
from alignak_backend_embedded.domain.metadata import EPOCH, complete_etags
from alignak_backend_embedded.store.access import Document, Filter, Found, JSONItems
from alignak_backend_embedded.store.object_id import ObjectId

_HOME: Final = {"title": "home", "href": "/"}


def within(where: Filter, bounds: Filter) -> Filter:
    """Return a filter that matches what both filters match."""
    return {"$and": [where, bounds]} if where and bounds else where or bounds


def _page_links(resource: str, asked: Parameters, total: int) -> dict[str, Any]:
    links: dict[str, Any] = {
        "parent": _HOME,
        "self": {"title": resource, "href": asked.link(resource) if total else resource},
    }
    if asked.page * asked.max_results < total:
        last = math.ceil(total / asked.max_results)
        links["next"] = {"title": "next page", "href": asked.link(resource, asked.page + 1)}
        links["last"] = {"title": "last page", "href": asked.link(resource, last)}
    if asked.page > 1:
        links["prev"] = {"title": "previous page", "href": asked.link(resource, asked.page - 1)}
    return links


def _hides_ancestors(call: Call, resource: str) -> bool:
    """Return True if documents contain ids of parents that the caller may not read."""
    return resources_by_name()[resource].is_tree and not call.caller.is_super_admin


def _finish(call: Call, resource: str, documents: list[Document], asked: Parameters) -> None:
    """Prepare documents for a response, in place."""
    hidden = call.caller.hidden_fields(resource)
    for document in documents:
        finish(resource, document, hidden)
        if resource == "user" and asked.shows_token:
            # Programs read their token from their own user, and fail if it is missing.
            document["token"] = call.caller.user.get("token", "") if document["_id"] == call.caller.id else ""
    if _hides_ancestors(call, resource):
        from alignak_backend_embedded.rules.trees import hide_ancestors

        hide_ancestors(call.context, resource, documents)
    if asked.embedded:
        from alignak_backend_embedded.api.resources.embedding import embed

        embed(call, documents, asked.embedded)


def _as_json(call: Call, resource: str, found: Found, asked: Parameters) -> JSONItems | None:
    """Return a page as JSON text, and its latest change; None if the documents have to be processed for it."""
    if call.caller.hidden_fields(resource) or asked.embedded or _hides_ancestors(call, resource):
        return None
    return found.as_json(self_link(resource, ""), format_date) if is_plain(call) else None


def collection(call: Call, resource: str) -> Answer:
    """Answer GET of a collection: one page.

    Raises:
        BadRequestError: the query is invalid.
    """
    asked = Parameters(call, resource)
    where = within(asked.where, call.caller.read_filter(resource))
    skip = (asked.page - 1) * asked.max_results
    limits = call.backend.options.limits
    most = limits.answer_bytes if is_plain(call) else limits.text_answer_bytes
    found, total = call.find_page(resource, where, asked.sort, asked.projection, asked.max_results, skip, most)
    body: dict[str, Any] = {}
    text = _as_json(call, resource, found, asked)
    if text is not None:
        items, latest = text
        newest = latest.replace(tzinfo=None) if latest else EPOCH
    else:
        documents = list(found)
        complete_etags(call.context.store, resource, documents)
        _finish(call, resource, documents, asked)
        newest = max((document["_updated"] for document in documents), default=EPOCH)
        body["_items"] = documents
    body["_links"] = _page_links(resource, asked, total)
    body["_meta"] = {"page": asked.page, "max_results": asked.max_results, "total": total}
    return Answer(
        body,
        modified=newest if newest > EPOCH else None,
        headers=(("X-Total-Count", str(total)),),
        items=None if text is None else items,
    )


def item(call: Call, resource: str, identifier: ObjectId) -> Answer:
    """Answer GET of one item.

    Raises:
        NotFoundError: there is none, or the caller may not read it.
    """
    asked = Parameters(call, resource)
    where = within({"_id": identifier}, call.caller.read_filter(resource))
    # Of a page that is not full, the store knows the total: two items save counting.
    found, _ = call.find_page(resource, where, (), asked.projection, 2, 0, call.backend.options.limits.answer_bytes)
    document = next(iter(found), None)
    if document is None:
        raise NotFoundError
    updated = document.get("_updated")
    modified = updated.replace(tzinfo=None) if isinstance(updated, datetime) else EPOCH
    complete_etags(call.context.store, resource, [document])
    etag = document["_etag"]
    unchanged = []
    if asked.modified_since:
        unchanged.append(modified <= asked.modified_since)
    if asked.none_match:
        unchanged.append(etag == asked.none_match)
    if unchanged and all(unchanged):
        return Answer({}, 304, etag=etag, modified=modified)
    _finish(call, resource, [document], asked)
    _add_up(call, resource, document)
    document["_links"] = {
        "parent": _HOME,
        "self": self_link(resource, document["_id"]),
        "collection": {"title": resource, "href": asked.link(resource)},
    }
    return Answer(document, etag=etag, modified=modified)


def _add_up(call: Call, resource: str, document: Document) -> None:
    """Answer ``?concatenation`` and ``?history`` of a livesynthesis."""
    concatenation, history = "concatenation" in call.parameter, "history" in call.parameter
    if resource == "livesynthesis" and (concatenation or history):
        from alignak_backend_embedded.rules.livesynthesis import extend_response

        extend_response(call.context, document, concatenation=concatenation, history=history)
