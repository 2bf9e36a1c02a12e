"""Names and patterns on the command line; ``*`` matches any text and ``?`` one character."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from alignak_backend_client.client import Backend
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.catalog import CachedItem, Catalog, name_filter
from alignak_backend_client.items.names.filters import IDS_IN_URL, Filter, all_of, any_of, field_in
from alignak_backend_client.items.names.finding import suggest_name
from alignak_backend_client.items.names.references import (
    WILDCARD,
    OnHost,
    Reference,
    service_splits,
    show,
    wildcard_host,
)
from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.model.storable import find_unstorable


def is_pattern(word: str) -> bool:
    """Return True if a word contains wildcards."""
    return WILDCARD in word or "?" in word


def name_condition(pattern: str) -> Any:
    """Return the filter value for a name or a pattern."""
    if not is_pattern(pattern) or find_unstorable(pattern) is not None:
        return name_filter(pattern)
    return {"$regex": f"^{_regex(pattern)}$"}


def matches_pattern(name: str, pattern: str) -> bool:
    """Return True if a name equals or matches a pattern."""
    return name == pattern or (is_pattern(pattern) and re.fullmatch(_regex(pattern), name) is not None)


def _regex(pattern: str) -> str:
    parts = ({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in re.split(r"([*?])", pattern))
    return "".join(parts)


def kind_filter(resource: Resource, *, templates: bool) -> dict[str, Any]:
    """Return the filter for the templates of a resource or its other items; empty if it has no templates."""
    return {"_is_template": True if templates else {"$ne": True}} if resource.has_templates else {}


def find_matching(
    backend: Backend, catalog: Catalog, resource: Resource, word: str, *, templates: bool, fields: Iterable[str] = ()
) -> list[dict[str, Any]] | None:
    """Return the items that match a pattern; None if the word is not a pattern, or the exact name of an item.

    Args:
        backend: where they are.
        catalog: names and ids of that backend.
        resource: what they are.
        word: ``paris-*``, ``host/*``, ``paris-*/disk*``; only ``host/*`` may match nothing.
        templates: True for templates, False for others; ``host/*`` matches both.
        fields: the fields to read in addition to ids, etags and names.

    Raises:
        ItemError: it matches nothing, or the host does not exist; the message does not include the word.
        BackendException: the request failed.
    """
    if not is_pattern(word):
        return None
    catalog.load(resource.name, [word])
    if catalog.find(resource.name, word):
        return None
    host = _whole_host(catalog, resource, word)
    kind = {} if host else kind_filter(resource, templates=templates)
    found = list(
        _pattern_filter(backend, catalog, resource, word, host, kind).read(backend, resource, {*fields, *_NAMES})
    )
    for item in found:
        catalog.remember(resource.name, item)
    if not found and not host:
        raise ItemError(_no_match_message(resource, templates=templates), 404)
    return found


def expand_patterns(
    backend: Backend, catalog: Catalog, resource: Resource, words: Sequence[str], *, templates: bool
) -> list[Reference]:
    """Replace patterns by the names of the matching items, each once; words that match nothing stay unchanged.

    Raises:
        BackendException: the request failed.
    """
    found: list[Reference] = []
    for word in words:
        try:
            items = find_matching(backend, catalog, resource, word, templates=templates)
        except ItemError:
            items = None
        if items is None:
            found.append(word)
        elif resource.key == ("host", "name"):
            catalog.load_ids("host", {item["host"] for item in items})
            found += [OnHost(catalog.name("host", item["host"]) or item["host"], item["name"]) for item in items]
        else:
            found += [item["name"] for item in items]
    return list(dict.fromkeys(found))


def selection_filter(
    backend: Backend, catalog: Catalog, resource: Resource, words: Sequence[str], *, templates: bool
) -> Filter:
    """Return the filter for the items with some names, or for all items.

    Args:
        backend: where they are.
        catalog: names and ids of that backend.
        resource: what they are.
        words: names, patterns or ids; only ``host/*`` may match nothing.
        templates: True for templates only; otherwise, only templates given by name are included.

    Raises:
        ItemError: a word matches nothing.
        BackendException: the request failed.
    """
    kind = kind_filter(resource, templates=templates)
    if not words:
        return Filter(kind)
    catalog.load(resource.name, words)
    ids: set[str] = set()
    filters: list[Filter] = []
    for word in words:
        if known := _of_kind(catalog.find(resource.name, word), templates=templates and resource.has_templates):
            if len(known) > IDS_IN_URL:  # services of many hosts
                filters.append(Filter(kind | {"name": name_filter(word)}))
            else:
                ids.update(one.id for one in known)
            continue
        if not is_pattern(word):
            near = suggest_name(backend, catalog, resource, word, kind if templates else {})
            raise ItemError(f"There is no {_type_label(resource, templates=templates)} {show(word)}{near}")
        try:
            filters.append(_non_empty_filter(backend, catalog, resource, word, templates=templates))
        except ItemError as error:
            raise ItemError(f"{show(word)}: {error}", 404) from None
    return any_of(backend, resource, [*filters, *([field_in("_id", ids)] if ids else [])])


_NAMES = ("name", "host", "_is_template")


def _of_kind(found: list[CachedItem], *, templates: bool) -> list[CachedItem]:
    """Return the templates, or the other items; if there are only templates, return them in both cases."""
    return [one for one in found if one.is_template is templates] or ([] if templates else found)


def _whole_host(catalog: Catalog, resource: Resource, word: str) -> str | None:
    """Return the id of the host of ``host/*``."""
    name = wildcard_host(word) if resource.key == ("host", "name") else None
    if name is None:
        return None
    catalog.load("host", [name])
    return next((known.id for known in catalog.find("host", name)), None)


def _non_empty_filter(backend: Backend, catalog: Catalog, resource: Resource, word: str, *, templates: bool) -> Filter:
    """Return the filter for a pattern that matches at least one item."""
    host = _whole_host(catalog, resource, word)
    found = _pattern_filter(backend, catalog, resource, word, host, kind_filter(resource, templates=templates))
    if not (host or found.matches_any(backend, resource)):
        raise ItemError(_no_match_message(resource, templates=templates))
    return found


def _pattern_filter(
    backend: Backend, catalog: Catalog, resource: Resource, pattern: str, whole_host: str | None, kind: dict[str, Any]
) -> Filter:
    if whole_host:
        return Filter(kind | {"host": whole_host})
    if not resource.has_name:
        raise ItemError(f"no {resource.label} has a name that could match, only an _id", 404)
    splits = service_splits(pattern) if resource.key == ("host", "name") else []
    if not splits:
        return Filter(kind | {"name": name_condition(pattern)})
    filters: list[Filter] = []
    catalog.load("host", {host for host, _ in splits if not is_pattern(host)})
    for host, name in splits:
        query = kind if name == WILDCARD else kind | {"name": name_condition(name)}
        if host == WILDCARD:
            filters.append(Filter(query))
        elif hosts := _find_hosts(backend, catalog, host):
            filters.append(all_of(Filter(query), field_in("host", hosts)))
    if not filters:
        raise ItemError(f"there is no host {show(pattern.rpartition('/')[0])}", 404)
    return any_of(backend, resource, filters)


def _find_hosts(backend: Backend, catalog: Catalog, name: str) -> list[str]:
    """Return the ids of the hosts with a name, or that match a pattern."""
    known = catalog.find("host", name)
    if known or not is_pattern(name):
        return [one.id for one in known]
    host = resources_by_name()["host"]
    return [item["_id"] for item in Filter({"name": name_condition(name)}).read(backend, host)]


def _type_label(resource: Resource, *, templates: bool) -> str:
    return f"{resource.name} template" if templates and resource.has_templates else resource.name


def _no_match_message(resource: Resource, *, templates: bool) -> str:
    hint = "; templates are matched with -m" if resource.has_templates and not templates else ""
    return f"it matches no {_type_label(resource, templates=templates)}{hint}"
