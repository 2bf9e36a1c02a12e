"""Numbers of hosts and services by state, in total and for each realm."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from alignak_backend_client.client import Backend
from alignak_backend_client.items.names.catalog import check_items
from alignak_backend_client.items.names.filters import Filter, all_of
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.monitoring.daemons import read_daemons
from alignak_backend_client.monitoring.problems import FLAGS, Problems, Selection
from alignak_backend_client.monitoring.realms import Realms
from alignak_backend_client.monitoring.states import (
    GOOD_STATE,
    NOT_TEMPLATE,
    STATES,
    UNCHECKED,
    UNMONITORED,
    to_timestamp,
)
from alignak_backend_client.monitoring.targets import count_items

ELSEWHERE: Final = "?"
"""Represents realms that the user may not read, although they have hosts or services that the user may read."""

_FLAGS: Final = ("acknowledged", "downtime")


def status(backend: Backend, realms: Sequence[str] = ()) -> dict[str, Any]:
    """Count hosts and services by state, in total and in each realm.

    Problems are read, all others are only counted. The counters of the backend (``livesynthesis``) would need a single
    request, but they count hosts and services that were never checked as UNREACHABLE or UNKNOWN, and those of the
    Alignak backend become wrong when services are deleted.

    Args:
        backend: the backend.
        realms: names of realms, which include their sub-realms; all realms by default. This does not affect daemons.

    Returns:
        ``time``: the current time, and ``last_check``: the time of the last check, null for never; both in seconds
        since 1970. ``hosts`` and ``services``: counts by state (``up``, ``ok``, ...), ``pending``, ``not_monitored``
        and ``total``; ``acknowledged`` and ``downtime`` count problems only. ``problems``: the number of unhandled
        problems. ``realms``: the same for each realm without its sub-realms, in the order of the tree, with ``realm``
        (its name) and ``level``. ``daemons``: see :func:`.daemons.read_daemons`.

    Raises:
        ItemError: the user may not read anything, or a realm does not exist.
        BackendException: the request failed.
    """
    now = int(time.time())
    found = Problems(backend, Selection(realms), FLAGS)
    shown = found.realms.restrict_to(realms)
    if not found.rows:
        found.count_selected()
    counters = {resource: _Counters(backend, resource, found, shown) for resource in GOOD_STATE}
    unhandled = Counter(_visible_realm(row["realm"], shown) for row in found.rows if not row["flags"])
    places = [(realm.name, realm.level) for realm in shown.in_order]
    if any(one.by_realm.get(ELSEWHERE) for one in counters.values()):
        places.append((ELSEWHERE, 0))
    return {
        "time": now,
        "last_check": max(_last_check(backend, resource, found.scope(resource)) for resource in GOOD_STATE) or None,
        "problems": unhandled.total(),
        **{f"{resource}s": one.totals(*one.by_realm) for resource, one in counters.items()},
        "realms": [
            {
                "realm": name,
                "level": level,
                "problems": unhandled[name],
                **{f"{resource}s": one.totals(name) for resource, one in counters.items()},
            }
            for name, level in places
        ],
        "daemons": read_daemons(backend, found.realms),
    }


class _Counters:
    """Counts of hosts or services by state, for each realm.

    Attributes:
        by_realm: name of a realm to its counts. UP and OK are not counted, but follow from ``total``.
    """

    def __init__(self, backend: Backend, resource: str, found: Problems, realms: Realms) -> None:
        self._resource = resource
        self.by_realm: dict[str, Counter[str]] = {}
        for row in found.rows:
            if row["type"] == resource:
                kinds = [row["state"].lower(), *(flag for flag in row["flags"] if flag in _FLAGS)]
                self._add(_visible_realm(row["realm"], realms), dict.fromkeys(kinds, 1))
        for kind, query in (("total", NOT_TEMPLATE), ("pending", UNCHECKED), ("not_monitored", UNMONITORED)):
            self._count(backend, found.scope(resource), realms, kind, query)

    def _add(self, realm: str, counters: dict[str, int]) -> None:
        self.by_realm.setdefault(realm, Counter()).update(counters)

    def _count(self, backend: Backend, scope: Filter, realms: Realms, kind: str, query: dict[str, Any]) -> None:
        """Count matching items in total, and then in each realm until the sum is reached."""
        left = count_items(backend, self._resource, scope, query)
        for realm in realms.in_order:
            if not left:
                return
            number = count_items(backend, self._resource, Filter({"_realm": realm.id}), query)
            self._add(realm.name, {kind: number})
            left = max(0, left - number)
        if left:
            self._add(ELSEWHERE, {kind: left})

    def totals(self, *realms: str) -> dict[str, int]:
        """Return the sums of the counts of some realms."""
        counters = sum((self.by_realm.get(name, Counter()) for name in realms), Counter())
        quiet = GOOD_STATE[self._resource].lower()
        states = [state.lower() for state in STATES[self._resource]]
        kinds = [*states, "pending", "not_monitored"]
        # The counts are read one after the other, and may change in between.
        counters[quiet] = max(0, counters["total"] - sum(counters[kind] for kind in kinds if kind != quiet))
        return {kind: counters[kind] for kind in ("total", *kinds, *_FLAGS)}


def _visible_realm(name: str, realms: Realms) -> str:
    """Return the name of a realm; :data:`ELSEWHERE` if the user may not read it."""
    return name if name in realms.names else ELSEWHERE


def _last_check(backend: Backend, resource: str, scope: Filter) -> int:
    """Return the time of the last check, in seconds since 1970; 0 for never."""
    where = all_of(scope, Filter(NOT_TEMPLATE))
    if where.linked:
        items = list(where.read(backend, resources_by_name()[resource], ["ls_last_check"]))
    else:
        newest = {"sort": "-ls_last_check", "max_results": 1}
        params = {"where": where.param, "projection": {"ls_last_check": 1}, **newest}
        items = check_items(resource, backend.get(resource, params).get("_items"))
    return max((to_timestamp(item.get("ls_last_check")) or 0 for item in items), default=0)
