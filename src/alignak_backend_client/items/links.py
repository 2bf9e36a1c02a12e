"""Links in the data of an item: names become ids on the way in, ids become names on the way out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
        for value in _values(link, data.get(name)):
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


def ids(resource: Resource, items: Sequence[dict[str, Any]]) -> dict[str, set[str]]:
    """Return the ids that the links of some items from the backend hold, by resource."""
    found: dict[str, set[str]] = {}
    for name, link in resource.links.items():
        wanted = found.setdefault(link.resource, set())
        for item in items:
            value = item.get(name)
            if isinstance(value, str):
                wanted.add(value)
            elif value and isinstance(value, list):
                wanted.update(one for one in value if isinstance(one, str))
    return {target: wanted for target, wanted in found.items() if wanted}


def to_names(catalog: Catalog, resource: Resource, item: dict[str, Any]) -> dict[str, Any]:
    """Return an item of the backend with a name for each link; an id that has no name stays an id.

    The ids (see :func:`ids`) are looked up before.
    """
    named = dict(item)
    for name, link in resource.links.items():
        value = item.get(name)
        if link.many and isinstance(value, list):
            named[name] = [_name(catalog, link, one) for one in value]
        elif value is not None:
            named[name] = _name(catalog, link, value)
    return named


def _name(catalog: Catalog, link: Link, value: Any) -> Any:
    """Return the name behind one id."""
    return (catalog.name(link.resource, value) if isinstance(value, str) else None) or value
