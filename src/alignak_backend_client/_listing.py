"""Reading whole lists so that every item is there once, without I/O.

Pages by number miss or double items when somebody writes meanwhile. Without an order of the caller's, a list is
therefore walked by key: sorted by ``_id``, each page asks for the ids above the last one. With an order of the
caller's, pages are read by number, checked, and read again when they shifted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from alignak_backend_client import _operations as operations
from alignak_backend_client._operations import BACKEND_PAGINATION_LIMIT, Body, Operation
from alignak_backend_client._session import Session
from alignak_backend_client.exceptions import BACKEND_ERROR, BackendException, connection_failed, misuse

_ATTEMPTS = 5


def get_all(session: Session, endpoint: str, params: Mapping[str, Any] | None = None) -> Operation[Body]:
    """Return all items of a list as ``{'_items': [...], '_status': 'OK'}``."""
    wanted = {name: value for name, value in (params or {}).items() if value is not None and name != "page"}
    if "max_results" not in wanted:
        wanted["max_results"] = yield from page_limit(session)
    where = _filter(wanted.get("where"))
    if wanted.get("sort") or where is None:
        items = yield from _by_page(session, endpoint, wanted)
    else:
        items = yield from _by_key(session, endpoint, wanted, where)
    return {"_items": items, "_status": "OK"}


def page_limit(session: Session) -> Operation[int]:
    """Return the largest page that the backend gives; it is asked once."""
    if session.page_limit is None:
        limit = None
        response = yield from operations.request(session, "GET", "backendconfig")
        if response.ok and isinstance(body := response.body(), dict):
            limit = body.get("PAGINATION_LIMIT")
        valid = isinstance(limit, int) and not isinstance(limit, bool) and limit > 0
        session.page_limit = limit if valid else BACKEND_PAGINATION_LIMIT
    assert session.page_limit is not None  # noqa: S101 - for the type checker: set above
    return session.page_limit


def _filter(where: Any) -> Body | None:
    """Return a filter as a dictionary; None when it is in the backend's Python-like syntax."""
    if where is None or where == "":
        return {}
    if isinstance(where, str):
        try:
            where = json.loads(where)
        except ValueError:
            return None
    return where if isinstance(where, dict) else None


def _page(session: Session, endpoint: str, params: Body) -> Operation[tuple[list[Body], int | None]]:
    """Return one page, and how many items its filter matches if the backend says so."""
    body = yield from operations.get(session, endpoint, params)
    items = body.get("_items") if isinstance(body, dict) else None
    if not isinstance(items, list):
        raise misuse(f"{endpoint!r} is no list of items")
    meta = body.get("_meta")
    total = meta.get("total") if isinstance(meta, dict) else None
    return items, total if isinstance(total, int) else None


def _by_key(session: Session, endpoint: str, params: Body, where: Body) -> Operation[list[Body]]:
    """Walk a list by ``_id``."""
    items: list[Body] = []
    asked = dict(params, sort="_id")
    last = ""
    while True:
        page, total = yield from _page(session, endpoint, asked)
        items += page
        if not page or (total is not None and total <= len(page)):
            return items
        key = page[-1].get("_id")
        if key is None:
            # A projection of a free-form resource may leave the ids out.
            return (yield from _by_page(session, endpoint, params))
        if not isinstance(key, str) or key <= last:
            raise connection_failed(f"The backend does not sort {endpoint!r} by _id: its lists cannot be trusted")
        last = key
        above = {"_id": {"$gt": key}}
        asked["where"] = json.dumps({"$and": [where, above]} if where else above)


def _by_page(session: Session, endpoint: str, params: Body) -> Operation[list[Body]]:
    """Read a list page by page, again when it shifted while it was read."""
    for _ in range(_ATTEMPTS):
        items, steady = yield from _pages(session, endpoint, params)
        if steady:
            return items
    raise BackendException(
        BACKEND_ERROR,
        f"The list of {endpoint!r} changes faster than it can be read in this order; read it without a sort",
    )


def _pages(session: Session, endpoint: str, params: Body) -> Operation[tuple[list[Body], bool]]:
    """Read all pages once; the second result tells whether the list stood still."""
    items: list[Body] = []
    totals: set[int | None] = set()
    number = 0
    while True:
        number += 1
        page, total = yield from _page(session, endpoint, dict(params, page=number))
        items += page
        totals.add(total)
        if not page or (total is not None and total <= len(items)):
            break
    keys = [item["_id"] for item in items if "_id" in item]
    complete = totals == {None} or totals == {len(items)}
    return items, number == 1 or (complete and len(keys) == len(set(keys)))
