"""Adapting dumps of other backends: links with their ids, and unknown fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from alignak_backend_client.items.names import links
from alignak_backend_client.items.names.catalog import Catalog
from alignak_backend_client.items.names.references import SERVICES, enumeration, replace_targets, show
from alignak_backend_client.items.writing import data_model
from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.model.fields import META, TEMPLATE_FIELDS, is_live_state
from alignak_backend_client.model.ids import is_object_id
from alignak_backend_client.output.suggestions import nearest

Items: TypeAlias = Mapping[str, list[dict[str, Any]]]
"""The data of items, by resource."""


def is_dump(item: dict[str, Any]) -> bool:
    """Return True if the data of an item comes from a backend, rather than from a person."""
    return TEMPLATE_FIELDS in item or "_etag" in item


def adapt(catalog: Catalog, items: Items, *, ignore_unknown: bool) -> list[str]:
    """Adapt dumps to another backend, in place: names for ids of the dump, no outdated live states.

    Args:
        catalog: names and ids of the backend.
        items: all items that may link to each other.
        ignore_unknown: True to drop fields and links that the backend does not know.

    Returns:
        What the backend does not know, one line for each kind.

    Raises:
        BackendException: the request failed.
    """
    model = resources_by_name()
    names: dict[str, dict[str, str]] = {}
    for resource, identity, called in _names(items):
        names.setdefault(resource, {})[identity] = called
    for name, some in items.items():
        for field, link in model[name].links.items():
            for item in some:
                if field in item:
                    item[field] = replace_targets(item[field], names.get(link.resource, {}))
    found: dict[tuple[str, str, str], list[str]] = {}
    for name, some in items.items():
        # Ids that are left belong to the backend, or are unknown.
        links.load(catalog, model[name], some)
        for item in some:
            for field, problem in list(_unknown(catalog, model[name], item)):
                found.setdefault((name, field, problem), []).append(str(item.get("name") or item.get("_id") or ""))
                if ignore_unknown:
                    del item[field]
            if is_dump(item):
                _drop_invalid_values(model[name], item)
    return [
        f"{name}: {field}: {problem} (in {enumeration([show(one) for one in those])})"
        for (name, field, problem), those in found.items()
    ]


def _names(items: Items) -> Iterator[tuple[str, str, str]]:
    """Yield the resource, the id and the name of each item."""
    hosts = {item["_id"]: item.get("name") for item in items.get("host", ()) if isinstance(item.get("_id"), str)}
    for resource, some in items.items():
        key = resources_by_name()[resource].key
        for item in some:
            identity, name, host = item.get("_id"), item.get("name"), item.get("host")
            if not key or not isinstance(identity, str) or not isinstance(name, str):
                continue
            if key != ("host", "name"):
                yield resource, identity, name
            elif host := host.get("name") if isinstance(host, dict) else hosts.get(host, host):
                yield resource, identity, f"{host}/{name}"


def _unknown(catalog: Catalog, resource: Resource, item: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the fields that the backend does not know, and why."""
    known = resource.fields.keys() | META | {"_id", SERVICES}
    for field in item.keys() - known if not resource.allow_unknown else ():
        if "." not in field and not (is_live_state(field) and is_dump(item)):
            near = nearest(field, resource.fields)
            yield field, "unknown field" + (f"; did you mean {show(near)}?" if near else "")
    for field, link in resource.links.items():
        values = item.get(field)
        for value in values if isinstance(values, list) else [values]:
            if isinstance(value, str) and is_object_id(value) and not catalog.find(link.resource, value):
                yield field, f"no {link.resource} {value} in the backend, or in the data"
                break


def _drop_invalid_values(resource: Resource, item: dict[str, Any]) -> None:
    """Drop live states that are no longer valid, and null in fields that do not allow it."""
    live = {field: value for field, value in item.items() if is_live_state(field)}
    odd = {field for field in data_model.find_issues(resource, live, {}) if field in live}
    for field, value in list(item.items()):
        nullable = resource.fields.get(field, {"nullable": True}).get("nullable")
        if field in odd or (value is None and not nullable):
            del item[field]
