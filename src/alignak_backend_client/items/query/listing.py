"""Listing the selected items in the requested order."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from alignak_backend_client.client import Backend, Page
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.catalog import Catalog, check_items
from alignak_backend_client.items.names.filters import EVERYTHING, PAGE, Filter, make_page, pages
from alignak_backend_client.items.query.fields import Field
from alignak_backend_client.items.query.order import Order
from alignak_backend_client.items.query.reader import Reader
from alignak_backend_client.model import Resource


class Listing:
    """The selected items in the requested order, up to a limit.

    Without an order and a limit, it is read in constant memory, and each item that exists throughout appears exactly
    once. The client itself sorts by names of linked items, after reading all items.

    Args:
        backend: where they are.
        catalog: names and ids of that backend.
        resource: what they are.
        where: the selection.
        order: the order; by default, that of creation.
        limit: the maximum number of items; None for all.

    Attributes:
        shown: the number of items returned so far.
        total: the total number of items; None if it is unknown.
        cut: True if the limit left out some.
    """

    def __init__(
        self,
        backend: Backend,
        catalog: Catalog,
        resource: Resource,
        where: Filter = EVERYTHING,
        order: Order | None = None,
        limit: int | None = None,
    ) -> None:
        self.shown = 0
        self.total: int | None = None
        self.cut = False
        self._backend = backend
        self._catalog = catalog
        self._resource = resource
        self._where = where
        self._order = order
        self._limit = limit

    def rows(self, fields: Sequence[Field]) -> Iterator[dict[str, Any]]:
        """Yield the values of some fields by path, with names for links; only these fields are requested.

        Raises:
            BackendException: the request failed.
            ItemError: the response is not that of a backend.
        """
        reader = Reader(self._backend, self._catalog, self._resource, fields)
        for page in self.pages(reader.projection):
            yield from reader.rows(page.items())

    def pages(self, projection: Mapping[str, int] | None = None) -> Iterator[Page]:
        """Yield the items page by page, with all fields unless there is a projection.

        Errors are those of :meth:`rows`.
        """
        for found in self._read_ordered(projection):
            left = len(found.keys) if self._limit is None else self._limit - self.shown
            self.cut = len(found.keys) > left
            page = make_page(found.items()[:left]) if self.cut else found
            self.shown += len(page.keys)
            if page.keys:
                yield page
            if self.cut:
                return
            if self.shown == self._limit and self.total is not None:
                self.cut = self.total > self.shown
                return

    def _read_ordered(self, projection: Mapping[str, int] | None) -> Iterator[Page]:
        """Yield all pages that may be needed."""
        sort = None if self._order is None else self._order.param
        if self._order is None or sort is not None:
            params = self._params(projection, sort)
            read = pages(self._backend, self._resource, params) if self._limit is None else self._first_pages(params)
            yield from self._where.filter_pages(read)
            return
        keys = [field for field, _ in self._order.keys]
        reader = Reader(self._backend, self._catalog, self._resource, keys)
        wanted = None if projection is None else {**projection, **reader.projection}
        items: list[dict[str, Any]] = []
        values: list[dict[str, Any]] = []
        for page in self._where.filter_pages(pages(self._backend, self._resource, self._params(wanted, None))):
            items += page.items()
            values += reader.rows(page.items())
        items = self._order.sort(items, values)
        self.total = len(items)
        for start in range(0, len(items), PAGE):
            yield make_page(items[start : start + PAGE])

    def _params(self, projection: Mapping[str, int] | None, sort: str | None) -> dict[str, Any]:
        params: dict[str, Any] = {"where": self._where.param, "sort": sort}
        if projection is not None and not self._resource.allow_unknown:
            params["projection"] = {**projection, **self._where.fields}
        return params

    def _first_pages(self, params: dict[str, Any]) -> Iterator[Page]:
        """Yield pages by number, with no more items than the limit where the backend applies the whole filter."""
        linked = bool(self._where.linked)
        size = PAGE if linked or self._limit is None else min(self._limit, PAGE)
        params = {**params, "sort": params["sort"] or "_id", "max_results": size}
        seen = 0
        for number in itertools.count(1):
            answer = self._backend.get(self._resource.name, {**params, "page": number})
            items = check_items(self._resource.name, answer.get("_items"))
            meta = answer.get("_meta")
            total = meta.get("total") if isinstance(meta, dict) else None
            seen += len(items)
            if isinstance(total, int) and not linked:
                self.total = total
            if not items and isinstance(total, int) and seen < total:
                raise ItemError(f"the backend counts {total} items but sent {seen}: the list is incomplete")
            yield make_page(items)
            if not items or (isinstance(total, int) and seen >= total):
                return
