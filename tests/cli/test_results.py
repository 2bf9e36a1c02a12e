"""What becomes of each item, as data: `--json` of add, update and delete."""

from __future__ import annotations

import itertools
import json
import re
import signal
import subprocess
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest

from cli.running import COMMAND, Desk, Item, Ran, environment, interrupted, run, unique
from faults.running import FallingProxy, command, data_file
from servers import misbehaving
from servers.misbehaving import Behaviour, MisbehavingServer, Request

STATUSES = ("created", "updated", "deleted", "unchanged", "skipped", "failed", "unfinished")
KEYS = ["action", "type", "name", "id", "status", "entry", "changes", "reason", "code", "dry_run"]
SECRET = "s3cr3t-w0rd"


def lines(out: str) -> tuple[list[Item], Item]:
    """The results and the summary; each line has its shape, and the summary counts them."""
    *results, last = [json.loads(line) for line in out.splitlines()]
    for result in results:
        assert list(result) == KEYS
        assert result["status"] in STATUSES
    assert list(last) == ["summary"]
    summary: Item = last["summary"]
    assert list(summary) == [*STATUSES, "ok", "interrupted", "reason", "code", "dry_run"]
    counts = {status: sum(result["status"] == status for result in results) for status in STATUSES}
    assert {status: summary[status] for status in STATUSES} == counts
    return results, summary


def json_results(ran: Ran) -> tuple[list[Item], Item]:
    """What a run has printed."""
    results, summary = lines(ran.out)
    assert summary["ok"] is (ran.code == 0), ran
    return results, summary


def result(**fields: Any) -> Item:
    """A result as it should be; what is left out is empty."""
    return dict.fromkeys(KEYS) | {"changes": {}, "dry_run": False} | fields


def test_results_of_added_items(desk: Desk) -> None:
    new, there, other, service = (unique("item") for _ in range(4))
    desk.ok("-t", "command", "-d", desk.file([{"name": there, "alias": "a"}, {"name": other, "alias": "a"}]), "add")
    data = [
        {"name": new},
        {"name": there, "alias": "a"},
        {"name": other, "alias": "b", "notes": "x"},
        {"name": "_echo"},
        {"alias": "no name"},
        {"name": service, "colour": "red"},
        {"name": new},
    ]
    words = ["--json", "-t", "command", "-d", desk.file(data), "add"]
    dry = desk.run("-c", *words)
    # Standard error has the same messages as without it.
    plain = desk.run("-c", *words[1:])
    assert (plain.code, sorted(plain.err.splitlines())) == (2, sorted(dry.err.splitlines()))
    assert desk.items("command", name=new) == []
    real = desk.run(*words)
    for ran, dry_run in ((dry, True), (real, False)):
        assert ran.code == 2
        results, summary = json_results(ran)
        common = {"action": "add", "type": "command", "dry_run": dry_run}
        ids = {name: desk.item("command", name)["_id"] for name in (new, there, other, "_echo")}
        unknown = next(one for one in results if one["name"] == service)
        if dry_run:
            assert unknown["reason"] == "colour: unknown field"
        wanted = [
            result(**common, name=new, id=None if dry_run else ids[new], status="created", entry=1),
            result(**common, name=there, id=ids[there], status="unchanged", entry=2),
            result(
                **common,
                name=other,
                id=ids[other],
                status="failed",
                entry=3,
                reason="it already exists, and differs in: alias, notes",
                code=409,
            ),
            result(
                **common, name="_echo", id=ids["_echo"], status="skipped", entry=4, reason="every new backend has it"
            ),
            result(**common, status="failed", entry=5, reason="it has no name", code=422),
            result(**common, name=service, status="failed", entry=6, reason=unknown["reason"], code=422),
            result(
                **common,
                name=new,
                status="failed",
                entry=7,
                reason="it appears twice in the data, first as entry 1",
                code=422,
            ),
        ]
        assert sorted(results, key=lambda one: one["entry"]) == wanted
        assert (summary["ok"], summary["interrupted"], summary["reason"]) == (False, False, None)
        assert f"Command '{other}' is not added: it already exists" in ran.err


