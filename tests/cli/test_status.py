"""Command `status`: hosts and services by state in each realm, daemons, and the messages if nothing is known."""

from __future__ import annotations

import csv
import json

import pytest

from cli.monitored import HOUR, NOW
from cli.running import Desk, run, spawn
from servers import misbehaving as m

NOTHING = {"total": 0, "pending": 0, "not_monitored": 0, "acknowledged": 0, "downtime": 0, "unreachable": 0}
NO_HOSTS = {**NOTHING, "up": 0, "down": 0}
NO_SERVICES = {**NOTHING, "ok": 0, "warning": 0, "critical": 0, "unknown": 0}


def test_the_numbers_of_each_realm(site: str) -> None:
    found = json.loads(run("-b", site, "status", "-o", "json").out)
    assert 0 <= found["time"] - NOW < HOUR
    assert found["last_check"] == NOW - 30
    assert found["problems"] == 8
    assert found["hosts"] == NO_HOSTS | {
        "total": 7,
        "up": 1,
        "down": 3,
        "unreachable": 1,
        "pending": 1,
        "not_monitored": 1,
        "acknowledged": 1,
    }
    assert found["services"] == NO_SERVICES | {
        "total": 14,
        "ok": 1,
        "warning": 2,
        "critical": 7,
        "unknown": 2,
        "pending": 1,
        "not_monitored": 1,
        "acknowledged": 1,
        "downtime": 1,
    }
    assert [(one["realm"], one["level"], one["problems"]) for one in found["realms"]] == [
        ("All", 0, 3),
        ("Asia", 1, 2),
        ("Europe", 1, 0),
        ("Paris", 2, 3),
    ]
    asia, europe = found["realms"][1:3]
    assert asia["hosts"] == {**NO_HOSTS, "total": 2, "unreachable": 1, "pending": 1}
    assert asia["services"] == {**NO_SERVICES, "total": 1, "critical": 1}
    assert (europe["hosts"], europe["services"]) == (NO_HOSTS, NO_SERVICES)
    for kind in "hosts", "services":
        for name, number in found[kind].items():
            assert sum(one[kind][name] for one in found["realms"]) == number


def test_daemons(site: str) -> None:
    found = json.loads(run("-b", site, "status", "-o", "json").out)["daemons"]
    assert {one["name"]: one["state"] for one in found} == {
        "arbiter-1": "alive",
        "broker-1": "unreachable",
        "poller-1": "dead",
        "receiver-1": "silent",
        "scheduler-1": "silent",
    }
    assert (found[3]["last_check"], found[3]["age"]) == (None, None)
    assert 5 * HOUR <= found[4].pop("age") < 6 * HOUR
    assert found[4] == {
        "name": "scheduler-1",
        "type": "scheduler",
        "realm": "All",
        "spare": False,
        "state": "silent",
        "last_check": NOW - 5 * HOUR,
    }


def test_a_table_for_people(site: str) -> None:
    lines = run("-b", site, "status").out.splitlines()
    assert lines[0].split() == ["REALM", "PROBLEMS", "HOSTS", "UP", "DOWN", "SERVICES", "OK", "WARN", "CRIT", "UNKN"]
    assert [line.split() for line in lines[1:6]] == [
        ["All", "3", "4", "0", "3", "4", "0", "0", "3", "1"],
        ["Asia", "2", "2", "0", "0", "1", "0", "0", "1", "0"],
        ["Europe", "0", "0", "0", "0", "0", "0", "0", "0", "0"],
        ["Paris", "3", "1", "1", "0", "9", "1", "2", "3", "1"],
        ["Total", "8", "7", "1", "3", "14", "1", "2", "7", "2"],
    ]
    assert [len(line) - len(line.lstrip()) for line in lines[1:6]] == [0, 2, 2, 4, 0]
    assert lines[6] == "Never checked: 1 host and 1 service"
    assert lines[7].startswith("Last check: ")
    assert lines[8:11] == [
        "Daemons: 1 of 5 are alive",
        "  broker broker-1 is unreachable; last seen: " + lines[9].rpartition(": ")[2],
        "  poller poller-1 is dead; last seen: " + lines[10].rpartition(": ")[2],
    ]
    assert lines[11] == "  receiver receiver-1 is silent; last seen: never"
    assert lines[12].startswith("  scheduler scheduler-1 is silent; last seen: 5h")


