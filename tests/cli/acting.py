"""What the tests of `ack`, `unack`, `downtime` and `recheck` share."""

from __future__ import annotations

import json
from typing import Any

from cli.monitored import ACKNOWLEDGED, DOWNTIME, UNCHECKED, state
from cli.running import Desk, Item, Ran, run, unique

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


def json_results(ran: Ran) -> tuple[list[Item], Item]:
    """What became of each, and the summary."""
    *results, last = [json.loads(line) for line in ran.out.splitlines()]
    return results, last["summary"]
