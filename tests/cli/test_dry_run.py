"""A dry run changes nothing, and ends as the real run would: the backend is the judge."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from alignak_backend_client.model import Resource, public_resources
from cli.running import Desk, Item, spawn, unique

VALUES: list[Any] = [
    *(
        None,
        0,
        1,
        2,
        -1,
        1.0,
        3.0,
        12.7,
        2**63,
        "",
        "x",
        "12",
        "12.7",
        " 12 ",
        "-3",
        "1e3",
        "true",
        "TRUE",
        "yes",
        "on",
    ),
    *(
        "1",
        "off",
        "a\nb",
        "Sat, 01 Jan 2000 00:00:00 GMT",
        True,
        False,
        [],
        ["d"],
        ["x", "zz"],
        [1],
        [None],
        [[]],
        [{}],
    ),
    *({}, {"a": 1}, {"type": "Point", "coordinates": [1, 2]}, {"type": "Point", "coordinates": [1, "x"]}),
    *({"type": "Point"}, "HARD", "OK", "UP", "All", "admin", "24x7", ["All"], ["admin"], ["admin", "x"], ["_echo"]),
    *("_echo", "a" * 24, ["a" * 24], "d", "a=b", "nan", "inf", ["o"], ["u", "d"], "é", "x" * 300, "_dummy"),
]
NEEDED: dict[str, Item] = {
    "grafana": {"address": "a", "apikey": "k"},
    "graphite": {"carbon_address": "c", "graphite_address": "g"},
    "statsd": {"address": "a"},
    "influxdb": {"address": "a", "database": "d", "login": "l", "password": "p"},
    "hostdependency": {"dependency_period": "24x7"},
    "servicedependency": {"dependency_period": "24x7"},
    "serviceescalation": {"users": ["admin"], "usergroups": ["All"]},
}
KINDS = [name for name, resource in public_resources().items() if resource.key and name != "service"]


def _snapshot(desk: Desk, kind: str) -> list[Item]:
    return desk.items(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_random_data(desk: Desk, kind: str) -> None:
    resource = public_resources()[kind]
    choose = random.Random(kind)  # noqa: S311 - the same cases in every run
    target = unique(kind)
    desk.ok("-t", kind, "-d", desk.file(NEEDED.get(kind, {})), "add", target)
    for _ in range(4):
        changes = _random_changes(resource, choose)
        name = unique(kind)
        for data, words in (
            (NEEDED.get(kind, {}) | changes, ["add", name]),
            (changes, ["update", target]),
        ):
            if words[0] == "update" and kind == "realm" and "_parent" in changes:
                continue
            before = _snapshot(desk, kind)
            file = desk.file(data)
            dry = desk.run("-c", "-t", kind, "-d", file, *words)
            assert _snapshot(desk, kind) == before
            real = desk.run("-t", kind, "-d", file, *words)
            assert dry.code == real.code, (words, data, dry, real)
            if real.code:
                assert _snapshot(desk, kind) == before
    desk.run("-t", kind, "delete", target)


def _random_changes(resource: Resource, choose: random.Random) -> Item:
    field = choose.choice([*sorted(set(resource.fields) - {"name"}), "no_such_field"])
    return {field: choose.choice(VALUES)}


def test_a_new_name_must_be_free(desk: Desk) -> None:
    first, second = unique("host"), unique("host")
    desk.ok("add", first)
    desk.ok("add", second)
    for words in (["-c"], []):
        ran = desk.run(*words, "-d", desk.file({"name": second}), "update", first)
        assert ran.code == 2
        assert "not unique" in ran.err
    desk.ok("-c", "-d", desk.file({"name": f"{second}-new"}), "update", first)
    desk.ok("-d", desk.file({"name": f"{second}-new"}), "update", first)
    assert desk.item("host", f"{second}-new")


def test_services(desk: Desk) -> None:
    host, template = unique("host"), unique("template")
    desk.ok("add", host)
    desk.ok("-d", desk.file({"_is_template": True}), "add", template)
    desk.ok("-t", "service", "-d", desk.file({"_is_template": True}), "add", f"{template}/st")
    service = ["-t", "service"]
    for data, words, code in (
        ({}, ["add", f"{host}/s"], 0),
        ({}, ["add", f"{host}/s"], 0),
        ({"alias": "other"}, ["add", f"{host}/s"], 2),
        ({}, ["add", f"{template}/s"], 2),
        ({"_is_template": True}, ["add", f"{template}/s"], 0),
        ({"_is_template": False}, ["update", f"{template}/st"], 2),
        ({"alias": "x"}, ["update", f"{template}/st"], 0),
        ({"host": "no-host"}, ["update", f"{host}/s"], 2),
        ({"_templates": [f"{template}/st"]}, ["add", f"{host}/t"], 0),
    ):
        file = desk.file(data)
        for more in (["-c"], []):
            assert desk.run(*more, *service, "-d", file, *words).code == code, (more, words, data)


def test_check_results(desk: Desk) -> None:
    host = unique("host")
    desk.ok("add", host)
    desk.ok("-t", "service", "add", f"{host}/s")
    result = {"state": "UP", "state_type": "HARD", "last_state_type": "HARD"}
    for more, code in (
        ({"host": host}, 0),
        ({"host_name": host}, 0),
        ({}, 2),
        ({"host_name": "no-host"}, 2),
        ({"host": host, "service_name": "s", "state": "OK"}, 0),
        ({"host": host, "service": f"{host}/s", "state": "OK"}, 0),
        ({"host": host, "service_name": "no-service"}, 2),
    ):
        file = desk.file(result | more)
        count = len(desk.items("logcheckresult"))
        assert desk.run("-c", "-t", "logcheckresult", "-d", file, "add").code == code, more
        assert len(desk.items("logcheckresult")) == count
        assert desk.run("-t", "logcheckresult", "-d", file, "add").code == code, more
    assert desk.item("host", host)["ls_state"] == "UP"  # though the default of last_state is a state of services


def test_trees_and_deletions(desk: Desk) -> None:
    parent, child = unique("realm"), unique("realm")
    desk.ok("-t", "realm", "-d", desk.file([{"name": child, "_parent": parent}, {"name": parent}]), "add")
    for kind, words, code in (
        ("realm", ["delete", parent], 2),
        ("realm", ["delete", "All"], 2),
        ("user", ["delete", "admin"], 2),
        ("host", ["delete", "_dummy"], 2),
        ("realm", ["-d", desk.file({"_parent": None}), "update", child], 2),
        ("realm", ["-d", desk.file({"_parent": parent}), "update", parent], 2),
        ("realm", ["-d", desk.file({"_parent": child}), "update", parent], 2),
        ("hostgroup", ["-d", desk.file({"_parent": None}), "update", "All"], 0),
        ("realm", ["delete", child], 0),
        ("realm", ["delete", parent], 0),
    ):
        assert desk.run("-c", "-t", kind, *words).code == code, words
        ran = desk.run("-t", kind, *words)
        assert ran.code == code, ran


HARMFUL: dict[str, Item] = {
    "an operator for a key": {"customs": {"$b": 1}},
    "deep inside": {"customs": {"_A": [{"b": {"$c": 1}}]}},
    "NUL in a key": {"customs": {"_A\0": 1}},
    "half of a character": {"alias": "\ud800"},
    "half of a character in a key": {"customs": {"\udfff": 1}},
    "half of a character in a list": {"customs": {"_A": ["é", "\ud800"]}},
}


@pytest.mark.parametrize("data", HARMFUL.values(), ids=HARMFUL)
def test_values_that_no_database_stores(desk: Desk, data: Item) -> None:
    name, field = unique("host"), next(iter(data))
    file = desk.file(data)
    desk.ok("add", name)
    for words in (["add", unique("host")], ["update", name]):
        for more in (["-c"], []):
            ran = desk.run(*more, "-d", file, *words)
            assert (ran.code, ran.err.count("\n")) == (2, 1)
            assert f"{field}: " in ran.err
            assert ran.err.isascii()
    for more in (["-c"], []):
        ran = desk.run(*more, "add", "h\udcff")
        assert ran.code == 2
        assert "name: not valid Unicode" in ran.err


def test_a_dry_run_makes_no_database(tmp_path: Path) -> None:
    there, missing = tmp_path / "there.db", tmp_path / "folder" / "missing.db"
    ran = spawn("-b", f"embedded:{there}", "add", "h1", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, f"New database created: {str(there)!r}\n")
    ran = spawn("-b", f"embedded:{there}", "list", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    ran = spawn("-c", "-b", f"embedded:{missing}", "add", "h1", cwd=tmp_path)
    assert ran.code == 0
    assert f"There is no database {str(missing)!r}" in ran.err
    assert not missing.parent.exists()


def test_a_dry_run_writes_no_file(desk: Desk) -> None:
    for words in (["list"], ["get", "_dummy"], ["-t", "service", "list"], ["-m", "list"]):
        ran = desk.ok("-c", *words)
        assert "alignak-" in ran.text
        assert desk.files() == set()
