"""Converting escalations. Numbers of notifications are converted to times, which the backend uses.

Escalations of Nagios inherit contacts, interval and period of their hosts or services if they do not set them, and
``+`` adds to these contacts ("Implied Inheritance In Escalations" in the manual). So one escalation may become several.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.references import enumeration
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.site.cfg.attributes import TABLES
from alignak_backend_client.site.cfg.hosts import Hosts
from alignak_backend_client.site.cfg.items import Items
from alignak_backend_client.site.cfg.parsing import Definition
from alignak_backend_client.site.cfg.service_groups import ServiceGroups
from alignak_backend_client.site.cfg.services import first_value
from alignak_backend_client.site.cfg.templates import Values

Data = dict[str, Any]

_BY_NAME: Final = "escalation"
_TARGETS: Final = {"hostescalation": "host", "serviceescalation": "service"}
_COUNT_FIELDS: Final = ("first_notification", "last_notification")
_TIME_FIELDS: Final = ("first_notification_time", "last_notification_time")
_CONTACTS: Final = {"users": "contacts", "usergroups": "contact_groups"}
_ELSEWHERE: Final = frozenset(
    {"host_name", "hostgroup_name", "service_description", "servicegroup_name", "escalation_name", "name"}
)

MAX_ESCALATED: Final = 1_000_000
"""Maximum number of hosts and services of all escalations in total; more are probably a mistake."""


class Step(NamedTuple):
    """An escalation by number of notifications.

    Attributes:
        first: its first notification.
        last: its last notification; 0 for no end before the recovery.
        interval: its notification interval in minutes; None for that of the host or service.
    """

    first: int
    last: int
    interval: int | None


class _Escalation(NamedTuple):
    """An escalation in the files; ``targets`` are the full names of its hosts or services."""

    resource: str
    definition: Definition
    values: Values
    fields: Data
    targets: list[str]

    @property
    def step(self) -> Step | None:
        """The numbers of its notifications; None if it has times instead."""
        if not self.fields.keys().isdisjoint(_TIME_FIELDS) or self.fields.keys().isdisjoint(_COUNT_FIELDS):
            return None
        first, last = max(self.fields.get(_COUNT_FIELDS[0], 1), 1), self.fields.get(_COUNT_FIELDS[1], 0)
        return Step(first, last, self.fields.get("notification_interval"))


class Escalations:
    """The escalations."""

    def __init__(self, items: Items, hosts: Hosts, groups: ServiceGroups) -> None:
        self._items = items
        self._hosts = hosts
        self._groups = groups
        self._steps: dict[tuple[str, str], list[Step]] = {}
        self._number = 0

    def register(self) -> None:
        """Register the names of the escalations to which hosts and services refer."""
        for definition in self._items.registered(_BY_NAME):
            name = definition.text("escalation_name")
            if not name:
                self._items.report_lost(definition, "escalation_name is missing")
                continue
            for resource in _TARGETS:
                self._items.names.add(resource, name, definition)

    def add(self) -> None:
        """Add the escalations."""
        found = [one for one in (*self._read_named(), *self._read_plain()) if self._is_in_order(one)]
        for one in found:
            if (step := one.step) is not None:
                for name in one.targets:
                    self._steps.setdefault((one.resource, name), []).append(step)
        for one in found:
            self._add(one)

    def _is_in_order(self, one: _Escalation) -> bool:
        if one.step is None or not one.step.last or one.step.first <= one.step.last:
            return True
        self._items.report_lost(one.definition, "last_notification is before first_notification: it never escalates")
        self._rename(one, one.targets, None)
        return False

    def _read_named(self) -> Iterable[_Escalation]:
        """Yield the escalations to which hosts and services refer, for each type that uses them."""
        users: dict[tuple[str, str], list[str]] = {}
        for resource, of in _TARGETS.items():
            for full, item in self._items.items[of].items():
                for name in item.get("escalations") or ():
                    users.setdefault((resource, name), []).append(full)
        for definition in self._items.registered(_BY_NAME):
            cfg_name = definition.text("escalation_name")
            names = {resource: self._items.names.items.get(resource, {}).get(cfg_name, "") for resource in _TARGETS}
            used = [resource for resource in _TARGETS if (resource, names[resource]) in users]
            for resource in used:
                yield self._read(resource, definition, users.pop((resource, names[resource])))
            if not used and cfg_name:
                self._items.report_lost(definition, "no host and no service names this escalation")

    def _read_plain(self) -> Iterable[_Escalation]:
        """Yield the escalations that refer to hosts or services."""
        known = self._items.names.items["host"]
        for resource in _TARGETS:
            for definition in self._items.registered(resource):
                values = self._items.values(definition)
                hosts = self._hosts.resolve_hosts(
                    first_value(values, "host_name"), first_value(values, "hostgroup_name")
                )
                targets = [known[host] for host in hosts]
                if resource == "serviceescalation":
                    groups = values.get("servicegroup_name")
                    targets = list(
                        dict.fromkeys(
                            self._groups.resolve_services(hosts, first_value(values, "service_description"), groups)
                        )
                    )
                self._number += len(targets)
                if self._number > MAX_ESCALATED:
                    where = f"{definition.file}:{definition.line}"
                    raise ItemError(f"{where}: the escalations have more than {MAX_ESCALATED} hosts and services")
                if targets:
                    yield self._read(resource, definition, targets)
                else:
                    self._items.report_lost(definition, f"no {_TARGETS[resource]} is left to escalate")

    def _read(self, resource: str, definition: Definition, targets: list[str]) -> _Escalation:
        values = self._items.values(definition)
        fields = self._items.reader.convert_fields(resource, values, TABLES[resource], _ELSEWHERE)
        return _Escalation(resource, definition, values, fields, targets)

    def _add(self, one: _Escalation) -> None:
        """Add an item for each group of targets with the same resulting fields."""
        alike: dict[tuple[tuple[str, Any], ...], list[str]] = {}
        for full in one.targets:
            if (found := self._derive(one, full)) is not None:
                alike.setdefault(tuple(found.items()), []).append(full)
            else:
                number = one.fields.get(_COUNT_FIELDS[0])
                reason = f"notification {number} of {full} is never sent: an interval before it is 0"
                self._items.report_lost(one.definition, reason)
                self._rename(one, [full], None)
        for number, (key, targets) in enumerate(alike.items()):
            found = {name: list(value) if isinstance(value, tuple) else value for name, value in key}
            needed: Data = {"users": [], "usergroups": []} if one.resource == "serviceescalation" else {}
            data = {**needed, **one.fields, **found}
            if one.definition.type == _BY_NAME:
                self._set_name(one, data, targets, number)
            else:
                data[f"{_TARGETS[one.resource]}s"] = targets
                given = one.definition.text("escalation_name") or one.definition.text("name")
                names = self._items.names
                data["name"] = names.make_unique(
                    one.resource, given, f"escalation of {enumeration(targets)}", one.definition
                )
            if one.step is not None:
                first, last = data[_TIME_FIELDS[0]], data[_TIME_FIELDS[1]] or "the recovery"
                reason = f"it counts notifications: for {enumeration(targets)}, from minute {first} to {last}"
                self._items.names.report_change(one.definition, reason)
            self._items.add(one.resource, data, one.definition, one.values)

    def _set_name(self, one: _Escalation, data: Data, targets: list[str], number: int) -> None:
        """Set the name of an escalation; targets with different fields refer to one with another name."""
        data["name"] = name = self._registered_name(one)
        if number:
            data["name"] = self._items.names.make_unique(one.resource, f"{name} {number + 1}", "", one.definition)
            self._rename(one, targets, data["name"])

    def _registered_name(self, one: _Escalation) -> str:
        return self._items.names.items[one.resource][one.definition.text("escalation_name")]

    def _rename(self, one: _Escalation, targets: list[str], name: str | None) -> None:
        """Change the name of an escalation in its hosts or services; None removes it."""
        if one.definition.type != _BY_NAME:
            return
        for full in targets:
            item = self._items.items[_TARGETS[one.resource]][full]
            others = [given for given in item["escalations"] if given != self._registered_name(one)]
            item["escalations"] = [*others, name] if name else others

    def _derive(self, one: _Escalation, full: str) -> Data | None:
        """Return the fields derived from a host or service, and the times; None if the escalation never starts."""
        of = resources_by_name()[_TARGETS[one.resource]]
        item = self._items.items[of.name][full]
        base: int = item.get("notification_interval", of.fields["notification_interval"]["default"])
        found: Data = {}
        if one.definition.type != _BY_NAME:
            for field, attribute in _CONTACTS.items():
                value = first_value(one.values, attribute)
                if value is not None and value.adds:
                    found[field] = tuple(dict.fromkeys([*one.fields.get(field, ()), *item.get(field, ())]))
                elif one.values.keys().isdisjoint(_CONTACTS.values()):
                    found[field] = tuple(item.get(field, ()))
            if "escalation_period" not in one.values and item.get("notification_period"):
                found["escalation_period"] = item["notification_period"]
        if "notification_interval" not in one.values:
            found["notification_interval"] = base
        if one.step is not None:
            steps = tuple(dict.fromkeys(self._steps[one.resource, full]))
            sent = notification_times(base, item.get("first_notification_delay", 0), steps)
            first, last = sent[one.step.first], sent[one.step.last + 1] if one.step.last else math.inf
            if math.isinf(first):
                return None
            found[_TIME_FIELDS[0]], found[_TIME_FIELDS[1]] = (
                int(first),
                0 if math.isinf(last) else max(int(first), int(last) - 1),
            )
        return found


@functools.lru_cache(1000)
def notification_times(interval: int, delay: int, steps: tuple[Step, ...]) -> dict[int, float]:
    """Return the times of the notifications at which escalations start, and after which they end, in minutes.

    The next notification is sent after the shortest interval of the active escalations; never if it is 0.

    Args:
        interval: minutes between notifications without an escalation.
        delay: minutes until the first notification.
        steps: the escalations.
    """
    numbers = sorted({1, *(step.first for step in steps), *(step.last + 1 for step in steps)})
    at: float = delay
    found = {1: at}
    for number, following in itertools.pairwise(numbers):
        held = [step for step in steps if step.first <= number and (not step.last or number <= step.last)]
        pause = min((interval if step.interval is None else step.interval for step in held), default=interval)
        at = at + (following - number) * pause if pause else math.inf
        found[following] = at
    return found
