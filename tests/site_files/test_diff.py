"""What diff prints, and its exit codes; nothing is sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from alignak_backend_client.cli.text.plans import lines
from cli.running import Desk, Ran, run

SITE: dict[str, list[dict[str, Any]]] = {
    "command": [{"name": "ping"}],
    "host": [
        {"name": "base", "_is_template": True, "_services": [{"name": "load", "_is_template": True}]},
        {"name": "web1", "_templates": ["base"], "tags": ["a", "b"]},
    ],
    "user": [{"name": "ops", "password": "${env:OPS}"}],
}


def put(folder: Path, files: dict[str, Any], name: str = "paris") -> str:
    folder.mkdir(exist_ok=True)
    (folder / "all.yml").write_text(yaml.safe_dump(files, sort_keys=False))
    if name:
        (folder / "site.yml").write_text(f"name: {name}\n")
    return str(folder)


def diff(desk: Desk, folder: str, *options: str) -> Ran:
    return run("diff", "-b", desk.url, folder, *options)


def test_long_names_are_cut_for_people_everywhere(tmp_path: Path) -> None:
    name, key = "x" * 10000, "k" * 500
    url = f"embedded:{tmp_path}/site.db"
    assert run("-b", url, "add", "web1").code == 0
    folder = put(tmp_path / "site", {"host": [{"name": name}, {"name": "web1", "customs": {f"_{key}": name}}]}, "")
    longest = {max(map(len, run("diff", "-b", url, folder, *words).out.splitlines())) for words in ((), ("--merge",))}
    assert max(longest) < 250
    user = {"name": "ops", "_rights": [{"realm": "All", "resource": name}]}
    circle = [{"name": f"{one}{name}", "parents": [f"{other}{name}"]} for one, other in ("ab", "ba")]
    put(tmp_path / "site", {"host": [{"name": "web1", key: 1}, *circle], "user": [user]}, "")
    ran = run("validate", folder)
    assert ran.code == 2
    assert len(ran.err.splitlines()) == 4
    assert max(map(len, ran.err.splitlines())) < 1000


def test_differences_are_shown_and_nothing_is_sent(fresh_desk: Desk) -> None:
    desk = fresh_desk
    desk.ok("-t", "command", "-d", desk.file({"notes": "x\x1b[31m", "_realm": "All"}), "add", "ping")
    desk.ok("-d", desk.file({"tags": ["a", "c"], "address": "192.0.2.1"}), "add", "web1")
    before = desk.everything()
    ran = diff(desk, put(desk.folder / "s", SITE))
    assert (ran.code, ran.err) == (3, "")
    checksum = ran.out.splitlines()[-1].rpartition(" ")[2]
    assert ran.out.splitlines() == [
        "~ command 'ping'  (all.yml:2)",
        r"    notes: 'x\x1b[31m' → ''",
        "    imported_from: 'unknown' → 'paris'",
        "+ user 'ops'  (all.yml:16)",
        "+ host 'base'  (all.yml:4)",
        "~ host 'web1'  (all.yml:9)",
        # The backend gives it what its template has.
        "    alias: 'web1' → 'base'",
        "    tags: +'b' -'c'",
        "    address: '192.0.2.1' → ''",
        '    _templates: [] → ["base"]',
        "    imported_from: 'unknown' → 'paris'",
        "+ service 'base/load'  (all.yml:7)",
        "+ service 'web1/load'  (from service 'base/load')",
        f"4 to create, 2 to update, 0 unchanged; plan {checksum}",
    ]
    assert desk.everything() == before
    again = json.loads(diff(desk, str(desk.folder / "s"), "-o", "json").out)
    assert again["checksum"] == checksum
    assert again["counts"] == {"create": 4, "update": 2, "delete": 0}
    (user,) = [one for one in again["changes"] if one["type"] == "user"]
    assert user == {
        "action": "create", "type": "user", "name": "ops", "id": None, "file": "all.yml", "line": 16, "reason": None,
        "fields": [{"field": "password", "old": None, "new": "${env:OPS}"}], "used_by": [],
    }  # fmt: skip
    names = diff(desk, str(desk.folder / "s"), "-o", "name").out.split()
    assert names == ["ping", "ops", "base", "web1", "base/load", "web1/load"]


def test_no_difference(fresh_desk: Desk) -> None:
    ran = diff(fresh_desk, put(fresh_desk.folder / "s", {"timeperiod": [{"name": "24x7"}]}, ""))
    assert (ran.code, ran.out, ran.err) == (0, "No differences: 1 item matches the files\n", "")


def test_all_problems_are_reported_at_once(fresh_desk: Desk) -> None:
    files: dict[str, Any] = {
        "host": [{"name": "a", "check_comand": "x"}, {"name": "b", "parents": ["c"]}, {"name": "c"}],
    }
    folder = put(fresh_desk.folder / "s", files)
    nothing = "neither the folder nor the backend has a"
    ran = diff(fresh_desk, folder)
    assert (ran.code, ran.out) == (2, "")
    assert "all.yml:3: host 'a': check_comand: unknown field" in ran.err
    del files["host"][0]["check_comand"], files["host"][2]
    files["host"][0]["check_command"] = "_ecco"
    ran = diff(fresh_desk, put(fresh_desk.folder / "s", files))
    assert ran.code == 2
    assert ran.err.splitlines() == [
        f"{folder}/all.yml:3: host 'a': check_command: {nothing} command '_ecco'; did you mean '_echo'?",
        f"{folder}/all.yml:6: host 'b': parents: {nothing} host 'c'",
        "2 problems in 1 file; nothing was sent",
    ]


@pytest.mark.parametrize("options", [["--prune"], ["--prune", "-o", "json"]])
def test_prune_needs_a_name(fresh_desk: Desk, options: list[str]) -> None:
    ran = diff(fresh_desk, put(fresh_desk.folder / "s", SITE, ""), *options)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("--prune needs the name of the site, to know what it owns: create a file site.yml")


def test_a_backend_that_is_not_there(tmp_path: Path) -> None:
    ran = run("diff", "-b", f"embedded:{tmp_path}/no.db", put(tmp_path / "s", SITE))
    assert (ran.code, ran.out) == (1, "")
    assert not (tmp_path / "no.db").exists()


def test_of_custom_variables_each_that_differs_has_its_line() -> None:
    field = {
        "field": "customs",
        "old": {"_SAME": "1", "_CHANGED": "2", "_GONE": "3"},
        "new": {"_SAME": "1", "_CHANGED": 2, "_NEW\x1b": "4"},
    }
    row = {
        "action": "update",
        "type": "host",
        "name": "web",
        "file": "a.yml",
        "line": 2,
        "reason": None,
        "fields": [field],
        "used_by": [],
    }
    assert list(lines([row])) == [
        "~ host 'web'  (a.yml:2)",
        "    customs._CHANGED: '2' → 2",
        "    customs._GONE: '3' → none",
        "    customs._NEW\\x1b: none → '4'",
    ]


def test_users_of_deleted_items_are_shown() -> None:
    """As `delete` reports."""
    using = [("host", "a"), ("host", "b\x1b"), ("host", "c" * 100), ("host", "d"), ("timeperiod", "t")]
    row = {
        "action": "delete",
        "type": "command",
        "name": "ping",
        "file": None,
        "line": None,
        "reason": None,
        "fields": [],
        "used_by": [{"type": kind, "name": name} for kind, name in using],
    }
    assert list(lines([row])) == [
        "- command 'ping'",
        rf"    used by 4 hosts ('a', 'b\x1b', '{'c' * 58}…, …), 1 time period ('t')",
    ]
