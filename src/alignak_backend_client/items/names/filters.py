"""Filters that select items, and reading the selected items in pages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple
from urllib.parse import quote_plus

from alignak_backend_client.client import Backend, Page
from alignak_backend_client.items.names.catalog import QUERY_LENGTH, check_items
from alignak_backend_client.items.names.references import link_targets
from alignak_backend_client.model import Resource

IDS_IN_URL: Final = 60
"""Servers limit URLs to about 4000 characters. A filter with more ids is applied by the client."""


PAGE: Final = 1000
"""Items in memory at a time."""


class Filter(NamedTuple):
    """A selection of items.

    Attributes:
        query: filter for the backend, to be sent as JSON.
        linked: conditions with too many ids for one request: a field, ids, and whether it must have one of them.
    """

    query: dict[str, Any]
    linked: tuple[tuple[str, frozenset[str], bool], ...] = ()

    @property
    def fields(self) -> dict[str, int]:
        """The fields that :meth:`accepts` needs, as a projection."""
        return {field: 1 for field, _, _ in self.linked}

    def accepts(self, item: dict[str, Any]) -> bool:
        """Return True if an item found by the query also meets the conditions in ``linked``."""
        return all(ids.isdisjoint(link_targets(item.get(field))) is not wanted for field, ids, wanted in self.linked)

    def filter_pages(self, found: Iterator[Page]) -> Iterator[Page]:
        """Yield the pages found by the query, with only the accepted items."""
        if not self.linked:
            return found
        return (make_page([item for item in page.items() if self.accepts(item)]) for page in found)

    def pages(self, backend: Backend, resource: Resource, **params: Any) -> Iterator[Page]:
        """Yield the items page by page; with all fields, unless there is a projection in ``params``.

        Raises:
            BackendException: the request failed.
            ItemError: the response is not that of a backend.
        """
        return self.filter_pages(pages(backend, resource, {"where": self.param, **params}))

    def read(self, backend: Backend, resource: Resource, fields: Iterable[str] = (), **params: Any) -> Iterator[Any]:
        """Yield the items with some fields, ids and etags. The errors are those of :meth:`pages`."""
        if not resource.allow_unknown:
            wanted = {name: 1 for name in fields if name in resource.fields} or {"_id": 1}
            params["projection"] = wanted | self.fields
        for page in self.pages(backend, resource, **params):
            yield from page.items()

    def matches_any(self, backend: Backend, resource: Resource) -> bool:
        """Return True if there are such items. The errors are those of :meth:`pages`."""
        if self.linked:
            return bool(list(self.read(backend, resource)))
        answer = backend.get(resource.name, {"where": self.param, "max_results": 1})
        return bool(check_items(resource.name, answer.get("_items")))

    @property
    def param(self) -> dict[str, Any] | None:
        """The query as the parameter of a request."""
        return self.query or None


EVERYTHING: Final = Filter({})


def all_of(*filters: Filter) -> Filter:
    """Return the intersection of several filters."""
    queries = [one.query for one in filters if one.query]
    query = {"$and": queries} if len(queries) > 1 else dict(queries[0]) if queries else {}
    return Filter(query, tuple(linked for one in filters for linked in one.linked))


def field_in(field: str, ids: Iterable[str], *, wanted: bool = True) -> Filter:
    """Return the filter for items whose field has one of the ids; with ``wanted=False``, none of them."""
    among = frozenset(ids)
    if len(among) > IDS_IN_URL:
        return Filter({}, ((field, among, wanted),))
    return Filter({field: {"$in" if wanted else "$nin": sorted(among)}})


def any_of(backend: Backend, resource: Resource, filters: list[Filter]) -> Filter:
    """Return the union of several filters. If it is too long for one request, the ids are looked up first.

    Raises:
        BackendException: the request failed.
    """
    if len(filters) == 1:
        return filters[0]
    query = {"$or": [one.query for one in filters]}
    if any(one.linked for one in filters) or len(quote_plus(json.dumps(query))) > QUERY_LENGTH:
        return field_in("_id", (item["_id"] for one in filters for item in one.read(backend, resource)))
    return Filter(query)


def pages(backend: Backend, resource: Resource, params: dict[str, Any]) -> Iterator[Page]:
    """Yield the items for some query parameters, page by page.

    Raises:
        BackendException: the request failed.
        ItemError: the response is not that of a backend.
    """
    for page in backend.pages(resource.name, {"max_results": PAGE, **params}):
        if not all(isinstance(key, str) for key in page.keys):
            check_items(resource.name, page.items())
        yield page


def make_page(items: list[dict[str, Any]]) -> Page:
    """Return items as a page."""
    return Page(None, [item["_id"] for item in items], None, lambda: items)
