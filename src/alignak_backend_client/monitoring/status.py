"""Numbers of hosts and services by state, in total and for each realm."""

from __future__ import annotations

import json
import time
from collections import Counter
from typing import Any, Final

from alignak_backend_client.client import Backend
from alignak_backend_client.items.names.catalog import checked
from alignak_backend_client.items.names.filters import EVERYTHING, Filter
from alignak_backend_client.monitoring.daemons import daemons
from alignak_backend_client.monitoring.problems import FLAGS, Problems, Selection, time_of
from alignak_backend_client.monitoring.realms import Realms
from alignak_backend_client.monitoring.states import QUIET, REAL, STATES, UNCHECKED, UNMONITORED
from alignak_backend_client.monitoring.targets import count

ELSEWHERE: Final = "?"
"""Stands for the realms that the user may not read, though some hosts or services of them."""

_FLAGS: Final = ("acknowledged", "downtime")


def status(backend: Backend) -> dict[str, Any]:
    """Return how the site is.

    Those that are in a bad state are read, all others counted. The counters of the backend (``livesynthesis``) would be
    one request; but there what was never checked is UNREACHABLE or UNKNOWN, and the Alignak backend loses count when
    services are deleted.

    Returns:
        ``time``: when it was looked at, and ``last_check``: when the last check was that the backend knows of, null for
        never; both in seconds since 1970. ``hosts`` and ``services``: numbers by state (``up``, ``ok``, ...), of
        ``pending`` ones, of those ``not_monitored``, and in ``total``; of those that are in a bad state also how many
        are ``acknowledged`` or in a ``downtime``. ``problems``: how many nobody has taken. ``realms``: the same for
        each realm without those below it, in the order of their tree, with ``realm`` and ``level``. ``daemons``: see
        :func:`.daemons.daemons`.

    Raises:
        ItemError: the user may not read anything.
        BackendException: the request failed.
    """
    now = int(time.time())
    found = Problems(backend, Selection(), FLAGS)
    if not found.rows:
        found.looked_at()
    numbers = {resource: _Numbers(backend, resource, found) for resource in QUIET}
    untaken = Counter(_realm(row["realm"], found.realms) for row in found.rows if not row["flags"])
    places = [(realm.name, realm.level) for realm in found.realms.in_order]
    if any(one.by_realm.get(ELSEWHERE) for one in numbers.values()):
        places.append((ELSEWHERE, 0))
    return {
        "time": now,
        "last_check": max(_last_check(backend, resource) for resource in QUIET) or None,
        "problems": untaken.total(),
        **{f"{resource}s": one.told(*one.by_realm) for resource, one in numbers.items()},
        "realms": [
            {
                "realm": name,
                "level": level,
                "problems": untaken[name],
                **{f"{resource}s": one.told(name) for resource, one in numbers.items()},
            }
            for name, level in places
        ],
        "daemons": daemons(backend, found.realms),
    }


class _Numbers:
    """How many hosts or services there are of each kind.

    Attributes:
        by_realm: name of a realm to numbers; what is UP or OK is not counted, but all in ``total``.
    """

    def __init__(self, backend: Backend, resource: str, found: Problems) -> None:
        self._resource = resource
        self.by_realm: dict[str, Counter[str]] = {}
        for row in found.rows:
            if row["type"] == resource:
                kinds = [row["state"].lower(), *(flag for flag in row["flags"] if flag in _FLAGS)]
                self._add(_realm(row["realm"], found.realms), dict.fromkeys(kinds, 1))
        for kind, query in (("total", REAL), ("pending", UNCHECKED), ("not_monitored", UNMONITORED)):
            self._count(backend, found.realms, kind, query)

    def _add(self, realm: str, numbers: dict[str, int]) -> None:
        self.by_realm.setdefault(realm, Counter()).update(numbers)

    def _count(self, backend: Backend, realms: Realms, kind: str, query: dict[str, Any]) -> None:
        """Count those that match, in all and then in each realm until all are found."""
        left = count(backend, self._resource, EVERYTHING, query)
        for realm in realms.in_order:
            if not left:
                return
            number = count(backend, self._resource, Filter({"_realm": realm.id}), query)
            self._add(realm.name, {kind: number})
            left = max(0, left - number)
        if left:
            self._add(ELSEWHERE, {kind: left})

    def told(self, *realms: str) -> dict[str, int]:
        """Return the numbers of some realms together."""
        numbers = sum((self.by_realm.get(name, Counter()) for name in realms), Counter())
        quiet = QUIET[self._resource].lower()
        states = [state.lower() for state in STATES[self._resource]]
        kinds = [*states, "pending", "not_monitored"]
        # Both change in the meantime.
        numbers[quiet] = max(0, numbers["total"] - sum(numbers[kind] for kind in kinds if kind != quiet))
        return {kind: numbers[kind] for kind in ("total", *kinds, *_FLAGS)}


def _realm(name: str, realms: Realms) -> str:
    """Return the name of a realm that the user may read."""
    return name if name in realms.names else ELSEWHERE


def _last_check(backend: Backend, resource: str) -> int:
    """Return when the last check was, in seconds since 1970; 0 for never."""
    params = {
        "where": json.dumps(REAL),
        "sort": "-ls_last_check",
        "max_results": 1,
        "projection": json.dumps({"ls_last_check": 1}),
    }
    items = checked(resource, backend.get(resource, params).get("_items"))
    return (time_of(items[0].get("ls_last_check")) or 0) if items else 0
