"""Problems of a site in the backend: found, reported with a command, and repaired unless that takes a decision."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from alignak_backend_client._core.outcomes import OnResult
from alignak_backend_client.client import Backend, Change, Outcome
from alignak_backend_client.exceptions import BackendException
from alignak_backend_client.items.writing.results import OVERTAKEN
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.site.applying.work import Collector
from alignak_backend_client.site.checking import repairing
from alignak_backend_client.site.checking.findings import Delete, Finding, Set
from cli import moving
from cli.running import Desk, Ran, run


def checked(desk: Desk, *words: str) -> dict[str, Any]:
    ran = run("-b", desk.url, "check", "-o", "json", *words)
    found: dict[str, Any] = json.loads(ran.out)
    return {**found, "code": ran.code}


def keys_of(rows: list[dict[str, Any]]) -> set[tuple[str, str, str, str]]:
    return {(row["check"], row["type"], row["name"], row["field"]) for row in rows}


def delete(desk: Desk, resource: str, identity: str) -> None:
    there = desk.backend.get(f"{resource}/{identity}")
    desk.backend.delete(f"{resource}/{identity}", {"If-Match": there["_etag"]})


def change(desk: Desk, resource: str, identity: str, **fields: Any) -> None:
    there = desk.backend.get(f"{resource}/{identity}")
    desk.backend.patch(f"{resource}/{identity}", fields, {"If-Match": there["_etag"]})


def test_a_sound_site_has_hints_at_most(fresh_desk: Desk) -> None:
    moving.put(fresh_desk.backend)
    found = checked(fresh_desk)
    assert (found["code"], found["problems"], found["items"]["service"]) == (0, [], 9)
    # Users are notified of hosts only if their settings have it.
    assert keys_of(found["hints"]) == {("nobody notified", "host", name, "") for name in ("gate", "web-1", "web-2")}
    ran = run("-b", fresh_desk.url, "check", "--repair")
    assert (ran.code, ran.out.splitlines()[0]) == (0, "Hint: host 'gate': nobody is notified of its problems")
    assert ran.out.splitlines()[1] == (
        "    echo '{\"users\": [...]}' | alignak-backend-cli -t host -d stdin update gate"
    )
    assert ran.err.startswith("0 problems, 3 hints; checked: 9 services, 6 hosts, ")


def test_of_many_findings_alike_people_see_the_first_ones(tmp_path: Path) -> None:
    url = f"embedded:{tmp_path}/site.db"
    hosts = json.dumps([{"name": f"h{number}"} for number in range(8)])
    assert run("-b", url, "-t", "host", "-d", "stdin", "add", stdin=hosts.encode()).code == 0
    few, whole, rows = (run("-b", url, "check", *words) for words in ((), ("-v",), ("-o", "name")))
    lines = few.out.splitlines()
    assert [line.startswith("Hint: host 'h") for line in lines] == [True, False] * 5 + [False]
    assert lines[-1] == "… and 3 hosts like these (-v shows all)"
    assert few.err.startswith("0 problems, 8 hints; ")
    assert whole.out.count("Hint: ") == 8
    assert "…" not in whole.out
    assert len(rows.out.splitlines()) == 8


def test_links_that_lead_nowhere_are_taken_out(fresh_desk: Desk) -> None:
    ids = moving.put(fresh_desk.backend, events=False)
    for resource, name in (("user", "ops"), ("command", "ping"), ("timeperiod", "day")):
        delete(fresh_desk, resource, ids[name])
    found = checked(fresh_desk)
    assert found["code"] == 3
    problems = keys_of(found["problems"])
    assert {
        ("dangling", "host", "web", "users"),
        ("dangling", "host", "web-1", "check_command"),
        ("dangling", "service", "base/load", "check_command"),
        ("dangling", "command", "disk", "_users_read"),
        ("dangling", "hostdependency", "uplink", "dependency_period"),
        ("useless right", "userrestrictrole", "", "user"),
    } <= problems
    assert all(row["fix"] and row["reason"] for row in found["problems"])
    # Nobody is there to be asked: nothing is deleted.
    ran = run("-b", fresh_desk.url, "check", "--repair")
    assert ran.code == 3, ran
    assert "the user of this right does not exist: " in ran.out
    assert "not repaired: deletion was not confirmed" in ran.out
    left = checked(fresh_desk)["problems"]
    assert {row["check"] for row in left} == {"dangling", "useless right"}
    # What cannot be empty takes a decision.
    assert {row["field"] for row in left if row["check"] == "dangling"} == {
        "check_period", "dependency_period", "escalation_period", "host_notification_period",
    }  # fmt: skip
    assert all("update" in row["fix"] for row in left if row["check"] == "dangling")
    found = checked(fresh_desk, "--repair", "--yes")
    assert [row["repair"] for row in found["problems"] if row["check"] == "useless right"] == ["deleted", "deleted"]
    assert len(fresh_desk.items("userrestrictrole")) == 1
    web = fresh_desk.item("host", "web")
    assert (web["users"], web["check_command"]) == ([], None)


def test_templates_are_repaired_before_what_follows_them(fresh_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Alignak backend passes a change on while others are carried out: an item would be changed by two."""
    monkeypatch.setattr(repairing, "_BATCH_SIZE", 1)
    ids = moving.put(fresh_desk.backend, events=False)
    change(fresh_desk, "host", ids["base"], name="zz")  # findings are in the order of names
    for host in ("base", "web", "web-1"):
        change(fresh_desk, "host", ids[host], users=[ids["ops"]])
    delete(fresh_desk, "user", ids["ops"])
    batches: list[set[str]] = []
    update_many = Backend.update_many

    def recorded(backend: Backend, resource: str, changes: list[Change], on_result: OnResult) -> list[Outcome]:
        if resource == "host":
            batches.append({change.id for change in changes})
        return update_many(backend, resource, changes, on_result)

    monkeypatch.setattr(Backend, "update_many", recorded)
    checked(fresh_desk, "--repair")
    levels = [{ids[host] for host in ("base", "web", "web-1")} & batch for batch in batches]
    assert [*filter(None, levels)] == [{ids["base"]}, {ids["web"]}, {ids["web-1"]}]


