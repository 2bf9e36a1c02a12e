"""Command `downtime`: downtimes of hosts and services, listed and removed."""

from __future__ import annotations

import json
import time

from cli.acting import act, asked, host, ok, sent
from cli.monitored import NOW
from cli.running import Desk


def test_a_downtime_of_a_host_with_all_its_services(desk: Desk) -> None:
    name = host(desk, "UP", ("ok", "bad"))
    before = int(time.time())
    ran = ok(desk, "downtime", name, "--all-services", "--for", "2h", "-m", "New disk")
    assert ran.out.splitlines() == [
        f"{name}: downtime requested", f"{name}/bad: downtime requested", f"{name}/ok: downtime requested",
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
    assert asked(desk, "actiondowntime", name)[3:] == [("", "delete"), ("bad", "delete"), ("ok", "delete")]
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