@pytest.mark.parametrize("ids_in_url", [60, 1])
def test_a_realm_includes_its_sub_realms(site: str, ids_in_url: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alignak_backend_client.items.names.filters.IDS_IN_URL", ids_in_url)
    found = json.loads(run("-b", site, "status", "--realm", "Europe", "-o", "json").out)
    whole = json.loads(run("-b", site, "status", "-o", "json").out)
    assert [(one["realm"], one["level"]) for one in found["realms"]] == [("Europe", 0), ("Paris", 1)]
    assert [one["hosts"] for one in found["realms"]] == [one["hosts"] for one in whole["realms"][2:]]
    paris = whole["realms"][3]
    assert {kind: found[kind] for kind in ("problems", "hosts", "services")} == {
        kind: paris[kind] for kind in ("problems", "hosts", "services")
    }
    assert len(found["daemons"]) == 5
    asia = json.loads(run("-b", site, "status", "--realm", "Asia", "--realm", "Paris", "-o", "json").out)
    assert [(one["realm"], one["level"]) for one in asia["realms"]] == [("Asia", 0), ("Paris", 0)]
    # The newest check is one of Paris.
    assert (found["last_check"], asia["last_check"]) == (NOW - 30, NOW - 30)
    assert json.loads(run("-b", site, "status", "--realm", "Asia", "-o", "json").out)["last_check"] == NOW - 60
    ran = run("-b", site, "status", "--realm", "Pairs")
    assert (ran.code, ran.out, ran.err) == (2, "", "There is no realm 'Pairs': did you mean 'Paris'?\n")


def test_rows_are_realms(site: str) -> None:
    wanted = ["realm", "problems", "services.critical"]
    ran = run("-b", site, "status", "-o", "csv", "--columns", ",".join(wanted))
    assert list(csv.reader(ran.out.splitlines())) == [
        wanted, ["All", "3", "3"], ["Asia", "2", "1"], ["Europe", "0", "0"], ["Paris", "3", "3"]
    ]  # fmt: skip
    assert run("-b", site, "status", "-o", "name").out.split() == ["All", "Asia", "Europe", "Paris"]
    assert json.loads(run("-b", site, "status", "-o", "json", "--columns", "realm").out)[0] == {"realm": "All"}
    assert len(run("-b", site, "status", "-o", "ndjson").out.splitlines()) == 4


def test_a_site_without_anything(fresh_desk: Desk) -> None:
    ran = spawn("-b", fresh_desk.url, "status")
    assert ran.code == 0
    assert ran.out.splitlines()[1:] == [
        "All           0      0   0     0         0   0     0     0     0",
        "Last check: never",
        "Daemons: none; nothing is checked without a monitoring engine",
    ]


def test_few_requests_are_sent(fresh_desk: Desk, sent: list[str]) -> None:
    host = fresh_desk.backend.post("host", {"name": "web", "_realm": fresh_desk.item("realm", "All")["_id"]})["_id"]
    fresh_desk.backend.post("service", {"name": "cpu", "host": host, "ls_state": "CRITICAL", "ls_last_check": 1})
    sent.clear()
    run("-b", fresh_desk.url, "status", "--jobs", "1")
    # What is wrong; how many there are and when the last check was, how many of them in no realm that can be read;
    # how many pending, and of what there is, in which realm: all but the last are asked for; how many not monitored.
    wanted = ["realm", "host", "service", *["host"] * 5, *["service"] * 4, "alignakdaemon"]
    assert sent == ["POST login", *(f"GET {name}" for name in wanted)]


def test_realms_that_a_user_may_not_read_are_one_line(fresh_desk: Desk) -> None:
    # An item with _sub_realm can be seen from the realms below its own.
    backend = fresh_desk.backend
    top = fresh_desk.item("realm", "All")["_id"]
    below = backend.post("realm", {"name": "Below", "_parent": top})["_id"]
    backend.post("user", {"name": "bob", "password": "bob", "_realm": below, "back_role_super_admin": False})
    backend.post("host", {"name": "seen", "_realm": top, "_sub_realm": True, "ls_state": "DOWN", "ls_last_check": 1})
    backend.post("host", {"name": "unseen", "_realm": top, "_sub_realm": False, "ls_state": "UP", "ls_last_check": 1})
    ran = run("-b", fresh_desk.url, "-u", "bob", "-p", "bob", "status", "--columns", "realm,problems,hosts.total")
    assert [line.split() for line in ran.out.splitlines()[1:4]] == [
        ["Below", "0", "0"],
        ["?", "1", "1"],
        ["Total", "1", "1"],
    ]


def test_a_user_without_read_rights_gets_an_error(fresh_desk: Desk) -> None:
    backend = fresh_desk.backend
    realm = fresh_desk.item("realm", "All")["_id"]
    user = backend.post("user", {"name": "bob", "password": "bob", "_realm": realm})["_id"]
    for right in fresh_desk.items("userrestrictrole", user=user):
        backend.delete(f"userrestrictrole/{right['_id']}", {"If-Match": right["_etag"]})
    message = "This user has no read access to realms, hosts or services: an administrator must grant rights\n"
    for words in (["status"], ["problems"], ["history"], ["history", "--checks"], ["downtime", "--list"]):
        ran = run("-b", fresh_desk.url, "-u", "bob", "-p", "bob", *words)
        assert (ran.code, ran.out, ran.err) == (2, "", message), words


@pytest.mark.parametrize("resource", ["host", "service", "realm", "alignakdaemon"])
def test_without_read_access_there_is_no_status(resource: str) -> None:
    def answer(request: m.Request) -> m.Behaviour:
        if request.path.startswith(f"/{resource}"):
            return m.keep_alive({"_status": "ERR", "_error": {"code": 403, "message": "no"}}, 403)
        return m.page([{"_id": "a" * 24, "name": "All"}] if request.path.startswith("/realm") else [])

    with m.MisbehavingServer([m.after_login(answer)]) as server:
        ran = run("-b", server.url, "status")
    assert (ran.code, ran.out, ran.err) == (2, "", "The backend rejects the request: no\n")
