"""What a backend has, in the form of files: names for ids, and only the fields that a site is about."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from alignak_backend_client.client import Backend
from alignak_backend_client.items.names import links
from alignak_backend_client.items.names.catalog import Catalog, read_all
from alignak_backend_client.items.names.references import full_name
from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.model.ids import is_object_id
from alignak_backend_client.model.order import CREATION_ORDER
from alignak_backend_client.site.fields import managed

Items = dict[str, dict[str, dict[str, Any]]]
"""By resource and name, the fields of items; links are names."""


class Read:
    """Items of a backend.

    Attributes:
        items: those that have a name.
        rights: by the name of a user what it may do; None when that cannot be read.
        nameless: how many items have no name, by resource.
        dangling: how many links lead to items that are not there.
    """

    def __init__(self) -> None:
        self.items: Items = {}
        self.rights: dict[str, list[dict[str, Any]]] | None = None
        self.nameless: dict[str, int] = {}
        self.dangling = 0


def read(backend: Backend, types: Iterable[str]) -> Read:
    """Return the items of some types, all of each.

    Raises:
        BackendException: the backend refuses to answer.
        ItemError: the answer is not that of a backend.
    """
    catalog, found = Catalog(backend), Read()
    wanted = set(types)
    raw: dict[str, list[dict[str, Any]]] = {}
    for name in [one for one in CREATION_ORDER if one in wanted]:
        projection = dict.fromkeys(sorted(managed(name)), 1)
        raw[name] = read_all(backend, name, {"projection": json.dumps(projection, separators=(",", ":"))})
        for item in raw[name]:
            catalog.remember(name, item)
    for kind, items in raw.items():
        resource = resources_by_name()[kind]
        found.dangling += _put_names(catalog, resource, items)
        there = found.items[kind] = {}
        for item in items:
            if full := full_name(resource, item):
                there[full] = {field: item[field] for field in item if field in managed(kind)}
            else:
                found.nameless[kind] = found.nameless.get(kind, 0) + 1
    if "user" in wanted:
        found.rights = _rights(backend, catalog)
    return found


def _put_names(catalog: Catalog, resource: Resource, items: list[dict[str, Any]]) -> int:
    """Put names into links, and leave out what leads nowhere; return how many of these there were."""
    columns = links.columns(resource, items)
    links.load_names(catalog, columns)
    links.put_names(catalog, columns)
    dangling = 0
    for link, holders, _, _ in columns:
        for item in holders:
            value = item[link.field]
            if isinstance(value, list):
                item[link.field] = [one for one in value if not _is_lost(catalog, link.resource, one)]
                dangling += len(value) - len(item[link.field])
            elif _is_lost(catalog, link.resource, value):
                del item[link.field]
                dangling += 1
    return dangling


def _is_lost(catalog: Catalog, resource: str, value: Any) -> bool:
    """Return True for an id that stayed in a link, since no item has it."""
    return isinstance(value, str) and is_object_id(value) and not catalog.named(resource, value)


def _rights(backend: Backend, catalog: Catalog) -> dict[str, list[dict[str, Any]]] | None:
    resource = resources_by_name()["userrestrictrole"]
    items = read_all(backend, resource.name)
    if not items:
        return None  # they are shown to super administrators only
    _put_names(catalog, resource, items)
    found: dict[str, list[dict[str, Any]]] = {}
    for item in items:
        if isinstance(user := item.get("user"), str):
            right = {name: item[name] for name in resource.fields if name in item}
            found.setdefault(user, []).append({k: v for k, v in right.items() if k not in ("user", "schema_version")})
    return found
