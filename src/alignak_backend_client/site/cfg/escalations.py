"""Converting escalations. Where they count notifications, these become times, by which the backend's escalate.

Escalations of Nagios have contacts, interval and period of their hosts or services where they say nothing, and a ``+``
adds to those contacts; the manual calls it "Implied Inheritance In Escalations". So one may become several.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.site.cfg.attributes import TABLES
from alignak_backend_client.site.cfg.dependencies import some
from alignak_backend_client.site.cfg.hosts import Hosts
from alignak_backend_client.site.cfg.items import Items
from alignak_backend_client.site.cfg.parsing import Definition
from alignak_backend_client.site.cfg.service_groups import ServiceGroups
from alignak_backend_client.site.cfg.services import first_of
from alignak_backend_client.site.cfg.templates import Values

Data = dict[str, Any]

_NAMED: Final = "escalation"
_OF: Final = {"hostescalation": "host", "serviceescalation": "service"}
_COUNTS: Final = ("first_notification", "last_notification")
_TIMES: Final = ("first_notification_time", "last_notification_time")
_CONTACTS: Final = {"users": "contacts", "usergroups": "contact_groups"}
_ELSEWHERE: Final = frozenset(
    {"host_name", "hostgroup_name", "service_description", "servicegroup_name", "escalation_name", "name"}
)

MOST: Final = 1_000_000
"""Hosts and services of all escalations together: more are hardly meant."""


class Step(NamedTuple):
    """An escalation that counts: its first and last notification (0: until the recovery), and its interval.

    The interval is in minutes, None for that of the host or service.
    """

    first: int
    last: int
    interval: int | None


class _Escalation(NamedTuple):
    """An escalation of the files with the full names of its hosts or services."""

    resource: str
    definition: Definition
    values: Values
    fields: Data
    about: list[str]

    @property
    def step(self) -> Step | None:
        """What it counts; None for one that has times."""
        if not self.fields.keys().isdisjoint(_TIMES) or self.fields.keys().isdisjoint(_COUNTS):
            return None
        first, last = max(self.fields.get(_COUNTS[0], 1), 1), self.fields.get(_COUNTS[1], 0)
        return Step(first, max(first, last) if last else 0, self.fields.get("notification_interval"))


class Escalations:
    """Who hears later of the problems of hosts and services."""

    def __init__(self, items: Items, hosts: Hosts, groups: ServiceGroups) -> None:
        self._items = items
        self._hosts = hosts
        self._groups = groups
        self._steps: dict[tuple[str, str], list[Step]] = {}
        self._number = 0

    def register(self) -> None:
        """Find the names of the escalations that hosts and services name."""
        for definition in self._items.registered(_NAMED):
            name = definition.text("escalation_name")
            if not name:
                self._items.lost(definition, "escalation_name is missing")
                continue
            for resource in _OF:
                self._items.names.add(resource, name, definition)

    def add(self) -> None:
        """Add the escalations."""
        found = [*self._named(), *self._plain()]
        for one in found:
            if (step := one.step) is not None:
                for name in one.about:
                    self._steps.setdefault((one.resource, name), []).append(step)
        for one in found:
            self._add(one)

    def _named(self) -> Iterable[_Escalation]:
        """Yield the escalations that hosts and services name, of both types as they are used."""
        users: dict[tuple[str, str], list[str]] = {}
        for resource, of in _OF.items():
            for full, item in self._items.items[of].items():
                for name in item.get("escalations") or ():
                    users.setdefault((resource, name), []).append(full)
        for definition in self._items.registered(_NAMED):
            cfg_name = definition.text("escalation_name")
            names = {resource: self._items.names.items.get(resource, {}).get(cfg_name, "") for resource in _OF}
            used = [resource for resource in _OF if (resource, names[resource]) in users]
            for resource in used:
                yield self._read(resource, definition, users.pop((resource, names[resource])))
            if not used and cfg_name:
                self._items.lost(definition, "no host and no service names this escalation")

    def _plain(self) -> Iterable[_Escalation]:
        """Yield the escalations that name their hosts or services."""
        known = self._items.names.items["host"]
        for resource in _OF:
            for definition in self._items.registered(resource):
                values = self._items.values(definition)
                hosts = self._hosts.meant(first_of(values, "host_name"), first_of(values, "hostgroup_name"))
                about = [known[host] for host in hosts]
                if resource == "serviceescalation":
                    groups = values.get("servicegroup_name")
                    about = list(
                        dict.fromkeys(self._groups.meant(hosts, first_of(values, "service_description"), groups))
                    )
                self._number += len(about)
                if self._number > MOST:
                    where = f"{definition.file}:{definition.line}"
                    raise ItemError(f"{where}: the escalations are about more than {MOST} hosts and services")
                if about:
                    yield self._read(resource, definition, about)
                else:
                    self._items.lost(definition, f"no {_OF[resource]} is left to escalate")

    def _read(self, resource: str, definition: Definition, about: list[str]) -> _Escalation:
        values = self._items.values(definition)
        fields = self._items.reader.fields(resource, values, TABLES[resource], _ELSEWHERE)
        return _Escalation(resource, definition, values, fields, about)

    def _add(self, one: _Escalation) -> None:
        """Add an item for all hosts or services for which it means the same."""
        alike: dict[tuple[tuple[str, Any], ...], list[str]] = {}
        for full in one.about:
            if (found := self._of(one, full)) is not None:
                alike.setdefault(tuple(found.items()), []).append(full)
            else:
                number = one.fields.get(_COUNTS[0])
                reason = f"notification {number} of {full} is never sent: an interval before it is 0"
                self._items.lost(one.definition, reason)
                self._rename(one, [full], None)
        for number, (key, about) in enumerate(alike.items()):
            found = {name: list(value) if isinstance(value, tuple) else value for name, value in key}
            needed: Data = {"users": [], "usergroups": []} if one.resource == "serviceescalation" else {}
            data = {**needed, **one.fields, **found}
            if one.definition.type == _NAMED:
                self._name(one, data, about, number)
            else:
                data[f"{_OF[one.resource]}s"] = about
                said = one.definition.text("escalation_name") or one.definition.text("name")
                names = self._items.names
                data["name"] = names.make(one.resource, said, f"escalation of {some(about)}", one.definition)
            if one.step is not None:
                first, last = data[_TIMES[0]], data[_TIMES[1]] or "the recovery"
                reason = f"it counts notifications: for {some(about)}, from minute {first} to {last}"
                self._items.names.changed(one.definition, reason)
            self._items.add(one.resource, data, one.definition, one.values)

    def _name(self, one: _Escalation, data: Data, about: list[str], number: int) -> None:
        """Name an escalation that hosts or services name; those for which it means something else get another one."""
        data["name"] = name = self._cfg_named(one)
        if number:
            data["name"] = self._items.names.make(one.resource, f"{name} {number + 1}", "", one.definition)
            self._rename(one, about, data["name"])

    def _cfg_named(self, one: _Escalation) -> str:
        return self._items.names.items[one.resource][one.definition.text("escalation_name")]

    def _rename(self, one: _Escalation, about: list[str], name: str | None) -> None:
        """Change the name by which hosts or services name an escalation; take it away for None."""
        if one.definition.type != _NAMED:
            return
        for full in about:
            item = self._items.items[_OF[one.resource]][full]
            others = [said for said in item["escalations"] if said != self._cfg_named(one)]
            item["escalations"] = [*others, name] if name else others

    def _of(self, one: _Escalation, full: str) -> Data | None:
        """Return what an escalation has of a host or service, and its times; None if it never begins."""
        of = resources_by_name()[_OF[one.resource]]
        item = self._items.items[of.name][full]
        base: int = item.get("notification_interval", of.fields["notification_interval"]["default"])
        found: Data = {}
        if one.definition.type != _NAMED:
            for field, attribute in _CONTACTS.items():
                value = first_of(one.values, attribute)
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
            sent = times(base, item.get("first_notification_delay", 0), steps)
            first, last = sent[one.step.first], sent[one.step.last + 1] if one.step.last else math.inf
            if math.isinf(first):
                return None
            found[_TIMES[0]], found[_TIMES[1]] = int(first), 0 if math.isinf(last) else max(int(first), int(last) - 1)
        return found


@functools.lru_cache(1000)
def times(interval: int, delay: int, steps: tuple[Step, ...]) -> dict[int, float]:
    """Return when the notifications are sent at which escalations begin and after which they end.

    The next notification comes after the shortest interval of the escalations that hold, and with one of 0 never.

    Args:
        interval: between notifications that nothing escalates, in minutes.
        delay: until the first one.
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
