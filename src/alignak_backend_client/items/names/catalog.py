"""A cache of names and ids of the backend, filled with few queries."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, NamedTuple, TypeAlias
from urllib.parse import quote_plus

from alignak_backend_client.client import Backend
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.references import OnHost, Reference, enumeration, service_splits, show
from alignak_backend_client.model import public_resources, resources_by_name
from alignak_backend_client.model.ids import is_object_id
from alignak_backend_client.model.storable import find_unstorable

QUERY_LENGTH: Final = 2500
"""Characters of one filter in a URL; servers take some 4000 for all of the request's head."""

_QUERIES: Final = 8
"""If a lookup needs more queries, the whole resource is read instead, with few fields."""

_MOST_CANDIDATES: Final = 10

_Make: TypeAlias = Callable[[list[str]], dict[str, Any]]
"""Makes a filter of names or ids."""

_DATE: Final = re.compile(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} ")


def read_all(backend: Backend, resource: str, params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Return the items of a list, all of them with an ``_id``.

    Raises:
        BackendException: the request failed.
        ItemError: the response is not that of a backend.
    """
    return check_items(resource, backend.get_all(resource, params)["_items"])


def read_types(backend: Backend) -> set[str]:
    """Return the resources that a backend has; some releases lack a few.

    Raises:
        BackendException: the request failed.
        ItemError: the response is not that of a backend.
    """
    listed = [child.get("href") for child in backend.get_domains() if isinstance(child, dict)]
    found = {name for name in public_resources() if name in listed}
    if "host" not in found:
        raise ItemError("The response does not list the types of a backend: is it one? Check the URL")
    return found


def check_items(resource: str, items: Any) -> list[dict[str, Any]]:
    """Return the ``_items`` of an answer: a list, each with an ``_id``.

    Raises:
        ItemError: the response is not that of a backend.
    """
    if not isinstance(items, list):
        raise ItemError(f"The response for {resource!r} is not a list of items: is it a backend? Check the URL")
    for item in items:
        if not (isinstance(item, dict) and isinstance(item.get("_id"), str)):
            raise ItemError(
                f"The backend's list of {resource} items holds {show(item)}: is it a backend? Check the URL"
            )
    return items


class CachedItem(NamedTuple):
    """The cached facts about an item.

    Attributes:
        id: its id.
        name: its name; empty if it has none.
        host: for a service, the id of its host.
        is_template: True for a template.
    """

    id: str
    name: str
    host: str | None = None
    is_template: bool = False


class Catalog:
    """Names and ids of a backend's items."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._by_name: dict[str, dict[str, list[CachedItem]]] = {}
        self._by_id: dict[str, dict[str, CachedItem | None]] = {}
        self._services: dict[tuple[str, str], list[CachedItem]] = {}
        #: Names whose items are all known; services of different hosts share names.
        self._looked_up: dict[str, set[str]] = {}
        self._complete: set[str] = set()

    # --- lookups in the backend

    def load(self, resource: str, references: Iterable[Reference]) -> None:
        """Look up names and ids that are not known yet, in as few queries as possible.

        Raises:
            BackendException: the request failed.
        """
        references = set(references)
        splits = [one for reference in references for one in _on_hosts(resource, reference)]
        if splits:
            self.load("host", {split.host for split in splits})
        wanted = {split.service for split in splits}.union(one for one in references if isinstance(one, str))
        names = self._by_name.setdefault(resource, {})
        looked_up = self._looked_up.setdefault(resource, set())
        described = resources_by_name()[resource]
        if described.has_name:
            unique = names.keys() if "name" in described.unique else ()
            missing = sorted(wanted.difference(looked_up, unique))
            if missing and resource not in self._complete:
                self._query(resource, missing, _name_filter)
            looked_up |= wanted
        self.load_ids(resource, (name for name in wanted if is_object_id(name) and not names.get(name)))

    def load_ids(self, resource: str, ids: Iterable[str]) -> None:
        """Look up ids that are not known yet, and the hosts of services."""
        known = self._by_id.setdefault(resource, {})
        missing = sorted({identity.lower() for identity in ids} - known.keys())
        if missing and resource not in self._complete:
            self._query(resource, missing, _id_filter)
        for identity in missing:
            known.setdefault(identity, None)
        if resource == "service":
            hosts = {found.host for identity in missing if (found := known[identity]) is not None and found.host}
            if hosts:
                self.load_ids("host", hosts)

    def _query(self, resource: str, wanted: list[str], make: _Make) -> None:
        """Read the items that are wanted, or all of a resource when that takes fewer queries."""
        filters = list(_filters(wanted, make))
        if len(filters) > _QUERIES:
            filters = [{}]
            self._complete.add(resource)
        described = resources_by_name()[resource]
        shown: list[str] = [name for name in ("name", "host", "_is_template") if name in described.fields]
        once = make is _id_filter or "name" in described.unique
        for where in filters:
            params: dict[str, Any] = {"where": where, "projection": dict.fromkeys(shown or ["_id"], 1)}
            if once and where:
                params["max_results"] = len(wanted)
            for item in read_all(self._backend, resource, params):
                self.remember(resource, item)

    def remember(self, resource: str, item: dict[str, Any]) -> None:
        """Add an item that exists in the backend, or will exist when it is needed."""
        host = item.get("host")
        known = CachedItem(
            id=str(item["_id"]),
            name=str(item.get("name") or ""),
            host=host if resource == "service" and isinstance(host, str) else None,
            is_template=item.get("_is_template") is True,
        )
        ids = self._by_id.setdefault(resource, {})
        if ids.get(known.id) is not None:
            return
        ids[known.id] = known
        if known.name:
            self._by_name.setdefault(resource, {}).setdefault(known.name, []).append(known)
        if known.host:
            self._services.setdefault((known.host, known.name), []).append(known)

    def forget(self, resource: str, identity: str) -> None:
        """Remove an item that will not exist in the backend after all."""
        known = self._by_id.setdefault(resource, {}).get(identity)
        self._by_id[resource][identity] = None
        if known is not None:
            self._by_name[resource][known.name].remove(known)
            if known.host:
                self._services[known.host, known.name].remove(known)

    # --- answers from the cache

    def find(self, resource: str, reference: Reference, *, templates_first: bool = False) -> list[CachedItem]:
        """Return the items that a reference may mean: by name, else by id.

        Args:
            resource: the resource.
            reference: what was given to :meth:`load` before.
            templates_first: prefer templates if several items have the name.
        """
        found: list[CachedItem] = []
        for host, service in _on_hosts(resource, reference):
            for known_host in self.find("host", host):
                found += [one for one in self.on_host(known_host.id, service) if one not in found]
        if not isinstance(reference, str):
            return found
        if not found:
            found = list(self.find_by_name(resource, reference))
        if templates_first and len(found) > 1:
            found = [known for known in found if known.is_template] or found
        if not found and is_object_id(reference):
            known = self._by_id.get(resource, {}).get(reference.lower())
            found = [known] if known is not None else []
        return found

    def find_by_name(self, resource: str, name: str) -> list[CachedItem]:
        """Return the items with exactly this name."""
        return self._by_name.get(resource, {}).get(name, [])

    def on_host(self, host: str, name: str) -> list[CachedItem]:
        """Return the services with exactly this name on the host with this id."""
        return self._services.get((host, name), [])

    def resolve(self, resource: str, reference: Reference, *, templates_first: bool = False) -> CachedItem:
        """Return the one item that a reference means.

        Raises:
            ItemError: there is none, or there are several.
        """
        found = self.find(resource, reference, templates_first=templates_first)
        if not found:
            raise ItemError(f"no {resource} {show(str(reference))}", 404)
        if len(found) > 1:
            raise ItemError(f"{show(str(reference))} is ambiguous, use one of: {self.candidates(resource, found)}")
        return found[0]

    def candidates(self, resource: str, found: list[CachedItem]) -> str:
        """Return the names of items for a message about several matches."""
        if resource == "service":
            self.load_ids("host", {known.host for known in found if known.host})
        names = sorted(self.name(resource, known.id) or known.id for known in found)
        if len(set(names)) < len(names):
            names = sorted(known.id for known in found)
        return enumeration([show(name) for name in names], _MOST_CANDIDATES)

    def name(self, resource: str, identity: str) -> str | None:
        """Return the name of an item, ``host/service`` for a service; None if it is unknown or has no name."""
        known = self._by_id.get(resource, {}).get(identity)
        if known is None or not known.name:
            return None
        if resource != "service" or known.host is None:
            return known.name
        host = self.name("host", known.host)
        return f"{host}/{known.name}" if host else None


def _on_hosts(resource: str, reference: Reference) -> list[OnHost]:
    """Return the services on hosts that a reference may mean."""
    if isinstance(reference, OnHost):
        return [reference]
    return service_splits(reference) if resource == "service" else []


def _filters(wanted: list[str], make: _Make) -> Iterator[dict[str, Any]]:
    """Return filters that find what is wanted, each short enough for a URL."""
    batch: list[str] = []
    length = 0
    for one in wanted:
        size = len(quote_plus(json.dumps(one))) + 3
        if batch and length + size > QUERY_LENGTH:
            yield make(batch)
            batch, length = [], 0
        batch.append(one)
        length += size
    if batch:
        yield make(batch)


def _id_filter(ids: list[str]) -> dict[str, Any]:
    return {"_id": {"$in": ids}}


def _name_filter(names: list[str]) -> dict[str, Any]:
    conditions = list(map(name_filter, names))
    plain = [one for one in conditions if isinstance(one, str)]
    filters: list[dict[str, Any]] = [{"name": {"$in": plain}}] if plain else []
    filters += [{"name": one} for one in conditions if not isinstance(one, str)]
    return filters[0] if len(filters) == 1 else {"$or": filters}


def name_filter(name: str) -> Any:
    """Return the filter for one exact name.

    The backend converts strings in filters that look like ids or dates, and would not find the name. It rejects lone
    surrogates, such as those of arguments that are not UTF-8: no item has such a name.
    """
    if find_unstorable(name) is not None:
        return {"$in": []}
    return {"$regex": f"^{re.escape(name)}$"} if is_object_id(name) or _DATE.match(name) is not None else name
