"""States of hosts and services, and which of them are problems."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from alignak_backend_client.model import resources_by_name

PENDING: Final = "PENDING"
"""The state of what was never checked. The backend has UNREACHABLE or UNKNOWN there, although no check found it."""

WORST_FIRST: Final = ("DOWN", "CRITICAL", "UNREACHABLE", "UNKNOWN", "WARNING")

GOOD_STATE: Final = {"host": "UP", "service": "OK"}
"""The state without a problem, by type."""

STATES: Final[dict[str, tuple[str, ...]]] = {
    resource: tuple(resources_by_name()[resource].fields["ls_state"]["allowed"]) for resource in GOOD_STATE
}

NOT_TEMPLATE: Final[dict[str, Any]] = {"_is_template": {"$ne": True}}
"""Query for hosts or services that are not templates."""

MONITORED: Final[dict[str, Any]] = {
    **NOT_TEMPLATE,
    "$or": [{"active_checks_enabled": True}, {"passive_checks_enabled": True}],
}
"""Query for hosts or services with active or passive checks. The state of others is outdated."""

UNMONITORED: Final[dict[str, Any]] = {
    **NOT_TEMPLATE,
    "active_checks_enabled": {"$ne": True},
    "passive_checks_enabled": {"$ne": True},
}
"""Query for hosts or services without checks."""

CHECKED: Final[dict[str, Any]] = {**MONITORED, "ls_last_check": {"$gt": 0}}
"""Query for monitored hosts or services that were checked at least once."""

UNCHECKED: Final[dict[str, Any]] = {**MONITORED, "ls_last_check": {"$not": {"$gt": 0}}}
"""Query for monitored hosts or services that are :data:`PENDING`."""


def bad_states(resource: str) -> list[str]:
    """Return the problem states of hosts or services."""
    return [state for state in STATES[resource] if state != GOOD_STATE[resource]]


def severity(state: Any) -> int:
    """Return the rank of a state: 0 for the worst."""
    return WORST_FIRST.index(state) if state in WORST_FIRST else len(WORST_FIRST)


def is_down(host: Mapping[str, Any]) -> bool:
    """Return True for a host in a HARD problem state, which explains the problems of its services."""
    return (
        host.get("ls_state") in bad_states("host")
        and host.get("ls_state_type") != "SOFT"
        and was_checked(host)
        # If the fields are not in the projection, the query was CHECKED.
        and (host.get("active_checks_enabled", True) or host.get("passive_checks_enabled", True))
    )


def to_timestamp(value: Any) -> int | None:
    """Convert a value to seconds since 1970; None if it is not a time, or 0, which means never."""
    return int(value) if isinstance(value, int | float) and 0 < value < math.inf else None


def was_checked(item: Mapping[str, Any]) -> bool:
    """Return True for a host or service that was checked at least once; otherwise its state is :data:`PENDING`."""
    return to_timestamp(item.get("ls_last_check")) is not None