def test_the_services_that_come_with_a_host(desk: Desk) -> None:
    host = unique("host")
    data = desk.file([{"name": host, "_services": [{"name": "cpu"}, {"name": "disk", "colour": "red"}]}])
    ran = desk.run("--json", "-d", data, "add")
    results, _ = json_results(ran)
    assert {(one["type"], one["name"], one["status"], one["entry"]) for one in results} == {
        ("host", host, "created", 1),
        ("service", f"{host}/cpu", "created", 1),
        ("service", f"{host}/disk", "failed", 1),
    }
    assert "1 host added, 1 service added, 1 failed" in ran.err


def test_results_of_changed_items(desk: Desk) -> None:
    host, same, group = unique("host"), unique("same"), unique("group")
    desk.ok("-d", desk.file([{"name": host, "check_period": "24x7", "alias": "a"}, {"name": same}]), "add")
    desk.ok("-t", "user", "-d", desk.file({"password": SECRET}), "add", group)
    data = [
        {"name": host, "alias": "b", "check_period": "Never", "users": ["admin", group], "customs": {"_A": "1"}},
        {"name": same, "alias": same},
        {"name": unique("nobody"), "alias": "x"},
        {"alias": "x"},
    ]
    before = desk.item("host", host)
    for more in (["-c"], []):
        ran = desk.run("--json", *more, "-d", desk.file(data), "update")
        results, summary = json_results(ran)
        assert (summary["updated"], summary["unchanged"], summary["failed"]) == (1, 1, 2)
        first, second, third, fourth = sorted(results, key=lambda one: one["entry"])
        changes = {
            "alias": {"old": "a", "new": "b"},
            "check_period": {"old": "24x7", "new": "Never"},
            "users": {"old": [], "new": ["admin", group]},
            "customs": {"old": before["customs"], "new": {"_A": "1"}},
        }
        common = {"action": "update", "type": "host", "dry_run": bool(more)}
        assert first == result(**common, name=host, id=before["_id"], status="updated", entry=1, changes=changes)
        assert second == result(**common, name=same, id=desk.item("host", same)["_id"], status="unchanged", entry=2)
        assert (third["status"], third["code"], third["reason"]) == ("failed", 404, "there is no such host")
        assert (fourth["status"], fourth["name"], fourth["code"]) == ("failed", None, 422)
    assert desk.item("host", host)["alias"] == "b"
    ran = desk.ok("--json", "-t", "user", "-d", desk.file({"password": "n3w-0ne!", "notes": "x"}), "update", group)
    (changed,), _ = json_results(ran)
    assert changed["changes"] == {"password": {}, "notes": {"old": "", "new": "x"}}
    assert "n3w-0ne!" not in ran.text
    assert SECRET not in ran.text


def test_credentials_of_other_systems_are_not_shown(desk: Desk) -> None:
    name = unique("grafana")
    desk.ok("-t", "grafana", "-d", desk.file({"address": "a", "apikey": SECRET}), "add", name)
    ran = desk.ok("--json", "-t", "grafana", "-d", desk.file({"apikey": f"{SECRET}2"}), "update", name)
    assert json_results(ran)[0][0]["changes"] == {"apikey": {}}
    assert SECRET not in ran.text


def test_results_of_deleted_items(desk: Desk) -> None:
    host = unique("host")
    desk.ok("add", host)
    desk.ok("-t", "service", "-d", desk.file([{"host": host, "name": name} for name in "ab"]), "add")
    identity = desk.item("host", host)["_id"]
    for more in (["-c"], []):
        ran = desk.ok("--json", *more, "-t", "service", "delete", f"{host}/*")
        results, _ = json_results(ran)
        assert sorted(one["name"] for one in results) == [f"{host}/a", f"{host}/b"]
        assert {(one["status"], one["entry"], one["dry_run"]) for one in results} == {("deleted", None, bool(more))}
    (deleted,), _ = json_results(desk.ok("--json", "delete", host))
    assert deleted == result(action="delete", type="host", name=host, id=identity, status="deleted")
    for reference, code in ((host, 404), ("_dummy", 412)):
        ran = desk.run("--json", "delete", reference)
        (failed,), _ = json_results(ran)
        assert (ran.code, failed["name"], failed["status"], failed["code"]) == (2, reference, "failed", code)
        assert ran.err.count("\n") == 1


