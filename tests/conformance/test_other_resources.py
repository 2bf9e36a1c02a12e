"""Engine settings, daemons, escalations, dependencies, periods, and the targets of performance data."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.world import Item, World, is_refusal_text, next_second, unique

DAEMON = {
    "address": "localhost",
    "port": 7770,
    "last_check": 0,
    "alive": True,
    "reachable": True,
    "passive": False,
    "spare": False,
    "type": "arbiter",
}

# Engine settings


def test_engine_settings(world: World) -> None:
    settings = world.new("alignak", something_else={"kept": 1})
    assert settings["something_else"] == {"kept": 1}
    assert settings["alias"] == settings["name"]
    texts = [name for name, value in settings.items() if value == "None"]
    assert len(texts) == 4
    assert world.new("alignak", name=settings["name"])["_id"] != settings["_id"]
    answer = world.caller.post("alignak", {})
    assert answer.json["_issues"] == {"name": "required field", "_realm": "required field"}


@pytest.mark.parametrize("fields", [["last_alive"], ["last_command_check", "last_log_rotation"], []])
def test_signs_of_life_keep_the_date(world: World, fields: list[str]) -> None:
    settings = world.new("alignak")
    next_second()
    after = world.edit("alignak", settings, **dict.fromkeys(fields, 12345))
    assert after["_updated"] == settings["_updated"]
    assert after["_etag"] != settings["_etag"] or not fields
    assert world.edit("alignak", settings, last_alive=1, notes="n")["_updated"] != settings["_updated"]


# Daemons


def test_daemon_needs_all_its_fields(world: World) -> None:
    daemon = world.new("alignakdaemon", **DAEMON)
    assert {name: daemon[name] for name in DAEMON} == DAEMON
    for name in DAEMON:
        rest = {key: value for key, value in DAEMON.items() if key != name}
        answer = world.post("alignakdaemon", **rest)
        assert (answer.status, answer.json["_issues"]) == (422, {name: "required field"})
    assert world.post("alignakdaemon", **{**DAEMON, "type": "other"}).status == 422
    world.remove("alignakdaemon", daemon)
    assert not world.exists("alignakdaemon", daemon)


# Escalations and dependencies


def test_escalation_period_defaults_to_always(world: World) -> None:
    always, never = world.id_of("timeperiod", "24x7"), world.id_of("timeperiod", "Never")
    people: Item = {"users": [], "usergroups": []}
    assert world.new("hostescalation")["escalation_period"] == always
    assert world.new("serviceescalation", **people)["escalation_period"] == always
    assert world.new("hostescalation", escalation_period=never)["escalation_period"] == never


def test_service_escalation_needs_people(world: World) -> None:
    answer = world.post("serviceescalation")
    assert answer.status == 422
    assert answer.json["_issues"] == {"users": "required field", "usergroups": "required field"}


@pytest.mark.parametrize("resource", ["hostdependency", "servicedependency"])
def test_dependency_needs_a_period(world: World, resource: str) -> None:
    answer = world.post(resource)
    assert (answer.status, answer.json["_issues"]) == (422, {"dependency_period": "required field"})
    period = world.id_of("timeperiod", "24x7")
    item = world.new(resource, dependency_period=period)
    answer = world.post(resource, name=item["name"], dependency_period=period)
    assert answer.json["_issues"] == {"name": f"value '{item['name']}' is not unique"}


def test_dependencies_link_hosts_and_services(world: World) -> None:
    period = world.id_of("timeperiod", "24x7")
    host, other = world.new("host"), world.new("host")
    service = world.service(host)
    link = world.new("hostdependency", dependency_period=period, hosts=[host["_id"]], dependent_hosts=[other["_id"]])
    embedded = world.read("hostdependency", link, embedded={"hosts": 1, "dependent_hosts": 1})
    assert [one["name"] for one in embedded["hosts"] + embedded["dependent_hosts"]] == [host["name"], other["name"]]
    between = world.new("servicedependency", dependency_period=period, services=[service["_id"]])
    assert between["services"] == [service["_id"]]


# Periods, commands


def test_timeperiod(world: World) -> None:
    ranges = [{"monday": "08:00-18:00"}, {"2018-12-25": "00:00-24:00"}]
    never = world.id_of("timeperiod", "Never")
    period = world.new("timeperiod", dateranges=ranges, exclude=[never])
    assert (period["dateranges"], period["exclude"], period["is_active"]) == (ranges, [never], False)
    assert world.edit("timeperiod", period, dateranges=ranges[:1])["dateranges"] == ranges[:1]
    assert world.remove("timeperiod", period).status == 204


# Targets of performance data

TARGETS: dict[str, Item] = {
    "grafana": {"address": "a", "apikey": "k"},
    "statsd": {"address": "a"},
    "graphite": {"carbon_address": "a", "graphite_address": "a"},
    "influxdb": {"address": "a", "database": "d", "login": "l", "password": "p"},
}


@pytest.mark.parametrize("resource", TARGETS)
def test_targets_are_plain_documents(world: World, resource: str) -> None:
    item = world.new(resource, **TARGETS[resource])
    assert {name: item[name] for name in TARGETS[resource]} == TARGETS[resource]
    assert world.edit(resource, item, address="b" if "address" in item else item["name"]) if "address" in item else item
    answer = world.caller.post(resource, {})
    assert set(answer.json["_issues"]) == {"name", "_realm", *TARGETS[resource]}
    assert world.remove(resource, item).status == 204


@pytest.mark.parametrize(("first", "second"), [("graphite", "graphite"), ("graphite", "influxdb")])
def test_grafana_is_attached_once_a_realm(world: World, first: str, second: str) -> None:
    realm, other = world.new("realm"), world.new("realm")
    grafana = world.new("grafana", **TARGETS["grafana"])["_id"]
    world.new(first, grafana=grafana, _realm=realm["_id"], **TARGETS[first])
    assert is_refusal_text(world.post(second, grafana=grafana, _realm=realm["_id"], **TARGETS[second]))
    assert world.post(second, grafana=grafana, _realm=other["_id"], **TARGETS[second]).status == 201
    without: Any = world.new(second, _realm=realm["_id"], **TARGETS[second])
    assert without["name"] != unique()


def test_grafana_attached_in_a_parent_realm(world: World) -> None:
    realm = world.new("realm")
    below = world.new("realm", _parent=realm["_id"])
    for sub_realm, expected in ((False, 201), (True, 412)):
        grafana = world.new("grafana", **TARGETS["grafana"])["_id"]
        fields = {"grafana": grafana, **TARGETS["graphite"]}
        world.new("graphite", _realm=realm["_id"], _sub_realm=sub_realm, **fields)
        assert world.post("graphite", _realm=below["_id"], **fields).status == expected
