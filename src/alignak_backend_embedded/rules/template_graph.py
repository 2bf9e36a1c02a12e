"""The graph of templates and their templates, in which each item is processed once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from alignak_backend_client.model.storable import MAX_LEVELS
from alignak_backend_embedded.domain.errors import UnprocessableError
from alignak_backend_embedded.store.access import Document, Store
from alignak_backend_embedded.store.object_id import ObjectId

TemplateGraph = Mapping[ObjectId, Collection[ObjectId]]
"""Items, and the templates of each."""


def get_templates(item: Document) -> list[ObjectId]:
    """Return the templates of a stored item."""
    found = item.get("_templates")
    return found if isinstance(found, list) else []


def find_ancestors(store: Store, resource: str, templates: Iterable[ObjectId]) -> dict[ObjectId, list[ObjectId]]:
    """Return templates and all their direct and indirect templates, without missing ones.

    Raises:
        UnprocessableError: they are nested too deeply.
    """
    found: dict[ObjectId, list[ObjectId]] = {}
    missing = set(templates)
    levels = 0
    while missing:
        levels += 1
        if levels > MAX_LEVELS:
            raise _too_deep_error()
        level = store.find(resource, {"_id": {"$in": list(missing)}}, projection={"_templates": 1})
        found.update((item["_id"], get_templates(item)) for item in level)
        missing = {one for item in missing for one in found.get(item, ())} - found.keys()
    return found


def find_descendants(store: Store, resource: str, roots: Collection[ObjectId]) -> dict[ObjectId, Document]:
    """Return all items that use some templates, directly or indirectly."""
    found: dict[ObjectId, Document] = {}
    level = set(roots)
    while level:
        followers = store.find(resource, {"_templates": {"$in": list(level)}})
        new = {item["_id"]: item for item in followers if item["_id"] not in found and item["_id"] not in roots}
        found.update(new)
        level = set(new)
    return found


def topological_order(items: Iterable[ObjectId], graph: TemplateGraph) -> list[ObjectId]:
    """Return items and all their templates, each once, after its own templates: depth first, in the order of the lists.

    Links that close a cycle are ignored.
    """
    order: list[ObjectId] = []
    seen: set[ObjectId] = set()
    stack = [(item, False) for item in reversed(list(items))]
    while stack:
        item, complete = stack.pop()
        if complete:
            order.append(item)
        elif item not in seen:
            seen.add(item)
            stack.append((item, True))
            stack += [(one, False) for one in reversed(list(graph.get(item, ()))) if one not in seen]
    return order


def check_depth(graph: TemplateGraph, under: int = 0) -> None:
    """Reject graphs that are nested too deeply.

    Args:
        graph: the templates.
        under: the number of levels below them.

    Raises:
        UnprocessableError: the templates are nested too deeply.
    """
    levels: dict[Any, int] = {}
    for item in topological_order(graph, graph):
        levels[item] = 1 + max((levels.get(one, 0) for one in graph.get(item, ())), default=0)
    if max(levels.values(), default=0) + under > MAX_LEVELS:
        raise _too_deep_error()


def _too_deep_error() -> UnprocessableError:
    return UnprocessableError(f"Templates can be nested at most {MAX_LEVELS} levels deep")
