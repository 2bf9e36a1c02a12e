"""The counters of hosts and services of each realm."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.world import Item, World, is_error_json, next_second

UNMONITORED = {"active_checks_enabled": False, "passive_checks_enabled": False}


@pytest.fixture
def realm(world: World) -> Item:
    return world.new("realm")


def counters(world: World, realm: Item | str) -> dict[str, int]:
    """The counters that are not zero."""
    synthesis = world.synthesis(realm)
    return {key: value for key, value in synthesis.items() if key.startswith(("hosts_", "services_")) and value}


def host(world: World, realm: Item, /, **fields: Any) -> Item:
    return world.new("host", _realm=realm["_id"], **fields)


def service(world: World, of: Item, /, **fields: Any) -> Item:
    return world.service(of, _realm=of["_realm"], **fields)


@pytest.mark.parametrize("state", ["UP", "DOWN", "UNREACHABLE"])
@pytest.mark.parametrize("state_type", ["HARD", "SOFT"])
def test_new_hosts_are_counted_by_state(world: World, realm: Item, state: str, state_type: str) -> None:
    for number in (1, 2):
        host(world, realm, ls_state=state, ls_state_type=state_type)
        name = f"hosts_{state}_{state_type}".lower()
        assert counters(world, realm) == {"hosts_total": number, name: number}


@pytest.mark.parametrize("state", ["OK", "WARNING", "CRITICAL", "UNKNOWN", "UNREACHABLE"])
@pytest.mark.parametrize("state_type", ["HARD", "SOFT"])
def test_new_services_are_counted_by_state(world: World, realm: Item, state: str, state_type: str) -> None:
    one = host(world, realm, ls_state="UP")
    service(world, one, ls_state=state, ls_state_type=state_type)
    service(world, one, ls_state=state, ls_state_type=state_type)
    found = counters(world, realm)
    assert found == {
        "hosts_total": 1,
        "hosts_up_hard": 1,
        "services_total": 2,
        f"services_{state}_{state_type}".lower(): 2,
    }


def test_items_without_checks_are_counted_apart(world: World, realm: Item) -> None:
    one = host(world, realm, ls_state="UP", **UNMONITORED)
    assert counters(world, realm) == {"hosts_total": 1, "hosts_not_monitored": 1}
    two = host(world, realm, **UNMONITORED)
    assert counters(world, realm) == {"hosts_total": 2, "hosts_not_monitored": 2}
    service(world, one, **UNMONITORED)
    assert counters(world, realm)["services_not_monitored"] == 1
    world.remove("host", two)
    assert counters(world, realm)["hosts_not_monitored"] == 1


def test_templates_are_not_counted(world: World, realm: Item) -> None:
    host(world, realm, ls_state="UP")
    before = counters(world, realm)
    above = host(world, realm, _is_template=True)
    service(world, above, _is_template=True)
    assert counters(world, realm) == before
    world.remove("host", above)
    assert counters(world, realm) == before


def test_items_count_in_their_own_realm_only(world: World, realm: Item) -> None:
    below = world.new("realm", _parent=realm["_id"])
    host(world, realm, ls_state="UP")
    host(world, below, ls_state="DOWN")
    assert counters(world, realm) == {"hosts_total": 1, "hosts_up_hard": 1}
    assert counters(world, below) == {"hosts_total": 1, "hosts_down_hard": 1}


def test_downtime_of_a_new_host(world: World, realm: Item) -> None:
    fields = {"ls_state": "DOWN", "ls_downtimed": True}
    # The first item makes the synthesis, which counts anew: the released backend then counts a downtime beside the
    # state, and does not look at it when later items are added.
    host(world, realm, **fields)
    first = {"hosts_total": 1, "hosts_in_downtime": 1}
    assert counters(world, realm) == world.sane(real={**first, "hosts_down_hard": 1}, sane=first)
    host(world, realm, **fields)
    second = {"hosts_total": 2, "hosts_in_downtime": 1, "hosts_down_hard": 2}
    assert counters(world, realm) == world.sane(real=second, sane={"hosts_total": 2, "hosts_in_downtime": 2})


def test_downtime_of_a_new_host_that_is_deleted(world: World, realm: Item) -> None:
    host(world, realm, ls_state="UP")
    world.remove("host", host(world, realm, ls_state="DOWN", ls_downtimed=True))
    found = counters(world, realm)
    # The released backend added a state, and takes a downtime off.
    wrong = {"hosts_total": 1, "hosts_up_hard": 1, "hosts_down_hard": 1, "hosts_in_downtime": -1}
    assert found == world.sane(real=wrong, sane={"hosts_total": 1, "hosts_up_hard": 1})


def test_item_that_moves_to_another_realm(world: World, realm: Item) -> None:
    other = world.new("realm")
    one = host(world, realm, ls_state="UP")
    host(world, other, ls_state="DOWN")
    world.edit("host", one, _realm=other["_id"])
    there = {"hosts_total": 2, "hosts_up_hard": 1, "hosts_down_hard": 1}
    # The released backend leaves the counters where they were.
    assert counters(world, realm) == world.sane(real={"hosts_total": 1, "hosts_up_hard": 1}, sane={})
    assert counters(world, other) == world.sane(real={"hosts_total": 1, "hosts_down_hard": 1}, sane=there)


@pytest.mark.parametrize(
    ("patches", "expected"),
    [
        ([{"ls_state": "DOWN"}], "hosts_down_hard"),
        ([{"ls_state": "DOWN", "ls_state_type": "SOFT"}], "hosts_down_soft"),
        ([{"ls_state_type": "SOFT"}], "hosts_up_soft"),
        ([{"ls_state": "UP", "ls_state_type": "HARD"}], "hosts_up_hard"),
        ([{"ls_acknowledged": True}], "hosts_acknowledged"),
        ([{"ls_acknowledged": True}, {"ls_state": "DOWN"}], "hosts_acknowledged"),
        ([{"ls_state": "DOWN", "ls_acknowledged": True}], "hosts_acknowledged"),
        ([{"ls_state": "DOWN"}, {"ls_acknowledged": True}, {"ls_acknowledged": False}], "hosts_down_hard"),
        ([{"ls_acknowledged": True}, {"ls_acknowledged": False, "ls_state": "DOWN"}], "hosts_down_hard"),
        ([{"ls_downtimed": True}], "hosts_in_downtime"),
        ([{"ls_downtimed": True}, {"ls_state": "DOWN"}], "hosts_in_downtime"),
        ([{"ls_downtimed": True}, {"ls_downtimed": False}], "hosts_up_hard"),
        ([{"notes": "n"}], "hosts_up_hard"),
        ([{"ls_output": "o"}], "hosts_up_hard"),
    ],
)
def test_patched_host_is_counted_anew(world: World, realm: Item, patches: list[Item], expected: str) -> None:
    one = host(world, realm, ls_state="UP")
    for patch in patches:
        world.edit("host", one, **patch)
    assert counters(world, realm) == {"hosts_total": 1, expected: 1}


@pytest.mark.parametrize(
    ("patches", "expected"),
    [
        ([{"ls_state": "CRITICAL", "ls_state_type": "SOFT"}], "services_critical_soft"),
        ([{"ls_state": "WARNING"}, {"ls_state": "UNKNOWN"}], "services_unknown_hard"),
        ([{"ls_acknowledged": True}], "services_acknowledged"),
        ([{"ls_downtimed": True}], "services_in_downtime"),
        ([{"ls_downtimed": True}, {"ls_downtimed": False}], "services_ok_hard"),
    ],
)
def test_patched_service_is_counted_anew(world: World, realm: Item, patches: list[Item], expected: str) -> None:
    one = service(world, host(world, realm, ls_state="UP"), ls_state="OK")
    for patch in patches:
        world.edit("service", one, **patch)
    found = counters(world, realm)
    assert found == {"hosts_total": 1, "hosts_up_hard": 1, "services_total": 1, expected: 1}


def test_switched_monitoring_is_counted_anew(world: World, realm: Item) -> None:
    one = host(world, realm, ls_state="UP")
    world.edit("host", one, active_checks_enabled=False)
    assert counters(world, realm) == {"hosts_total": 1, "hosts_up_hard": 1}
    world.edit("host", one, passive_checks_enabled=False)
    assert counters(world, realm) == {"hosts_total": 1, "hosts_not_monitored": 1}
    world.edit("host", one, ls_state="DOWN")
    assert counters(world, realm) == {"hosts_total": 1, "hosts_not_monitored": 1}
    world.edit("host", one, active_checks_enabled=True)
    assert counters(world, realm) == {"hosts_total": 1, "hosts_down_hard": 1}


def test_check_flag_patched_to_what_it_was(world: World, realm: Item) -> None:
    one = host(world, realm, ls_state="UP")
    world.edit("host", one, active_checks_enabled=True)
    # The released backend takes one off and adds none.
    assert counters(world, realm).get("hosts_up_hard", 0) == world.sane(real=0, sane=1)


@pytest.mark.parametrize(
    ("fields", "patches"),
    [
        ({"ls_state": "DOWN"}, []),
        ({"ls_state": "DOWN"}, [{"ls_acknowledged": True}]),
        ({"ls_state": "DOWN"}, [{"ls_downtimed": True}]),
        (UNMONITORED, []),
    ],
)
def test_deleted_items_are_taken_off(world: World, realm: Item, fields: Item, patches: list[Item]) -> None:
    stays = host(world, realm, ls_state="UP")
    one = host(world, realm, **fields)
    kind = {**fields, "ls_state": "CRITICAL"} if "ls_state" in fields else fields
    other = service(world, stays, **kind)
    for patch in patches:
        world.edit("host", one, **patch)
        world.edit("service", other, **patch)
    world.remove("host", one)
    world.remove("service", other)
    assert counters(world, realm) == {"hosts_total": 1, "hosts_up_hard": 1}


def test_deleted_host_takes_its_services_off(world: World, realm: Item) -> None:
    stays = host(world, realm, ls_state="UP")
    one = host(world, realm, ls_state="UP")
    service(world, one, ls_state="OK")
    service(world, one, ls_state="CRITICAL")
    world.remove("host", one)
    assert counters(world, realm) == {"hosts_total": 1, "hosts_up_hard": 1}
    assert world.exists("host", stays)


def test_counting_leaves_etag_and_date(world: World, realm: Item) -> None:
    host(world, realm)
    before = world.synthesis(realm)
    host(world, realm)
    after = world.synthesis(realm)
    assert after["hosts_total"] == 2
    assert (after["_etag"], after["_updated"]) == (before["_etag"], before["_updated"])


def test_concatenation_adds_the_realms_below(world: World, realm: Item) -> None:
    below = world.new("realm", _parent=realm["_id"])
    leaf = world.new("realm", _parent=below["_id"])
    sibling = world.new("realm")
    for place in (realm, below, leaf, sibling):
        service(world, host(world, place, ls_state="UP"), ls_state="OK")
    path = world.synthesis(realm)
    whole = world.read("livesynthesis", path, concatenation="1")
    assert (whole["hosts_total"], whole["hosts_up_hard"], whole["services_ok_hard"]) == (3, 3, 3)
    assert world.read("livesynthesis", path)["hosts_total"] == 1
    (listed,) = world.caller.items("livesynthesis", where={"_realm": realm["_id"]}, concatenation="1")
    assert listed["hosts_total"] == 1


def test_concatenation_for_others_adds_what_they_may_read(world: World, realm: Item) -> None:
    below = world.new("realm", _parent=realm["_id"])
    hidden = world.new("realm", _parent=below["_id"])
    for place in (realm, below, hidden):
        host(world, place, ls_state="UP")
    user, person = world.person()
    world.grant(user, realm, "read")
    world.grant(user, below, "read")
    assert person.read("livesynthesis", world.synthesis(realm), concatenation="1")["hosts_total"] == 2


def test_history_of_counters_newest_first(world: World, realm: Item) -> None:
    host(world, realm, ls_state="UP")
    nobody = world.caller.nobody()
    assert nobody.get("cron_livesynthesis_history").json == {}
    next_second()  # The order is by date, in whole seconds.
    host(world, realm, ls_state="DOWN")
    assert nobody.get("cron_livesynthesis_history").json == {}
    synthesis = world.synthesis(realm)
    history = world.read("livesynthesis", synthesis, history="1")["history"]
    assert [snapshot["hosts_total"] for snapshot in history] == [2, 1]
    assert [snapshot["hosts_down_hard"] for snapshot in history] == [1, 0]
    assert all("_created" in snapshot for snapshot in history)
    assert "history" not in world.read("livesynthesis", synthesis)


def test_first_host_of_a_realm_that_comes_with_services(world: World, realm: Item) -> None:
    above = world.new("host", _is_template=True)
    for name in ("Disk", "Load"):
        world.service(above, name=name, _is_template=True, ls_state="OK")
    host(world, realm, ls_state="UP", _templates=[above["_id"]])
    expected = {"hosts_total": 1, "hosts_up_hard": 1, "services_total": 2, "services_ok_hard": 2}
    assert counters(world, realm) == expected
    host(world, realm, ls_state="UP", _templates=[above["_id"]])
    assert counters(world, realm) == {name: 2 * number for name, number in expected.items()}


def test_history_together_with_the_realms_below(world: World, realm: Item) -> None:
    below = [world.new("realm", _parent=realm["_id"]) for _ in range(2)]
    for place in (realm, *below):
        host(world, place, ls_state="UP")
    assert world.caller.nobody().get("cron_livesynthesis_history").status == 200
    whole = world.read("livesynthesis", world.synthesis(realm), concatenation="1", history="1")
    assert whole["hosts_total"] == 3
    # The released backend adds the last of them only.
    assert whole["history"][0]["hosts_total"] == world.sane(real=2, sane=3)


def test_synthesis_is_writable(world: World, realm: Item) -> None:
    synthesis = world.new("livesynthesis", _realm=realm["_id"], hosts_total=5)
    assert synthesis["hosts_total"] == 5
    assert world.edit("livesynthesis", synthesis, hosts_up_hard=3)["hosts_up_hard"] == 3
    assert world.remove("livesynthesis", synthesis).status == 204
    _, person = world.person()
    assert is_error_json(person.post("livesynthesis", _realm=realm["_id"]), 401)
