"""Selecting hosts and services for actions: ``web-1``, ``web-1/http``, ``'*/http'``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from alignak_backend_client.client import Backend
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.catalog import Catalog
from alignak_backend_client.items.names.filters import EVERYTHING, Filter, all_of, holding
from alignak_backend_client.items.names.finding import find_many, split_service
from alignak_backend_client.items.names.patterns import is_pattern
from alignak_backend_client.items.names.references import service_splits, show
from alignak_backend_client.items.query.where import Where, parse_where
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.monitoring.reading import read
from alignak_backend_client.monitoring.states import REAL
from alignak_backend_client.monitoring.targets import any_name, count, unknown
from alignak_backend_client.output.suggestions import nearest

STATE: Final = ("ls_state", "ls_last_check", "ls_acknowledged", "ls_downtimed")
_FIELDS: Final = {
    "host": ("name", "_is_template", *STATE),
    "service": ("name", "host", "_is_template", *STATE),
}


class Target(NamedTuple):
    """A host or service.

    Attributes:
        resource: ``host`` or ``service``.
        id: its id.
        host: the id of the host, of a service that which it is on.
        name: ``web-1`` or ``web-1/http``.
        state: those of the fields :data:`STATE` that it has.
        named: True when it alone was meant, by its own name; False for those of a pattern, and for a host with all its
            services.
    """

    resource: str
    id: str
    host: str
    name: str
    state: Mapping[str, Any]
    named: bool

    @property
    def place(self) -> tuple[str, str | None]:
        """What actions call it: the ids of the host and of the service, which is None for the host itself."""
        return self.host, self.id if self.resource == "service" else None


class Meant(NamedTuple):
    """What people have named.

    Attributes:
        names: names, patterns and ids.
        where: conditions that what they mean has to meet, for the types that were named.
        all_services: True for all services of these hosts, too.
    """

    names: tuple[str, ...]
    where: Mapping[str, Where]
    all_services: bool


def parse_meant(names: Sequence[str], where: Sequence[str] = (), *, all_services: bool = False) -> Meant:
    """Return what some names and filters mean; no backend is asked.

    Raises:
        QueryError: a filter cannot be understood, or names a field that hosts, or services, do not have.
    """
    resources = {_resource(name) for name in names} if where else ()
    parsed = {resource: parse_where(resources_by_name()[resource], where) for resource in sorted(resources)}
    return Meant(tuple(dict.fromkeys(names)), parsed, all_services)


def read_targets(
    backend: Backend, catalog: Catalog, meant: Meant, only: Callable[[str], dict[str, Any]] = lambda _resource: {}
) -> list[Target]:
    """Return the hosts and services that are meant, each once, in the order of their names.

    Args:
        backend: where they are.
        catalog: names and ids of that backend.
        meant: what is meant.
        only: returns, by type, the filter for those of patterns, and for all services of a host.

    Raises:
        ItemError: a name means nothing, or several things; or no host was named whose services are meant.
        BackendException: the request failed.
    """
    return _Reading(backend, catalog, meant, only).read()


def _resource(name: str) -> str:
    return "service" if "/" in name else "host"


class _Reading:
    """Finds out what is meant."""

    def __init__(self, backend: Backend, catalog: Catalog, meant: Meant, only: Callable[[str], dict[str, Any]]) -> None:
        self._backend, self._catalog, self._meant = backend, catalog, meant
        self._only = {resource: Filter(only(resource)) for resource in _FIELDS}
        self._filters = {resource: where.resolve(backend, catalog) for resource, where in meant.where.items()}
        self._found: dict[str, Target] = {}

    def read(self) -> list[Target]:
        names = self._meant.names
        single = {
            resource: self._named(
                resource, [one for one in names if not is_pattern(one) and _resource(one) == resource]
            )
            for resource in _FIELDS
        }
        hosts: set[str] = set()
        for name in names:
            resource = _resource(name)
            if is_pattern(name):
                found = self._like(resource, name, hosts)
            else:
                found = single[resource].get(name, [])
                hosts |= {item["_id"] for item in found} if resource == "host" else set()
            whole = resource == "host" and self._meant.all_services
            self._add(resource, found, named=not (whole or is_pattern(name)))
        if self._meant.all_services:
            if all(_resource(name) == "service" for name in names):
                raise ItemError("--all-services needs a host: give a host name or pattern")
            on_hosts = all_of(holding("host", hosts), self._only["service"])
            self._add("service", self._items("service", on_hosts) if hosts else [], named=False)
        return list(self._found.values())

    def _add(self, resource: str, items: Iterable[dict[str, Any]], *, named: bool) -> None:
        items = [item for item in items if item["_id"] not in self._found]
        if resource == "service":
            self._catalog.load_ids("host", {str(item.get("host")) for item in items})
        for item in items:
            host, name = item["_id"], str(item.get("name"))
            if resource == "service":
                host = str(item.get("host"))
                name = f"{self._catalog.name('host', host) or host}/{name}"
            state: dict[str, Any] = {field: item[field] for field in STATE if field in item}
            self._found[item["_id"]] = Target(resource, item["_id"], host, name, state, named)

    def _named(self, resource: str, names: list[str]) -> dict[str, list[dict[str, Any]]]:
        """Return the items of some names; those that the filters leave."""
        found = find_many(self._backend, self._catalog, resources_by_name()[resource], names, _FIELDS[resource])
        items: dict[str, dict[str, Any]] = {}
        for name in names:
            item = found[name]
            if isinstance(item, ItemError):
                raise ItemError(
                    self._unknown(resource, name) if item.code == 404 else f"{show(name)}: {item}", item.code
                )
            if item.get("_is_template") is True:
                raise ItemError(f"The {resource} {show(name)} is a template, which is not monitored", 404)
            items[name] = item
        if names and resource in self._filters:
            ids = holding("_id", (item["_id"] for item in items.values()))
            left = {item["_id"] for item in self._items(resource, all_of(ids, self._filters[resource]))}
            items = {name: item for name, item in items.items() if item["_id"] in left}
        return {name: [item] for name, item in items.items()}

    def _like(self, resource: str, pattern: str, hosts: set[str]) -> list[dict[str, Any]]:
        """Return the items that a pattern means; the ids of the hosts whose services are meant, too, are added."""
        filters = list(self._patterns(resource, pattern))
        wanted = self._filters.get(resource, EVERYTHING)
        if resource == "host" and self._meant.all_services:
            items = self._items(resource, all_of(*filters, wanted))
            hosts |= {item["_id"] for item in items}
        found = [item for one in filters for item in self._items(resource, all_of(one, wanted, self._only[resource]))]
        if not found and not any(count(self._backend, resource, one, REAL) for one in filters):
            raise ItemError(f"No {resource} matches {show(pattern)}", 404)
        return found

    def _patterns(self, resource: str, pattern: str) -> Iterable[Filter]:
        """Yield the filters of a pattern: names with slashes can be cut in several ways."""
        if resource == "host":
            yield Filter(any_name([pattern]))
            return
        for host, service in service_splits(pattern):
            if host == "*":
                yield Filter(any_name([service]))
            elif hosts := self._items("host", Filter(any_name([host]))):
                yield all_of(Filter(any_name([service])), holding("host", (item["_id"] for item in hosts)))

    def _items(self, resource: str, meant: Filter) -> list[dict[str, Any]]:
        return read(self._backend, resource, all_of(Filter(REAL), meant), _FIELDS[resource])

    def _unknown(self, resource: str, name: str) -> str:
        """Return the message about a name that nothing has; it tells the nearest, of a service on its host."""
        on = split_service(self._catalog, name) if resource == "service" else None
        if on is None:
            hosts = [host for host, _ in service_splits(name)] if resource == "service" else [name]
            return unknown(self._backend, "host", hosts[0] if hosts else name)
        host = self._catalog.named("host", on.host)[0].id
        services = self._items("service", Filter({"host": host}))
        near = nearest(on.service, {str(item.get("name")) for item in services})
        hint = f": did you mean {show(f'{on.host}/{near}')}?" if near else ""
        return f"The host {show(on.host)} has no service {show(on.service)}{hint}"
