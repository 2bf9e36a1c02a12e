"""Finding items by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from alignak_backend_client.client import Backend
from alignak_backend_client.exceptions import BackendException
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.catalog import Catalog, check_items, name_filter, read_all
from alignak_backend_client.items.names.references import OnHost, Reference, service_splits, show
from alignak_backend_client.model import Resource
from alignak_backend_client.model.ids import is_object_id

IDS_PER_QUERY: Final = 80
"""As many as the URL of a request can hold."""
QUERIES: Final = 10
"""More queries than this take longer than reading the whole resource."""

_FEW: Final = 50
"""Page size where few items are expected; finding out the largest one would take a request."""

_NAMES_TO_COMPARE: Final = 5000
"""The largest page that the backend sends by default."""


def find(backend: Backend, catalog: Catalog, resource: Resource, reference: Reference) -> list[dict[str, Any]]:
    """Return the items with a name, ``host/service`` or id; a name is tried before an id.

    Raises:
        BackendException: the request failed.
    """
    found: list[dict[str, Any]] = []
    if resource.key == ("host", "name"):
        splits = [reference] if isinstance(reference, OnHost) else service_splits(reference)
        catalog.load("host", {host for host, _ in splits})
        on_hosts = [
            {"host": known.id, "name": name_filter(name)}
            for host, name in splits
            for known in catalog.find("host", host)
        ]
        if on_hosts:
            found = _read_where(backend, resource, on_hosts)
    if isinstance(reference, OnHost):
        return found
    if not found and resource.has_name:
        found = _read_where(backend, resource, [{"name": name_filter(reference)}])
    if not found and is_object_id(reference):
        try:
            found = [backend.get(f"{resource.name}/{reference.lower()}")]
        except BackendException as error:
            if error.code != 404:
                raise
    return found


def _read_where(backend: Backend, resource: Resource, filters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    where = filters[0] if len(filters) == 1 else {"$or": filters}
    return read_all(backend, resource.name, {"where": where, "max_results": _FEW})


def find_one(backend: Backend, catalog: Catalog, resource: Resource, reference: Reference) -> dict[str, Any]:
    """Return the only item for a reference.

    Raises:
        ItemError: there is none (code 404) or more than one; the message does not include the reference.
        BackendException: the request failed.
    """
    found = find(backend, catalog, resource, reference)
    if not found:
        raise _not_found_error(resource)
    if len(found) > 1:
        raise ambiguity_error(catalog, resource, found)
    return found[0]


def ambiguity_error(catalog: Catalog, resource: Resource, found: list[dict[str, Any]]) -> ItemError:
    """Return the error for a reference to several items, with a distinct name for each."""
    for item in found:
        catalog.remember(resource.name, item)
    known = [one for item in found for one in catalog.find(resource.name, item["_id"])]
    candidates = catalog.candidates(resource.name, known)
    return ItemError(f"{resource.format_count(len(found))} have this name; use one of: {candidates}")


def _not_found_error(resource: Resource) -> ItemError:
    return ItemError(f"there is no such {resource.name}", 404)


def find_many(
    backend: Backend,
    catalog: Catalog,
    resource: Resource,
    references: Iterable[Reference],
    fields: Iterable[str] | None,
) -> dict[Reference, dict[str, Any] | ItemError]:
    """Return the item or the error for each reference, with as few queries as possible.

    Args:
        backend: where they are.
        catalog: names and ids of that backend.
        resource: the resource of the items.
        references: names, ``host/service`` or ids.
        fields: the fields that are needed; None for all.

    Raises:
        BackendException: the request failed.
    """
    wanted = list(dict.fromkeys(references))
    found: dict[Reference, dict[str, Any] | ItemError] = {}
    if len(wanted) == 1:
        try:
            found[wanted[0]] = find_one(backend, catalog, resource, wanted[0])
        except ItemError as error:
            found[wanted[0]] = error
        return found
    catalog.load(resource.name, wanted)
    ids: dict[str, list[Reference]] = {}
    for reference in wanted:
        try:
            ids.setdefault(catalog.resolve(resource.name, reference).id, []).append(reference)
        except ItemError as error:
            found[reference] = _not_found_error(resource) if error.code == 404 else error
    projection = None if fields is None or resource.allow_unknown else dict.fromkeys(fields, 1)
    for item in by_ids(backend, resource.name, list(ids), projection):
        found |= dict.fromkeys(ids[item["_id"]], item)
    for reference in wanted:
        found.setdefault(reference, _not_found_error(resource))
    return found


def suggest_name(backend: Backend, catalog: Catalog, resource: Resource, name: str, where: Mapping[str, Any]) -> str:
    """Return the end of the message for a name that no item has: the most similar name, if there is one.

    Args:
        backend: the backend.
        catalog: names and ids of that backend.
        resource: the type of the item.
        name: the name; for ``host/service``, only services on that host are compared.
        where: filter for the items with which it is compared.
    """
    if not resource.has_name:
        return ""
    try:
        splits = service_splits(name) if resource.key == ("host", "name") else []
        catalog.load("host", {split.host for split in splits})
        known = next((split for split in splits if catalog.find_by_name("host", split.host)), None)
        if known is not None:
            host = catalog.find_by_name("host", known.host)[0].id
            near = _nearest_name(backend, resource.name, known.service, {**where, "host": host})
            return f": did you mean {show(f'{known.host}/{near}')}?" if near else ""
        if splits:
            near = _nearest_name(backend, "host", splits[0].host, {})
            return f": there is no host {show(splits[0].host)}" + (f", did you mean {show(near)}?" if near else "")
        near = _nearest_name(backend, resource.name, name, where)
        return f": did you mean {show(near)}?" if near else ""
    except (BackendException, ItemError):
        return ""  # the message itself is more important


def _nearest_name(backend: Backend, resource: str, name: str, where: Mapping[str, Any]) -> str | None:
    """Return the most similar name in one page of items, which may not be all of them."""
    from alignak_backend_client.output.suggestions import nearest

    params = {"where": dict(where), "projection": {"name": 1}, "max_results": _NAMES_TO_COMPARE}
    items = check_items(resource, backend.get(resource, params).get("_items"))
    return nearest(name, {str(item.get("name")) for item in items})


def split_service(catalog: Catalog, name: str) -> OnHost | None:
    """Split ``host/service`` into host and service; None if there is no such host.

    Raises:
        ItemError: there are several such hosts.
        BackendException: the request failed.
    """
    splits = service_splits(name)
    catalog.load("host", {host for host, _ in splits})
    found = [split for split in splits if catalog.find_by_name("host", split.host)]
    if len(found) > 1:
        ways = ", or ".join(f"{show(service)} on the host {show(host)}" for host, service in found)
        raise ItemError(f"{show(name)} may be {ways}: give the name and the host in the data", 422)
    return found[0] if found else None


def by_ids(
    backend: Backend, resource: str, ids: list[str], projection: dict[str, int] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield items by their ids, in batches that keep URLs short; for very many ids, read the whole resource."""
    params = {"projection": projection} if projection else {}
    if len(ids) > QUERIES * IDS_PER_QUERY:
        wanted = set(ids)
        yield from (item for item in backend.iterate(resource, params) if item["_id"] in wanted)
        return
    for start in range(0, len(ids), IDS_PER_QUERY):
        where = {"_id": {"$in": ids[start : start + IDS_PER_QUERY]}}
        yield from read_all(backend, resource, params | {"where": where, "max_results": IDS_PER_QUERY})
