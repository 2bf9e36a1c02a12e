"""A site with states: realms below realms, problems of each kind, and what is none."""

from __future__ import annotations

import time
from typing import Any

from alignak_backend_client.client import Backend

NOW = int(time.time())
"""When the tests began: states have lasted until then."""

HOUR = 3600


def state(name: str, is_now: str, hours: float = 1, **more: Any) -> dict[str, Any]:
    """An item that was checked a minute ago, and has had its state for some hours."""
    return {
        "name": name,
        "ls_state": is_now,
        "ls_last_check": NOW - 60,
        "ls_last_state_changed": NOW - int(hours * HOUR),
        "ls_current_attempt": 2,
        "max_check_attempts": 3,
        "ls_output": f"{is_now}: {name}",
        **more,
    }


UNCHECKED: dict[str, Any] = {"active_checks_enabled": False, "passive_checks_enabled": False}
SOFT: dict[str, Any] = {"ls_state_type": "SOFT"}
ACKNOWLEDGED: dict[str, Any] = {"ls_acknowledged": True}
DOWNTIME: dict[str, Any] = {"ls_downtimed": True}

REALMS = {"Europe": "All", "Paris": "Europe", "Asia": "All"}
HOSTS: dict[str, dict[str, Any]] = {
    "web": state("web", "DOWN", 2, ls_output="rta nan,\nlost 100% \x1b[31m"),
    "db": state("db", "UP", _realm="Paris", ls_last_check=NOW - 30),
    "far": state("far", "UNREACHABLE", 5, _realm="Asia"),
    "taken": state("taken", "DOWN", **ACKNOWLEDGED),
    "trying": state("trying", "DOWN", **SOFT),
    "off": state("off", "DOWN", **UNCHECKED),
    "new": {"name": "new", "_realm": "Asia"},
    "template": state("template", "DOWN", _is_template=True),
}
SERVICES: list[tuple[str, dict[str, Any]]] = [
    ("web", state("http", "CRITICAL")),
    ("taken", state("http", "CRITICAL")),
    ("trying", state("http", "CRITICAL", 4)),
    ("db", state("cpu", "WARNING", 9)),
    ("db", state("disk", "CRITICAL", 3)),
    ("db", state("mem", "UNKNOWN", ls_last_state_changed=0)),
    ("db", state("load", "OK")),
    ("db", state("swap", "CRITICAL", **ACKNOWLEDGED)),
    ("db", state("backup", "CRITICAL", **DOWNTIME)),
    ("db", state("net", "WARNING", **SOFT)),
    ("db", state("off", "CRITICAL", **UNCHECKED)),
    ("db", {"name": "new"}),
    ("new", state("ssh", "CRITICAL", 2)),
    ("off", state("ssh", "UNKNOWN", 6)),
    ("template", state("http", "CRITICAL", _is_template=True)),
]


DAEMONS: list[tuple[str, str, dict[str, Any]]] = [
    ("arbiter", "arbiter-1", {}),
    ("poller", "poller-1", {"alive": False}),
    ("broker", "broker-1", {"reachable": False}),
    ("scheduler", "scheduler-1", {"last_check": NOW - 5 * HOUR}),
    ("receiver", "receiver-1", {"last_check": 0}),
]


def put(backend: Backend) -> None:
    """Put the site into a backend that has nothing else."""
    realms = {"All": backend.get_all("realm")["_items"][0]["_id"]}
    for name, parent in REALMS.items():
        realms[name] = backend.post("realm", {"name": name, "_parent": realms[parent]})["_id"]
    hosts = [{**item, "_realm": realms[item.get("_realm", "All")]} for item in HOSTS.values()]
    ids = dict(zip(HOSTS, (outcome.id for outcome in backend.create_many("host", hosts)), strict=True))
    services = [
        {**item, "host": ids[host], "_realm": realms[HOSTS[host].get("_realm", "All")]} for host, item in SERVICES
    ]
    assert all(outcome.error is None for outcome in backend.create_many("service", services))
    for kind, name, more in DAEMONS:
        daemon = {"name": name, "type": kind, "address": "127.0.0.1", "port": 7770, "_realm": realms["All"]}
        known = {"alive": True, "reachable": True, "passive": False, "spare": False, "last_check": int(time.time())}
        backend.post("alignakdaemon", {**daemon, **known, **more})
