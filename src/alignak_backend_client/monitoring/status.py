"""Numbers of hosts and services by state, in total and for each realm."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from alignak_backend_client.client import Backend
from alignak_backend_client.items.names.catalog import checked
from alignak_backend_client.items.names.filters import Filter, all_of
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.monitoring.daemons import daemons
from alignak_backend_client.monitoring.problems import FLAGS, Problems, Selection
from alignak_backend_client.monitoring.realms import Realms
from alignak_backend_client.monitoring.states import QUIET, REAL, STATES, UNCHECKED, UNMONITORED, time_of
from alignak_backend_client.monitoring.targets import count

ELSEWHERE: Final = "?"
"""Stands for the realms that the user may not read, though some hosts or services of them."""

_FLAGS: Final = ("acknowledged", "downtime")


def status(backend: Backend, realms: Sequence[str] = ()) -> dict[str, Any]:
    """Return how the site is.

    Those that are in a bad state are read, all others counted. The counters of the backend (``livesynthesis``) would be
    one request; but there what was never checked is UNREACHABLE or UNKNOWN, and the Alignak backend loses count when
    services are deleted.

    Args:
        backend: where it is.
        realms: names of realms: only what stands in one of them, or in one below. The daemons are always all.

    Returns:
        ``time``: when it was looked at, and ``last_check``: when the last check was that the backend knows of, null for
        never; both in seconds since 1970. ``hosts`` and ``services``: numbers by state (``up``, ``ok``, ...), of
        ``pending`` ones, of those ``not_monitored``, and in ``total``; of those that are in a bad state also how many
        are ``acknowledged`` or in a ``downtime``. ``problems``: how many nobody has taken. ``realms``: the same for
        each realm without those below it, in the order of their tree, with ``realm`` and ``level``. ``daemons``: see
        :func:`.daemons.daemons`.

    Raises:
        ItemError: the user may not read anything, or a realm does not exist.
        BackendException: the request failed.
    """
    now = int(time.time())
    found = Problems(backend, Selection(realms), FLAGS)
    shown = found.realms.within(realms)
    if not found.rows:
        found.looked_at()
    numbers = {resource: _Numbers(backend, resource, found, shown) for resource in QUIET}
    untaken = Counter(_realm(row["realm"], shown) for row in found.rows if not row["flags"])
    places = [(realm.name, realm.level) for realm in shown.in_order]
    if any(one.by_realm.get(ELSEWHERE) for one in numbers.values()):
        places.append((ELSEWHERE, 0))
    return {
        "time": now,
        "last_check": max(_last_check(backend, resource, found.scope(resource)) for resource in QUIET) or None,
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

    def __init__(self, backend: Backend, resource: str, found: Problems, realms: Realms) -> None:
        self._resource = resource
        self.by_realm: dict[str, Counter[str]] = {}
        for row in found.rows:
            if row["type"] == resource:
                kinds = [row["state"].lower(), *(flag for flag in row["flags"] if flag in _FLAGS)]
                self._add(_realm(row["realm"], realms), dict.fromkeys(kinds, 1))
        for kind, query in (("total", REAL), ("pending", UNCHECKED), ("not_monitored", UNMONITORED)):
            self._count(backend, found.scope(resource), realms, kind, query)

    def _add(self, realm: str, numbers: dict[str, int]) -> None:
        self.by_realm.setdefault(realm, Counter()).update(numbers)

    def _count(self, backend: Backend, scope: Filter, realms: Realms, kind: str, query: dict[str, Any]) -> None:
        """Count those that match, in all and then in each realm until all are found."""
        left = count(backend, self._resource, scope, query)
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


def _last_check(backend: Backend, resource: str, scope: Filter) -> int:
    """Return when the last check was, in seconds since 1970; 0 for never."""
    meant = all_of(scope, Filter(REAL))
    if meant.linked:
        items = list(meant.read(backend, resources_by_name()[resource], ["ls_last_check"]))
    else:
        newest = {"sort": "-ls_last_check", "max_results": 1}
        params = {"where": meant.param, "projection": {"ls_last_check": 1}, **newest}
        items = checked(resource, backend.get(resource, params).get("_items"))
    return max((time_of(item.get("ls_last_check")) or 0 for item in items), default=0)
