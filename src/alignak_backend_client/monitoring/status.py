"""Numbers of hosts and services by state, in total and for each realm."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from alignak_backend_client.client import Backend
from alignak_backend_client.items.names.catalog import check_items
from alignak_backend_client.items.names.filters import Filter, all_of, field_in
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.monitoring.daemons import read_daemons
from alignak_backend_client.monitoring.problems import FLAGS, Problems, Row, Selection
from alignak_backend_client.monitoring.realms import Realms
from alignak_backend_client.monitoring.states import (
    GOOD_STATE,
    NOT_TEMPLATE,
    STATES,
    UNCHECKED,
    UNMONITORED,
    to_timestamp,
)
from alignak_backend_client.monitoring.targets import count_items, total_count

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
    found = Problems(backend, Selection(realms), FLAGS, shown=False)
    shown = found.realms.restrict_to(realms)
    places = _places(shown, everywhere=not realms)
    counters = {resource: _Counters(backend, resource, found, places) for resource in GOOD_STATE}
    if not any(one.total for one in counters.values()):
        found.realms.require_read_access()
    unhandled = Counter(_place(row, places) for row in found.rows if not row["flags"])
    levels = {realm.name: realm.level for realm in shown.in_order}
    if any(ELSEWHERE in one.by_realm for one in counters.values()):
        levels[ELSEWHERE] = 0
    return {
        "time": now,
        "last_check": max(one.last_check for one in counters.values()) or None,
        "problems": unhandled.total(),
        **{f"{resource}s": one.totals(*one.by_realm) for resource, one in counters.items()},
        "realms": [
            {
                "realm": name,
                "level": level,
                "problems": unhandled[name],
                **{f"{resource}s": one.totals(name) for resource, one in counters.items()},
            }
            for name, level in levels.items()
        ],
        "daemons": read_daemons(backend, found.realms),
    }


class _Counters:
    """Counts of hosts or services by state, for each realm.

    Attributes:
        total: the number of all of them.
        last_check: the time of the last check, in seconds since 1970; 0 for never.
        by_realm: name of a realm to its counts. UP and OK are not counted, but follow from ``total``.
    """

    def __init__(self, backend: Backend, resource: str, found: Problems, places: Mapping[str, Filter]) -> None:
        self._backend, self._resource, self._places = backend, resource, places
        self.by_realm: dict[str, Counter[str]] = {}
        for row in found.rows:
            if row["type"] == resource:
                kinds = [row["state"].lower(), *(flag for flag in row["flags"] if flag in _FLAGS)]
                self._add(_place(row, places), dict.fromkeys(kinds, 1))
        scope = found.scope(resource)
        self.total, self.last_check = _total_and_last_check(backend, resource, scope)
        self._distribute("total", NOT_TEMPLATE, self.total)
        for kind, query in (("pending", UNCHECKED), ("not_monitored", UNMONITORED)):
            self._distribute(kind, query, count_items(backend, resource, scope, query))

    def _add(self, place: str, counters: dict[str, int]) -> None:
        self.by_realm.setdefault(place, Counter()).update(counters)

    def _distribute(self, kind: str, query: dict[str, Any], left: int) -> None:
        """Count matching items in each place until the sum is reached; the last place has the rest."""
        *counted, last = self._places.items()
        for place, where in counted:
            if not left:
                return
            if number := min(left, count_items(self._backend, self._resource, where, query)):
                self._add(place, {kind: number})
                left -= number
        if left:
            self._add(last[0], {kind: left})

    def totals(self, *realms: str) -> dict[str, int]:
        """Return the sums of the counts of some realms."""
        counters = sum((self.by_realm.get(name, Counter()) for name in realms), Counter())
        quiet = GOOD_STATE[self._resource].lower()
        states = [state.lower() for state in STATES[self._resource]]
        kinds = [*states, "pending", "not_monitored"]
        # The counts are read one after the other, and may change in between.
        counters[quiet] = max(0, counters["total"] - sum(counters[kind] for kind in kinds if kind != quiet))
        return {kind: counters[kind] for kind in ("total", *kinds, *_FLAGS)}


def _places(realms: Realms, *, everywhere: bool) -> dict[str, Filter]:
    """Return the realms in which items are counted, with their filters.

    Args:
        realms: the realms.
        everywhere: True to add :data:`ELSEWHERE`.
    """
    places = {realm.name: Filter({"_realm": realm.id}) for realm in realms.in_order}
    if not everywhere:
        return places
    elsewhere = field_in("_realm", (realm.id for realm in realms.in_order), wanted=False)
    # Usually, nothing is elsewhere. If that is known first, a site with one realm needs no further request.
    return {**places, ELSEWHERE: elsewhere} if elsewhere.linked else {ELSEWHERE: elsewhere, **places}


def _place(row: Row, places: Mapping[str, Filter]) -> str:
    """Return the realm of a row; :data:`ELSEWHERE` if the user may not read it."""
    return row["realm"] if row["realm"] in places else ELSEWHERE


def _total_and_last_check(backend: Backend, resource: str, scope: Filter) -> tuple[int, int]:
    """Return the number of items and the time of the last check, in seconds since 1970; 0 for never."""
    where = all_of(scope, Filter(NOT_TEMPLATE))
    if where.linked:
        items = list(where.read(backend, resources_by_name()[resource], ["ls_last_check"]))
        total = len(items)
    else:
        newest = {"sort": "-ls_last_check", "max_results": 1}
        answer = backend.get(resource, {"where": where.param, "projection": {"ls_last_check": 1}, **newest})
        items, total = check_items(resource, answer.get("_items")), total_count(resource, answer)
    return total, max((to_timestamp(item.get("ls_last_check")) or 0 for item in items), default=0)