def test_delete_all_keeps_start_documents(fresh_desk: Desk) -> None:
    fresh_desk.ok("-t", "command", "-d", fresh_desk.file([{"name": name} for name in "abc"]), "add")
    for more in (["-c"], []):
        results, _ = json_results(fresh_desk.ok("--json", *more, "-t", "command", "delete"))
        assert {one["name"]: one["status"] for one in results} == {
            **dict.fromkeys("abc", "deleted"),
            **dict.fromkeys(("_echo", "_internal_host_up"), "skipped"),
        }


def test_items_without_a_name(desk: Desk) -> None:
    data = desk.file([{"type": "webui.comment", "message": "m"}, {"type": "nonsense"}])
    ran = desk.run("--json", "-t", "history", "-d", data, "add")
    results, _ = json_results(ran)
    first, second = sorted(results, key=lambda one: one["entry"])
    assert (first["name"], first["status"], second["name"], second["id"]) == (None, "created", None, None)
    assert desk.backend.get(f"history/{first['id']}")["message"] == "m"
    assert "Entry 2 of the data is not added: type: unallowed value nonsense" in ran.err
    (deleted,), _ = json_results(desk.ok("--json", "-t", "history", "delete", first["id"]))
    assert (deleted["name"], deleted["id"]) == (None, first["id"])


def test_failures_before_the_first_item(desk: Desk) -> None:
    missing = ["-d", "nothing.json", "add"]
    for words, code, hint in (
        (["-b", "http://127.0.0.1:1", "--retries", "0", "add", "h"], 1, "No connection"),
        (["-p", "wrong", "add", "h"], 1, "rejects the user"),
        (missing, 2, "nothing.json"),
        (["-t", "service", "delete", f"{unique()}/*"], 2, "there is no host"),
    ):
        ran = desk.run("--json", *words)
        assert ran.code == code
        results, summary = json_results(ran)
        assert results == []
        assert hint in summary["reason"]
        assert hint in ran.err
    for words, code in ((missing, 2), (["add", unique()], 0)):
        assert (desk.run("--json", "-q", *words).code, desk.run("--json", "-q", *words).text) == (code, "")


@pytest.mark.parametrize("words", [["list"], ["get", "h"], ["-l"]])
def test_reading_has_no_results(words: list[str]) -> None:
    ran = run("--json", *words)
    assert (ran.code, ran.out) == (64, "")
    assert "--json" in ran.err


def test_control_characters_in_results_are_escaped(desk: Desk) -> None:
    name = f"{unique()}\x1b[31m \x9b é"
    ran = desk.ok("--json", "-t", "command", "add", name)
    assert all(char.isprintable() or char == "\n" for char in ran.out)
    assert json_results(ran)[0][0]["name"] == name


def test_ctrl_c(tmp_path: Path) -> None:
    """The third item hangs in the backend: each is reported once, and what was written as such."""
    hanging, release = threading.Event(), threading.Event()
    writes = itertools.count(1)  # for several threads of the server
    items = [{"_id": f"{number:024x}", "name": f"cmd-{number}", "_etag": "e", "alias": "x"} for number in range(1, 9)]

    def script(request: Request) -> Behaviour:
        path = request.path.split("?")[0]
        if request.method == "GET":
            wanted = items if "%24gt" not in request.path else []
            return misbehaving.json_answer({"_items": wanted, "_meta": {"total": len(wanted)}})
        if next(writes) == 3:
            hanging.set()
            release.wait(20)
        return misbehaving.json_answer({"_status": "OK", "_id": path.rpartition("/")[2], "_etag": "f"})

    data = data_file(tmp_path, ({"name": item["name"], "alias": "new"} for item in items))
    with MisbehavingServer([misbehaving.after_login(script, page_limit=50)]) as server:
        ran = interrupted(
            "-b", server.url, "--json", "-t", "command", "-d", data, "update", hanging=hanging, release=release
        )
    assert ran.code == 130
    results, summary = lines(ran.out)
    assert sorted(one["entry"] for one in results) == list(range(1, 9))
    assert {one["status"] for one in results} == {"updated", "unfinished"}
    assert (summary["interrupted"], summary["ok"], summary["reason"]) == (True, False, "interrupted")
    assert re.search(rf"{summary['updated']} commands? updated, {summary['unfinished']} not updated", ran.err)
    assert ran.err.endswith("Interrupted\n")


