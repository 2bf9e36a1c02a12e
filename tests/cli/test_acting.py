"""Commands `ack`, `unack`, `downtime` and `recheck`: what is sent, for whom, what is refused before, what is told."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from alignak_backend_client._core.protocol import Request
from alignak_backend_client._core.responses import Response
from alignak_backend_client._core.session import Timeout
from alignak_backend_client._http.sync_transport import SyncTransport
from alignak_backend_client.cli import main
from cli.monitored import ACKNOWLEDGED, DOWNTIME, NOW, UNCHECKED, state
from cli.running import COMMAND, Desk, Item, Ran, environment, interrupted, run, spawn, unique
from servers import misbehaving as m

SLEEP = "alignak_backend_client.monitoring.actions.sleep"

SERVICES: dict[str, Item] = {
    "ok": state("ok", "OK"),
    "bad": state("bad", "CRITICAL"),
    "soft": state("soft", "WARNING", ls_state_type="SOFT"),
    "taken": state("taken", "CRITICAL", **ACKNOWLEDGED),
    "down": state("down", "UNKNOWN", **DOWNTIME),
    "off": state("off", "CRITICAL", **UNCHECKED),
    "new": {"name": "new"},
}


def host(desk: Desk, is_now: str = "DOWN", services: tuple[str, ...] = (), /, **more: Any) -> str:
    """A new host with some of the services; returns its name."""
    name = unique("host")
    identity = desk.backend.post("host", {**state(name, is_now), **more})["_id"]
    if services:
        added = desk.backend.create_many("service", [{**SERVICES[one], "host": identity} for one in services])
        assert all(one.ok for one in added)
    return name


def act(desk: Desk, *words: str) -> Ran:
    """Run the command on a backend."""
    return run("-b", desk.url, *words)


def ok(desk: Desk, *words: str) -> Ran:
    """Run the command; it must succeed."""
    ran = act(desk, *words)
    assert ran.code == 0, ran
    return ran


def sent(desk: Desk, kind: str, name: str) -> list[tuple[str, Item]]:
    """What was requested for a host and its services, in order: the service, or an empty text, and the request."""
    identity = desk.item("host", name)["_id"]
    services = {one["_id"]: one["name"] for one in desk.items("service", host=identity)}
    found = sorted(desk.items(kind, host=identity), key=lambda one: str(one["_id"]))
    return [(services.get(one["service"], ""), one) for one in found]


def asked(desk: Desk, kind: str, name: str) -> list[tuple[str, str]]:
    """The same in short: the service, and what to do."""
    return [(service, one.get("action", "")) for service, one in sent(desk, kind, name)]


def told(ran: Ran) -> tuple[list[Item], Item]:
    """What became of each, and the summary."""
    *results, last = [json.loads(line) for line in ran.out.splitlines()]
    return results, last["summary"]


# --- acknowledgements


def test_a_problem_is_acknowledged(desk: Desk) -> None:
    name = host(desk, "DOWN", ("bad",))
    ran = ok(desk, "ack", name, f"{name}/bad", "-m", "On it", "--no-sticky", "--notify")
    assert ran.out == (
        f"{name}: acknowledgement requested\n{name}/bad: acknowledgement requested\n2 acknowledgements requested\n"
    )
    for (service, request), expected in zip(sent(desk, "actionacknowledge", name), ["", "bad"], strict=True):
        assert service == expected
        assert {field: request[field] for field in ("action", "comment", "sticky", "notify", "persistent")} == {
            "action": "add",
            "comment": "On it",
            "sticky": False,
            "notify": True,
            "persistent": True,
        }
        assert desk.named("user", request["user"]) == "admin"
        assert request["processed"] is False
    history = desk.items("history", host=desk.item("host", name)["_id"])
    assert [one["type"] for one in history] == ["ack.add", "ack.add"]
    assert ok(desk, "ack", host(desk), "-m", "x", "--no-persistent").err.startswith(
        "No engine seems to process requests: the "
    )


def test_what_was_requested_is_not_requested_twice(desk: Desk) -> None:
    name = host(desk, "DOWN", ("taken", "bad"))
    ok(desk, "ack", name, "-m", "x")
    ran = ok(desk, "ack", name, f"{name}/taken", "-m", "x")
    assert ran.out.splitlines() == [
        f"{name}: already requested, but not processed by the engine yet",
        f"{name}/taken: already acknowledged",
        "0 acknowledgements requested, 2 already done",
    ]
    assert ok(desk, "unack", name, f"{name}/taken", f"{name}/bad").out.splitlines() == [
        f"{name}/bad: not acknowledged",
        f"{name}: removal of the acknowledgement requested",
        f"{name}/taken: removal of the acknowledgement requested",
        "2 removals of acknowledgements requested, 1 already done",
    ]
    assert ok(desk, "unack", name).out == f"{name}: not acknowledged\n"
    assert ok(desk, "ack", name, f"{name}/taken", "-m", "again").out.endswith("2 acknowledgements requested\n")
    assert asked(desk, "actionacknowledge", name) == [
        ("", "add"), ("", "delete"), ("taken", "delete"), ("", "add"), ("taken", "add")
    ]  # fmt: skip


def test_once_the_engine_has_taken_it_the_state_counts(desk: Desk) -> None:
    name = host(desk)
    ok(desk, "ack", name, "-m", "x")
    ((_, request),) = sent(desk, "actionacknowledge", name)
    desk.backend.patch(f"actionacknowledge/{request['_id']}", {"processed": True}, {"If-Match": request["_etag"]})
    assert ok(desk, "unack", name).out == f"{name}: not acknowledged\n"
    assert ok(desk, "ack", name, "-m", "x").out == f"{name}: acknowledgement requested\n"


def test_nothing_is_sent_when_something_named_has_no_problem(desk: Desk) -> None:
    name = host(desk, "UP", ("bad", "ok", "new", "taken"))
    words = [name, *(f"{name}/{service}" for service in ("bad", "ok", "new", "taken"))]
    ran = act(desk, "ack", *words, "-m", "x")
    assert (ran.code, ran.out) == (2, f"{name}/taken: already acknowledged\n")
    assert ran.err.splitlines() == [
        f"{name}: acknowledgement not requested: it is UP",
        f"{name}/ok: acknowledgement not requested: it is OK",
        f"{name}/new: acknowledgement not requested: it is PENDING",
        "0 acknowledgements requested, 1 already done, 3 rejected, 1 not requested",
    ]
    assert asked(desk, "actionacknowledge", name) == []
    ran = act(desk, "ack", *words, "-m", "x", "--json")
    results, summary = told(ran)
    assert [one["status"] for one in results] == ["failed", "failed", "failed", "unchanged", "unfinished"]
    assert (ran.code, summary["ok"], summary["reason"]) == (2, False, "nothing was sent")


ALL = ("ok", "bad", "soft", "taken", "down", "off", "new")


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["HOST", "--all-services"], ["bad", "down", "soft"]),
        (["HOST/*"], ["bad", "down", "soft"]),
        (["HO?T/*"], ["bad", "down", "soft"]),
        (["HOST/?a*"], ["bad"]),
        (["HOST*/bad", "HOST/bad"], ["bad"]),
        (["HOST/*", "--where", "ls_state=UNKNOWN"], ["down"]),
        (["HOST*", "--all-services"], ["bad", "down", "soft"]),
        (["HOST/bad", "HOST/down", "--where", "ls_state=UNKNOWN"], ["down"]),
    ],
)
def test_of_patterns_what_has_a_problem_is_meant(desk: Desk, words: list[str], meant: list[str]) -> None:
    name = host(desk, "UP", ALL)
    words = [word.replace("HO?T", f"?{name[1:]}").replace("HOST", name) for word in words]
    if "--all-services" in words:
        words[0] = words[0].replace("*", "*" if name in words[0] else "")
    ran = ok(desk, "ack", *words, "-m", "x")
    assert sorted(service for service, _ in asked(desk, "actionacknowledge", name)) == meant, ran


def test_a_host_is_meant_with_its_services(desk: Desk) -> None:
    name = host(desk, "DOWN", ("bad",))
    ok(desk, "ack", name, "--all-services", "-m", "x")
    assert asked(desk, "actionacknowledge", name) == [("", "add"), ("bad", "add")]
    ok(desk, "unack", f"{name}*", "--all-services")
    assert asked(desk, "actionacknowledge", name)[2:] == [("", "delete"), ("bad", "delete")]


def test_many_names_and_ids(desk: Desk) -> None:
    hosts = [host(desk, "DOWN", ("bad",)) for _ in range(3)]
    identity = desk.item("host", hosts[0])["_id"]
    service = desk.item("service", "bad", host=desk.item("host", hosts[1])["_id"])["_id"]
    ran = ok(desk, "recheck", identity, *hosts, *(f"{one}/bad" for one in hosts), "--where", "ls_state~[DC]")
    assert ran.out.endswith("6 checks requested\n")
    assert act(desk, "recheck", service).err.startswith(f"There is no host '{service}'")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["ack", "HOSTT"], "There is no host 'HOSTT': did you mean "),
        (["ack", "HOST/bda"], "The host 'HOST' has no service 'bda': did you mean 'HOST/bad'?"),
        (["ack", "nowhere/bad"], "There is no host 'nowhere'"),
        (["ack", "HOST", "nothing*"], "No host matches 'nothing*'"),
        (["ack", "HOST/x*"], "No service matches 'HOST/x*'"),
        (["ack", "nothing*/bad"], "No service matches 'nothing*/bad'"),
        (["ack", "HOST/bad", "--all-services"], "--all-services needs a host: give a host name or pattern"),
        (["ack", "HOST/o*"], "Nothing to acknowledge: none of the selected hosts and services has a problem"),
        (["ack", "_dummy"], "The host '_dummy' is a template, which is not monitored"),
        (["recheck", "HOST", "--where", "ls_state=UP"], "None of the selected hosts and services matches the filter"),
    ],
)
def test_what_is_not_there_is_told_before_anything_is_sent(desk: Desk, words: list[str], hint: str) -> None:
    name = host(desk, "DOWN", ("bad", "ok"))
    ran = act(desk, *(word.replace("HOST", name) for word in words), "-m", "x")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(hint.replace("HOST", name))
    assert ran.err.count("\n") == 1
    assert asked(desk, "actionacknowledge", name) == asked(desk, "actionforcecheck", name) == []


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["ack", "h"], "Missing option -m / --comment"),
        (["ack", "-m", "x"], "Give at least one host, service (host/service), or pattern such as 'web*'"),
        (["ack", "h", "-m", " "], "The comment is empty"),
        (["ack", "h", "-m", "a\nb"], "The comment has several lines"),
        (["ack", "h", "-m", "a\u2028b"], "The comment has several lines"),
        (["recheck", "h", "-m", "a;b"], "The comment has a ';'"),
        (["unack", "h", "-m", "a\udc80"], "The comment has invalid characters"),
        (["ack", "h", "-m", "x", "--where", "ls_stat=DOWN"], "Hosts have no field 'ls_stat': did you mean 'ls_state'?"),
        (["recheck", "h", "--wait=0"], "Invalid value for '--wait': '0' is not a number of seconds above 0"),
        (["downtime", "h", "-m", "x"], "A downtime needs an end: --for 2h, or --until 18:00"),
        (["downtime", "h", "--for", "2h"], "A downtime needs a comment: give the reason with -m"),
        (["downtime", "--for", "2h", "-m", "x"], "Give at least one host"),
        (["downtime", "h", "--for", "2h", "--from", "today 0:00:01", "-m", "x"], "The start is in the past"),
        (["downtime", "h", "--until", "2018-01-01 00:00", "-m", "x"], "The end is in the past"),
        (["downtime", "--list", "--remove", "h"], "The option --remove cannot be combined with --list"),
        (["downtime", "--list", "--for", "2h"], "The option --for cannot be combined with --list"),
        (["downtime", "--remove", "h", "--until", "18:00"], "The option --until cannot be combined with --remove"),
        (["downtime", "--list", "--json"], "The option --json cannot be combined with --list; use -o json for JSON"),
        (["downtime", "h", "--for", "2h", "-m", "x", "-o", "json"], "The options -o, --columns and --no-headers need "),
        (["downtime", "--list", "--columns", "nmae"], "Unknown column 'nmae': did you mean 'name'?"),
    ],
)  # fmt: skip
def test_wrong_command_lines(words: list[str], hint: str) -> None:
    ran = run("-b", "http://127.0.0.1:1", *words)
    assert (ran.code, ran.out) == (64, "")
    assert ran.err.startswith(hint), ran


def test_names_that_external_commands_would_cut(desk: Desk) -> None:
    name = f"{unique()};b"
    desk.backend.post("host", state(name, "DOWN"))
    ran = act(desk, "recheck", name)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"{name}: check not requested: its name has a ';'")


def test_a_dry_run_sends_nothing(desk: Desk) -> None:
    name = host(desk, "DOWN", ("bad",))
    ran = ok(desk, "-c", "ack", name, "--all-services", "-m", "x", "--wait")
    assert ran.out == (
        f"{name}: acknowledgement would be requested\n{name}/bad: acknowledgement would be requested\n"
        "2 acknowledgements would be requested\n"
    )
    assert ran.err == ""
    assert asked(desk, "actionacknowledge", name) == []
    results, summary = told(ok(desk, "-c", "recheck", name, "--json"))
    assert (results[0]["id"], results[0]["dry_run"], summary["created"]) == (None, True, 1)


# --- rights


def test_who_may_not_submit_commands_is_told_so(desk: Desk) -> None:
    name, user = host(desk), unique("user")
    realm = desk.item("realm", "All")["_id"]
    account = {"name": user, "password": user, "_realm": realm, "back_role_super_admin": False}
    made = desk.backend.post("user", {**account, "can_submit_commands": False})
    for words in ["ack", name], ["recheck", name], ["downtime", name, "--for", "1h"], ["unack", name]:
        ran = act(desk, "-u", user, "-p", user, *words, "-m", "x", "--json")
        assert ran.code == 2
        assert ran.err.splitlines()[-1] == (
            f"The user '{user}' may not submit commands: an administrator must set can_submit_commands of that user"
        )
        assert told(ran)[1]["ok"] is False
    changed = {"can_submit_commands": True}
    desk.backend.patch(f"user/{made['_id']}", changed, {"If-Match": made["_etag"]}, inception=True)
    assert act(desk, "-u", user, "-p", user, "ack", name, "-m", "mine").code == 0
    ((_, request),) = sent(desk, "actionacknowledge", name)
    assert desk.named("user", request["user"]) == user


# --- downtimes


def test_a_downtime_of_a_host_with_all_its_services(desk: Desk) -> None:
    name = host(desk, "UP", ("ok", "bad"))
    before = int(time.time())
    ran = ok(desk, "downtime", name, "--all-services", "--for", "2h", "-m", "New disk")
    assert ran.out.splitlines() == [
        f"{name}: downtime requested", f"{name}/ok: downtime requested", f"{name}/bad: downtime requested",
        "3 downtimes requested",
    ]  # fmt: skip
    assert ran.err.startswith("Downtime from ")
    assert " until " in ran.err.splitlines()[0]
    for _, request in sent(desk, "actiondowntime", name):
        assert before <= request["start_time"] <= time.time()
        assert (request["end_time"] - request["start_time"], request["duration"]) == (7200, 7200)
        assert (request["fixed"], request["comment"], request["action"]) == (True, "New disk", "add")
    ran = ok(desk, "downtime", "--remove", name, "--all-services", "-m", "done")
    assert ran.out.endswith("3 cancellations of downtimes requested\n")
    assert asked(desk, "actiondowntime", name)[3:] == [("", "delete"), ("ok", "delete"), ("bad", "delete")]
    ran = ok(desk, "downtime", "--remove", name, f"{name}/*")
    assert ran.out.splitlines()[0] == f"{name}: not in a downtime"
    ran = ok(desk, "downtime", "--remove", f"{name}*", "--all-services")
    assert (ran.out, ran.err) == ("", "Nothing to cancel: none of the selected hosts and services is in a downtime\n")


def test_downtimes_are_listed(desk: Desk) -> None:
    name = host(desk, "UP", ("ok", "bad"))
    ok(desk, "downtime", f"{name}/ok", "--until", "+2h", "--from", "+1h", "-m", "later\x1b")
    ok(desk, "downtime", name, "--for", "1h", "--flexible", "600", "-m", "soon")
    ok(desk, "downtime", f"{name}/bad", "--for", "1h", "-m", "over")
    ok(desk, "downtime", "--remove", f"{name}/bad")
    names = [f"{name}", f"{name}/*"]
    flexible, later = json.loads(ok(desk, "downtime", "--list", *names, "-o", "json").out)
    assert flexible.pop("start") <= time.time() < flexible.pop("end") - 3500
    identity = flexible.pop("id")
    assert flexible == {
        "status": "requested", "type": "host", "name": name, "host": name, "service": None, "fixed": False,
        "duration": 600, "user": "admin", "comment": "soon", "processed": False, "notified": False,
    }  # fmt: skip
    assert (later["name"], later["service"], later["duration"]) == (f"{name}/ok", "ok", 3600)
    ran = ok(desk, "downtime", "--list", *names)
    first, _, second = ran.out.splitlines()
    assert first.split() == ["STATUS", "HOST/SERVICE", "START", "END", "BY", "COMMENT"]
    assert second.endswith(r"later\x1b")
    # What the engine has taken is no request any more.
    for request in (one for _, one in sent(desk, "actiondowntime", name) if one["action"] == "add"):
        desk.backend.patch(f"actiondowntime/{request['_id']}", {"processed": True}, {"If-Match": request["_etag"]})
    rows = json.loads(ok(desk, "downtime", "--list", *names, "-o", "json").out)
    assert [row["status"] for row in rows] == ["flexible", "scheduled"]
    assert identity in ok(desk, "downtime", "--list", "--columns", "id", "--no-headers").out
    assert ok(desk, "downtime", "--list", f"{name}/bad").err == "No downtimes of 1 host or service\n"


def test_a_downtime_is_listed_again_after_the_former_was_removed(desk: Desk) -> None:
    name = host(desk)
    for _ in range(3):
        ok(desk, "downtime", name, "--for", "1h", "-m", "x")
        assert ok(desk, "downtime", "--list", name, "-o", "name").out == f"{name}\n"
        ok(desk, "downtime", "--remove", name)
        assert ok(desk, "downtime", "--list", name, "-o", "name").out == ""


def test_downtimes_that_are_over_are_not_listed(desk: Desk) -> None:
    name = host(desk)
    known = {"host": desk.item("host", name)["_id"], "service": None, "user": desk.item("user", "admin")["_id"]}
    over = {"start_time": NOW - 7200, "end_time": NOW - 3600}
    desk.backend.post("actiondowntime", {**known, **over})
    desk.backend.post("actiondowntime", {**known, **over, "fixed": False, "duration": 1800})
    assert ok(desk, "downtime", "--list", name, "-o", "name").out == ""
    # It may have begun an hour ago.
    desk.backend.post("actiondowntime", {**known, **over, "fixed": False, "duration": 86_400})
    assert ok(desk, "downtime", "--list", name, "-o", "name").out == f"{name}\n"


def test_downtimes_are_removed_by_id(desk: Desk) -> None:
    name, other = host(desk), host(desk, "UP", ("ok",))

    def ids(*names: str) -> list[str]:
        return ok(desk, "downtime", "--list", *names, "--columns", "id", "--no-headers").out.split()

    ok(desk, "downtime", name, f"{other}/ok", "--for", "1h", "-m", "x")
    (of_service,) = ids(f"{other}/*")
    assert ok(desk, "downtime", "--remove", of_service).out == f"{other}/ok: cancellation of the downtimes requested\n"
    assert ids(name, f"{other}/*") == ids(name)
    ok(desk, "downtime", name, "--for", "2h", "-m", "y")
    first, second = ids(name)
    ran = act(desk, "downtime", "--remove", first)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.endswith(f"the engine ends all of them at a time: to end all, name '{name}'\n")
    assert (
        ok(desk, "downtime", "--remove", first, second.upper()).out
        == f"{name}: cancellation of the downtimes requested\n"
    )


# --- checks, and what the engine does


def test_a_check_is_requested(desk: Desk) -> None:
    name = host(desk, "UP", ("ok", "new"))
    results, summary = told(ok(desk, "recheck", name, f"{name}/new", "-m", "After the repair", "--json"))
    assert [(one["type"], one["name"], one["status"]) for one in results] == [
        ("actionforcecheck", name, "created"),
        ("actionforcecheck", f"{name}/new", "created"),
    ]
    found = sent(desk, "actionforcecheck", name)
    assert [(service, one["comment"]) for service, one in found] == [
        ("", "After the repair"),
        ("new", "After the repair"),
    ]
    assert [one["id"] for one in results] == [one["_id"] for _, one in found]
    assert (summary["created"], summary["ok"]) == (2, True)
    assert "processed" not in summary


def engine(desk: Desk, *marks: Item) -> Callable[[float], None]:
    """What takes the place of a pause: the engine marks all that was requested, one mark a pause."""
    left = list(marks)

    def work(_seconds: float) -> None:
        mark = left.pop(0) if left else {}
        for kind in ("actionacknowledge", "actionforcecheck"):
            if mark and (kind, "notified" in mark) != ("actionforcecheck", True):
                for one in desk.items(kind, processed="notified" in mark):
                    desk.backend.patch(f"{kind}/{one['_id']}", mark, {"If-Match": one["_etag"]})

    return work


def test_waiting_for_the_engine(fresh_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    name = host(fresh_desk, "DOWN", ("bad",))
    monkeypatch.setattr(SLEEP, engine(fresh_desk, {"processed": True}, {"notified": True}))
    ran = ok(fresh_desk, "ack", "--wait", name, f"{name}/bad", "-m", "x")
    assert ran.err.splitlines()[-1] == "The engine has processed 2 of 2, 2 confirmed"
    monkeypatch.setattr(SLEEP, engine(fresh_desk, {"processed": True}))
    ran = ok(fresh_desk, "recheck", "--wait", "20", name, "--json")
    assert ran.err.splitlines()[-1] == "The engine has processed 1 of 1"
    assert [told(ran)[1][key] for key in ("processed", "notified", "ok")] == [1, None, True]


def test_an_engine_that_does_not_take_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    name = host(desk, "DOWN", ("bad",))
    monkeypatch.setattr(SLEEP, lambda _seconds: None)
    ran = act(desk, "ack", name, f"{name}/bad", "-m", "x", "--wait", "0.01", "--json")
    assert ran.code == 2
    assert ran.err.splitlines()[-3:] == [
        "The engine has processed 0 of 2, 0 confirmed",
        f"Not processed within 0.01 s: {name}, {name}/bad",
        "2 acknowledgements requested",
    ]
    _, summary = told(ran)
    assert (summary["created"], summary["processed"], summary["notified"]) == (2, 0, 0)
    assert (summary["ok"], summary["reason"]) == (False, "the engine did not process all requests in time")


def test_whether_an_engine_runs_is_told(fresh_desk: Desk) -> None:
    name = host(fresh_desk)
    none = "No engine seems to process requests: the backend has no Alignak daemons (alignakdaemon)\n"
    assert ok(fresh_desk, "recheck", name).err == none
    daemon = {"name": "arbiter", "type": "arbiter", "address": "127.0.0.1", "port": 7770, "alive": True}
    more = {"reachable": True, "passive": False, "spare": False, "_realm": fresh_desk.item("realm", "All")["_id"]}
    fresh_desk.backend.post("alignakdaemon", {**daemon, **more, "last_check": NOW - 7300})
    silent = "No engine seems to process requests: no Alignak daemon is alive; the last one was seen 2h"
    assert ok(fresh_desk, "recheck", name).err.startswith(silent)
    fresh_desk.backend.post("alignakdaemon", {**daemon, **more, "name": "poller", "last_check": int(time.time())})
    assert ok(fresh_desk, "recheck", name).err == ""
    database = f"embedded:{fresh_desk.folder / 'a.db'}"
    run("-b", database, "add", "h")
    assert run("-b", database, "recheck", "h").err.startswith(
        "No engine seems to process requests: an embedded backend has "
    )


# --- how it is sent


def test_many_are_sent_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    requests: list[str] = []
    send = SyncTransport.send

    def counted(transport: SyncTransport, request: Request, timeout: Timeout) -> Response:
        requests.append(request.method)
        return send(transport, request, timeout)

    name = unique("host")
    identity = desk.backend.post("host", state(name, "UP"))["_id"]
    services = [{**SERVICES["bad"], "name": f"s{number}", "host": identity} for number in range(60)]
    desk.backend.create_many("service", services)
    monkeypatch.setattr(SyncTransport, "send", counted)
    ran = ok(desk, "ack", f"{name}/*", "-m", "x")
    assert ran.out == "60 acknowledgements requested\n"
    assert requests.count("POST") == 2  # the login
    assert len(requests) < 12
    assert len(sent(desk, "actionacknowledge", name)) == 60


def test_the_installed_command(desk: Desk) -> None:
    name = host(desk, "DOWN", ("bad",))
    ran = spawn("downtime", "-b", desk.url, f"{name}/bad", "--until", "+90m", "-m", "x", TZ="Europe/Paris")
    assert (ran.code, ran.out) == (0, f"{name}/bad: downtime requested\n")
    assert " CE" in ran.err.splitlines()[0]
    assert spawn("ack", "-qb", desk.url, name, "-m", "x") == Ran(0, "", "")


def test_ctrl_c_while_it_is_waited_for_tells_what_was_sent(desk: Desk) -> None:
    name = host(desk)
    with subprocess.Popen(
        [*COMMAND, "-b", desk.url, "recheck", name, "--json", "--wait"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        text=True,
    ) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["status"] == "created"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    summary = json.loads(out)["summary"]
    assert (summary["created"], summary["interrupted"], summary["ok"]) == (1, True, False)
    assert err.endswith("Interrupted\n")


@pytest.mark.parametrize(
    ("words", "first", "told"),
    [
        (["recheck", "h*"], 500, "500 checks requested, 100 not requested, as far as is known"),
        (["recheck", "h001"], 0, "0 checks requested, 1 not requested, as far as is known"),
    ],
)
def test_ctrl_c_while_it_is_sent(words: list[str], first: int, told: str) -> None:
    hanging, release = threading.Event(), threading.Event()
    hosts = [
        {"_id": f"{number:024x}", "_etag": "e", "name": f"h{number:03}", "ls_state": "UP"} for number in range(600)
    ]
    posts: list[int] = []

    def script(request: m.Request) -> m.Behaviour:
        path = request.path.partition("?")[0]
        if request.method == "GET":
            user = [{"_id": "f" * 24, "_etag": "e", "name": "admin", "can_submit_commands": True}]
            named = [one for one in hosts if f"%22{one['name']}%22" in request.path]
            known = named or hosts
            found = user if path == "/user" else known if path == "/host" and "%24gt" not in request.path else []
            return m.page(found)
        posts.append(len(request.json))
        if sum(posts) > first:
            hanging.set()
            release.wait(20)
        verdicts = [{"_status": "OK", "_id": one["_id"], "_etag": "e"} for one in request.json]
        return m.json_answer({"_status": "OK", "_items": verdicts}, 201)

    with m.MisbehavingServer([m.after_login(script, page_limit=5000)]) as server:
        ran = interrupted("-b", server.url, *words, hanging=hanging, release=release)
    assert (ran.code, ran.out) == (130, "")
    assert ran.err.splitlines()[-2:] == [told, "Interrupted"]


def test_who_may_not_read_daemons_is_told_what_was_sent() -> None:
    items = {
        "/user": {"_id": "f" * 24, "_etag": "e", "name": "admin", "can_submit_commands": True},
        "/host": {"_id": "a" * 24, "_etag": "e", "name": "h", "ls_state": "UP"},
    }

    def script(request: m.Request) -> m.Behaviour:
        path = request.path.partition("?")[0]
        if path == "/alignakdaemon":
            return m.keep_alive({"_status": "ERR", "_error": {"code": 403, "message": "no"}}, 403)
        if request.method == "POST":
            return m.keep_alive({"_status": "OK", "_id": request.json[0]["_id"], "_etag": "e"}, 201)
        return m.page([items[path]] if path in items else [])

    with m.MisbehavingServer([m.after_login(script)]) as server:
        assert run("-b", server.url, "recheck", "h") == Ran(0, "h: check requested\n", "")


def test_a_list_that_cannot_be_read_never_looks_like_none() -> None:
    refused = m.keep_alive({"_status": "ERR", "_error": {"code": 403, "message": "no"}}, 403)
    with m.MisbehavingServer([m.after_login(refused)]) as server:
        for output in "table", "json", "name":
            ran = run("-b", server.url, "downtime", "--list", "-o", output)
            assert (ran.code, ran.out, ran.err) == (2, "", "The backend rejects the request: no\n")


@pytest.mark.parametrize("word", ["rack", "back", "wy"])
def test_hosts_are_called_like_short_commands(word: str) -> None:
    # 64 would tell of a typo; 1 is that there is no backend to add it to.
    assert main(["-q", "--retries", "0", "-b", "http://127.0.0.1:1", word]) == 1
