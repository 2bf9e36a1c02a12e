"""The shape of items in dumps: names instead of ids, no fields added by the backend, no secrets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alignak_backend_client.client import Backend, Page
from alignak_backend_client.items.names import links
from alignak_backend_client.items.names.catalog import Catalog
from alignak_backend_client.items.names.finding import by_ids
from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.model.fields import META
from alignak_backend_client.output import json_text


def dump_page(
    backend: Backend, catalog: Catalog, resource: Resource, page: Page, *, embed: bool, lines: bool = False
) -> bytes:
    """Return a page as the JSON of a dump, keys sorted: a list, indented by 4, or a line for each item.

    Raises:
        BackendException: the request failed.
    """
    if page.content and not embed:
        from alignak_backend_client.items.files.records import records_of

        kind = records_of(resource.name)
        records = kind.read(page.content) if kind else None
        if kind and records:
            links.put_names(catalog, kind.links(records))
            text = kind.text(records, lines=lines)
            if text is not None:
                return text
    items = to_dump_form(backend, catalog, resource, page.items(), embed=embed)
    if lines:
        return b"".join(json_text.to_json_line(item, sort=True) for item in items)
    return json_text.to_json(items, many=True)


def to_dump_form(
    backend: Backend, catalog: Catalog, resource: Resource, items: list[dict[str, Any]], *, embed: bool
) -> list[dict[str, Any]]:
    """Return items in the form of a dump: with names for links, or with the linked items themselves (``embed``)."""
    named = [strip_private(resource, item) for item in items]
    links.put_names(catalog, links.columns(resource, named))
    if not embed:
        return named
    linked = _read_linked(backend, catalog, resource, items)
    for item, shown in zip(items, named, strict=True):
        for name, link in resource.links.items():
            value = item.get(name)
            if link.many and isinstance(value, list):
                shown[name] = [
                    linked.get((link.resource, one), label) if isinstance(one, str) else label
                    for one, label in zip(value, shown[name], strict=True)
                ]
            elif isinstance(value, str):
                shown[name] = linked.get((link.resource, value), shown[name])
    return named


def _read_linked(
    backend: Backend, catalog: Catalog, resource: Resource, items: Sequence[dict[str, Any]]
) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the linked items by resource and id, in the form in which they are inlined."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    model = resources_by_name()
    for target, wanted in links.ids(links.columns(resource, items)).items():
        whole = list(by_ids(backend, target, sorted(wanted)))
        links.put_names(catalog, links.columns(model[target], whole))
        for item in whole:
            found[(target, item["_id"])] = _to_embedded_form(model[target], item)
    return found


def strip_private(resource: Resource, item: dict[str, Any]) -> dict[str, Any]:
    """Return an item without the backend's own fields and without secrets."""
    kept = dict(item)
    for name in META | resource.hidden:
        kept.pop(name, None)
    return kept


def _to_embedded_form(resource: Resource, item: dict[str, Any]) -> dict[str, Any]:
    """Return an item as part of another: without the fields that begin with ``_``.

    An item without a name keeps its ``_id``, since nothing else identifies it.
    """
    kept = {name: value for name, value in strip_private(resource, item).items() if not name.startswith("_")}
    if not resource.key and "_id" in item:
        kept["_id"] = item["_id"]
    return kept
