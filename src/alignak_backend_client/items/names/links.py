"""Links in the data of items: names to ids for sending, ids to names for output."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress
from typing import Any, NamedTuple, TypeAlias

from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.catalog import Catalog
from alignak_backend_client.items.names.references import get_reference, link_targets, replace_targets
from alignak_backend_client.model import Link, Resource, resources_by_name


def _values(link: Link, value: Any) -> list[Any]:
    """Return the elements of a link's value; none for null."""
    if value is None:
        return []
    return value if link.many and isinstance(value, list) else [value]


def references(resource: Resource, data: dict[str, Any]) -> Iterator[tuple[Link, str]]:
    """Yield each link of an item's data with its name or id; other values are omitted."""
    model = resources_by_name()
    # Items have few of the fields that may be links.
    for name in filter(resource.links.__contains__, data):
        link = resource.links[name]
        for value in _values(link, data[name]):
            try:
                yield link, get_reference(model[link.resource], value)
            except ItemError:
                continue


def load(catalog: Catalog, resource: Resource, items: Iterable[dict[str, Any]]) -> None:
    """Look up the targets of the links of some items, in one step per resource."""
    wanted: dict[str, set[str]] = {}
    for data in items:
        for link, reference in references(resource, data):
            wanted.setdefault(link.resource, set()).add(reference)
    for target, names in wanted.items():
        catalog.load(target, names)


def to_ids(catalog: Catalog, resource: Resource, data: dict[str, Any]) -> dict[str, Any]:
    """Return an item's data with an id for each link. Call :func:`load` first.

    Raises:
        ItemError: links are dangling or ambiguous; the message names all of them, with their fields.
    """
    resolved = dict(data)
    problems: list[str] = []
    model = resources_by_name()
    for name in filter(resource.links.__contains__, data):
        link = resource.links[name]
        if data[name] is None:
            continue
        if link.many and not isinstance(data[name], list):
            problems.append(f"{name}: a list of names is needed")
            continue
        ids: list[str] = []
        for value in _values(link, data[name]):
            try:
                reference = get_reference(model[link.resource], value)
                known = catalog.resolve(link.resource, reference, templates_first=name == "_templates")
            except ItemError as error:
                problems.append(f"{name}: {error}")
            else:
                ids.append(known.id)
        resolved[name] = ids if link.many else next(iter(ids), None)
    if problems:
        raise ItemError("; ".join(problems), 422)
    return resolved


class Column(NamedTuple):
    """The values of a link in the items that have one.

    Attributes:
        link: the link.
        items: those items.
        values: the value in each of these items.
        put: sets a field of the items to a list of values.
    """

    link: Link
    items: list[Any]
    values: list[Any]
    put: Put


Put: TypeAlias = Callable[[list[Any], str, list[Any]], None]


def _put_into_dictionaries(items: list[Any], name: str, values: list[Any]) -> None:
    for item, value in zip(items, values, strict=True):
        item[name] = value


def columns(
    resource: Resource,
    items: Sequence[Any],
    get: Callable[[str], list[Any]] | None = None,
    put: Put = _put_into_dictionaries,
) -> list[Column]:
    """Return the values of the links of some items. Empty links, which are the majority, are omitted.

    Args:
        resource: of the items.
        items: dictionaries; with ``get`` and ``put``, any objects.
        get: returns a field of all items.
        put: gives items their values.
    """
    get = get or (lambda name: [item.get(name) for item in items])
    found: list[Column] = []
    for name, link in resource.links.items():
        there = get(name)
        if any(there):
            found.append(Column(link, list(compress(items, there)), list(filter(None, there)), put))
    return found


def ids(held: Iterable[Column]) -> dict[str, set[str]]:
    """Return the ids in the links of items from the backend, by resource."""
    found: dict[str, set[str]] = {}
    for link, _, values, _ in held:
        targets = found.setdefault(link.resource, set())
        for value in values:
            if value.__class__ is str:  # nearly all are
                targets.add(value)
            else:
                targets.update(link_targets(value))
    return found


def find_names(catalog: Catalog, held: Iterable[Column]) -> dict[str, dict[str, str]]:
    """Return the names for the ids in links, by resource; without items that have no name, or no unique one.

    They are looked up in one step per resource.

    Raises:
        BackendException: the request failed.
    """
    names: dict[str, dict[str, str]] = {}
    for target, wanted in ids(held).items():
        catalog.load_ids(target, wanted)
        names[target] = {one: name for one in wanted if (name := catalog.name(target, one))}
        if target == "service":
            load_possibly_ambiguous(catalog, names[target].values())
            names[target] = {one: name for one, name in names[target].items() if not is_ambiguous(catalog, name)}
    return names


def load_possibly_ambiguous(catalog: Catalog, names: Iterable[str]) -> None:
    """Look up the services whose full name may be ambiguous, see :func:`is_ambiguous`.

    Raises:
        BackendException: the request failed.
    """
    catalog.load("service", [name for name in names if _may_be_ambiguous(name)])


def is_ambiguous(catalog: Catalog, name: str) -> bool:
    """Return True if several services have this full name (``host/service``).

    Call :func:`load_possibly_ambiguous` first.
    """
    return _may_be_ambiguous(name) and len(catalog.find("service", name)) > 1


def _may_be_ambiguous(name: str) -> bool:
    """Return True if another service may have the same full name, since names may contain slashes."""
    return name.count("/") > 1


def put_names(catalog: Catalog, held: Sequence[Column]) -> None:
    """Replace the ids in links by names; an id stays if its item has no name, or no unique one.

    Raises:
        BackendException: the request failed.
    """
    names = find_names(catalog, held)
    for link, items, values, put in held:
        known = names[link.resource]
        if link.many:
            named = [replace_targets(value, known) for value in values]
        else:
            named = [known.get(value, value) if value.__class__ is str else value for value in values]
        put(items, link.field, named)
