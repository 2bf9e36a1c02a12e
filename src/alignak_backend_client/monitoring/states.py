"""States of hosts and services, and which of them are problems."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from alignak_backend_client.model import resources_by_name

PENDING: Final = "PENDING"
"""What was never checked. The backend has UNREACHABLE or UNKNOWN there, which nothing has found."""

WORST_FIRST: Final = ("DOWN", "CRITICAL", "UNREACHABLE", "UNKNOWN", "WARNING")

QUIET: Final = {"host": "UP", "service": "OK"}
"""The state of each type in which nothing is wrong."""

STATES: Final[dict[str, tuple[str, ...]]] = {
    resource: tuple(resources_by_name()[resource].fields["ls_state"]["allowed"]) for resource in QUIET
}

REAL: Final[dict[str, Any]] = {"_is_template": {"$ne": True}}
"""Filter: no templates."""

MONITORED: Final[dict[str, Any]] = {
    **REAL,
    "$or": [{"active_checks_enabled": True}, {"passive_checks_enabled": True}],
}
"""Filter: hosts or services that are checked, one way or the other. The state of others is a former one."""

UNMONITORED: Final[dict[str, Any]] = {
    **REAL,
    "active_checks_enabled": {"$ne": True},
    "passive_checks_enabled": {"$ne": True},
}
"""Filter: all others."""

CHECKED: Final[dict[str, Any]] = {**MONITORED, "ls_last_check": {"$gt": 0}}
"""Filter: monitored ones whose state was found."""

UNCHECKED: Final[dict[str, Any]] = {**MONITORED, "ls_last_check": {"$not": {"$gt": 0}}}
"""Filter: monitored ones that are :data:`PENDING`."""


def bad_states(resource: str) -> list[str]:
    """Return the states of hosts or services in which something is wrong."""
    return [state for state in STATES[resource] if state != QUIET[resource]]


def severity(state: Any) -> int:
    """Return where a state stands in a list that begins with the worst."""
    return WORST_FIRST.index(state) if state in WORST_FIRST else len(WORST_FIRST)


def is_down(host: Mapping[str, Any]) -> bool:
    """Return True for a host in a HARD problem state: problems of its services follow from that."""
    return (
        host.get("ls_state") in bad_states("host")
        and host.get("ls_state_type") != "SOFT"
        and was_checked(host)
        # Where the fields were not asked for, the filter was CHECKED.
        and (host.get("active_checks_enabled", True) or host.get("passive_checks_enabled", True))
    )


def time_of(value: Any) -> int | None:
    """Return seconds since 1970; None if there are none, or 0, which stands for never."""
    return int(value) if isinstance(value, int | float) and 0 < value < math.inf else None


def was_checked(item: Mapping[str, Any]) -> bool:
    """Return True for a host or service whose state was found; what else it says is :data:`PENDING`."""
    return time_of(item.get("ls_last_check")) is not None
