"""Reading items for output; values that do not have the type of their field are omitted."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from math import isfinite
from typing import Any, Final

from alignak_backend_client.client import Backend
from alignak_backend_client.items.names import catalog, finding
from alignak_backend_client.items.names.filters import Filter
from alignak_backend_client.model import Resource, resources_by_name

Item = dict[str, Any]

_TYPES: Final[dict[str, type | tuple[type, ...]]] = {
    "string": str,
    "datetime": str,
    "objectid": str,
    "boolean": bool,
    "integer": (int, float),
    "float": (int, float),
    "list": list,
    "dict": dict,
    "point": dict,
}


def read_all(backend: Backend, resource: str, params: dict[str, Any] | None = None) -> list[Item]:
    """Read the items of a list, as :func:`.catalog.read_all`."""
    described = resources_by_name()[resource]
    return [drop_mistyped(described, item) for item in catalog.read_all(backend, resource, params)]


def read(backend: Backend, resource: str, where: Filter, fields: tuple[str, ...]) -> list[Item]:
    """Read the items that match a filter, as :meth:`.Filter.read`."""
    described = resources_by_name()[resource]
    return [drop_mistyped(described, item) for item in where.read(backend, described, fields)]


def by_ids(backend: Backend, resource: str, ids: list[str], projection: dict[str, int]) -> Iterator[Item]:
    """Yield items by their ids, as :func:`.finding.by_ids`."""
    described = resources_by_name()[resource]
    return (drop_mistyped(described, item) for item in finding.by_ids(backend, resource, ids, projection))


def drop_mistyped(resource: Resource, item: Item) -> Item:
    """Return an item without values that do not have the type of their field, and without links that are not ids."""
    types = _types_by_field(resource)
    found: Item = {
        name: value
        for name, value in item.items()
        if value is None
        or (isinstance(value, types.get(name, object)) and (type(value) is not float or isfinite(value)))
    }
    for name in found.keys() & resource.links.keys():
        if isinstance(found[name], list):
            found[name] = [one for one in found[name] if isinstance(one, str)]
    return found


@cache
def _types_by_field(resource: Resource) -> dict[str, type | tuple[type, ...]]:
    return {name: _TYPES[schema["type"]] for name, schema in resource.fields.items()}
