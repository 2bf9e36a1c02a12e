"""What makes no sense is refused before it is sent, with what would be right; dry runs say the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from alignak_backend_client.model import resources_by_name
from cli.running import Desk, Item, unique

CASES: dict[str, tuple[str, Item, str]] = {
    "a day that is none": (
        "timeperiod",
        {"dateranges": [{"monday": "09:00-17:00"}, {"funday": "00:00-24:00"}]},
        "dateranges: 1: 'funday' is not a day or date",
    ),
    "times that are none": ("timeperiod", {"dateranges": [{"monday": "25:00-99:00"}]}, "'25:00-99:00' is not a range"),
    "a negative interval": ("host", {"check_interval": -5}, "check_interval: min value is 0"),
    "a port": ("graphite", {"carbon_port": 70000}, "carbon_port: max value is 65535"),
    "a line break in a name": ("host", {"name": "a\nb"}, "name: line breaks and NUL characters are not allowed"),
    "a NUL in a name": ("host", {"name": "a\0b"}, "name: line breaks and NUL characters are not allowed"),
    "a typing mistake": ("host", {"check_intervall": 5}, "did you mean 'check_interval'?"),
    "a state in lower case": ("host", {"ls_state": "down"}, "unallowed value down; allowed: UP, DOWN, UNREACHABLE"),
    "a letter": ("host", {"initial_state": "u"}, "unallowed value u; allowed: o (UP), d (DOWN), x (UNREACHABLE)"),
    "a character": ("host", {"name": "a|b"}, "name: none of these characters is allowed: ` ~ !"),
    "too large": ("host", {"check_interval": 1e999}, "check_interval: must be a finite number"),
    "too large deep inside": ("host", {"customs": {"_A": [1e999]}}, "customs: must be a finite number"),
    "too large, and unknown": ("host", {"no_such": [1e999]}, "no_such: must be a finite number"),
}
NEEDED: dict[str, Item] = {"graphite": {"carbon_address": "c", "graphite_address": "g"}}


def _file(desk: Desk, data: Any) -> str:
    """A data file; infinity as JSON can say it."""
    return desk.file(json.dumps(data).replace("Infinity", "1e999").encode())


@pytest.mark.parametrize("case", CASES)
def test_nonsense(desk: Desk, case: str) -> None:
    kind, data, text = CASES[case]
    target, good = unique("target"), unique("good")
    needed = NEEDED.get(kind, {})
    desk.ok("-t", kind, "-d", desk.file(needed), "add", target)
    name = data.get("name", unique("new"))
    for more in (["-c"], []):
        ran = desk.run(
            *more, "-t", kind, "-d", _file(desk, [{**needed, "name": name, **data}, {**needed, "name": good}]), "add"
        )
        assert (ran.code, ran.err.count("\n")) == (2, 2), ran
        assert text in ran.err
        assert (
            f"{resources_by_name()[kind].format_count(1)} {'would be ' if more else ''}added, 1 failed"
            in ran.err + ran.out
        )
        ran = desk.run(*more, "-t", kind, "-d", _file(desk, data), "update", target)
        assert (ran.code, ran.err.count("\n")) == (2, 1)
        assert text in ran.err
    assert desk.items(kind, name=name) == []
    assert len(desk.items(kind, name=good)) == 1


def test_unicode_names_are_no_nonsense(desk: Desk) -> None:
    for name in ("été", "a;b", "a b", "日本"):
        desk.ok("add", f"{unique()}{name}")


@pytest.fixture
def action(desk: Desk) -> Item:
    host = unique("host")
    desk.ok("add", host)
    desk.ok("-t", "service", "add", f"{host}/s")
    return {"host": host, "service": f"{host}/s", "user": "admin", "comment": "x", "start_time": 1000, "end_time": 2000}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"start_time": None}, "start_time: "),
        ({"end_time": 1000}, "end_time: must be after start_time"),
        ({"duration": -1}, "duration: min value is 0"),
        ({"comment": "a\nb"}, "comment: line breaks"),
    ],
)
def test_downtimes(desk: Desk, action: Item, changes: dict[str, Any], text: str) -> None:
    desk.ok("-t", "actiondowntime", "-d", desk.file(action), "add")
    (made,) = desk.items("actiondowntime", host=desk.item("host", action["host"])["_id"])
    for more in (["-c"], []):
        for words in (["add"], ["update", made["_id"]]):
            data = {**action, **changes} if words == ["add"] else changes
            ran = desk.run(*more, "-t", "actiondowntime", "-d", desk.file(data), *words)
            assert ran.code == 2, ran
            assert text in ran.err


def test_a_downtime_without_times(desk: Desk, action: Item) -> None:
    del action["start_time"], action["end_time"]
    for more in (["-c"], []):
        ran = desk.run(*more, "-t", "actiondowntime", "-d", desk.file(action), "add")
        assert ran.code == 2
        assert "start_time: required field; end_time: required field" in ran.err


@pytest.mark.parametrize("kind", ["actionacknowledge", "actionforcecheck"])
def test_a_service_of_another_host(desk: Desk, action: Item, kind: str) -> None:
    other = unique("host")
    desk.ok("add", other)
    data = {name: action[name] for name in ("host", "service", "user", "comment")}
    for more in (["-c"], []):
        ran = desk.run(*more, "-t", kind, "-d", desk.file({**data, "host": other}), "add")
        assert ran.code == 2, ran
        assert "service: 's' is not a service of that host" in ran.err
    desk.ok("-t", kind, "-d", desk.file(data), "add")
    (made,) = desk.items(kind, host=desk.item("host", action["host"])["_id"])
    ran = desk.run("-t", kind, "-d", desk.file({"host": other}), "update", made["_id"])
    assert ran.code == 2
    assert "service: 's' is not a service of that host" in ran.err


def test_actions_for_other_users_are_rejected(desk: Desk, action: Item) -> None:
    user = unique("user")
    desk.ok("-t", "user", "-d", desk.file({"password": "secret", "can_submit_commands": True}), "add", user)
    data = {name: action[name] for name in ("host", "service", "user", "comment")}
    own = ["-u", user, "-p", "secret", "-t", "actionacknowledge"]
    role = {"user": user, "realm": "All", "sub_realm": True, "crud": ["create", "read", "update"], "resource": "*"}
    desk.ok("-t", "userrestrictrole", "-d", desk.file(role), "add")
    for more in (["-c"], []):
        ran = desk.run(*more, *own, "-d", desk.file(data), "add")
        assert ran.code == 2, ran
        assert f"only a super administrator may act for other users; use {user}" in ran.err
        desk.ok(*more, *own, "-d", desk.file({**data, "user": user}), "add")
    # The administrator may.
    desk.ok("-t", "actionacknowledge", "-d", desk.file({**data, "user": user}), "add")


def test_keys_with_dots(desk: Desk) -> None:
    name, other = unique("host"), unique("host")
    desk.ok("add", other)
    data = {"customs": {"_V": "1", "_V.y": "2", "_W": [{"a.b": 1}]}}
    kept = "DELETION_LIMIT" in desk.backend.get("backendconfig")
    for words in (["add", name], ["update", other]):
        for more in (["-c"], []):
            ran = desk.run(*more, "-d", desk.file(data), *words)
            assert ran.code == (0 if kept else 2)
            assert kept or "customs: this backend cannot store the key '_V.y'" in ran.err
    if kept:
        assert desk.item("host", name)["customs"] == data["customs"] == desk.item("host", other)["customs"]
