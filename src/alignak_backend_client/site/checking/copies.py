"""Comparing inherited values with the current values of the templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alignak_backend_client.model import Resource
from alignak_backend_client.model.fields import TEMPLATE_FIELDS
from alignak_backend_client.site.checking.findings import Finding, Set
from alignak_backend_client.site.checking.inventory import Inventory

Item = Mapping[str, Any]


class Copies:
    """Compares items of one type. Templates come first, each after its own templates, so that all levels are compared.

    Merged fields are not compared, since it is unknown whether a part was removed on purpose.
    """

    def __init__(self, inventory: Inventory, resource: Resource) -> None:
        self._inventory = inventory
        self._resource = resource
        self._templates: dict[str, dict[str, Any]] = {}

    def add_template(self, item: Item) -> None:
        """Add a template, in the state that it will have after its repair."""
        self._templates[item["_id"]] = {**item, **self._differences(item)}

    def compare(self, item: Item) -> Finding | None:
        """Return a finding if inherited fields of an item differ from its templates; otherwise None."""
        found = self._differences(item)
        if not found:
            return None
        identity, resource = item["_id"], self._resource
        values = tuple((name, item.get(name), value) for name, value in sorted(found.items()))
        name = self._inventory.name(resource, identity)
        return Finding("outdated", resource.name, name, identity, "", values, Set(found, followed=True))

    def _differences(self, item: Item) -> dict[str, Any]:
        resource = self._resource
        ids, followed = item.get("_templates"), item.get(TEMPLATE_FIELDS)
        if not isinstance(ids, list) or not isinstance(followed, list):
            return {}
        known = [one for one in ids if isinstance(one, str) and one in self._templates]
        if not known or len(known) < len(ids):
            return {}  # a template is missing or part of a cycle: its values are unknown
        templates = [self._templates[one] for one in known]
        found: dict[str, Any] = {}
        for name in followed:
            if not isinstance(name, str) or name not in resource.from_templates:
                continue
            if name in resource.cumulative or name in resource.own or name in resource.key or name in resource.secrets:
                continue
            values = [template[name] for template in templates if name in template]
            if values and not resource.is_same(name, item.get(name), values[-1]):
                found[name] = values[-1]
        return found