def test_ctrl_c_before_the_first_item(desk: Desk) -> None:
    with MisbehavingServer([misbehaving.slow({"token": "t"}, before=20)]) as server:
        process = subprocess.Popen(
            [*COMMAND, "-b", server.url, "--json", "add", "h"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), text=True, cwd=desk.folder,
        )  # fmt: skip
        while not server.requests:
            threading.Event().wait(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        server._stopping.set()
    assert (process.returncode, err) == (130, "Interrupted\n")
    assert lines(out)[1]["interrupted"] is True


@pytest.mark.parametrize("action", ["add", "update"])
def test_a_backend_that_goes_away(desk: Desk, action: str) -> None:
    prefix = f"g{uuid.uuid4().hex[:8]}-"
    count = 1200 if action == "add" else 60
    names = [f"{prefix}{number:04}" for number in range(count)]
    if action == "update":
        desk.ok("-t", "command", "-d", desk.file([{"name": name} for name in names]), "add")
    data = data_file(desk.folder, ({"name": name, "notes": "new"} for name in names))
    with FallingProxy(desk.url, writes=2 if action == "add" else 20) as proxy:
        words = ["--json", "-t", "command", "--retries", "1", "--jobs", "1", "-d", data, action]
        ran = command(proxy.url, *words, cwd=desk.folder)
    assert ran.code == 2
    results, summary = json_results(ran)
    assert sorted(one["entry"] for one in results) == list(range(1, count + 1))
    assert summary["unfinished"] > 0
    assert summary["code"] == 1000
    there = {item["name"] for item in desk.items("command", name={"$regex": f"^{prefix}"}, notes="new")}
    assert {one["name"] for one in results if one["status"] in ("created", "updated")} <= there
    assert there <= {one["name"] for one in results if one["status"] != "failed"} | {
        one["name"] for one in results if one["code"] == 1000
    }
    again = command(desk.url, *words, cwd=desk.folder)
    assert again.code == 0
    assert json_results(again)[1]["unchanged"] == len(there)


@pytest.mark.parametrize("json_too", [True, False])
def test_a_reader_of_results_that_goes_away(desk: Desk, *, json_too: bool) -> None:
    """No item is left out for that; the exit code reports it."""
    stem = unique("pipe")
    data = desk.file([{"name": f"{stem}-{number}"} for number in range(1200)])
    words = ["-t", "command", "-d", data, "add"] if json_too else ["-v", "-t", "command", "-d", data, "add"]
    with subprocess.Popen(
        [*COMMAND, "-b", desk.url, "--jobs", "1", *(["--json"] if json_too else []), *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=desk.folder, env=environment(),
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        if json_too:
            assert json.loads(process.stdout.readline())["status"] == "created"
        process.stdout.close()
        errors = process.stderr.read().decode()
        assert process.wait(timeout=60) == 2
    assert "Traceback" not in errors
    assert "Internal" not in errors
    assert len(desk.items("command", name={"$regex": f"^{stem}-"})) == 1200


def test_results_that_cannot_be_written(desk: Desk) -> None:
    stem = unique("full")
    data = desk.file([{"name": f"{stem}-{number}"} for number in range(20)])
    done = subprocess.run(
        ["sh", "-c", '"$@" > /dev/full', "sh", *COMMAND, "-b", desk.url, "--json", "-t", "command", "-d", data, "add"],
        capture_output=True, text=True, check=False, cwd=desk.folder, env=environment(),
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == "The output cannot be written: No space left on device\n"
    assert len(desk.items("command", name={"$regex": f"^{stem}-"})) == 20


def test_several_items_are_summarized_in_the_plural(desk: Desk) -> None:
    data = desk.file([{"name": unique()}, {"name": unique()}])
    assert desk.run("-t", "hostdependency", "-d", data, "add").err.endswith("0 host dependencies added, 2 failed\n")
    assert desk.run("-c", "-t", "command", "-d", data, "add").out.endswith("2 commands would be added\n")
