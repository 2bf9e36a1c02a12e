"""Reading the requested fields of items and of linked items."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from alignak_backend_client.client import Backend
from alignak_backend_client.items.names import links
from alignak_backend_client.items.names.catalog import Catalog
from alignak_backend_client.items.names.finding import by_ids
from alignak_backend_client.items.names.references import link_targets
from alignak_backend_client.items.query.fields import Field
from alignak_backend_client.model import Link, Resource, resources_by_name


class Reader:
    """Converts items to rows: from the path of each field to its value, with names for links.

    Args:
        backend: the backend from which linked items are read, in batches, each once.
        catalog: names and ids of that backend.
        resource: the resource of the items.
        fields: the fields of the rows.
    """

    def __init__(self, backend: Backend, catalog: Catalog, resource: Resource, fields: Sequence[Field]) -> None:
        self._catalog = catalog
        self._fields = tuple(fields)
        self._root = _Linked(backend, resource)
        for field in fields:
            self._root.add_field(field, field.steps)

    @property
    def projection(self) -> dict[str, int]:
        """The fields needed from the items, as a projection."""
        return self._root.projection

    def rows(self, items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return a row for each item.

        Raises:
            BackendException: the request failed.
        """
        self._root.load(items, self._catalog)
        paths = [field.path for field in self._fields]
        columns = [self._column(self._root, items, field, field.steps) for field in self._fields]
        return [dict(zip(paths, values, strict=True)) for values in zip(*columns, strict=True)]

    def _column(
        self, linked: _Linked, items: Sequence[dict[str, Any]], field: Field, steps: tuple[Link, ...]
    ) -> list[Any]:
        """Return the values of a field after following links; a list if one of the links is a list."""
        if not steps:
            return self._own_column(items, field)
        inner = linked.links[steps[0].field]
        known = {one: item for one in _ids(items, steps[0].field) if (item := inner.items.get(one)) is not None}
        values = dict(zip(known, self._column(inner, list(known.values()), field, steps[1:]), strict=True))
        return [_map_link(item.get(steps[0].field), values, None) for item in items]

    def _own_column(self, items: Sequence[dict[str, Any]], field: Field) -> list[Any]:
        """Return the values of a field of some items, with names for ids in links."""
        first, *rest = field.name.split(".")
        column = [item.get(first) for item in items]
        for part in rest:
            column = [value.get(part) if isinstance(value, dict) else None for value in column]
        if field.link is None:
            return column
        target = field.link.resource
        names = {one: self._catalog.name(target, one) or one for one in _ids(items, first)}
        if target == "service":
            names = {one: one if links.is_ambiguous(self._catalog, name) else name for one, name in names.items()}
        return [_map_link(value, names, value) for value in column]


class _Linked:
    """The linked items of a resource, with the fields that are needed."""

    def __init__(self, backend: Backend, resource: Resource) -> None:
        self._backend = backend
        self._resource = resource
        self._named_links: dict[str, str] = {}
        self.projection: dict[str, int] = {}
        self.links: dict[str, _Linked] = {}
        self.items: dict[str, dict[str, Any] | None] = {}

    def add_field(self, field: Field, steps: tuple[Link, ...]) -> None:
        """Add a field to the fields that are read."""
        if not steps:
            self.projection[field.name.partition(".")[0]] = 1
            if field.link is not None:
                self._named_links[field.name] = field.link.resource
            return
        link = steps[0]
        self.projection[link.field] = 1
        inner = self.links.setdefault(link.field, _Linked(self._backend, resources_by_name()[link.resource]))
        inner.add_field(field, steps[1:])

    def load(self, items: Sequence[dict[str, Any]], catalog: Catalog) -> None:
        """Read the targets of the links of some items that are not known yet."""
        for name, target in self._named_links.items():
            wanted = _ids(items, name)
            catalog.load_ids(target, wanted)
            if target == "service":
                links.load_possibly_ambiguous(catalog, (catalog.name(target, one) or "" for one in wanted))
        for name, inner in self.links.items():
            inner.read(_ids(items, name), catalog)

    def read(self, ids: set[str], catalog: Catalog) -> None:
        """Read these items."""
        missing = sorted(ids - self.items.keys())
        self.items.update(dict.fromkeys(missing))
        found = list(by_ids(self._backend, self._resource.name, missing, self.projection))
        self.items.update((item["_id"], item) for item in found)
        self.load(found, catalog)


def _ids(items: Iterable[dict[str, Any]], name: str) -> set[str]:
    """Return the ids in a link of some items."""
    return {one for item in items for one in link_targets(item.get(name))}


def _map_link(value: Any, values: dict[str, Any], otherwise: Any) -> Any:
    """Return the mapped value of a link; for a list, one for each id."""
    if isinstance(value, list):
        return [values.get(one) if isinstance(one, str) else None for one in value]
    return values.get(value) if isinstance(value, str) else otherwise
