"""Live states: the overall state of services and hosts, and writes that leave ``_updated`` alone.

``_overall_state_id`` of a service: 0 fine, 1 acknowledged, 2 in downtime, 3 warning, 4 critical, 5 not monitored. That
of a host is the worst of its own and of its monitored services' when its own is not a problem.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from alignak_backend_client.model.fields import is_live_state
from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.events import Batch, Change
from alignak_backend_embedded.domain.persistence import write_fields
from alignak_backend_embedded.store.access import Document
from alignak_backend_embedded.store.object_id import ObjectId

ACKNOWLEDGED: Final = 1
IN_DOWNTIME: Final = 2
NOT_MONITORED: Final = 5
#: A host whose ``_overall_state_id`` is patched with this computes it anew.
RECOMPUTE: Final = -1

_HOST: Final = {"UP": 0, "UNREACHABLE": 3, "DOWN": 4}
_SERVICE: Final = {"OK": 0, "WARNING": 3, "UNKNOWN": 3, "CRITICAL": 4, "UNREACHABLE": 4}
_HEARTBEAT: Final = frozenset({"last_alive", "last_command_check", "last_log_rotation"})
_HOST_PROJECTION: Final = dict.fromkeys(
    (
        "active_checks_enabled",
        "passive_checks_enabled",
        "ls_acknowledged",
        "ls_downtimed",
        "ls_state",
        "_overall_state_id",
    ),
    1,
)
_LIVE_FIELDS: Final = frozenset({"customs", "_realm"})


def is_monitored(item: Document) -> bool:
    """Return True if a host or service is monitored."""
    return bool(item.get("active_checks_enabled") or item.get("passive_checks_enabled"))


def compute_own_state(resource: str, item: Document) -> int:
    """Return the overall state of a host without its services, or of a service."""
    if not is_monitored(item):
        return NOT_MONITORED
    if item.get("ls_acknowledged"):
        return ACKNOWLEDGED
    if item.get("ls_downtimed"):
        return IN_DOWNTIME
    return (_HOST if resource == "host" else _SERVICE).get(item.get("ls_state", ""), 3)


def _combine_with_services(host: Document, problems: Iterable[Document]) -> int:
    own = compute_own_state("host", host)
    if own > IN_DOWNTIME:
        return own
    return max([own, *(int(service["_overall_state_id"]) for service in problems)])


def _compute_states(context: Context, hosts: Mapping[ObjectId, Document]) -> dict[ObjectId, int]:
    """Return the overall state of hosts, by their ids."""
    services: defaultdict[ObjectId, list[Document]] = defaultdict(list)
    needed = [item for item, host in hosts.items() if compute_own_state("host", host) <= IN_DOWNTIME]
    if needed:
        fields = {"host": 1, "_overall_state_id": 1}
        # Only services in other states matter: they are few, and an index finds them.
        wrong = {"$gt": 0, "$lt": NOT_MONITORED}
        where = {"host": {"$in": needed}, "ls_state_type": "HARD", "_overall_state_id": wrong}
        for service in context.store.find("service", where, projection=fields):
            services[service["host"]].append(service)
    return {item: _combine_with_services(host, services[item]) for item, host in hosts.items()}


def recompute_hosts(context: Context, ids: Iterable[Any]) -> None:
    """Compute the overall states of some hosts, including templates, and write changed ones."""
    wanted = [item for item in set(ids) if item is not None]
    if not wanted:
        return
    found = context.store.find("host", {"_id": {"$in": wanted}}, projection=_HOST_PROJECTION)
    hosts = {host["_id"]: host for host in found}
    by_state: defaultdict[int, list[ObjectId]] = defaultdict(list)
    for item, state in _compute_states(context, hosts).items():
        if state != hosts[item].get("_overall_state_id"):
            by_state[state].append(item)
    for state, items in by_state.items():
        write_fields(context, "host", items, {"_overall_state_id": state})


@functools.lru_cache(maxsize=1000)
def _affects_live_state_only(names: frozenset[str]) -> bool:
    """Return True if a change only affects the live state, so that ``_updated`` is kept."""
    return all(is_live_state(name) or name in _LIVE_FIELDS for name in names)


def set_state_of_new_hosts(_context: Context, hosts: Batch) -> None:
    """Compute the overall state of new hosts."""
    for host in hosts:
        if not host.get("_is_template"):
            host["_overall_state_id"] = compute_own_state("host", host)


def set_state_of_new_services(_context: Context, services: Batch) -> None:
    """Compute the overall state of new services."""
    for service in services:
        service["_overall_state_id"] = compute_own_state("service", service)


def update_hosts_of_new_services(context: Context, services: Batch) -> None:
    """Update the hosts of new services."""
    recompute_hosts(context, (service.get("host") for service in services))


def update_service_state(_context: Context, change: Change) -> None:
    """Compute the overall state of a service when its hard state changes."""
    if change.inherited or not _affects_live_state_only(change.posted):
        return
    change.frozen = True
    decisive = {"ls_state", "ls_acknowledged", "ls_downtimed"} & change.posted
    if decisive and change.updates.get("ls_state_type") == "HARD":
        change.updates["_overall_state_id"] = compute_own_state("service", {**change.original, **change.updates})


def update_hosts_of_changed_services(context: Context, changes: Sequence[Change]) -> None:
    """Update the hosts of services with new overall states, or with states that become hard."""
    affected = [
        change
        for change in changes
        if "_overall_state_id" in change.updates
        and (change.has_new("_overall_state_id") or change.has_new("ls_state_type"))
    ]
    recompute_hosts(context, (change.updated.get("host") for change in affected))


def update_host_states(context: Context, changes: Sequence[Change]) -> None:
    """Compute the overall state of hosts when their hard states change, or on request."""
    wanted: dict[ObjectId, Change] = {}
    for change in changes:
        if change.inherited or not _affects_live_state_only(change.posted):
            continue
        change.frozen = True
        if change.updates.get("ls_state_type") == "HARD" or change.updates.get("_overall_state_id") == RECOMPUTE:
            wanted[change.original["_id"]] = change
    states = _compute_states(context, {item: {**change.original, **change.updates} for item, change in wanted.items()})
    for item, state in states.items():
        wanted[item].updates["_overall_state_id"] = state


def keep_date_on_heartbeat(_context: Context, change: Change) -> None:
    """Keep ``_updated`` of an alignak item for heartbeats."""
    if change.posted <= _HEARTBEAT:
        change.frozen = True
