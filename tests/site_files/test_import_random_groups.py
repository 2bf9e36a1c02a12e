"""Random groups, services on them, and escalations: who is selected, and when, counted again in the simplest way."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from site_files.imported import Site, made

_HOSTS = [f"h{number}" for number in range(4)]
_GROUPS = [f"g{number}" for number in range(4)]

_CONTACTS = "".join(f"define contact {{\ncontact_name {name}\n}}\n" for name in "xyz")
_CONTACTS += "define command {\ncommand_name c\ncommand_line c\n}\n"


class Expression(NamedTuple):
    """Selected names, and excluded ones."""

    names: list[str]
    less: list[str]

    @property
    def text(self) -> str:
        return ",".join([*self.names, *(f"!{name}" for name in self.less)])


class Group(NamedTuple):
    members: Expression
    inner: list[str]


class Host(NamedTuple):
    groups: list[str]
    adds: bool
    contacts: list[str]
    interval: int
    delay: int


class Escalation(NamedTuple):
    hosts: Expression
    groups: Expression
    first: int
    last: int
    interval: int | None
    contacts: list[str]
    adds: bool


def _some(names: list[str], most: int = 2) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), unique=True, max_size=most)


def _expressions(names: list[str]) -> st.SearchStrategy[Expression]:
    return st.builds(Expression, st.one_of(_some(names), st.just(["*"])), _some(names, 1))


_INTERVALS = st.sampled_from([0, 5, 7, 30])
_ESCALATIONS = st.builds(
    Escalation, _expressions(_HOSTS), _expressions(_GROUPS), st.integers(1, 4), st.sampled_from([0, 1, 3, 4, 6]),
    st.one_of(st.none(), _INTERVALS), _some(list("xyz")), st.booleans(),
)  # fmt: skip


def _lines(values: dict[str, Any]) -> str:
    return "".join(f"{key} {value}\n" for key, value in values.items() if value not in ("", None))


class Sample(NamedTuple):
    """A configuration.

    Attributes:
        template: the groups that a template of all hosts names.
        hosts: by name.
        groups: by name; each has those after it alone, so that there is no circle.
        services: by description the hosts and groups that they are on.
        escalations: of hosts.
    """

    template: list[str]
    hosts: dict[str, Host]
    groups: dict[str, Group]
    services: dict[str, tuple[Expression, Expression]]
    escalations: list[Escalation]

    @property
    def text(self) -> str:
        blocks: list[tuple[str, dict[str, Any]]] = [
            ("host", {"name": "t", "register": 0, "hostgroups": ",".join(self.template)})
        ]
        for name, host in self.hosts.items():
            groups = ("+" if host.adds and host.groups else "") + ",".join(host.groups)
            attributes = {"host_name": name, "use": "t", "hostgroups": groups, "contacts": ",".join(host.contacts)}
            times = {"notification_interval": host.interval, "first_notification_delay": host.delay}
            blocks.append(("host", attributes | times))
        for name, group in self.groups.items():
            inner = ",".join(group.inner)
            attributes = {"hostgroup_name": name, "members": group.members.text, "hostgroup_members": inner}
            blocks.append(("hostgroup", attributes))
        for name, (by_name, by_group) in self.services.items():
            where = {"host_name": by_name.text, "hostgroup_name": by_group.text}
            blocks.append(("service", {**where, "service_description": name, "check_command": "c"}))
        for one in self.escalations:
            where = {"host_name": one.hosts.text, "hostgroup_name": one.groups.text}
            contacts = ("+" if one.adds and one.contacts else "") + ",".join(one.contacts)
            counts = {"first_notification": one.first, "last_notification": one.last}
            more = {"notification_interval": one.interval, "contacts": contacts}
            blocks.append(("hostescalation", where | counts | more))
        return _CONTACTS + "".join(f"define {type_} {{\n{_lines(values)}}}\n" for type_, values in blocks)

    def direct(self, group: str) -> set[str]:
        """The hosts of a group without the groups in it."""
        named = {
            name
            for name, host in self.hosts.items()
            if group in host.groups or ((host.adds or not host.groups) and group in self.template)
        }
        return named | self.selected(self.groups[group].members, Expression([], []))

    def members(self, group: str) -> set[str]:
        return self.direct(group).union(*(self.members(one) for one in self.groups[group].inner))

    def selected(self, by_name: Expression, by_group: Expression) -> set[str]:
        found, less = set[str](), set(by_name.less)
        for name in by_name.names:
            found |= set(_HOSTS) if name == "*" else {name}
        for name in by_group.names:
            found |= set().union(*map(self.members, _GROUPS)) if name == "*" else self.members(name)
        for name in by_group.less:
            less |= self.members(name)
        return found - less

    def about(self, one: Escalation) -> set[str]:
        return self.selected(one.hosts, one.groups)

    def sent(self, host: str) -> list[int]:
        """When a host sends its notifications, unless they are switched off."""
        here = [one for one in self.escalations if host in self.about(one)]
        times = [self.hosts[host].delay]
        for number in range(1, 8):
            held = [one for one in here if one.first <= number and (not one.last or number <= one.last)]
            base = self.hosts[host].interval
            pause = min([base if one.interval is None else one.interval for one in held] or [base])
            if not pause:
                break
            times.append(times[-1] + pause)
        return times

    def escalated(self, one: Escalation, host: str) -> tuple[Any, ...] | None:
        """First and last minute, interval and contacts of an escalation for a host."""
        times = self.sent(host)
        if len(times) < one.first or 0 < one.last < one.first:
            return None
        first, end = times[one.first - 1], times[one.last] if 0 < one.last < len(times) else 0
        contacts = {*one.contacts, *(self.hosts[host].contacts if one.adds or not one.contacts else ())}
        interval = self.hosts[host].interval if one.interval is None else one.interval
        return first, max(first, end - 1) if end else 0, interval, *sorted(contacts)


@st.composite
def _samples(draw: st.DrawFn) -> Sample:
    hosts = {
        name: Host(draw(_some(_GROUPS)), draw(st.booleans()), draw(_some(list("xyz"))), draw(_INTERVALS), draw(
            st.sampled_from([0, 3])
        ))
        for name in _HOSTS
    }  # fmt: skip
    groups = {
        name: Group(draw(_expressions(_HOSTS)), draw(_some(_GROUPS[at + 1 :])) if _GROUPS[at + 1 :] else [])
        for at, name in enumerate(_GROUPS)
    }
    services = {f"s{number}": (draw(_expressions(_HOSTS)), draw(_expressions(_GROUPS))) for number in range(3)}
    return Sample(draw(_some(_GROUPS)), hosts, groups, services, draw(st.lists(_ESCALATIONS, max_size=3)))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_samples())
def test_groups_services_and_escalations_mean_what_the_files_say(
    tmp_path_factory: pytest.TempPathFactory, sample: Sample
) -> None:
    site = made(tmp_path_factory.mktemp("random"), sample.text)
    groups = {name: (set(one.get("hosts", ())), one.get("hostgroups", [])) for name, one in site["hostgroup"].items()}
    assert groups == {name: (sample.direct(name), sorted(one.inner)) for name, one in sample.groups.items()}
    services = {(host, name) for name, where in sample.services.items() for host in sample.selected(*where)}
    assert {tuple(full.split("/")) for full in site.items.get("service", ())} == services
    assert _escalations(site) == Counter(
        (host, *found)
        for one in sample.escalations
        for host in sample.about(one)
        if (found := sample.escalated(one, host))
    )
    event(f"{len(services)} services, {_escalations(site).total()} escalations of hosts")


def _escalations(site: Site) -> Counter[tuple[Any, ...]]:
    """For each host and escalation the minutes, the interval and the contacts."""
    return Counter(
        (
            host, one.get("first_notification_time", 60), one.get("last_notification_time", 240),
            one.get("notification_interval", 60), *sorted(one.get("users", ())),
        )
        for one in site.items.get("hostescalation", {}).values()
        for host in one["hosts"]
    )  # fmt: skip
