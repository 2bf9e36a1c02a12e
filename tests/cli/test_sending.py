"""Command `recheck`, what the engine makes of requests, and how many are sent."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable

import pytest

from alignak_backend_client._core.protocol import Request
from alignak_backend_client._core.responses import Response
from alignak_backend_client._core.session import Timeout
from alignak_backend_client._http.sync_transport import SyncTransport
from alignak_backend_client.cli import main
from cli.acting import SERVICES, SLEEP, act, host, json_results, ok, sent
from cli.monitored import NOW, state
from cli.running import COMMAND, Desk, Item, Ran, environment, interrupted, run, spawn, unique
from servers import misbehaving as m


def test_a_check_is_requested(desk: Desk) -> None:
    name = host(desk, "UP", ("ok", "new"))
    results, summary = json_results(ok(desk, "recheck", name, f"{name}/new", "-m", "After the repair", "--json"))
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
    assert [json_results(ran)[1][key] for key in ("processed", "notified", "ok")] == [1, None, True]


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
    _, summary = json_results(ran)
    assert (summary["created"], summary["processed"], summary["notified"]) == (2, 0, 0)
    assert (summary["ok"], summary["reason"]) == (False, "the engine did not process all requests in time")


def test_a_missing_engine_is_reported(fresh_desk: Desk) -> None:
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


def test_ctrl_c_while_waiting_reports_what_was_sent(desk: Desk) -> None:
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
    ("words", "first", "message"),
    [
        (["recheck", "h*"], 500, "500 checks requested, 100 not requested, as far as is known"),
        (["recheck", "h001"], 0, "0 checks requested, 1 not requested, as far as is known"),
    ],
)
def test_ctrl_c_while_it_is_sent(words: list[str], first: int, message: str) -> None:
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
    assert ran.err.splitlines()[-2:] == [message, "Interrupted"]


def test_results_are_reported_without_rights_on_daemons() -> None:
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
    # 64 would mean a typo; 1 is that there is no backend to add it to.
    assert main(["-q", "--retries", "0", "-b", "http://127.0.0.1:1", word]) == 1
