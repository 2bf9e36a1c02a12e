"""Reading what is shown of items: their own fields, and those of the items that they link to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from alignak_backend_client.client import Backend
from alignak_backend_client.items.names.catalog import Catalog
from alignak_backend_client.items.names.finding import by_ids
from alignak_backend_client.items.query.fields import Field
from alignak_backend_client.model import Link, Resource, resources_by_name


class Reader:
    """Makes rows of items: the path of each field to its value, with names for links.

    Args:
        backend: where the items that are linked to are read: some at a time, each once.
        catalog: names and ids of that backend.
        resource: the resource of the items.
        fields: what is shown.
    """

    def __init__(self, backend: Backend, catalog: Catalog, resource: Resource, fields: Sequence[Field]) -> None:
        self._catalog = catalog
        self._fields = tuple(fields)
        self._root = _Linked(backend, resource)
        for field in fields:
            self._root.need(field, field.steps)

    @property
    def projection(self) -> dict[str, int]:
        """What is needed of the items, as a projection."""
        return self._root.projection

    def rows(self, items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return a row for each item.

        Raises:
            BackendException: the backend refuses to answer.
        """
        self._root.load(items, self._catalog)
        return [
            {field.path: self._value(self._root, item, field, field.steps) for field in self._fields} for item in items
        ]

    def _value(self, linked: _Linked, item: dict[str, Any], field: Field, steps: tuple[Link, ...]) -> Any:
        """Return what an item holds behind some links: a list where one of them is a list."""
        if not steps:
            return self._own(item, field)
        inner, held = linked.links[steps[0].field], item.get(steps[0].field)
        found = [inner.items.get(one) for one in _texts(held)]
        values = [None if one is None else self._value(inner, one, field, steps[1:]) for one in found]
        return values if isinstance(held, list) else next(iter(values), None)

    def _own(self, item: dict[str, Any], field: Field) -> Any:
        """Return the value of a field of the item itself."""
        value: Any = item
        for part in field.name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if field.link is None:
            return value
        target = field.link.resource
        if isinstance(value, list):
            return [self._catalog.name(target, one) or one if isinstance(one, str) else one for one in value]
        return self._catalog.name(target, value) or value if isinstance(value, str) else value


class _Linked:
    """The items of a resource that some items link to, with the fields that are needed of them."""

    def __init__(self, backend: Backend, resource: Resource) -> None:
        self._backend = backend
        self._resource = resource
        self._named: dict[str, str] = {}
        self.projection: dict[str, int] = {}
        self.links: dict[str, _Linked] = {}
        self.items: dict[str, dict[str, Any] | None] = {}

    def need(self, field: Field, steps: tuple[Link, ...]) -> None:
        """Read a field, too."""
        if not steps:
            self.projection[field.name.partition(".")[0]] = 1
            if field.link is not None:
                self._named[field.name] = field.link.resource
            return
        link = steps[0]
        self.projection[link.field] = 1
        inner = self.links.setdefault(link.field, _Linked(self._backend, resources_by_name()[link.resource]))
        inner.need(field, steps[1:])

    def load(self, items: Sequence[dict[str, Any]], catalog: Catalog) -> None:
        """Read what some items link to, and is not known yet."""
        for name, target in self._named.items():
            catalog.load_ids(target, _ids(items, name))
        for name, inner in self.links.items():
            inner.read(_ids(items, name), catalog)

    def read(self, ids: set[str], catalog: Catalog) -> None:
        """Read these items."""
        missing = sorted(ids - self.items.keys())
        self.items.update(dict.fromkeys(missing))
        projection = None if self._resource.allow_unknown else self.projection
        found = list(by_ids(self._backend, self._resource.name, missing, projection))
        self.items.update((item["_id"], item) for item in found)
        self.load(found, catalog)


def _ids(items: Iterable[dict[str, Any]], name: str) -> set[str]:
    """Return the ids that some items hold in a link."""
    return {one for item in items for one in _texts(item.get(name))}


def _texts(value: Any) -> list[str]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
