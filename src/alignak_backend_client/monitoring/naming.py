"""Selecting hosts and services for actions: ``web-1``, ``web-1/http``, ``'*/http'``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from alignak_backend_client.client import Backend
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.catalog import Catalog
from alignak_backend_client.items.names.filters import EVERYTHING, Filter, all_of, field_in
from alignak_backend_client.items.names.finding import find_many
from alignak_backend_client.items.names.patterns import is_pattern
from alignak_backend_client.items.names.references import service_splits, show
from alignak_backend_client.items.query.where import Where, parse_where
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.monitoring.reading import read
from alignak_backend_client.monitoring.states import NOT_TEMPLATE
from alignak_backend_client.monitoring.targets import count_items, names_query, unknown_target_message

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
        host: the id of the host, for a service that of its host.
        name: ``web-1`` or ``web-1/http``.
        state: the fields in :data:`STATE`, if present.
        named: True if it was given by its full name; False if it matches a pattern, or if all services of the host are
            selected as well.
    """

    resource: str
    id: str
    host: str
    name: str
    state: Mapping[str, Any]
    named: bool

    @property
    def place(self) -> tuple[str, str | None]:
        """The ids of the host and of the service, as in the fields of requests; the latter is None for a host."""
        return self.host, self.id if self.resource == "service" else None


class Selector(NamedTuple):
    """A selection of hosts and services.

    Attributes:
        names: names, patterns and ids.
        where: conditions that the items must meet, by type (``host`` or ``service``).
        all_services: True to select all services of the hosts, too.
    """

    names: tuple[str, ...]
    where: Mapping[str, Where]
    all_services: bool


def parse_selector(names: Sequence[str], where: Sequence[str], *, all_services: bool) -> Selector:
    """Parse names and conditions, without requests to the backend.

    Raises:
        QueryError: a condition is invalid, or its field does not exist in the type of one of the names.
    """
    resources = {_resource(name) for name in names} if where else ()
    parsed = {resource: parse_where(resources_by_name()[resource], where) for resource in sorted(resources)}
    return Selector(tuple(dict.fromkeys(names)), parsed, all_services)


def read_targets(
    backend: Backend, catalog: Catalog, selector: Selector, only: Callable[[str], dict[str, Any]] = lambda _resource: {}
) -> list[Target]:
    """Read the selected hosts and services, each once, in the order of the names; those of a pattern by name.

    Args:
        backend: the backend.
        catalog: names and ids of that backend.
        selector: the selection.
        only: returns, by type, an additional query for items that were not given by their full name.

    Raises:
        ItemError: a name matches nothing or is ambiguous, or ``all_services`` was given without a host.
        BackendException: the request failed.
    """
    return _TargetReader(backend, catalog, selector, only).read()


def _resource(name: str) -> str:
    return "service" if "/" in name else "host"


class _TargetReader:
    """Reads the items of a selector."""

    def __init__(
        self, backend: Backend, catalog: Catalog, selector: Selector, only: Callable[[str], dict[str, Any]]
    ) -> None:
        self._backend, self._catalog, self._selector = backend, catalog, selector
        self._only = {resource: Filter(only(resource)) for resource in _FIELDS}
        self._filters = {resource: where.resolve(backend, catalog) for resource, where in selector.where.items()}
        self._found: dict[str, Target] = {}

    def read(self) -> list[Target]:
        names = self._selector.names
        single = {
            resource: self._find_named(
                resource, [one for one in names if not is_pattern(one) and _resource(one) == resource]
            )
            for resource in _FIELDS
        }
        hosts: set[str] = set()
        for name in names:
            resource = _resource(name)
            if is_pattern(name):
                found = self._match_pattern(resource, name, hosts)
            else:
                found = single[resource].get(name, [])
                hosts |= {item["_id"] for item in found} if resource == "host" else set()
            whole = resource == "host" and self._selector.all_services
            self._add(resource, found, named=not (whole or is_pattern(name)))
        if self._selector.all_services:
            if all(_resource(name) == "service" for name in names):
                raise ItemError("--all-services needs a host: give a host name or pattern")
            on_hosts = all_of(field_in("host", hosts), self._only["service"])
            self._add("service", self._read_items("service", on_hosts) if hosts else [], named=False)
        return list(self._found.values())

    def _add(self, resource: str, items: Iterable[dict[str, Any]], *, named: bool) -> None:
        items = [item for item in items if item["_id"] not in self._found]
        if resource == "service":
            self._catalog.load_ids("host", {str(item.get("host")) for item in items})
        found: list[Target] = []
        for item in items:
            host, name = item["_id"], str(item.get("name"))
            if resource == "service":
                host = str(item.get("host"))
                name = f"{self._catalog.name('host', host) or host}/{name}"
            state: dict[str, Any] = {field: item[field] for field in STATE if field in item}
            found.append(Target(resource, item["_id"], host, name, state, named))
        self._found |= {target.id: target for target in sorted(found, key=lambda one: one.name)}

    def _find_named(self, resource: str, names: list[str]) -> dict[str, list[dict[str, Any]]]:
        """Return the items with these names that meet the conditions of the selector, by name."""
        found = find_many(self._backend, self._catalog, resources_by_name()[resource], names, _FIELDS[resource])
        items: dict[str, dict[str, Any]] = {}
        for name in names:
            item = found[name]
            if isinstance(item, ItemError):
                unknown = item.code == 404
                raise ItemError(
                    unknown_target_message(self._backend, name) if unknown else f"{show(name)}: {item}", item.code
                )
            if item.get("_is_template") is True:
                raise ItemError(f"The {resource} {show(name)} is a template, which is not monitored", 404)
            items[name] = item
        if names and resource in self._filters:
            ids = field_in("_id", (item["_id"] for item in items.values()))
            left = {item["_id"] for item in self._read_items(resource, all_of(ids, self._filters[resource]))}
            items = {name: item for name, item in items.items() if item["_id"] in left}
        return {name: [item] for name, item in items.items()}

    def _match_pattern(self, resource: str, pattern: str, hosts: set[str]) -> list[dict[str, Any]]:
        """Return the items that match a pattern; with ``all_services``, add the ids of matching hosts to ``hosts``."""
        filters = list(self._pattern_filters(resource, pattern))
        wanted = self._filters.get(resource, EVERYTHING)
        if resource == "host" and self._selector.all_services:
            items = self._read_items(resource, all_of(*filters, wanted))
            hosts |= {item["_id"] for item in items}
        found = [
            item for one in filters for item in self._read_items(resource, all_of(one, wanted, self._only[resource]))
        ]
        if not found and not any(count_items(self._backend, resource, one, NOT_TEMPLATE) for one in filters):
            raise ItemError(f"No {resource} matches {show(pattern)}", 404)
        return found

    def _pattern_filters(self, resource: str, pattern: str) -> Iterable[Filter]:
        """Yield the filters for a pattern: a name with slashes can be split in several ways."""
        if resource == "host":
            yield Filter(names_query([pattern]))
            return
        for host, service in service_splits(pattern):
            if host == "*":
                yield Filter(names_query([service]))
            elif hosts := self._read_items("host", Filter(names_query([host]))):
                yield all_of(Filter(names_query([service])), field_in("host", (item["_id"] for item in hosts)))

    def _read_items(self, resource: str, selector: Filter) -> list[dict[str, Any]]:
        return read(self._backend, resource, all_of(Filter(NOT_TEMPLATE), selector), _FIELDS[resource])
