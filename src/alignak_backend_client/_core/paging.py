"""Reading whole lists so that every item appears exactly once; without I/O.

Numbered pages miss or repeat items if somebody writes in the meantime. If the caller does not sort, a list is therefore
read by key: sorted by ``_id``, each page requests the ids above the last one. If the caller sorts, pages are read by
number, checked, and read again if they have shifted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from alignak_backend_client._core import operations, urls
from alignak_backend_client._core.operations import Body
from alignak_backend_client._core.pages import NO_ID, Page, combine_items, page_of
from alignak_backend_client._core.protocol import Gather, Operation
from alignak_backend_client._core.session import Session
from alignak_backend_client.exceptions import BackendException, connection_failed
from alignak_backend_client.model.ids import is_object_id

_ATTEMPTS = 3

_ROUNDS = 8
"""Number of pages that each worker reads before the responses are checked."""

_MOST_BOUNDS = 1000


def get_all(
    session: Session, endpoint: str, params: Mapping[str, Any] | None = None, at_once: int = 1
) -> Operation[Body]:
    """Return all items of a list as ``{'_items': [...], '_status': 'OK'}``, reading so many pages at a time."""
    walk = Paginator(session, endpoint, params, at_once)
    items: list[Body] = []
    while not walk.done:
        page = yield from walk.next_page()
        items += page.items()
    return {"_items": items, "_status": "OK"}


class Paginator:
    """Reads a list step by step.

    Args:
        session: of the client.
        endpoint: the list.
        params: parameters of the caller; ``page`` is ignored.
        at_once: number of parallel requests.
        outlined: decode items only when they are requested.

    Attributes:
        done: True if everything was read.
    """

    def __init__(
        self,
        session: Session,
        endpoint: str,
        params: Mapping[str, Any] | None,
        at_once: int = 1,
        *,
        outlined: bool = False,
    ) -> None:
        self.done = False
        self._outlined = outlined
        self._session = session
        # Of two values for one parameter the backend takes the first, and there will be more.
        urls.check_endpoint(endpoint)
        self._endpoint, _, query = endpoint.partition("?")
        urls.check_mapping(params or {}, "Parameters are", "where")
        given = dict(parse_qsl(query, keep_blank_values=True)) | dict(params or {})
        self._params = {name: value for name, value in given.items() if value is not None and name != "page"}
        self._where = _filter(self._params.get("where"))
        self._at_once = max(1, at_once)
        self._last = ""
        self._total = 0
        self._bounds: list[str] = []

    def next_page(self) -> Operation[Page]:
        """Return the next items; set ``done`` with the last ones."""
        if "max_results" not in self._params:
            self._params["max_results"] = (yield from operations.config(self._session)).page_limit
        if self._params.get("sort"):
            return (yield from self._whole())
        if self._bounds:
            return (yield from self._next_ranges())
        page = yield from self._above(self._last, None)
        if not page.keys or (page.total is not None and page.total <= len(page.keys)):
            self.done = True
        elif page.keys[-1] is NO_ID and not self._last:
            # A projection of a free-form resource may leave the ids out.
            return (yield from self._whole())
        else:
            self._last = page.keys[-1]
            if self._at_once > 1 and page.total is not None:
                yield from self._find_bounds(page.total - len(page.keys), len(page.keys))
        return page

    def _above(self, low: str, high: str | None) -> Operation[Page]:
        """Return a page of the items with ids above ``low`` and not above ``high``."""
        page = yield from self._page({"sort": "_id", "where": self._between(low, high)})
        for _ in range(1, _ATTEMPTS):
            if page.keys or not page.total:
                break
            # Items may be deleted between counting and sending.
            page = yield from self._page({"sort": "_id", "where": self._between(low, high)})
        keys = page.keys
        if not keys and page.total:
            raise self._incomplete(page.total, 0)
        if not low and all(key is NO_ID for key in keys):
            return page  # a projection left them out
        valid = all(isinstance(key, str) and is_object_id(key) for key in keys)
        if (
            not valid
            or any(key <= before for before, key in zip([low, *keys], keys, strict=False))
            or (high and keys and keys[-1] > high)
        ):
            raise connection_failed(f"The backend does not sort {self._endpoint!r} by _id: its lists cannot be trusted")
        return page

    def _between(self, low: str, high: str | None) -> Body | str | None:
        """Return the caller's filter for ids above ``low`` and not above ``high``."""
        if isinstance(self._where, str):
            limits = [f'_id > ObjectId("{low}")'] if low else []
            limits += [f'_id <= ObjectId("{high}")'] if high else []
            return " and ".join([f"({self._where})", *limits]) if limits else self._where
        ids = ({"$gt": low} if low else {}) | ({"$lte": high} if high else {})
        filters = [part for part in (self._where, {"_id": ids} if ids else None) if part]
        return (filters[0] if len(filters) == 1 else {"$and": filters}) if filters else None

    def _range(self, low: str, high: str | None) -> Operation[list[Body]]:
        """Return all items with ids above ``low`` and not above ``high``."""
        found: list[Body] = []
        while True:
            page = yield from self._above(low, high)
            found += page.items()
            if not page.keys or (page.total is not None and page.total <= len(page.keys)):
                return found
            low = page.keys[-1]

    def _find_bounds(self, left: int, size: int) -> Operation[None]:
        """Find ids that divide the rest of the list into pages; a list with very many pages is not divided."""
        if left > size * _MOST_BOUNDS:
            self._at_once = 1
            return
        where = self._between(self._last, None)

        def bound(offset: int) -> Operation[str | None]:
            wanted = {"sort": "_id", "where": where, "max_results": 1, "page": offset, "projection": '{"_id": 1}'}
            page = yield from self._page(wanted)
            key = page.keys[0] if page.keys else None
            return key if isinstance(key, str) and is_object_id(key) else None

        found = yield Gather([bound(offset) for offset in range(size, left, size)], self._at_once)
        self._bounds = [*sorted({one for one in found if one is not None and one > self._last}), ""]

    def _next_ranges(self) -> Operation[Page]:
        """Return the items of the next ranges, read in parallel."""
        highs, self._bounds = self._bounds[: self._at_once], self._bounds[self._at_once :]
        lows = [self._last, *highs[:-1]]
        parts = yield Gather(
            [self._range(low, high or None) for low, high in zip(lows, highs, strict=True)], self._at_once
        )
        self._last = highs[-1]
        self.done = not self._bounds
        return combine_items([item for part in parts for item in part])

    def _whole(self) -> Operation[Page]:
        """Return all items in the caller's order; read them again if they have shifted."""
        self.done = True
        items: list[Body] = []
        for _ in range(_ATTEMPTS):
            items, steady = yield from self._pages()
            if steady:
                return combine_items(items)
        return combine_items((yield from self._completed(items)))

    def _pages(self) -> Operation[tuple[list[Body], bool]]:
        """Read all pages once; the second result is True if the list did not change."""
        first = yield from self._page({"page": 1})
        items, size, total = first.items(), len(first.keys), first.total
        self._total = total or 0
        if not size or total == size:
            return items, not self._total or total == size
        last = -(-total // size) if total is not None else None
        number, totals, keys = 2, {total}, [key for key in first.keys if key is not NO_ID]
        # In portions, since the number of pages comes from the server.
        several = self._at_once * (_ROUNDS if last is not None else 1)
        while last is None or number <= last:
            numbers = range(number, number + several if last is None else min(number + several, last + 1))
            pages: list[Page] = yield Gather([self._page({"page": one}) for one in numbers], self._at_once)
            for page in pages:
                totals.add(page.total)
                items += page.items()
                keys += [key for key in page.keys if key is not NO_ID]
            if len(set(map(str, keys))) < len(keys):
                return items, False
            if not all(page.keys for page in pages):
                break
            number += several
        return items, totals in ({len(items)}, {None})

    def _completed(self, items: list[Body]) -> Operation[list[Body]]:
        """Return a list that keeps changing: each item once, those that moved at the end."""
        if not all("_id" in item for item in items) or not items:
            # Without ids, items cannot be distinguished.
            if len(items) < self._total:
                raise self._incomplete(self._total, len(items))
            return items
        unsorted = {name: value for name, value in self._params.items() if name != "sort"}
        exact = yield from get_all(self._session, self._endpoint, unsorted, self._at_once)
        place = {item.get("_id"): position for position, item in reversed(list(enumerate(items)))}
        return sorted(exact["_items"], key=lambda item: place.get(item.get("_id"), len(items)))

    def _incomplete(self, total: int, got: int) -> BackendException:
        return connection_failed(
            f"The backend counts {total} items in {self._endpoint!r} but sent {got}: the list is incomplete"
        )

    def _page(self, params: Body) -> Operation[Page]:
        response = yield from operations.request(
            self._session, "GET", self._endpoint, params=self._params | params, expect_json=True
        )
        return page_of(response, self._endpoint, outlined=self._outlined)


def _filter(where: Any) -> Body | str:
    """Return a filter as a dictionary, or as text when it is in the backend's Python-like syntax."""
    if where is None or where == "":
        return {}
    if isinstance(where, Mapping):
        return dict(where)
    text = where.decode(errors="replace") if isinstance(where, bytes) else str(where)
    try:
        decoded = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return decoded if isinstance(decoded, dict) else text
