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
    """Find the names of the templates of a type, parents first; return the definitions that become one."""
    resource = RESOURCES[type_]
    if type_ != "service":
        for definition in items.definitions.get(type_, ()):
            if not definition.is_registered and not definition.text("name"):
                items.lost(definition, "register 0 without a name: nothing can use it")
    found: list[Definition] = []
    for definition in _parents_first(items, type_):
        name = definition.text("name")
        if not name:
            continue
        found.append(definition)
        made = items.names.add_template(resource, name, definition)
        if resource == "service":
            items.names.templates[resource][name] = f"{TEMPLATE_HOST}/{made}"
    return found


def _parents_first(items: Items, type_: str) -> Iterator[Definition]:
    """Yield the definitions that are templates, each after those that it follows."""
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
    """Add the template that a definition is."""
    resource = resources_by_name()[RESOURCES[definition.type]]
    full = items.names.templates[resource.name][definition.text("name")]
    name = full.removeprefix(f"{TEMPLATE_HOST}/") if resource.name == "service" else full
    data = {**fields, "name": name, "_is_template": True, "_templates": used(items, definition)}
    if resource.name == "service":
        data["host"] = TEMPLATE_HOST
    items.complete(resource, data)
    return items.add(resource.name, data, definition, items.values(definition))


def add_real(items: Items, definition: Definition, data: dict[str, Any], templates: list[str]) -> dict[str, Any]:
    """Add an item that follows templates.

    Args:
        items: where it goes.
        definition: where it comes from.
        data: its fields, its name among them.
        templates: the full names of those that it follows, the last one first to count.
    """
    resource = resources_by_name()[RESOURCES[definition.type]]
    data = {**data, "_templates": templates}
    items.complete(resource, data)
    added = items.add(resource.name, data, definition, items.values(definition))
    assert full_name(resource, added)  # noqa: S101 - it has a name
    return added


def used(items: Items, definition: Definition) -> list[str]:
    """Return the full names of the templates that a definition follows, in the order of the backend.

    There the last one counts, in the files the first one does.
    """
    known = items.names.templates.get(RESOURCES[definition.type], {})
    parents = items.templates[definition.type].parents(definition)
    return [known[name] for one in reversed(parents) if (name := one.text("name")) in known]
