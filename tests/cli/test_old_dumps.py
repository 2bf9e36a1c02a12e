"""Dumps that 1.4.4 wrote of another backend: ids that only the files know, fields and live states of old forms."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.running import Desk

Item = dict[str, Any]


def identity(number: int) -> str:
    return f"5b5f{number:020x}"


REALM, PERIOD, COMMAND, TEMPLATE, HOST, SERVICE, GROUP, USER = map(identity, range(1, 9))
OLD: Item = {"_realm": REALM, "_users_read": [USER], "_template_fields": {}, "obsess_over": True, "trigger": ""}
LIVE: Item = {
    "ls_state": "UP",
    "ls_state_type": "HARD",
    "ls_last_check": "Thu, 01 Jan 1970 00:00:00 GMT",
    "ls_impact": False,
    "ls_acknowledged": None,
    "_overall_state_id": "none",
}


def dump_of_a_site(folder: Path) -> Path:
    """A folder as `list` and `get` of 1.4.4 left it: an item may be in two files, and nothing is in order."""
    host = {
        "_id": HOST,
        "name": "web",
        "check_command": COMMAND,
        "check_period": PERIOD,
        "_templates": [TEMPLATE],
        "parents": [],
        "address6": None,
        **OLD,
        **LIVE,
    }
    service = {"_id": SERVICE, "name": "cpu", "host": HOST, "check_command": COMMAND, **OLD, "ls_state": "PENDING"}
    files: dict[str, list[Item] | Item] = {
        "alignak-object-list-hosts.json": [host],
        "alignak-object-dump-host-web.json": host,
        "alignak-model-list-hosts.json": [{"_id": TEMPLATE, "name": "linux", "_is_template": True, **OLD, **LIVE}],
        "alignak-object-list-services.json": [service],
        "checks-pack-commands.json": [{"_id": COMMAND, "name": "ping", "command_line": "p", "_realm": REALM}],
        "alignak-object-list-timeperiods.json": [
            {"_id": PERIOD, "name": "office", "dateranges": [{"monday": "08:00-18:00"}], "_realm": REALM}
        ],
        "alignak-object-list-realms.json": [{"_id": REALM, "name": "All", "_level": 0, "_parent": None}],
        "alignak-object-list-contacts.json": [{"_id": USER, "name": "bob", "_realm": REALM, "_template_fields": {}}],
        "alignak-object-list-servicedependencys.json": [
            {
                "_id": identity(20),
                "name": "dep",
                "hosts": [HOST],
                "services": [SERVICE],
                "dependency_period": PERIOD,
                "_realm": REALM,
            }
        ],
        "alignak-object-list-hostgroups.json": [{"_id": GROUP, "name": "webs", "hosts": [HOST], "_realm": REALM}],
    }
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
    return folder


def stored(desk: Desk, kind: str, name: str) -> Item:
    return next(item for item in desk.items(kind) if item["name"] == name)


@pytest.mark.parametrize("order", [1, -1])
def test_a_folder_of_dumps(fresh_desk: Desk, monkeypatch: pytest.MonkeyPatch, order: int) -> None:
    folder = dump_of_a_site(fresh_desk.folder / "dumps")
    glob: Callable[..., Any] = Path.glob
    monkeypatch.setattr(Path, "glob", lambda *words: list(glob(*words))[::order])
    ran = fresh_desk.run("-d", str(folder), "add")
    assert (ran.code, ran.out) == (2, "")
    lines = ran.err.splitlines()
    # A line for each kind.
    assert sorted(line.split(": ")[:2] for line in lines[:-1]) == [
        [name, field] for name in ("host", "service") for field in ("obsess_over", "trigger")
    ]
    assert "host: obsess_over: unknown field (in '" in ran.err
    assert lines[-1].endswith("or drop unknown fields and links with --ignore-unknown")
    assert [item["name"] for item in fresh_desk.items("host")] == ["_dummy"]
    for more in (["-c"], []):
        ran = fresh_desk.run(*more, "--ignore-unknown", "-d", str(folder), "add")
        assert ran.code == 0, ran.text
        assert len(ran.err.splitlines()) == 4
    assert ran.out == (
        "0 realms added, 1 time period added, 1 command added, 1 user added, 2 hosts added, 1 host group added, "
        "1 service added, 1 service dependency added, 1 skipped\n"
    )
    realm, host = stored(fresh_desk, "realm", "All"), stored(fresh_desk, "host", "web")
    template = stored(fresh_desk, "host", "linux")
    assert (host["_templates"], host["_realm"]) == ([template["_id"]], realm["_id"])
    assert host["check_command"] == stored(fresh_desk, "command", "ping")["_id"]
    assert host["_users_read"] == [stored(fresh_desk, "user", "bob")["_id"]]
    assert (host["ls_state"], host["ls_last_check"]) == ("UP", 0)
    assert stored(fresh_desk, "service", "cpu")["host"] == host["_id"]
    dependency = stored(fresh_desk, "servicedependency", "dep")
    assert dependency["services"] == [stored(fresh_desk, "service", "cpu")["_id"]]
    again = fresh_desk.ok("--ignore-unknown", "-d", str(folder), "add")
    assert ", 8 unchanged" in again.out


def test_a_folder_of_dumps_that_were_edited(desk: Desk) -> None:
    folder, name = desk.folder / "edited", desk.folder.name
    desk.ok("-t", "command", "add", f"{name}-c")
    desk.ok("add", f"{name}-h")
    folder.mkdir()
    hosts = [{"name": f"{name}-h", "check_command": f"{name}-c"}, {"name": f"{name}-none", "alias": "x"}]
    (folder / "alignak-object-list-hosts.json").write_text(json.dumps(hosts))
    (folder / "alignak-object-dump-command-c.json").write_text(json.dumps({"name": f"{name}-c", "alias": "edited"}))
    dry = desk.run("-c", "-d", "edited", "update")
    assert (dry.code, f"Command '{name}-c' would be updated: alias" in dry.out) == (2, True)
    ran = desk.run("-d", "edited", "update")
    assert (ran.code, ran.out, ran.err.splitlines()) == (
        2,
        "",
        [
            f"Host '{name}-none' is not updated: there is no such host",
            "1 command updated, 1 host updated, 1 failed",
        ],
    )
    command = desk.item("command", f"{name}-c")
    assert (command["alias"], desk.item("host", f"{name}-h")["check_command"]) == ("edited", command["_id"])
    hosts.pop()
    (folder / "alignak-object-list-hosts.json").write_text(json.dumps(hosts))
    assert "2 unchanged" in desk.ok("-d", "edited", "update").out
    for words in (["update", "web"], ["-T", "x", "update"]):
        refused = desk.run("-d", "edited", *words)
        assert (refused.code, "omit the item and --template" in refused.err) == (2, True)


def test_invalid_folders(desk: Desk) -> None:
    folder = desk.folder / "d"
    folder.mkdir()
    ran = desk.run("-d", "d", "add")
    assert (ran.code, "There are no data files (*.json) in the folder" in ran.err) == (2, True)
    (folder / "data.json").write_text("[]")
    ran = desk.run("-d", "d", "add")
    assert (ran.code, "use one such as 'alignak-object-list-hosts.json'" in ran.err) == (2, True)
    ran = desk.run("-d", "d", "add", "web")
    assert (ran.code, "omit the item and --template" in ran.err) == (2, True)


def test_unknown_ids_in_links_are_grouped(desk: Desk) -> None:
    items = [{"name": f"{desk.folder.name}-{number}", "_etag": "e", "check_command": COMMAND} for number in range(9)]
    file = desk.file(items)
    ran = desk.run("-d", file, "add")
    assert ran.code == 2
    assert len(ran.err.splitlines()) == 2
    assert f"host: check_command: no command {COMMAND} in the backend, or in the data (in '" in ran.err
    assert desk.ok("--ignore-unknown", "-d", file, "add").out == "9 hosts added\n"


def test_handwritten_items_are_judged_one_by_one(desk: Desk) -> None:
    name = desk.folder.name
    file = desk.file([{"name": f"{name}-a", "check_intervall": 1}, {"name": f"{name}-b"}])
    ran = desk.run("-d", file, "add")
    assert (ran.code, "1 host added, 1 failed" in ran.err) == (2, True)
    ran = desk.ok("--ignore-unknown", "-d", file, "add")
    assert ran.out == "1 host added, 1 unchanged\n"
    assert f"host: check_intervall: unknown field; did you mean 'check_interval'? (in '{name}-a'): dropped\n" in ran.err


def test_where_the_option_has_no_meaning(desk: Desk) -> None:
    for words in (["add", "web"], ["-d", desk.file([]), "update"], ["delete", "web"], ["list"]):
        ran = desk.run("--ignore-unknown", *words)
        assert (ran.code, "The option --ignore-unknown works with 'add'" in ran.err) == (64, True)
