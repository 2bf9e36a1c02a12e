"""Finding the items that names mean."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from alignak_backend_client.client import Backend
from alignak_backend_client.exceptions import BackendException
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.catalog import Catalog, name_filter, read_all
from alignak_backend_client.items.names.references import service_splits, show
from alignak_backend_client.model import Resource
from alignak_backend_client.model.ids import is_object_id

_IDS_PER_QUERY: Final = 80
_QUERIES: Final = 10

_FEW: Final = 50
"""A page for what will be few items; the largest page would have to be asked for."""


def find(backend: Backend, catalog: Catalog, resource: Resource, reference: str) -> list[dict[str, Any]]:
    """Return the items that a name, ``host/service`` or an id means; a name is tried before an id.

    Raises:
        BackendException: the backend refuses to answer.
    """
    found: list[dict[str, Any]] = []
    if resource.has_name:
        where = [{"name": name_filter(reference)}]
        if resource.key == ("host", "name"):
            splits = service_splits(reference)
            catalog.load("host", {host for host, _ in splits})
            on_hosts = [
                {"host": known.id, "name": name_filter(name)}
                for host, name in splits
                for known in catalog.find("host", host)
            ]
            if on_hosts:
                found = _where(backend, resource, on_hosts)
        found = found or _where(backend, resource, where)
    if not found and is_object_id(reference):
        try:
            found = [backend.get(f"{resource.name}/{reference.lower()}")]
        except BackendException as error:
            if error.code != 404:
                raise
    return found


def _where(backend: Backend, resource: Resource, filters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    where = filters[0] if len(filters) == 1 else {"$or": filters}
    return read_all(backend, resource.name, {"where": json.dumps(where), "max_results": _FEW})


def find_one(backend: Backend, catalog: Catalog, resource: Resource, reference: str) -> dict[str, Any]:
    """Return the one item that a reference means.

    Raises:
        ItemError: there is none (code 404), or there are several; the message does not repeat the reference.
        BackendException: the backend refuses to answer.
    """
    found = find(backend, catalog, resource, reference)
    if not found:
        raise _none(resource)
    if len(found) > 1:
        for item in found:
            catalog.remember(resource.name, item)
        known = [one for item in found for one in catalog.find(resource.name, item["_id"])]
        hint = " as host/service" if resource.name == "service" else ""
        candidates = catalog.candidates(resource.name, known)
        raise ItemError(f"{len(found)} {resource.name}s have that name; name one{hint}: {candidates}")
    return found[0]


def _none(resource: Resource) -> ItemError:
    return ItemError(f"there is no such {resource.name}", 404)


def find_many(
    backend: Backend,
    catalog: Catalog,
    resource: Resource,
    references: Iterable[str],
    fields: Iterable[str] | None = None,
) -> dict[str, dict[str, Any] | ItemError]:
    """Return the items that references mean, or why there is none; in as few queries as possible.

    Args:
        backend: where they are.
        catalog: names and ids of that backend.
        resource: what they are.
        references: names, ``host/service``, or ids.
        fields: the fields that are needed; None for all.

    Raises:
        BackendException: the backend refuses to answer.
    """
    wanted = list(dict.fromkeys(references))
    found: dict[str, dict[str, Any] | ItemError] = {}
    if len(wanted) == 1:
        try:
            found[wanted[0]] = find_one(backend, catalog, resource, wanted[0])
        except ItemError as error:
            found[wanted[0]] = error
        return found
    catalog.load(resource.name, wanted)
    ids: dict[str, list[str]] = {}
    for reference in wanted:
        try:
            ids.setdefault(catalog.resolve(resource.name, reference).id, []).append(reference)
        except ItemError as error:
            found[reference] = _none(resource) if error.code == 404 else error
    projection = None if fields is None or resource.allow_unknown else dict.fromkeys(fields, 1)
    for item in by_ids(backend, resource.name, list(ids), projection):
        found |= dict.fromkeys(ids[item["_id"]], item)
    for reference in wanted:
        found.setdefault(reference, _none(resource))
    return found


def split_service(catalog: Catalog, name: str) -> tuple[str, str] | None:
    """Return ``host/service`` as (host, service) when there is such a host.

    Raises:
        BackendException: the backend refuses to answer.
    """
    splits = service_splits(name)
    catalog.load("host", {host for host, _ in splits})
    return next(((host, service) for host, service in splits if catalog.named("host", host)), None)


def host_id(catalog: Catalog, name: str) -> str:
    """Return the id of a host.

    Raises:
        ItemError: there is no such host.
    """
    catalog.load("host", [name])
    found = catalog.find("host", name)
    if not found:
        raise ItemError(f"There is no host {show(name)}", 404)
    return found[0].id


def by_ids(
    backend: Backend, resource: str, ids: list[str], projection: dict[str, int] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield items by their ids: some at a time, for the URL has to stay short, or all of a resource for very many."""
    params = {"projection": json.dumps(projection)} if projection else {}
    if len(ids) > _QUERIES * _IDS_PER_QUERY:
        wanted = set(ids)
        yield from (item for item in backend.iterate(resource, params) if item["_id"] in wanted)
        return
    for start in range(0, len(ids), _IDS_PER_QUERY):
        where = {"_id": {"$in": ids[start : start + _IDS_PER_QUERY]}}
        yield from read_all(backend, resource, params | {"where": json.dumps(where), "max_results": _IDS_PER_QUERY})