@pytest.mark.parametrize(
    ("error", "code", "why", "last"),
    [
        (KeyboardInterrupt(), 130, "interrupted", "Interrupted"),
        (BackendException(code=1000, message="It is away"), 2, "It is away", "Stopped: It is away"),
    ],
)
def test_an_interrupted_repair_reports_its_results(
    error: BaseException, code: int, why: str, last: str, fresh_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = moving.put(fresh_desk.backend, events=False)
    for host in ("base", "web", "web-1"):
        change(fresh_desk, "host", ids[host], users=[ids["ops"]])
    delete(fresh_desk, "user", ids["ops"])
    update_many = Backend.update_many

    def cut_off(backend: Backend, resource: str, changes: list[Change], on_result: OnResult) -> list[Outcome]:
        found = update_many(backend, resource, changes, on_result)
        if ids["web"] in {change.id for change in changes}:
            raise error
        return found

    with monkeypatch.context() as patch:
        patch.setattr(Backend, "update_many", cut_off)
        ran = run("-b", fresh_desk.url, "check", "--repair")
    assert (ran.code, ran.err.splitlines()[-1]) == (code, last)
    became = {
        line.split("'")[1]: line.rpartition(": ")[2] for line in ran.out.splitlines() if line.startswith("Host '")
    }
    assert {name: became[name] for name in ("base", "web", "web-1")} == {
        "base": "repaired", "web": "repaired", "web-1": why,
    }  # fmt: skip
    run("-b", fresh_desk.url, "check", "--repair")
    assert fresh_desk.item("host", "web-1")["users"] == []


def test_circles_take_a_decision(fresh_desk: Desk) -> None:
    ids = moving.put(fresh_desk.backend, events=False)
    change(fresh_desk, "usergroup", ids["team"], usergroups=[ids["shift"]])
    (found,) = checked(fresh_desk, "--repair")["problems"]
    assert (found["check"], found["repair"]) == ("cycle", "needs a decision")
    assert "'shift'" in found["reason"]
    assert " → " in found["reason"]


def test_counters_are_counted_anew(fresh_desk: Desk) -> None:
    ids = moving.put(fresh_desk.backend, events=False)
    (there,) = fresh_desk.items("livesynthesis", _realm=ids["Paris"])
    change(fresh_desk, "livesynthesis", there["_id"], services_total=77, hosts_up_hard=-3)
    (found,) = checked(fresh_desk)["problems"]
    assert (found["check"], found["name"]) == ("counters", "Paris")
    assert "services_total is 77 instead of 6" in found["reason"]
    assert checked(fresh_desk, "--repair")["code"] == 0
    assert fresh_desk.items("livesynthesis", _realm=ids["Paris"])[0]["services_total"] == 6
    assert checked(fresh_desk)["problems"] == []


@pytest.mark.real_only
def test_copies_that_fell_behind_their_templates_follow_again(fresh_desk: Desk) -> None:
    """The Alignak backend passes changes on by one level."""
    ids = moving.put(fresh_desk.backend, events=False)
    change(fresh_desk, "host", ids["base"], check_interval=9)
    assert fresh_desk.item("host", "web-1")["check_interval"] == 5
    found = checked(fresh_desk, "--repair")
    assert keys_of(found["problems"]) == {("outdated", "host", name, "") for name in ("web-1", "web-2")}
    assert "check_interval is 5, the template says 9" in found["problems"][0]["reason"]
    there = fresh_desk.item("host", "web-1")
    assert (there["check_interval"], "check_interval" in there["_template_fields"]) == (9, True)
    assert checked(fresh_desk)["problems"] == []


def test_problems_repaired_meanwhile_are_left_alone(fresh_desk: Desk) -> None:
    ids = moving.put(fresh_desk.backend, events=False)
    (right,) = fresh_desk.items("userrestrictrole", _id=ids["right"])
    findings = [
        Finding("useless right", "userrestrictrole", "", right["_id"], "user", ("0" * 24,), Delete()),
        Finding(
            "outdated", "host", "gate", ids["gate"], "", (("check_interval", 4, 9),), Set({"check_interval": 9}, True)
        ),
    ]
    before = fresh_desk.everything()
    writer = Writer(fresh_desk.backend, "admin", Collector(lambda _done: None))
    results = repairing.repair(writer, findings, lambda _done, _total: None, delete=True)
    assert results[0] == repairing.Repaired(findings[0], done=False, reason=OVERTAKEN)
    assert fresh_desk.everything() == before


@pytest.mark.real_only
def test_services_without_hosts_and_doubles_are_found(fresh_desk: Desk) -> None:
    """The Alignak backend leaves the services of deleted lists behind, and takes doubles of one list."""
    ids = moving.put(fresh_desk.backend, events=False)
    twin = {"name": "twin", "host": ids["gate"], "_realm": ids["Paris"]}
    fresh_desk.backend.post("service", [twin, twin])
    found = checked(fresh_desk)
    assert ("duplicate", "service", "gate/twin", "name") in keys_of(found["problems"])
    fresh_desk.backend.delete("host", {})
    before = len(fresh_desk.items("service"))
    orphans = [row for row in checked(fresh_desk, "--repair", "--yes")["problems"] if row["check"] == "orphan"]
    assert {row["repair"] for row in orphans if row["type"] == "service"} == {"deleted"}
    assert len(orphans) >= before - 1
    assert fresh_desk.items("service") == []


@pytest.mark.embedded_only
def test_orphaned_services_are_deleted_on_request(tmp_path: Path) -> None:
    database = tmp_path / "site.db"
    with Backend(f"embedded:{database}") as backend:
        backend.login("admin", "admin")
        ids = moving.put(backend, events=False)
    with closing(sqlite3.connect(database)) as connection, connection:
        assert connection.execute("DELETE FROM host WHERE doc LIKE '%\"%web-2\"%'").rowcount == 1

    def check(*words: str) -> Ran:
        return run("-b", f"embedded:{database}", "check", *words)

    ran = check()
    assert ran.code == 3
    assert f"Service 'own' ({ids['own']}): its host does not exist: {ids['web-2']}" in ran.out
    assert check("--repair").code == 3
    assert check("--repair", "--yes").code == 0
    assert check().code == 0


def test_rows_are_for_programs_too(fresh_desk: Desk) -> None:
    ids = moving.put(fresh_desk.backend, events=False)
    delete(fresh_desk, "user", ids["ops"])
    ran = run("-b", fresh_desk.url, "check", "-o", "csv", "--columns", "severity,check,name")
    assert ran.out.splitlines()[:2] == ["severity,check,name", "problem,useless right,"]
    ran = run("-b", fresh_desk.url, "check", "-o", "ndjson")
    assert {json.loads(line)["severity"] for line in ran.out.splitlines()} == {"problem", "hint"}
    assert run("-b", fresh_desk.url, "check", "--yes").err.startswith("The option --yes goes with --repair")


def test_check_requires_a_super_administrator(fresh_desk: Desk) -> None:
    moving.put(fresh_desk.backend, events=False)
    ran = run("-b", fresh_desk.url, "-u", "ops", "-p", "hush", "check")
    assert ran.code == 2
    assert ran.err.startswith("Only super administrators can check a backend, and 'ops' is not one: ")
