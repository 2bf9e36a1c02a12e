"""A site with everything that a backup has to carry: links in all directions, rights, live states, events."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any

from alignak_backend_client.client import Backend
from cli.running import Item

STATE = {"ls_state_type": "HARD", "ls_last_check": 1_700_000_000}


def put(backend: Backend, *, events: bool = True) -> dict[str, str]:
    """Put the site there, and return the ids of some of its items by name.

    Args:
        backend: where it goes.
        events: with requests to the engine, check results and history.
    """
    top = backend.get_all("realm", {"where": {"name": "All"}})["_items"][0]["_id"]
    admin = backend.get_all("user", {"where": {"name": "admin"}})["_items"][0]["_id"]
    always = backend.get_all("timeperiod", {"where": {"name": "24x7"}})["_items"][0]["_id"]
    ids: dict[str, str] = {}

    def new(resource: str, name: str, /, **fields: Any) -> str:
        unnamed = resource.startswith(("action", "userrestrictrole", "logcheckresult", "history"))
        data = fields if unnamed else {"name": name, **fields}
        ids[name] = backend.post(resource, data)["_id"]
        return ids[name]

    def change(resource: str, name: str, /, **fields: Any) -> None:
        there = backend.get(f"{resource}/{ids[name]}")
        backend.patch(f"{resource}/{ids[name]}", fields, {"If-Match": there["_etag"]})

    paris = new("realm", "Paris", _parent=top, notes="on the Seine")
    nord = new("realm", "Nord", _parent=paris)
    day = new("timeperiod", "day", _realm=top, dateranges=[{"monday": "09:00-17:00"}], is_active=True)
    ping = new("command", "ping", _realm=top, command_line="ping -H $HOSTADDRESS$")
    new("command", "disk", _realm=paris)
    people = {"_realm": paris, "host_notification_period": day, "service_notification_period": always}
    ops = new("user", "ops", password="hush", email="ops@example.org", customs={"_PHONE": "1"}, **people)
    night = new("user", "night", password="hush", back_role_super_admin=True, can_submit_commands=True, **people)
    team = new("usergroup", "team", _realm=top, users=[ops, night])
    new("usergroup", "shift", _realm=paris, _parent=team, usergroups=[team])
    # A template of a template, both with services; one is spread to hosts that are there already.
    base = new("host", "base", _is_template=True, _realm=top, check_command=ping, tags=["b"], customs={"_A": "1"})
    web = new("host", "web", _is_template=True, _realm=top, _templates=[base], tags=["w"], users=[ops], notes="w")
    load = new("service", "load", host=base, _is_template=True, _realm=top, check_command=ping, notes="of the base")
    new("service", "swap", host=web, _is_template=True, _realm=top, _templates=[load], check_interval=3)
    common = {"_realm": paris, "_templates": [web], "check_period": day, **STATE}
    new("host", "gate", _realm=paris, address="192.0.2.1", ls_state="DOWN", **STATE)
    new("host", "web-1", alias="The first", tags=["x"], customs={"_B": "2"}, ls_state="UP", **common)
    new("host", "web-2", parents=[ids["gate"]], usergroups=[team], ls_state="UP", ls_acknowledged=True, **common)
    new("service", "late", host=web, _is_template=True, _realm=top, _templates_from_host_template=True, notes="l")
    change("host", "gate", parents=[ids["web-1"]], notes="links ahead")
    own = new("service", "own", host=ids["web-2"], _realm=paris, ls_state="CRITICAL", ls_output="98 %", **STATE)
    made = backend.get_all("service", {"where": {"host": ids["web-1"]}})["_items"]
    ids |= {f"web-1/{one['name']}": one["_id"] for one in made}
    change("service", "web-1/load", notes="overridden", service_dependencies=[own])
    other = backend.get_all("service", {"where": {"host": ids["web-2"], "name": "swap"}})["_items"][0]
    backend.delete(f"service/{other['_id']}", {"If-Match": other["_etag"]})
    new("hostgroup", "webs", _realm=top, hosts=[ids["web-2"], ids["web-1"]])
    new("servicegroup", "disks", _realm=paris, services=[own])
    escalation = new("hostescalation", "later", _realm=top, users=[night], hosts=[ids["gate"]], escalation_period=day)
    change("host", "gate", escalations=[escalation])
    new("serviceescalation", "much later", _realm=top, users=[ops], usergroups=[team], services=[own])
    new("hostdependency", "uplink", _realm=top, dependency_period=day, hosts=[ids["gate"]], dependent_hosts=[web])
    new("servicedependency", "needs", _realm=top, dependency_period=day, services=[own], hosts=[ids["web-2"]])
    change("command", "disk", _users_read=[ops])
    new("userrestrictrole", "right", user=ops, realm=nord, crud=["update", "read"], resource="host")
    (first,) = backend.get_all("userrestrictrole", {"where": {"user": night}})["_items"]
    backend.delete(f"userrestrictrole/{first['_id']}", {"If-Match": first["_etag"]})
    new("grafana", "graphs", _realm=top, address="192.0.2.9", apikey="a-key")
    new("influxdb", "series", _realm=nord, address="192.0.2.8", database="d", login="l", password="a-login")
    if events:
        new("actionacknowledge", "ack", host=ids["web-2"], service=None, user=admin, comment="seen")
        period = {"start_time": 1_700_000_000, "end_time": 1_700_003_600}
        new("actiondowntime", "down", host=ids["web-2"], service=own, user=admin, comment="work", **period)
        change("actiondowntime", "down", processed=True)
        result = {"state": "WARNING", "state_type": "HARD", "last_state_type": "HARD", "state_id": 1}
        new("logcheckresult", "old", host=ids["web-2"], service=own, output="97 %", last_check=1_600_000_000, **result)
        new("logcheckresult", "new", host=ids["web-1"], service=ids["web-1/load"], last_check=1_700_000_500, **result)
        new("history", "event", type="webui.comment", host=ids["gate"], message="a word", user=ops)
    return ids


def items(data: bytes) -> dict[tuple[str, str], Item]:
    """The items of a backup file, by type and id."""
    lines = [json.loads(line) for line in gzip.decompress(data).splitlines()[1:-1]]
    return {(line["type"], line["item"]["_id"]): line["item"] for line in lines}


def comparable(data: bytes, *, counters: bool = True) -> dict[tuple[str, str], Item]:
    """The items of a backup, with names for the ids that each backend has its own of, and without times of creation."""
    from alignak_backend_client.model.start_documents import START_NAMES

    found = items(data)
    own: dict[str, str] = {}
    for (resource, identity), item in found.items():
        if item.get("name") in START_NAMES.get(resource, ()):
            own[identity] = f"{resource} {item['name']}"
    text = json.dumps([[resource, item] for (resource, _), item in found.items()])
    for identity, name in own.items():
        text = text.replace(identity, name)
    result: dict[tuple[str, str], Item] = {}
    for resource, item in json.loads(text):
        identity = item.pop("_id")
        item.pop("_created", None)
        if item.get("user") == "user admin" and resource == "userrestrictrole":
            identity = "that of admin"
        if resource == "livesynthesis":
            identity = identity if re.fullmatch("[0-9a-f]{24}", item["_realm"]) else "that of All"
            for name in [name for name in item if "s_" in name and not counters]:
                del item[name]
        for name, value in item.items():
            if isinstance(value, list) and all(isinstance(one, str) for one in value) and name != "_templates":
                item[name] = sorted(value)
        result[resource, identity] = item
    return result
