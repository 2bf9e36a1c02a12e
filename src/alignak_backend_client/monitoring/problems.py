"""Unhandled problems, worst first."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from itertools import compress
from typing import Any, Final, NamedTuple

from alignak_backend_client.client import Backend
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.filters import Filter, all_of, holding, pages
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.monitoring.reading import by_ids, typed
from alignak_backend_client.monitoring.realms import Realms
from alignak_backend_client.monitoring.states import (
    CHECKED,
    PENDING,
    REAL,
    UNCHECKED,
    bad_states,
    is_down,
    severity,
    time_of,
)
from alignak_backend_client.monitoring.targets import any_name, count, host_names, unknown

Row = dict[str, Any]

_SHOWN: Final = (
    "name",
    "_realm",
    "ls_state",
    "ls_state_type",
    "ls_last_check",
    "ls_last_state_changed",
    "ls_current_attempt",
    "max_check_attempts",
    "ls_acknowledged",
    "ls_downtimed",
    "ls_output",
)
_PROJECTIONS: Final = {"host": dict.fromkeys(_SHOWN, 1), "service": dict.fromkeys((*_SHOWN, "host"), 1)}
_OF_THEIR_HOSTS: Final = dict.fromkeys(
    ("name", "ls_state", "ls_state_type", "ls_last_check", "active_checks_enabled", "passive_checks_enabled"), 1
)
_NEVER: Final = 1 << 62


FLAGS: Final = ("acknowledged", "downtime", "soft", "host_down")
"""Why something that is wrong is not listed, unless that is requested: it is acknowledged, in a downtime, not confirmed
by further checks yet, or a service of a host that is down or unreachable itself."""


class Selection(NamedTuple):
    """Which hosts and services are looked at; with nothing given all of them.

    Attributes:
        realms: names of realms: what stands in one of them, or in one below.
        hosts: names and patterns: these hosts, and their services.
        services: names and patterns of services, without their host. Hosts are not looked at then.
        states: problems in one of these states only.
    """

    realms: Sequence[str] = ()
    hosts: Sequence[str] = ()
    services: Sequence[str] = ()
    states: Sequence[str] = ()


class Problems:
    """The problems of a backend, as they are when they are read.

    Args:
        backend: where they are.
        selection: which hosts and services are looked at.
        flags: which of :data:`FLAGS` problems may have that are listed.
        pending: True lists what was never checked, too.

    Attributes:
        rows: one for each, worst first, then longest; see :meth:`_row`.
        left_out: the rows that are not listed because of their flags.
        realms: the realms of the backend.

    Raises:
        ItemError: a realm or host that was named does not exist.
        BackendException: the request failed.
    """

    def __init__(
        self, backend: Backend, selection: Selection, flags: Collection[str] = (), *, pending: bool = False
    ) -> None:
        self._backend = backend
        self._services = tuple(selection.services)
        self.realms = Realms.of(backend)
        self._realm_ids = {one for name in selection.realms for one in self.realms.below(name)}
        self._host_ids = host_names(backend, selection.hosts).keys()
        self._wrong = {
            resource: {**CHECKED, "ls_state": {"$in": [one for one in bad_states(resource) if _meant(one, selection)]}}
            for resource in (["service"] if self._services else ["host", "service"])
        }
        found = sorted(self._read(pending=pending), key=_order)
        self.rows = [row for row in found if set(row["flags"]) <= set(flags)]
        self.left_out = [row for row in found if not set(row["flags"]) <= set(flags)]

    def pending(self) -> int:
        """Return how many of the hosts and services that are looked at were never checked."""
        return sum(count(self._backend, resource, self.scope(resource), UNCHECKED) for resource in self._wrong)

    def looked_at(self) -> dict[str, int]:
        """Return how many hosts and services are looked at, by type.

        Raises:
            ItemError: the user may see none, or none has the name.
        """
        for name in self._services:
            if not count(self._backend, "service", Filter(any_name([name])), REAL):
                raise ItemError(unknown(self._backend, "service", name), 404)
        found = {each: count(self._backend, each, self.scope(each), REAL) for each in self._wrong}
        if not any(found.values()):
            self.realms.check_any()
        return found

    def scope(self, resource: str) -> Filter:
        """Return the filter for what is looked at."""
        filters = []
        if self._realm_ids:
            filters.append(holding("_realm", frozenset(self._realm_ids)))
        if self._host_ids:
            filters.append(holding("_id" if resource == "host" else "host", frozenset(self._host_ids)))
        if self._services:
            filters.append(Filter(any_name(self._services)))
        return all_of(*filters)

    # --- reading

    def _read(self, *, pending: bool) -> list[Row]:
        """Return a row for each in which something is wrong, and for each that is pending where that is wanted."""
        # Acknowledged ones, too: they are few, and to count them takes the backend as long as to send all.
        found = {each: list(self._items(each, query)) for each, query in self._wrong.items()}
        if pending:
            for each in found:
                found[each] += self._items(each, UNCHECKED)
        hosts = {host["_id"]: host for host in found.get("host", [])}
        missing = {str(service.get("host")) for service in found["service"]} - hosts.keys()
        hosts |= {host["_id"]: host for host in by_ids(self._backend, "host", sorted(missing), _OF_THEIR_HOSTS)}
        now = time.time()
        rows = [self._row("host", host, host, now) for host in found.get("host", [])]
        services = ((service, hosts.get(str(service.get("host")), {})) for service in found["service"])
        return rows + [self._row("service", service, host, now) for service, host in services]

    def _items(self, resource: str, query: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield what is looked at, and matches."""
        meant = all_of(self.scope(resource), Filter(query))
        params = {
            "where": meant.query,
            "projection": _PROJECTIONS[resource] | meant.fields,
        }
        described = resources_by_name()[resource]
        for page in pages(self._backend, described, params):
            yield from (typed(described, item) for item in page.items() if meant.accepts(item))

    def _row(self, resource: str, item: dict[str, Any], host: dict[str, Any], now: float) -> Row:
        """Return what is told of a host or service.

        Returns:
            ``type``: ``host`` or ``service``; ``name``: ``host`` or ``host/service``; ``host``, ``service``: the same
            apart, null for no service; ``state``: ``PENDING`` where there was no check; ``since``: seconds since 1970,
            null where it is not known; ``duration``: seconds until now; ``attempts``: ``2/3``; ``realm``; ``output``;
            ``last_check``: seconds since 1970, null for never; ``flags``: which of :data:`FLAGS` hold.
        """
        checked = time_of(item.get("ls_last_check"))
        since = time_of(item.get("ls_last_state_changed")) if checked else None
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


def _meant(state: str, selection: Selection) -> bool:
    return not selection.states or state in selection.states


def _order(row: Row) -> tuple[int, int, str]:
    """Return what rows are sorted by: worst first, then longest, then by name."""
    return severity(row["state"]), row["since"] or _NEVER, row["name"]
