"""Live states: which patches leave the date alone, and how the overall state follows."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.world import Item, World, next_second

HARD = {"ls_state_type": "HARD"}


def overall(world: World, resource: str, item: Item) -> int:
    value: int = world.read(resource, item)["_overall_state_id"]
    return value


# The date


@pytest.mark.parametrize("resource", ["host", "service"])
def test_live_patches_keep_the_date_and_others_move_it(world: World, resource: str) -> None:
    host = world.new("host", ls_state="UP")
    item = host if resource == "host" else world.service(host, ls_state="OK")
    state = "DOWN" if resource == "host" else "CRITICAL"
    live: list[Item] = [
        {"ls_state": state},
        {"ls_state": state, **HARD},
        {"customs": {"_A": 1}},
        {"_realm": world.realm_all},
        {"_overall_state_id": 2},
        {"ls_output": "o", "customs": {}, "_realm": world.realm_all},
    ]
    item = world.read(resource, item)
    next_second()
    for patch in live:
        after = world.edit(resource, item, **patch)
        assert after["_updated"] == item["_updated"], patch
    assert after["_etag"] != item["_etag"]
    mixed = world.edit(resource, item, ls_output="o", notes="n")
    assert mixed["_updated"] != item["_updated"]


def test_empty_patch_of_a_host(world: World) -> None:
    # No key is a key that is not about live state: the date stays.
    host = world.new("host")
    next_second()
    assert world.edit("host", host)["_updated"] == host["_updated"]


def test_recomputed_host_keeps_its_date(world: World) -> None:
    host = world.new("host", ls_state="UP")
    next_second()
    world.service(host, ls_state="CRITICAL")
    after = world.read("host", host)
    assert (after["_overall_state_id"], after["_updated"]) == (4, host["_updated"])
    assert after["_etag"] != host["_etag"]


# Services

SERVICE_STATES = [("OK", 0), ("WARNING", 3), ("UNKNOWN", 3), ("CRITICAL", 4), ("UNREACHABLE", 4)]


@pytest.mark.parametrize(("state", "expected"), SERVICE_STATES)
@pytest.mark.parametrize("state_type", ["HARD", "SOFT"])
def test_overall_state_of_a_new_service(world: World, state: str, expected: int, state_type: str) -> None:
    service = world.service(world.new("host"), ls_state=state, ls_state_type=state_type)
    assert service["_overall_state_id"] == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"ls_acknowledged": True}, 1),
        ({"ls_downtimed": True}, 2),
        ({"ls_acknowledged": True, "ls_downtimed": True}, 1),
        ({"active_checks_enabled": False}, 4),
        ({"passive_checks_enabled": False}, 4),
        ({"active_checks_enabled": False, "passive_checks_enabled": False}, 5),
        ({"active_checks_enabled": False, "passive_checks_enabled": False, "ls_acknowledged": True}, 5),
    ],
)
def test_covered_states_of_a_service(world: World, fields: Item, expected: int) -> None:
    assert world.service(world.new("host"), ls_state="CRITICAL", **fields)["_overall_state_id"] == expected


@pytest.mark.parametrize(("state", "expected"), SERVICE_STATES)
def test_overall_state_follows_a_hard_live_patch(world: World, state: str, expected: int) -> None:
    service = world.service(world.new("host"), ls_state="OK")
    assert world.edit("service", service, ls_state=state, **HARD)["_overall_state_id"] == expected


@pytest.mark.parametrize(
    "patch",
    [
        {"ls_state": "CRITICAL"},
        {"ls_state": "CRITICAL", "ls_state_type": "SOFT"},
        {"ls_state_type": "HARD"},
        {"ls_state_type": "HARD", "ls_output": "o"},
        {"ls_state": "CRITICAL", "ls_state_type": "HARD", "notes": "not live"},
        {"active_checks_enabled": False, "passive_checks_enabled": False},
    ],
)
def test_patches_that_leave_the_overall_state_of_a_service(world: World, patch: Item) -> None:
    service = world.service(world.new("host"), ls_state="OK")
    assert world.edit("service", service, **patch)["_overall_state_id"] == 0


def test_acknowledgement_and_downtime_of_a_service(world: World) -> None:
    service = world.service(world.new("host"), ls_state="CRITICAL")

    def after(**fields: Any) -> int:
        value: int = world.edit("service", service, **HARD, **fields)["_overall_state_id"]
        return value

    assert after(ls_downtimed=True) == 2
    assert after(ls_acknowledged=True) == 1
    assert after(ls_acknowledged=False) == 2
    assert after(ls_downtimed=False) == 4
    assert after(ls_state="OK") == 0


# Hosts

HOST_STATES = [("UP", 0), ("DOWN", 4), ("UNREACHABLE", 3)]


@pytest.mark.parametrize(("state", "expected"), HOST_STATES)
def test_overall_state_of_a_new_host(world: World, state: str, expected: int) -> None:
    assert world.new("host", ls_state=state)["_overall_state_id"] == expected
    assert world.new("host", ls_state=state, ls_state_type="SOFT")["_overall_state_id"] == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"ls_acknowledged": True}, 1),
        ({"ls_downtimed": True}, 2),
        ({"ls_acknowledged": True, "ls_downtimed": True}, 1),
        ({"active_checks_enabled": False}, 4),
        ({"active_checks_enabled": False, "passive_checks_enabled": False, "ls_acknowledged": True}, 5),
        ({"_is_template": True}, 3),
    ],
)
def test_covered_states_of_a_host(world: World, fields: Item, expected: int) -> None:
    assert world.new("host", ls_state="DOWN", **fields)["_overall_state_id"] == expected


def test_service_templates_are_computed_as_services(world: World) -> None:
    above = world.new("host", _is_template=True)
    assert world.service(above, _is_template=True, ls_state="OK")["_overall_state_id"] == 0


def test_template_host_is_computed_when_it_gets_a_service_template(world: World) -> None:
    above = world.new("host", _is_template=True, ls_state="DOWN")
    assert above["_overall_state_id"] == 3
    world.service(above, _is_template=True, ls_state="OK", ls_state_type="SOFT")
    assert overall(world, "host", above) == 4


@pytest.mark.parametrize(
    ("own", "services", "expected"),
    [
        ("UP", ["OK"], 0),
        ("UP", ["WARNING"], 3),
        ("UP", ["OK", "CRITICAL", "WARNING"], 4),
        ("DOWN", ["OK"], 4),
        ("UNREACHABLE", ["CRITICAL"], 3),
    ],
)
def test_host_is_as_bad_as_its_services(world: World, own: str, services: list[str], expected: int) -> None:
    host = world.new("host", ls_state=own)
    for state in services:
        world.service(host, ls_state=state)
    assert overall(world, "host", host) == expected


def test_services_that_do_not_count_for_the_host(world: World) -> None:
    host = world.new("host", ls_state="UP")
    world.service(host, ls_state="CRITICAL", ls_state_type="SOFT")
    world.service(host, ls_state="CRITICAL", active_checks_enabled=False, passive_checks_enabled=False)
    assert overall(world, "host", host) == 0
    world.service(host, ls_state="CRITICAL", ls_acknowledged=True)
    assert overall(world, "host", host) == 1
    world.service(host, ls_state="CRITICAL", ls_downtimed=True)
    assert overall(world, "host", host) == 2


@pytest.mark.parametrize(("cover", "value"), [("ls_acknowledged", 1), ("ls_downtimed", 2)])
def test_covered_host_with_a_bad_service(world: World, cover: str, value: int) -> None:
    host = world.new("host", ls_state="DOWN", **{cover: True})
    assert host["_overall_state_id"] == value
    world.service(host, ls_state="OK")
    assert overall(world, "host", host) == value
    world.service(host, ls_state="CRITICAL")
    assert overall(world, "host", host) == 4


def test_an_unmonitored_host_stays_unmonitored(world: World) -> None:
    host = world.new("host", ls_state="UP", active_checks_enabled=False, passive_checks_enabled=False)
    world.service(host, ls_state="CRITICAL")
    assert overall(world, "host", host) == 5


def test_host_follows_the_patches_of_its_services(world: World) -> None:
    host = world.new("host", ls_state="UP")
    service = world.service(host, ls_state="OK")
    world.edit("service", service, ls_state="CRITICAL", **HARD)
    assert overall(world, "host", host) == 4
    world.edit("service", service, ls_acknowledged=True, **HARD)
    assert overall(world, "host", host) == 1
    world.edit("service", service, ls_state="OK", ls_acknowledged=False, **HARD)
    assert overall(world, "host", host) == 0


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ({"ls_state": "DOWN", "ls_state_type": "HARD"}, 4),
        ({"ls_state": "UNREACHABLE", "ls_state_type": "HARD"}, 3),
        ({"ls_state": "DOWN"}, 0),
        ({"ls_state": "DOWN", "ls_state_type": "SOFT"}, 0),
        ({"ls_state": "DOWN", "ls_state_type": "HARD", "notes": "not live"}, 0),
        ({"ls_acknowledged": True, "ls_state_type": "HARD"}, 1),
        ({"ls_downtimed": True, "ls_state_type": "HARD"}, 2),
        ({"active_checks_enabled": False, "passive_checks_enabled": False}, 0),
        ({"_overall_state_id": 2}, 2),
        ({"_overall_state_id": -1}, 0),
    ],
)
def test_overall_state_of_a_patched_host(world: World, patch: Item, expected: int) -> None:
    host = world.new("host", ls_state="UP")
    world.caller.patch(f"host/{host['_id']}", {"notes": "between"})
    assert world.edit("host", host, **patch)["_overall_state_id"] == expected


def test_monitoring_switch_counts_at_the_next_live_patch(world: World) -> None:
    host = world.new("host", ls_state="UP")
    off = {"active_checks_enabled": False, "passive_checks_enabled": False}
    assert world.edit("host", host, **off)["_overall_state_id"] == 0
    assert world.edit("host", host, ls_state="UP", **HARD)["_overall_state_id"] == 5


def test_overall_state_can_be_asked_for_again(world: World) -> None:
    host = world.new("host", ls_state="UP")
    service = world.service(host, ls_state="CRITICAL")
    world.remove("service", service)
    assert overall(world, "host", host) == 4
    assert world.edit("host", host, _overall_state_id=-1)["_overall_state_id"] == 0


def test_states_are_checked_by_kind(world: World) -> None:
    host = world.new("host")
    service = world.service(host)
    for resource, item, wrong in (("host", host, "CRITICAL"), ("service", service, "DOWN")):
        answer = world.caller.patch(f"{resource}/{item['_id']}", {"ls_state": wrong})
        assert answer.status == 422
        assert answer.json["_issues"] == {"ls_state": f"unallowed value {wrong}"}
