"""Checking the counters of the live synthesis of each realm against its hosts and services.

Backends count differently. The embedded backend counts each item once. The Alignak backend counts items in a downtime,
or acknowledged ones, once or twice, depending on the order of events; so its counters may be within a range.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from alignak_backend_client.model import resources_by_name
from alignak_backend_client.model.fields import COUNTER_FIELDS
from alignak_backend_client.site.checking.findings import Finding, Set
from alignak_backend_client.site.checking.inventory import Inventory

COUNTERS: Final = tuple(
    name for name in resources_by_name()["livesynthesis"].fields if name.startswith(("hosts_", "services_"))
)
_UNMAINTAINED: Final = "_flapping"
"""Suffix of counters that no backend maintains."""


class Count:
    """Counts hosts and services.

    Args:
        once: True to count each item in one counter besides the total, as the embedded backend does.
    """

    def __init__(self, *, once: bool) -> None:
        self._once = once
        self._expected: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._minimum: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def add(self, resource: str, item: Mapping[str, Any]) -> None:
        """Count an item."""
        realm = item.get("_realm")
        if not isinstance(realm, str) or item.get("_is_template") is True:
            return
        plural = f"{resource}s"
        right, least = self._expected[realm], self._minimum[realm]
        for counter in (right, least):
            counter[f"{plural}_total"] += 1
        if not (item.get("active_checks_enabled") or item.get("passive_checks_enabled")):
            for counter in (right, least):
                counter[f"{plural}_not_monitored"] += 1
            return
        state = f"{plural}_{str(item.get('ls_state')).lower()}_{str(item.get('ls_state_type')).lower()}"
        down, taken = item.get("ls_downtimed") is True, item.get("ls_acknowledged") is True
        if self._once:
            right[f"{plural}_in_downtime" if down else f"{plural}_acknowledged" if taken else state] += 1
            return
        right[f"{plural}_in_downtime"] += down
        right[f"{plural}_acknowledged"] += taken
        right[state] += not taken
        least[state] += not (taken or down)
        if taken:
            least[f"{state} at most"] += 1

    def expected(self, realm: str) -> dict[str, int]:
        """Return the correct counters."""
        return {name: self._expected[realm][name] for name in COUNTERS if not name.endswith(_UNMAINTAINED)}

    def find_wrong(self, realm: str, there: Mapping[str, Any]) -> dict[str, tuple[Any, int]]:
        """Return the wrong counters of a realm, with the correct values."""
        found: dict[str, tuple[Any, int]] = {}
        for name, right in self.expected(realm).items():
            value = there.get(name, 0)
            least = right if self._once else self._minimum[realm][name]
            most = right + self._minimum[realm][f"{name} at most"]
            if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
                found[name] = (value, right)
        return found


def count_realm(inventory: Inventory, *, once: bool, realm: str) -> Count:
    """Count the items of a realm."""
    count = Count(once=once)
    for resource in ("host", "service"):
        for item in inventory.read(resource, COUNTER_FIELDS, {"_realm": realm}):
            count.add(resource, item)
    return count


def wrong_counters(inventory: Inventory, count: Count, *, once: bool) -> Iterator[Finding]:
    """Yield findings for wrong counters. Since states may change meanwhile, wrong counters are checked twice."""
    if "livesynthesis" not in inventory.types:
        return
    realms = resources_by_name()["realm"]
    for item in list(inventory.read("livesynthesis")):
        realm = item.get("_realm")
        if not isinstance(realm, str) or not inventory.has("realm", realm):
            continue
        found = count.find_wrong(realm, item)
        if not found:
            continue
        again = count_realm(inventory, once=once, realm=realm)
        for now in inventory.read("livesynthesis", None, {"_id": item["_id"]}):
            still = again.find_wrong(realm, now)
            lasting = {
                name: pair
                for name, pair in still.items()
                if name in found and _deviation(pair) == _deviation(found[name])
            }
            if lasting:
                values = tuple((name, *pair) for name, pair in sorted(lasting.items()))
                name = inventory.name(realms, realm)
                yield Finding("counters", "livesynthesis", name, item["_id"], "", values, Set(again.expected(realm)))


def _deviation(pair: tuple[Any, int]) -> Any:
    value, right = pair
    return value - right if isinstance(value, int) else value
