"""What an empty backend holds when it has started, and what emptying collections leaves."""

from __future__ import annotations

import pytest

from conformance.world import Item, World

AUTOMATIC = ("_id", "_created", "_updated", "_etag", "_links")


def one(world: World, resource: str, name: str) -> Item:
    (item,) = world.caller.items(resource, where={"name": name})
    return item


def test_counts(started_world: World) -> None:
    expected = {"realm": 1, "usergroup": 1, "hostgroup": 1, "servicegroup": 1, "timeperiod": 2, "command": 2, "host": 1}
    expected |= {"user": 1, "userrestrictrole": 1, "livesynthesis": 1, "service": 0, "history": 0, "alignak": 0}
    found = {name: started_world.caller.get(name).json["_meta"]["total"] for name in expected}
    assert found == expected


def test_realm_all(started_world: World) -> None:
    realm = one(started_world, "realm", "All")
    assert {key: value for key, value in realm.items() if key not in AUTOMATIC} == {
        "name": "All",
        "alias": "All",
        "notes": "",
        "default": True,
        "_parent": None,
        "_level": 0,
        "_tree_parents": [],
        "_children": [],
        "_all_children": [],
        "hosts_critical_threshold": 5,
        "hosts_warning_threshold": 3,
        "services_critical_threshold": 5,
        "services_warning_threshold": 3,
        "global_critical_threshold": 5,
        "global_warning_threshold": 3,
        "schema_version": 1,
        "imported_from": "unknown",
        "definition_order": 100,
    }


@pytest.mark.parametrize(
    ("resource", "alias", "members"),
    [
        ("usergroup", "All users", ["users", "usergroups"]),
        ("hostgroup", "All hosts", ["hosts", "hostgroups"]),
        ("servicegroup", "All services", ["services", "servicegroups"]),
    ],
)
def test_groups_all(started_world: World, resource: str, alias: str, members: list[str]) -> None:
    group = one(started_world, resource, "All")
    assert (group["alias"], group["_parent"], group["_level"], group["_tree_parents"]) == (alias, None, 0, [])
    assert [group[name] for name in members] == [[], []]
    assert (group["_realm"], group["_sub_realm"]) == (started_world.realm_all, True)


def test_timeperiods(started_world: World) -> None:
    always, never = one(started_world, "timeperiod", "24x7"), one(started_world, "timeperiod", "Never")
    days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    assert always["alias"] == "All time default 24x7"
    assert always["dateranges"] == [{day: "00:00-24:00"} for day in days]
    assert never["alias"] == "No time is a good time"
    assert never["dateranges"] == []
    for period in (always, never):
        assert (period["is_active"], period["exclude"], period["_realm"]) == (True, [], started_world.realm_all)


@pytest.mark.parametrize("name", ["_internal_host_up", "_echo"])
def test_commands(started_world: World, name: str) -> None:
    command = one(started_world, "command", name)
    assert command["command_line"] == name
    assert command["alias"] == "Host/service is always UP/OK"
    assert (command["_realm"], command["_sub_realm"], command["timeout"]) == (started_world.realm_all, True, -1)


def test_dummy_host(started_world: World) -> None:
    host = one(started_world, "host", "_dummy")
    assert host["alias"] == "Dummy host for services templates"
    assert (host["_is_template"], host["_templates"], host["_templates_with_services"]) == (True, [], False)
    assert host["check_command"] == started_world.id_of("command", "_internal_host_up")
    assert host["_overall_state_id"] == 3
    assert (host["schema_version"], host["_realm"], host["_sub_realm"]) == (3, started_world.realm_all, True)


def test_admin(started_world: World) -> None:
    user = one(started_world, "user", "admin")
    assert user["alias"] == "Administrator"
    flags = ["back_role_super_admin", "is_admin", "can_update_livestate", "can_submit_commands"]
    assert [user[flag] for flag in flags] == [True] * 4
    assert user["skill_level"] == 2
    assert (user["host_notifications_enabled"], user["service_notifications_enabled"]) == (False, False)
    period = started_world.id_of("timeperiod", "24x7")
    assert (user["host_notification_period"], user["service_notification_period"]) == (period, period)
    assert (user["_is_template"], user["_realm"], user["schema_version"]) == (False, started_world.realm_all, 2)


def test_right_of_admin(started_world: World) -> None:
    (right,) = started_world.caller.items("userrestrictrole")
    assert right["user"] == started_world.id_of("user", "admin")
    assert (right["realm"], right["sub_realm"], right["resource"]) == (started_world.realm_all, True, "*")
    assert sorted(right["crud"]) == ["create", "delete", "read", "update"]


def test_synthesis_of_realm_all(started_world: World) -> None:
    synthesis = started_world.synthesis(started_world.realm_all)
    assert synthesis["_created"] == "Thu, 01 Jan 1970 00:00:00 GMT"
    assert (synthesis["hosts_total"], synthesis["services_total"]) == (0, 0)
    assert not {"schema_version", "_sub_realm"} & set(synthesis)


def test_emptied_collections_keep_the_protected_items(fresh_world: World) -> None:
    world = fresh_world
    realm = world.new("realm")
    world.new("realm", _parent=realm["_id"])
    host = world.new("host")
    world.service(host)
    world.new("user")
    for resource in ("hostgroup", "servicegroup", "usergroup", "timeperiod", "command"):
        world.new(resource)

    def left(resource: str) -> list[str]:
        assert world.caller.call("DELETE", resource).status == 204
        return [item["name"] for item in world.caller.items(resource)]

    assert left("user") == ["admin"]
    assert left("host") == ["_dummy"]
    # The services of the hosts that went are left behind by the released backend.
    services = world.caller.get("service").json["_meta"]["total"]
    assert services == world.sane(real=1, sane=0)
    assert left("service") == []
    for resource in ("hostgroup", "servicegroup", "usergroup", "realm"):
        assert left(resource) == ["All"]
    assert left("timeperiod") == ["24x7", "Never"]
    assert left("command") == ["_internal_host_up", "_echo"]
    root = world.read("realm", world.realm_all)
    assert (root["_children"], root["_all_children"]) == ([], [])
    assert world.caller.call("DELETE", "userrestrictrole").status == 204
    assert world.caller.items("userrestrictrole") == []
    assert world.caller.get("host").status == 200


def test_synthesis_after_all_hosts_went(fresh_world: World) -> None:
    world = fresh_world
    host = world.new("host", ls_state="UP")
    world.service(host)
    assert world.synthesis(world.realm_all)["hosts_total"] == 1
    assert world.caller.call("DELETE", "host").status == 204
    synthesis = world.synthesis(world.realm_all)
    assert (synthesis["hosts_total"], synthesis["hosts_up_hard"]) == (0, 0)
    assert synthesis["services_total"] == world.sane(real=1, sane=0)
    assert world.caller.call("DELETE", "service").status == 204
    assert world.synthesis(world.realm_all)["services_total"] == world.sane(real=1, sane=0)
