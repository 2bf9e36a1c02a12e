"""Reading items without the values that are defaults: most of them are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import compress
from operator import itemgetter, ne
from typing import Any, NamedTuple

from alignak_backend_client.client import Backend
from alignak_backend_client.items.names.catalog import check_items
from alignak_backend_client.items.names.filters import PAGE
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.model.fields import META
from alignak_backend_client.site.fields import managed
from alignak_backend_client.site.inheriting import defaults

_Row = tuple[Any, ...]


def read_without_defaults(backend: Backend, name: str, more: set[str]) -> Iterator[list[dict[str, Any]]]:
    """Yield the items of a resource, page by page: the fields that files contain, and ``more``, but no defaults.

    Pages are read without a projection: removing a quarter of the fields takes longer than sending them.

    Raises:
        BackendException: the request failed.
        ItemError: the response is not that of a backend.
    """
    import msgspec

    # All fields, in the order of the embedded backend: the decoder expects the next one, and searches for any other.
    fields = sorted({*resources_by_name()[name].fields, *META, "_id"})
    places = [(f"field_{place}", Any, msgspec.field(name=field, default=None)) for place, field in enumerate(fields)]
    record: Any = msgspec.json.Decoder(msgspec.defstruct("Record", places, gc=False))
    # Items are decoded one by one: the values of one stay in the processor's cache, those of a page do not.
    records: Any = msgspec.defstruct("Records", [("items", list[msgspec.Raw], msgspec.field(name="_items"))])
    decoder = msgspec.json.Decoder(records)
    sparse = _Sparse(fields, managed(name) | more, tuple(map(defaults(name).get, fields))).item
    for page in backend.pages(name, {"max_results": PAGE}):
        try:
            raw = decoder.decode(page.content or b"").items
            items = list(map(sparse, map(msgspec.structs.astuple, map(record.decode, raw))))
        except (ValueError, RecursionError):
            # Items of several pages, values that Python servers send, such as NaN, or no list of items.
            items = [sparse(tuple(map(item.get, fields))) for item in page.items()]
        yield check_items(name, items)


class _Sparse:
    """Makes items of rows of values. Most have their own values in the same fields as the item before.

    Args:
        fields: the fields of a row.
        wanted: the fields of an item.
        defaults: the row of an item without values of its own.
    """

    def __init__(self, fields: list[str], wanted: set[str] | frozenset[str], defaults: _Row) -> None:
        self._fields = fields
        self._wanted = [place for place, field in enumerate(fields) if field in wanted]
        self._wanted_values = _getter(self._wanted)
        self._defaults = defaults
        self._known: dict[tuple[int, ...], _Shape] = {}
        self._shape = self._shape_of(())

    def item(self, row: _Row) -> dict[str, Any]:
        """Return the item of a row: its values that are wanted, and no defaults."""
        shape = self._shape
        if shape.others(row) != shape.expected:  # compared at once
            different = map(ne, self._wanted_values(row), self._wanted_values(self._defaults))
            shape = self._shape = self._shape_of(tuple(compress(self._wanted, different)))
        return dict(zip(shape.fields, shape.own(row), strict=True))

    def _shape_of(self, places: tuple[int, ...]) -> _Shape:
        found = self._known.get(places)
        if found is None:
            others = _getter([place for place in self._wanted if place not in places])
            fields = [self._fields[place] for place in places]
            found = self._known[places] = _Shape(fields, _getter(places), others, others(self._defaults))
        return found


class _Shape(NamedTuple):
    """Rows with values of their own at the same places.

    Attributes:
        fields: the fields of these values.
        own: returns these values of a row.
        others: returns the other values that are wanted.
        expected: what these must be.
    """

    fields: list[str]
    own: Callable[[_Row], _Row]
    others: Callable[[_Row], _Row]
    expected: _Row


def _getter(places: Iterable[int]) -> Callable[[_Row], _Row]:
    """Return a function that returns some values of a row."""
    found = tuple(places)
    return itemgetter(*found) if len(found) > 1 else lambda row: tuple(map(row.__getitem__, found))
