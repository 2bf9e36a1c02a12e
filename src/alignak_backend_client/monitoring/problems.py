"""Unhandled problems, worst first."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from itertools import compress
from typing import Any, Final, NamedTuple

from alignak_backend_client.client import Backend
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.filters import Filter, all_of, field_in, pages
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.monitoring.reading import by_ids, drop_mistyped
from alignak_backend_client.monitoring.realms import Realms
from alignak_backend_client.monitoring.states import (
    CHECKED,
    NOT_TEMPLATE,
    PENDING,
    UNCHECKED,
    bad_states,
    is_down,
    severity,
    to_timestamp,
)
from alignak_backend_client.monitoring.targets import count_items, host_names, names_query, unknown_name_message

Row = dict[str, Any]

_COUNTED: Final = ("_realm", "ls_state", "ls_state_type", "ls_last_check", "ls_acknowledged", "ls_downtimed")
_SHOWN: Final = (
    *_COUNTED,
    "name",
    "ls_last_state_changed",
    "ls_current_attempt",
    "max_check_attempts",
    "ls_output",
)
_HOST_PROJECTION: Final = dict.fromkeys(
    ("name", "ls_state", "ls_state_type", "ls_last_check", "active_checks_enabled", "passive_checks_enabled"), 1
)
_NEVER: Final = 1 << 62


FLAGS: Final = ("acknowledged", "downtime", "soft", "host_down")
"""Reasons why a problem is hidden by default: it is acknowledged, in a downtime, not confirmed by further checks yet,
or a service on a host that is down or unreachable itself."""


class Selection(NamedTuple):
    """A selection of hosts and services; all of them by default.

    Attributes:
        realms: names of realms, which include their sub-realms.
        hosts: names and patterns of hosts, which include their services.
        services: names and patterns of services, without their host. If given, hosts are not selected.
        states: select only problems in these states.
    """

    realms: Sequence[str] = ()
    hosts: Sequence[str] = ()
    services: Sequence[str] = ()
    states: Sequence[str] = ()


class Problems:
    """The problems of a backend, read when the object is created.

    Args:
        backend: the backend.
        selection: the hosts and services.
        flags: those of :data:`FLAGS` that do not hide a problem.
        pending: True to include hosts and services that were never checked.
        shown: False to only count problems: rows have no names, times, attempts and output then.

    Attributes:
        rows: a row for each problem, worst state first, then oldest; see :meth:`_row`.
        hidden: the rows of problems that are hidden because of their flags.
        realms: the realms of the backend.

    Raises:
        ItemError: a realm or host that was named does not exist.
        BackendException: the request failed.
    """

    def __init__(
        self,
        backend: Backend,
        selection: Selection,
        flags: Collection[str] = (),
        *,
        pending: bool = False,
        shown: bool = True,
    ) -> None:
        self._backend = backend
        self._services = tuple(selection.services)
        self.realms = Realms.read(backend)
        self._realm_ids = {one for name in selection.realms for one in self.realms.subtree_ids(name)}
        self._host_ids = host_names(backend, selection.hosts).keys()
        self._problem_queries = {
            resource: {
                **CHECKED,
                "ls_state": {"$in": [one for one in bad_states(resource) if _is_selected(one, selection)]},
            }
            for resource in (["service"] if self._services else ["host", "service"])
        }
        self._fields = _SHOWN if shown else _COUNTED
        # Without a selection, all hosts that are down are among the problems.
        found = sorted(self._read(pending=pending, all_hosts=shown or selection != Selection()), key=_sort_key)
        self.rows = [row for row in found if set(row["flags"]) <= set(flags)]
        self.hidden = [row for row in found if not set(row["flags"]) <= set(flags)]

    def count_pending(self) -> int:
        """Count the selected hosts and services that were never checked."""
        return sum(
            count_items(self._backend, resource, self.scope(resource), UNCHECKED) for resource in self._problem_queries
        )

    def count_selected(self) -> dict[str, int]:
        """Count the selected hosts and services, by type.

        Raises:
            ItemError: the user may not read any realm, or no service matches a name.
        """
        for name in self._services:
            if not count_items(self._backend, "service", Filter(names_query([name])), NOT_TEMPLATE):
                raise ItemError(unknown_name_message(self._backend, "service", name), 404)
        found = {
            each: count_items(self._backend, each, self.scope(each), NOT_TEMPLATE) for each in self._problem_queries
        }
        if not any(found.values()):
            self.realms.require_read_access()
        return found

    def scope(self, resource: str) -> Filter:
        """Return the filter for the selected items of a type."""
        filters = []
        if self._realm_ids:
            filters.append(field_in("_realm", frozenset(self._realm_ids)))
        if self._host_ids:
            filters.append(field_in("_id" if resource == "host" else "host", frozenset(self._host_ids)))
        if self._services:
            filters.append(Filter(names_query(self._services)))
        return all_of(*filters)

    # --- reading

    def _read(self, *, pending: bool, all_hosts: bool) -> list[Row]:
        """Return a row for each selected problem, and for each pending host or service if requested."""
        # Acknowledged ones, too: they are few, and to count them takes the backend as long as to send all.
        found = {each: list(self._items(each, query)) for each, query in self._problem_queries.items()}
        if pending:
            for each in found:
                found[each] += self._items(each, UNCHECKED)
        hosts = {host["_id"]: host for host in found.get("host", [])}
        if all_hosts:
            missing = {str(service.get("host")) for service in found["service"]} - hosts.keys()
            hosts |= {host["_id"]: host for host in by_ids(self._backend, "host", sorted(missing), _HOST_PROJECTION)}
        now = time.time()
        rows = [self._row("host", host, host, now) for host in found.get("host", [])]
        services = ((service, hosts.get(str(service.get("host")), {})) for service in found["service"])
        return rows + [self._row("service", service, host, now) for service, host in services]

    def _items(self, resource: str, query: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield the selected items that match a query."""
        where = all_of(self.scope(resource), Filter(query))
        described = resources_by_name()[resource]
        projection = {name: 1 for name in (*self._fields, "host") if name in described.fields}
        params = {"where": where.query, "projection": projection | where.fields}
        for page in pages(self._backend, described, params):
            yield from (drop_mistyped(described, item) for item in page.items() if where.accepts(item))

    def _row(self, resource: str, item: dict[str, Any], host: dict[str, Any], now: float) -> Row:
        """Return the row of a host or service.

        Returns:
            ``type``: ``host`` or ``service``; ``name``: ``host`` or ``host/service``; ``host``, ``service``: the same
            apart, null for no service; ``state``: ``PENDING`` where there was no check; ``since``: seconds since 1970,
            null where it is not known; ``duration``: seconds until now; ``attempts``: ``2/3``; ``realm``; ``output``;
            ``last_check``: seconds since 1970, null for never; ``flags``: which of :data:`FLAGS` hold.
        """
        checked = to_timestamp(item.get("ls_last_check"))
        since = to_timestamp(item.get("ls_last_state_changed")) if checked else None
        holds = (
            item.get("ls_acknowledged") is True,
            item.get("ls_downtimed") is True,
            item.get("ls_state_type") == "SOFT",
            resource == "service" and is_down(host),
        )
        host_name = str(host.get("name") or item.get("host"))
        service = str(item.get("name")) if resource == "service" else None
        return {
            "type": resource,
            "name": host_name if service is None else f"{host_name}/{service}",
            "host": host_name,
            "service": service,
            "state": str(item.get("ls_state")) if checked else PENDING,
            "since": since,
            "duration": None if since is None else max(0, int(now) - since),
            "attempts": f"{item.get('ls_current_attempt', 0)}/{item.get('max_check_attempts', 0)}" if checked else None,
            "realm": self.realms.name(item.get("_realm")),
            "output": item.get("ls_output", ""),
            "last_check": checked,
            "flags": list(compress(FLAGS, holds)) if checked else [],
        }


def _is_selected(state: str, selection: Selection) -> bool:
    return not selection.states or state in selection.states


def _sort_key(row: Row) -> tuple[int, int, str]:
    """Return the sort key of a row: worst state first, then oldest, then by name."""
    return severity(row["state"]), row["since"] or _NEVER, row["name"]
