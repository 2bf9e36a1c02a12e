"""Command `history`: events and results of checks, of whom, since when, and which when there are many."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Iterator

import pytest

from alignak_backend_client.client import Backend
from cli.running import Desk, run, spawn
from servers import misbehaving as m
from servers.provision import ServerUnavailableError
from servers.running import Kind, running_backend

START = int(time.time())
CHECKED = START - 1800


@pytest.fixture(scope="module")
def past(backend_kind: Kind) -> Iterator[str]:
    """The URL of a backend where something happened; nothing changes it."""
    try:
        with running_backend(backend_kind) as running, Backend(running.url) as backend:
            assert backend.login("admin", "admin")
            realm = backend.get_all("realm")["_items"][0]["_id"]
            hosts = {
                name: backend.post("host", {"name": name, "_realm": realm})["_id"] for name in ("web", "web-2", "db")
            }
            disk = backend.post("service", {"name": "disk", "host": hosts["db"], "_realm": realm})["_id"]
            for kind, host, service, text in (
                ("monitoring.alert", "web", None, "HOST ALERT: web\nis DOWN \x1b[31m"),
                ("ack.add", "web", None, "on it"),
                ("downtime.add", "db", disk, "bigger disk"),
                ("downtime.processed", "db", disk, "bigger disk"),
                ("monitoring.alert", "web-2", None, "HOST ALERT: web-2 is DOWN"),
            ):
                event = {"type": kind, "host": hosts[host], "service": service, "message": text}
                backend.post("history", event)
            backend.post("history", {"type": "webui.comment", "host_name": "deleted", "message": "was here"})
            for is_now, before, changed in ("OK", "OK", False), ("WARNING", "OK", True):
                result = {"state": is_now, "last_state": before, "state_changed": changed, "output": f"disk {is_now}"}
                types = {"state_type": "HARD", "last_state_type": "HARD"}
                target = {"host": hosts["db"], "service": disk, "last_check": CHECKED}
                backend.post("logcheckresult", {**target, **types, **result})
            yield running.url
    except ServerUnavailableError as error:
        pytest.skip(str(error))


def events(url: str, *words: str) -> list[tuple[str, str]]:
    ran = run("-b", url, "history", "-o", "ndjson", *words)
    assert ran.code == 0, ran
    return [(row["type"], row["name"]) for row in map(json.loads, ran.out.splitlines())]


ALL = [
    ("monitoring.alert", "web"),
    ("ack.add", "web"),
    ("downtime.add", "db/disk"),
    ("downtime.processed", "db/disk"),
    ("monitoring.alert", "web-2"),
    ("webui.comment", "deleted"),
    ("check.result", "db/disk"),
    ("check.result", "db/disk"),
]


def test_the_newest_are_last() -> None:
    asked: list[str] = []
    dates = ["Fri, 27 Nov 2026 18:00:02 GMT", "Fri, 27 Nov 2026 18:00:00 GMT"]

    def answer(request: m.Request) -> m.Behaviour:
        asked.append(request.path)
        return m.page([{"_id": f"{at:024x}", "type": "ack.add", "_created": date} for at, date in enumerate(dates)])

    with m.MisbehavingServer([m.after_login(answer)]) as server:
        ran = run("-b", server.url, "history", "-o", "ndjson")
    assert [json.loads(line)["time"] for line in ran.out.splitlines()] == [1795802400, 1795802402]
    assert "sort=-_created%2C-_id" in asked[0]


@pytest.mark.parametrize(
    ("words", "which"),
    [
        (["web"], [0, 1]),
        (["web*"], [0, 1, 4]),
        (["web", "web-2"], [0, 1, 4]),
        (["db"], [2, 3, 6, 7]),
        (["db/disk"], [2, 3, 6, 7]),
        (["d*/d*"], [2, 3, 6, 7]),
        (["deleted"], [5]),
        (["--type", "ack.add"], [1]),
        (["--type", "downtime.*", "--type", "webui.comment"], [2, 3, 5]),
        (["db", "--type", "ack.*"], []),
        (["--since", "2h", "--until", "1h"], []),
        (["--since", "yesterday 0:30", "--until", "tomorrow 18:00", "web"], [0, 1]),
        (["--since", "2000-01-01", "--until", "2999-01-01T00:00+01:00"], [0, 1, 2, 3, 4, 5, 6, 7]),
        (["--limit", "0"], [0, 1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_selected_events(past: str, words: list[str], which: list[int]) -> None:
    # Within a second they come in any order.
    assert sorted(events(past, *words)) == sorted(ALL[at] for at in which)


def test_results_of_checks(past: str) -> None:
    ran = run("-b", past, "history", "db/disk", "--checks", "-o", "json")
    second, first = sorted(json.loads(ran.out), key=lambda row: str(row["state"]), reverse=True)
    assert first["state"] == "OK"
    assert second == {
        "time": CHECKED,
        "type": "check.result",
        "name": "db/disk",
        "host": "db",
        "service": "disk",
        "user": None,
        "state": "WARNING",
        "state_type": "HARD",
        "last_state": "OK",
        "message": "disk WARNING",
    }
    ran = run("-b", past, "history", "--changes", "-o", "csv", "--columns", "state,name")
    assert list(csv.reader(ran.out.splitlines())) == [["state", "name"], ["WARNING", "db/disk"]]


def test_rows_for_programs(past: str) -> None:
    row = json.loads(run("-b", past, "history", "web", "--type", "ack.add", "-o", "json").out)[0]
    assert START - 5 <= row.pop("time") <= time.time() + 5
    assert row == {
        "type": "ack.add",
        "name": "web",
        "host": "web",
        "service": None,
        "user": "Alignak",
        "state": None,
        "state_type": None,
        "last_state": None,
        "message": "on it",
    }


def test_a_table_for_people(past: str) -> None:
    ran = spawn("-b", past, "history", "web", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    heading, *lines = ran.out.splitlines()
    assert heading.split() == ["TIME", "TYPE", "HOST/SERVICE", "USER", "MESSAGE"]
    assert sum(r"HOST ALERT: web is DOWN \x1b[31m" in line for line in lines) == 1


def test_a_truncated_history_has_a_note(past: str) -> None:
    assert len(events(past, "--limit", "2")) == 2
    assert run("-b", past, "history", "--limit", "2").err == "Only the last 2 of 8 are shown (--limit)\n"
    assert run("-b", past, "history", "--limit", "8").err == ""
    ran = run("-b", past, "history", "db", "--type", "ack.*", "-o", "json")
    assert (ran.code, ran.out) == (0, "[]\n")
    assert ran.err.startswith("No events since ")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["wbe"], 2, "There is no host 'wbe': did you mean 'web'?"),
        (["x*"], 2, "No host matches 'x*'"),
        (["web", "deleted", "d*/d*", "wbe"], 2, "There is no host 'wbe': did you mean 'web'?"),
        (["bd/disk"], 2, "There is no service 'bd/disk': there is no host 'bd'"),
        (["db/dsik"], 2, "There is no service 'db/dsik': did you mean 'db/disk'?"),
        (["disk"], 2, "There is no host 'disk'; for the services with this name, use '*/disk'"),
        (["--type", "ack.ad"], 64, "Unknown event type 'ack.ad': did you mean 'ack.add'?"),
        (["--type", "ack.*", "--checks"], 64, "The option --type cannot be combined with --checks or --changes"),
        (["--since", "someday"], 64, "'someday' is not a time: use 2h, 18:00, 'yesterday 18:00'"),
        (["--since", "tomorrow"], 64, "The start is in the future: "),
        (["--since", "2h", "--until", "3h"], 64, "The end, "),
        (["--since", "2999999999-01-01"], 64, "'2999999999-01-01' is not a time"),
        (["--columns", "state"], 64, "Unknown column 'state'"),
    ],
)
def test_invalid_selections_are_reported(past: str, words: list[str], code: int, message: str) -> None:
    ran = run("-b", past, "history", *words)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.startswith(message)


@pytest.mark.parametrize("name", ["a/b/c", "a/b/*", "*/b/c", "a/b"])
def test_a_host_with_a_slash_in_its_name(fresh_desk: Desk, name: str) -> None:
    # There is no host "a", with which the names begin as well.
    fresh_desk.ok("-d", fresh_desk.file([{"name": "a/b"}]), "add")
    fresh_desk.ok("-t", "service", "-d", fresh_desk.file([{"host": "a/b", "name": "c"}]), "add")
    ran = run("-b", fresh_desk.url, "history", "--type", "ack.*", name)
    assert ran.code == 0, ran
    assert ran.err.startswith("No events since ")
