"""Templates of hosts, services and contacts. A template that is also an object becomes two items."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from alignak_backend_client.items.names.references import full_name
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.model.start_documents import TEMPLATE_HOST
from alignak_backend_client.site.cfg.attributes import RESOURCES
from alignak_backend_client.site.cfg.items import Items
from alignak_backend_client.site.cfg.parsing import Definition


def register_templates(items: Items, type_: str) -> list[Definition]:
    """Register the names of the templates of a type; return their definitions, parents first."""
    resource = RESOURCES[type_]
    if type_ != "service":
        for definition in items.definitions.get(type_, ()):
            if not definition.is_registered and not definition.text("name"):
                items.report_lost(definition, "register 0 without a name: nothing can use it")
    found: list[Definition] = []
    for definition in _in_inheritance_order(items, type_):
        name = definition.text("name")
        if not name:
            continue
        found.append(definition)
        made = items.names.add_template(resource, name, definition)
        if resource == "service":
            items.names.templates[resource][name] = f"{TEMPLATE_HOST}/{made}"
    return found


def _in_inheritance_order(items: Items, type_: str) -> Iterator[Definition]:
    """Yield the definitions that are templates, each after its own templates."""
    templates = items.templates.get(type_)
    if templates is None:
        return
    used = {parent for one in items.definitions[type_] for parent in templates.parents(one)}
    done: set[Definition] = set()
    for start in templates.by_name.values():
        if start.is_registered and start not in used:
            continue
        stack = [start]
        while stack:
            current = stack[-1]
            items.values(current)  # breaks circles
            waiting = [one for one in templates.parents(current) if one not in done and one not in stack]
            if waiting:
                stack.append(waiting[0])
                continue
            stack.pop()
            if current not in done:
                done.add(current)
                yield current


def add_template(items: Items, definition: Definition, fields: dict[str, Any]) -> dict[str, Any]:
    """Add the template for a definition."""
    resource = resources_by_name()[RESOURCES[definition.type]]
    full = items.names.templates[resource.name][definition.text("name")]
    name = full.removeprefix(f"{TEMPLATE_HOST}/") if resource.name == "service" else full
    data = {**fields, "name": name, "_is_template": True, "_templates": get_templates(items, definition)}
    if resource.name == "service":
        data["host"] = TEMPLATE_HOST
    items.fill_in_defaults(resource, data)
    return items.add(resource.name, data, definition, items.values(definition))


def add_with_templates(
    items: Items, definition: Definition, data: dict[str, Any], templates: list[str]
) -> dict[str, Any]:
    """Add an item with its templates.

    Args:
        items: receives the item.
        definition: its definition.
        data: its fields, including its name.
        templates: the full names of its templates, of which the last one takes precedence.
    """
    resource = resources_by_name()[RESOURCES[definition.type]]
    data = {**data, "_templates": templates}
    items.fill_in_defaults(resource, data)
    added = items.add(resource.name, data, definition, items.values(definition))
    assert full_name(resource, added)  # noqa: S101 - it has a name
    return added


def get_templates(items: Items, definition: Definition) -> list[str]:
    """Return the full names of the templates of a definition, in the order of the backend.

    In the backend, the last one takes precedence; in the files, the first one.
    """
    known = items.names.templates.get(RESOURCES[definition.type], {})
    parents = items.templates[definition.type].parents(definition)
    return [known[name] for one in reversed(parents) if (name := one.text("name")) in known]
