"""Checking links: dangling ones, cycles, and items with the same key."""

from __future__ import annotations

import graphlib
from collections.abc import Iterator, Mapping
from typing import Any

from alignak_backend_client.items.names.references import link_targets
from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.site.checking.findings import Delete, Finding, Kind, Remove
from alignak_backend_client.site.checking.inventory import MEMBERS, Inventory

_USELESS = {"userrestrictrole": ("user", "realm"), "livesynthesis": ("_realm",)}
"""Links without which items of these types are useless."""


def find_dangling(inventory: Inventory, resource: Resource, item: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the dangling links of an item."""
    identity = item["_id"]
    for field, link in resource.links.items():
        value = item.get(field)
        if field in resource.computed or not value:
            continue
        ids = value if isinstance(value, list) else [value]
        lost = tuple(str(one) for one in ids if not isinstance(one, str) or not inventory.has(link.resource, one))
        if not lost:
            continue
        kind: Kind = "dangling"
        repair: Remove | Delete | None = Remove(field, lost)
        if field in _USELESS.get(resource.name, ()):
            kind, repair = "useless right" if resource.name == "userrestrictrole" else "orphan", Delete()
        elif resource.name == "service" and field == "host":
            kind, repair = "orphan", Delete()
        elif isinstance(value, list):
            # The backend would recreate all services from the templates of the host, even deleted ones.
            if resource.name == "host" and field == "_templates" and item.get("_is_template") is not True:
                repair = None
        elif not link.nullable or field in resource.required:
            repair = None
        yield Finding(kind, resource.name, inventory.name(resource, identity), identity, field, lost, repair)


class Graphs:
    """The hierarchies: realms, groups, nested groups and templates."""

    def __init__(self) -> None:
        self._above: dict[tuple[str, str], dict[str, list[str]]] = {}
        self._cyclic: set[str] = set()

    def add(self, resource: Resource, item: Mapping[str, Any]) -> None:
        """Record an item."""
        for field in ("_parent", "_templates", MEMBERS.get(resource.name, "")):
            value = item.get(field)
            if field in resource.links and value:
                self._above.setdefault((resource.name, field), {})[item["_id"]] = link_targets(value)

    def cycles(self, inventory: Inventory) -> Iterator[Finding]:
        """Yield each cycle once."""
        for (name, field), there in self._above.items():
            above = dict(there)
            resource = resources_by_name()[name]
            while True:
                try:
                    graphlib.TopologicalSorter(above).prepare()
                except graphlib.CycleError as error:
                    # Each element needs the next one; the first and the last one are the same.
                    circle: list[str] = error.args[1][::-1]
                else:
                    break
                names = tuple(inventory.name(resource, one) for one in circle)
                yield Finding("cycle", name, names[0], circle[0], field, names)
                if field == "_templates":
                    self._cyclic.update(circle)
                for one in circle:
                    above.pop(one, None)

    def templates(self, resource: Resource) -> set[str]:
        """Return the ids of all templates that are in use."""
        return {one for ids in self._above.get((resource.name, "_templates"), {}).values() for one in ids}

    def in_order(self, resource: Resource, ids: set[str]) -> list[str]:
        """Return templates, each after its own templates, without those in cycles."""
        above = self._above.get((resource.name, "_templates"), {})
        sound = ids - self._cyclic
        sorter = graphlib.TopologicalSorter({one: sound.intersection(above.get(one, ())) for one in sound})
        return list(sorter.static_order())


def find_duplicates(inventory: Inventory) -> Iterator[Finding]:
    """Yield the items with the same key."""
    for name in inventory.types:
        resource = resources_by_name()[name]
        if not resource.key:
            continue
        seen: dict[tuple[str, str], list[str]] = {}
        for identity, known in inventory.items[name].items():
            if known.name:
                seen.setdefault((known.host if "host" in resource.key else "", known.name), []).append(identity)
        for ids in seen.values():
            if len(ids) > 1:
                yield Finding("duplicate", name, inventory.name(resource, ids[0]), ids[0], "name", tuple(ids))
