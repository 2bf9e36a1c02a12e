"""What a check finds, without a backend: links, circles, doubles, copies, counters, people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from alignak_backend_client.model import resources_by_name
from alignak_backend_client.site.checking.copies import Copies
from alignak_backend_client.site.checking.counters import Count, count_realm, wrong_counters
from alignak_backend_client.site.checking.findings import Delete, Finding, Remove, Set
from alignak_backend_client.site.checking.inventory import Inventory, Known
from alignak_backend_client.site.checking.links import Graphs, find_dangling, find_duplicates
from alignak_backend_client.site.checking.people import People
from alignak_backend_client.site.checking.repairing import _compute_change

MODEL = resources_by_name()
HOST, SERVICE = MODEL["host"], MODEL["service"]


def inventory(**items: dict[str, tuple[str, str] | str]) -> Inventory:
    """An inventory of items by type: ids to names, or for services names and hosts."""
    found = Inventory.__new__(Inventory)
    found.items = {
        name: {one: Known(*item) if isinstance(item, tuple) else Known(item, "") for one, item in some.items()}
        for name, some in items.items()
    }
    found.types = list(items)
    return found


THERE = inventory(
    host={"h1": "web", "h2": "db"},
    service={"s1": ("cpu", "h1"), "s2": ("cpu", "h1"), "s3": ("cpu", "h2")},
    realm={"r": "All"},
    user={"u": "ops"},
    command={"c": "ping"},
    hostgroup={},
    userrestrictrole={},
    livesynthesis={},
)


def repairs(resource: str, **item: Any) -> list[tuple[str, Any]]:
    found = find_dangling(THERE, MODEL[resource], {"_id": "x", **item})
    return [(one.kind, one.repair) for one in found]


def test_dangling_links_are_found_with_their_repair() -> None:
    assert repairs("host", _realm="r", check_command="c", users=["u"], parents=[]) == []
    assert repairs("host", users=["u", "gone", "too"]) == [("dangling", Remove("users", ("gone", "too")))]
    assert repairs("host", check_command="gone") == [("dangling", Remove("check_command", ("gone",)))]
    # It cannot be without one: somebody has to say which.
    assert repairs("host", _realm="gone") == [("dangling", None)]
    # The services of its templates would be given to it anew.
    assert repairs("host", _templates=["gone"]) == [("dangling", None)]
    assert repairs("user", _templates=["gone"]) == [("dangling", Remove("_templates", ("gone",)))]
    assert repairs("host", _templates=["gone"], _is_template=True) == [("dangling", Remove("_templates", ("gone",)))]
    assert repairs("service", host="gone") == [("orphan", Delete())]
    assert repairs("userrestrictrole", user="gone", realm="r") == [("useless right", Delete())]
    assert repairs("livesynthesis", _realm="gone") == [("orphan", Delete())]
    # What the backend computes itself is not ours to mend.
    assert repairs("realm", _all_children=["gone"], _parent="r") == []


def test_circles_are_found_once_each() -> None:
    graphs = Graphs()
    for identity, above in {"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"], "e": ["e"], "f": ["d"]}.items():
        graphs.add(HOST, {"_id": identity, "_templates": above})
    graphs.add(MODEL["realm"], {"_id": "r", "_parent": "r"})
    names = inventory(host={one: one.upper() for one in "abcdef"}, realm={"r": "All"})
    found = {(one.type, one.field, frozenset(one.values)) for one in graphs.cycles(names)}
    assert found == {
        ("host", "_templates", frozenset("ABC")),
        ("host", "_templates", frozenset("E")),
        ("realm", "_parent", frozenset({"All"})),
    }
    # Each template comes after those that it follows.
    assert graphs.in_order(HOST, {"d", "a", "f"}) == ["d", "f"]


def test_duplicate_names_are_found_by_their_key() -> None:
    (found,) = find_duplicates(THERE)
    assert (found.type, found.name, found.id, found.values) == ("service", "web/cpu", "s1", ("s1", "s2"))
    # Programs may call their settings what they like.
    assert list(find_duplicates(inventory(alignak={"a1": "site", "a2": "site"}))) == []


def copies(*templates: dict[str, Any]) -> Copies:
    found = Copies(inventory(host={}), HOST)
    for template in templates:
        found.add_template(template)
    return found


def test_a_copy_differs_only_where_it_follows_its_templates() -> None:
    copies_of = copies({"_id": "t", "check_interval": 9, "notes": "n", "tags": ["x"]})
    item = {"_id": "h", "_templates": ["t"], "check_interval": 5, "notes": "own", "tags": []}
    found = copies_of.compare({**item, "_template_fields": ["check_interval", "tags", "name"]})
    assert found is not None
    assert found.values == (("check_interval", 5, 9),)
    assert found.repair == Set({"check_interval": 9}, followed=True)
    assert copies_of.compare({**item, "_template_fields": []}) is None
    assert copies_of.compare({**item, "check_interval": 9, "_template_fields": ["check_interval"]}) is None
    # One of its templates is not there, or is no id: nobody knows what it says.
    for lost in ("gone", 5, ["t"]):
        assert copies_of.compare({**item, "_templates": ["t", lost], "_template_fields": ["check_interval"]}) is None
    # The last template that has a value gives it.
    copies_of = copies({"_id": "t", "check_interval": 9}, {"_id": "t2", "check_interval": 7}, {"_id": "t3"})
    found = copies_of.compare({**item, "_templates": ["t", "t2", "t3"], "_template_fields": ["check_interval"]})
    assert found is not None
    assert found.repair == Set({"check_interval": 7}, followed=True)


def test_a_copy_of_a_copy_is_compared_with_what_that_will_be() -> None:
    middle = {"_id": "m", "_templates": ["t"], "check_interval": 5, "_template_fields": ["check_interval"]}
    copies_of = copies({"_id": "t", "check_interval": 9}, middle)
    low = {"_id": "h", "_templates": ["m"], "check_interval": 5, "_template_fields": ["check_interval"]}
    for item in (middle, low):
        found = copies_of.compare(item)
        assert found is not None
        assert found.repair == Set({"check_interval": 9}, followed=True)


def count(*, once: bool, **flags: Any) -> Count:
    found = Count(once=once)
    item = {"_realm": "r", "active_checks_enabled": True, "ls_state": "DOWN", "ls_state_type": "HARD", **flags}
    found.add("host", item)
    found.add("host", {**item, "_is_template": True})
    return found


@pytest.mark.parametrize(
    ("flags", "once", "there", "wrong"),
    [
        ({}, True, {"hosts_total": 1, "hosts_down_hard": 1}, set()),
        ({}, True, {"hosts_total": 2, "hosts_down_hard": 1}, {"hosts_total"}),
        ({}, False, {"hosts_total": 1, "hosts_down_hard": 1}, set()),
        ({}, False, {"hosts_total": 1, "hosts_down_hard": -1}, {"hosts_down_hard"}),
        ({}, False, {"hosts_total": 1, "hosts_down_hard": "1"}, {"hosts_down_hard"}),
        ({"ls_downtimed": True}, True, {"hosts_total": 1, "hosts_in_downtime": 1}, set()),
        (
            {"ls_downtimed": True},
            True,
            {"hosts_total": 1, "hosts_down_hard": 1},
            {"hosts_in_downtime", "hosts_down_hard"},
        ),
        # The Alignak backend counts it so, or so, or twice.
        ({"ls_downtimed": True}, False, {"hosts_total": 1, "hosts_in_downtime": 1}, set()),
        ({"ls_downtimed": True}, False, {"hosts_total": 1, "hosts_down_hard": 1}, set()),
        ({"ls_downtimed": True}, False, {"hosts_total": 1, "hosts_in_downtime": 1, "hosts_down_hard": 1}, set()),
        ({"ls_acknowledged": True}, False, {"hosts_total": 1, "hosts_acknowledged": 1}, set()),
        ({"ls_acknowledged": True}, False, {"hosts_total": 1, "hosts_down_hard": 1}, set()),
        ({"ls_acknowledged": True}, False, {"hosts_total": 1, "hosts_down_hard": 2}, {"hosts_down_hard"}),
        ({"active_checks_enabled": False}, False, {"hosts_total": 1, "hosts_not_monitored": 1}, set()),
        ({"active_checks_enabled": False}, True, {"hosts_total": 1}, {"hosts_not_monitored"}),
    ],
)
def test_counters_are_judged_as_their_backend_counts(
    flags: dict[str, Any], once: bool, there: dict[str, Any], wrong: set[str]
) -> None:
    assert set(count(once=once, **flags).find_wrong("r", there)) == wrong


class Live(Inventory):
    """An inventory of one realm, whose counters and hosts change each time they are read."""

    def __init__(self, *counters: dict[str, int], hosts: Sequence[int] = (1,)) -> None:
        self.items, self.types = {"realm": {"r": Known("All", "")}}, ["livesynthesis"]
        self._counters, self._hosts = list(counters), list(hosts)

    def read(self, name: str, *_: Any) -> Iterator[dict[str, Any]]:
        if name == "livesynthesis":
            yield {"_id": "l", "_realm": "r", **self._counters.pop(0)}
        if name == "host":
            for _number in range(self._hosts.pop(0)):
                yield {"_realm": "r"}


@pytest.mark.parametrize(
    ("counters", "hosts", "wrong"),
    [
        ([{}, {}], 1, {"hosts_total": (0, 1), "hosts_not_monitored": (0, 1)}),
        # A host came between the count and the counters.
        ([{}, {"hosts_total": 1, "hosts_not_monitored": 1}], 1, {}),
        # They are wrong by another number than before, which is that of a change in between.
        ([{}, {}], 2, {}),
        ([{"hosts_total": 7, "hosts_not_monitored": 1}, {"hosts_total": 8, "hosts_not_monitored": 2}], 2,
         {"hosts_total": (8, 2)}),
    ],
)  # fmt: skip
def test_counters_are_wrong_if_they_stay_so(
    counters: list[dict[str, int]], hosts: int, wrong: dict[str, tuple[int, int]]
) -> None:
    there = Live(*counters, hosts=[1, hosts])
    found = list(wrong_counters(there, count_realm(there, once=True, realm="r"), once=True))
    assert [one.values for one in found] == ([tuple((name, *wrong[name]) for name in sorted(wrong))] if wrong else [])


def test_a_backend_without_counters_has_no_wrong_ones() -> None:
    assert list(wrong_counters(inventory(realm={"r": "All"}), Count(once=True), once=True)) == []


def repaired(item: dict[str, Any], *repairs: Remove | Set, was: Any = ()) -> dict[str, Any]:
    findings = [Finding("dangling", "host", "", "h", values=was, repair=repair) for repair in repairs]
    return _compute_change(HOST, item, findings)


def test_a_repair_changes_what_is_still_as_it_was_found() -> None:
    item = {"users": ["u", "gone", "too"], "check_command": "gone", "check_interval": 5, "notes": "new"}
    assert repaired(item, Remove("users", ("gone",)), Remove("users", ("too",))) == {"users": ["u"]}
    assert repaired(item, Remove("check_command", ("gone",))) == {"check_command": None}
    assert repaired(item, Remove("check_command", ("other",))) == {}
    values = {"check_interval": 9, "notes": "n"}
    was = (("check_interval", 5, 9), ("notes", "old", "n"))
    assert repaired(item, Set(values, followed=True), was=was) == {"check_interval": 9}
    assert repaired(item, Set({"check_interval": 5, "notes": "n"})) == {"notes": "n"}
    # What an item inherits stays inherited, though it is sent.
    item["_template_fields"] = ["check_command", "notes"]
    inherits = {"_template_fields": item["_template_fields"]}
    assert repaired(item, Remove("check_command", ("gone",))) == {"check_command": None, **inherits}
    assert repaired(item, Remove("check_command", ("other",))) == {}


def hints(*items: tuple[str, dict[str, Any]]) -> list[tuple[str, str]]:
    people = People()
    for resource, item in items:
        people.add(resource, item)
    found: list[Finding] = list(people.hints())
    return [(one.kind, one.name) for one in found]


def test_hints_are_about_people() -> None:
    fields: dict[str, Any] = {"host_notifications_enabled": True}
    users: list[tuple[str, dict[str, Any]]] = [
        ("user", {"_id": "u1", "name": "ops", **fields}),
        ("user", {"_id": "u2", "name": "quiet", "host_notifications_enabled": False}),
        ("user", {"_id": "u3", "name": "boss", "back_role_super_admin": True, **fields}),
        ("user", {"_id": "u4", "name": "pattern", "_is_template": True}),
        ("userrestrictrole", {"_id": "r", "user": "u1"}),
    ]
    groups: list[tuple[str, dict[str, Any]]] = [
        ("usergroup", {"_id": "g1", "users": ["u1"]}),
        ("usergroup", {"_id": "g2", "usergroups": ["g3"]}),
        ("usergroup", {"_id": "g3", "usergroups": ["g2", "g1"]}),
        ("usergroup", {"_id": "g4", "users": ["u2", "gone"], "usergroups": ["g4"]}),
    ]
    hosts: dict[str, dict[str, Any]] = {
        "by a user": {"users": ["u3"]},
        "by a group in a group": {"usergroups": ["g2"]},
        "by nobody": {},
        "by one who hears nothing": {"users": ["u2"], "usergroups": ["g4"]},
        "on purpose": {"notifications_enabled": False},
        "pattern": {"_is_template": True},
    }
    found = hints(*users, *groups, *(("host", {"_id": name, "name": name, **item}) for name, item in hosts.items()))
    assert found == [
        ("no rights", "quiet"),
        ("nobody notified", "by nobody"),
        ("nobody notified", "by one who hears nothing"),
    ]
    # Rights that cannot be seen are not missing.
    assert hints(*users[:4]) == []


def test_an_inventory_names_services_by_their_host() -> None:
    assert THERE.name(SERVICE, "s3") == "db/cpu"
    assert THERE.name(SERVICE, "gone") == ""
    assert inventory(host={}, service={"s": ("cpu", "gone")}).name(SERVICE, "s") == "cpu"
