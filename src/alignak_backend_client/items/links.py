"""Links in the data of an item: names become ids on the way in, ids become names on the way out."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from alignak_backend_client.items.catalog import Catalog
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.references import text_of
from alignak_backend_client.model import Link, Resource, resources_by_name


def _values(link: Link, value: Any) -> list[Any]:
    """Return the single values of a link's value; null and the empty list hold none."""
    if value is None:
        return []
    return value if link.many and isinstance(value, list) else [value]


def references(resource: Resource, data: dict[str, Any]) -> Iterator[tuple[Link, str]]:
    """Yield every link of an item's data with the name or id it holds; what is neither is left out."""
    model = resources_by_name()
    for name, link in resource.links.items():
        for value in _values(link, data[name]) if name in data else ():
            try:
                yield link, text_of(model[link.resource], value)
            except ItemError:
                continue


def load(catalog: Catalog, resource: Resource, items: Iterable[dict[str, Any]]) -> None:
    """Look up all that the links of some items name, in one go for each resource."""
    wanted: dict[str, set[str]] = {}
    for data in items:
        for link, reference in references(resource, data):
            wanted.setdefault(link.resource, set()).add(reference)
    for target, names in wanted.items():
        catalog.load(target, names)


def to_ids(catalog: Catalog, resource: Resource, data: dict[str, Any]) -> dict[str, Any]:
    """Return an item's data with an id for each link. :func:`load` comes first.

    Raises:
        ItemError: links that lead nowhere or are ambiguous; all of them are named, with their fields.
    """
    resolved = dict(data)
    problems: list[str] = []
    model = resources_by_name()
    for name, link in resource.links.items():
        if name not in data or data[name] is None:
            continue
        if link.many and not isinstance(data[name], list):
            problems.append(f"{name}: a list of names is needed")
            continue
        ids: list[str] = []
        for value in _values(link, data[name]):
            try:
                reference = text_of(model[link.resource], value)
                known = catalog.resolve(link.resource, reference, templates_first=name == "_templates")
            except ItemError as error:
                problems.append(f"{name}: {error}")
            else:
                ids.append(known.id)
        resolved[name] = ids if link.many else next(iter(ids), None)
    if problems:
        raise ItemError("; ".join(problems))
    return resolved


Values = list[tuple[Link, list[tuple[Any, Any]], Callable[[Any, str, Any], None]]]
"""Links with the items that have something there, what that is, and what puts something else there."""


def values(
    resource: Resource,
    items: Sequence[Any],
    column: Callable[[str], list[Any]] | None = None,
    put: Callable[[Any, str, Any], None] = operator.setitem,
) -> Values:
    """Return what the links of some items hold. Most links of most items are empty: these are left out.

    Args:
        resource: of the items.
        items: dictionaries, or something else with the next two arguments.
        column: returns a field of all items.
        put: gives a field of an item another value.
    """
    column = column or (lambda name: [item.get(name) for item in items])
    found: Values = []
    for name, link in resource.links.items():
        there = column(name)
        if any(there):
            found.append((link, [(item, value) for item, value in zip(items, there, strict=True) if value], put))
    return found


def ids(held_by_links: Values) -> dict[str, set[str]]:
    """Return the ids in links of items from the backend, by resource."""
    found: dict[str, set[str]] = {}
    for link, held, _ in held_by_links:
        wanted = found.setdefault(link.resource, set())
        for _, value in held:
            if isinstance(value, str):
                wanted.add(value)
            elif isinstance(value, list):
                wanted.update(one for one in value if isinstance(one, str))
    return found


def put_names(catalog: Catalog, held_by_links: Values) -> None:
    """Put a name in the place of each id in the links of items; an id that has no name stays.

    The ids (see :func:`ids`) are looked up before.
    """
    names = {
        target: {one: name for one in wanted if (name := catalog.name(target, one))}
        for target, wanted in ids(held_by_links).items()
    }
    for link, held, put in held_by_links:
        known = names[link.resource]
        for item, value in held:
            if isinstance(value, str):
                put(item, link.field, known.get(value, value))
            elif link.many and isinstance(value, list):
                put(item, link.field, [known.get(one, one) if isinstance(one, str) else one for one in value])
