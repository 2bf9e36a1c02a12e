"""Check results, and the history they leave."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.world import Item, World, is_refusal_text, unique

# The default of `last_state` is no state of a host: a result that does not send it leaves the live state alone.
RESULT = {"state": "DOWN", "state_type": "HARD", "last_state_type": "HARD", "last_state": "UP"}
OF_SERVICE = {"last_state": "OK"}


def check(world: World, /, **fields: Any) -> Item:
    return world.new("logcheckresult", **{**RESULT, **fields})


def history(world: World, item: Item, field: str = "host") -> list[Item]:
    found = world.caller.items("history", where={field: item["_id"]})
    world.made += [f"history/{one['_id']}" for one in found]
    return found


def test_required_fields(world: World) -> None:
    answer = world.post("logcheckresult", host=world.new("host")["_id"])
    assert answer.status == 422
    assert set(answer.json["_issues"]) == {"state", "state_type", "last_state_type"}


def test_result_needs_a_host(world: World) -> None:
    assert is_refusal_text(world.post("logcheckresult", **RESULT))
    assert is_refusal_text(world.post("logcheckresult", host=None, **RESULT))


def test_unknown_host_or_service_name(world: World) -> None:
    answer = world.post("logcheckresult", host_name="nobody", **RESULT)
    assert answer.status in world.sane(real=(500,), sane=(412, 422))
    host = world.new("host")
    answer = world.post("logcheckresult", host=host["_id"], service_name="nothing", **RESULT)
    assert answer.status in world.sane(real=(500,), sane=(412, 422))


def test_host_by_id_or_by_name(world: World) -> None:
    host = world.new("host")
    for given in ({"host": host["_id"]}, {"host_name": host["name"]}):
        result = check(world, **given)
        assert (result["host"], result["host_name"]) == (host["_id"], host["name"])
        assert (result["service"], result["service_name"]) == (None, "")


def test_id_wins_over_name(world: World) -> None:
    host, other = world.new("host"), world.new("host")
    result = check(world, host=host["_id"], host_name=other["name"])
    assert (result["host"], result["host_name"]) == (host["_id"], host["name"])


def test_service_by_id_or_by_name(world: World) -> None:
    host = world.new("host")
    service = world.service(host)
    other = world.new("host")
    world.service(other, name=service["name"])
    for given in (
        {"host": host["_id"], "service": service["_id"]},
        {"host": host["_id"], "service_name": service["name"]},
        {"host_name": host["name"], "service_name": service["name"]},
    ):
        result = check(world, **OF_SERVICE, **{**given, "state": "CRITICAL"})
        assert (result["service"], result["service_name"]) == (service["_id"], service["name"])
    assert world.read("service", service)["ls_state"] == "CRITICAL"


def test_service_of_another_host(world: World) -> None:
    service = world.service(world.new("host"))
    fields = {**RESULT, **OF_SERVICE, "state": "CRITICAL", "service": service["_id"], "host": world.new("host")["_id"]}
    # The released backend takes it, and changes the service.
    assert world.post("logcheckresult", **fields).status == world.sane(real=201, sane=422)


def test_realm_is_the_hosts(world: World) -> None:
    realm = world.new("realm")
    host = world.new("host", _realm=realm["_id"], _sub_realm=False)
    result = check(world, host=host["_id"])
    assert (result["_realm"], result["_sub_realm"]) == (realm["_id"], True)


def test_live_state_of_a_host(world: World) -> None:
    host = world.new("host", ls_state="UP")
    values: Item = {
        "state": "DOWN",
        "state_type": "SOFT",
        "state_id": 1,
        "acknowledged": True,
        "acknowledgement_type": 2,
        "downtimed": False,
        "last_check": 1000,
        "last_state": "UP",
        "last_state_type": "HARD",
        "output": "out",
        "long_output": "long",
        "perf_data": "'a'=1",
        "current_attempt": 2,
        "latency": 0.5,
        "execution_time": 0.25,
        "passive_check": True,
        "state_changed": 1,
        "last_state_changed": 900,
        "last_hard_state_changed": 800,
    }
    times = {"last_time_0": 10, "last_time_1": 11, "last_time_4": 14}
    check(world, host=host["_id"], **values, **times, last_state_id=4)
    after = world.read("host", host)
    assert {key: after[f"ls_{key}"] for key in values} == values
    assert (after["ls_last_time_up"], after["ls_last_time_down"], after["ls_last_time_unreachable"]) == (10, 11, 14)
    assert after["ls_next_check"] == host["ls_next_check"]
    assert after["_updated"] == host["_updated"]
    assert after["_etag"] != host["_etag"]


def test_live_state_of_a_service(world: World) -> None:
    host = world.new("host", ls_state="UP")
    service = world.service(host, ls_state="OK")
    times = {f"last_time_{number}": 10 + number for number in range(5)}
    check(world, host=host["_id"], service=service["_id"], state="CRITICAL", state_id=2, **OF_SERVICE, **times)
    after = world.read("service", service)
    assert (after["ls_state"], after["ls_state_id"], after["_overall_state_id"]) == ("CRITICAL", 2, 4)
    names = ["ok", "warning", "critical", "unknown", "unreachable"]
    assert [after[f"ls_last_time_{name}"] for name in names] == [10, 11, 12, 13, 14]
    assert world.read("host", host)["_overall_state_id"] == 4
    assert world.read("host", host)["ls_state"] == "UP"


def test_values_that_are_not_sent_go_back_to_their_defaults(world: World) -> None:
    host = world.new("host")
    check(world, host=host["_id"], output="first", latency=1.5, last_check=100)
    check(world, host=host["_id"], last_check=100)
    after = world.read("host", host)
    assert (after["ls_output"], after["ls_latency"], after["ls_last_check"]) == ("", 0, 100)


def test_older_results_change_nothing_but_are_kept(world: World) -> None:
    host = world.new("host")
    check(world, host=host["_id"], state="UP", last_check=2000)
    old = check(world, host=host["_id"], state="DOWN", last_check=1000)
    assert world.read("host", host)["ls_state"] == "UP"
    assert world.exists("logcheckresult", old)
    assert len(history(world, host)) == 2


def test_results_in_bulk_are_judged_one_by_one(world: World) -> None:
    newer, older = world.new("host", ls_state="UP"), world.new("host", ls_state="UP")
    check(world, host=older["_id"], state="UP", last_check=2000)
    bulk = [
        {**RESULT, "host": newer["_id"], "last_check": 1000},
        {**RESULT, "host": older["_id"], "last_check": 1000},
    ]
    answer = world.caller.post("logcheckresult", bulk)
    world.remember("logcheckresult", answer)
    assert answer.status == 201
    assert world.read("host", older)["ls_state"] == "UP"
    # In the released backend the last result decides for all.
    assert world.read("host", newer)["ls_state"] == world.sane(real="UP", sane="DOWN")


def test_overall_state_and_counters_follow(world: World) -> None:
    realm = world.new("realm")
    host = world.new("host", _realm=realm["_id"], ls_state="UP")
    check(world, host=host["_id"])
    assert world.read("host", host)["_overall_state_id"] == 4
    synthesis = world.synthesis(realm)
    assert (synthesis["hosts_up_hard"], synthesis["hosts_down_hard"]) == (0, 1)


def test_host_of_a_realm_that_is_gone(world: World) -> None:
    realm = world.new("realm")
    host = world.new("host", _realm=realm["_id"], ls_state="UP")
    world.remove("realm", realm)
    # The released backend stores the state, then fails to find the realm's counters.
    answer = world.post("logcheckresult", host=host["_id"], **RESULT)
    assert answer.status == world.sane(real=400, sane=201)
    assert world.read("host", host)["ls_state"] == "DOWN"
    answer = world.caller.patch(f"host/{host['_id']}", {"ls_state": "UP", "ls_state_type": "HARD"})
    assert answer.status == world.sane(real=400, sane=200)
    assert world.read("host", host)["ls_state"] == "UP"


def test_an_invalid_state_is_only_logged(world: World) -> None:
    host = world.new("host")
    service = world.service(host, ls_state="OK")
    answer = world.post("logcheckresult", host=host["_id"], service=service["_id"], **{**RESULT, **OF_SERVICE})
    assert answer.status == 201
    assert world.read("service", service)["ls_state"] == "OK"


def test_result_with_default_last_state_leaves_a_host_alone(world: World) -> None:
    host = world.new("host", ls_state="UP")
    answer = world.post("logcheckresult", host=host["_id"], state="DOWN", state_type="HARD", last_state_type="HARD")
    assert answer.status == 201
    assert world.read("host", host)["ls_state"] == "UP"
    assert len(history(world, host)) == 1


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"output": "out"}, "DOWN[HARD] (False/False): out"),
        ({"state_type": "SOFT", "acknowledged": True}, "DOWN[SOFT] (True/False): "),
        ({"state": "UP", "downtimed": True, "output": "é"}, "UP[HARD] (False/True): é"),
    ],
)
def test_history_of_a_result(world: World, fields: Item, message: str) -> None:
    realm = world.new("realm")
    host = world.new("host", _realm=realm["_id"])
    result = check(world, host=host["_id"], **fields)
    (entry,) = history(world, host)
    assert (entry["type"], entry["message"], entry["logcheckresult"]) == ("check.result", message, result["_id"])
    assert (entry["host_name"], entry["service"], entry["service_name"]) == (host["name"], None, "")
    assert (entry["user"], entry["user_name"], entry["_realm"]) == (None, "Alignak", realm["_id"])


def test_history_of_a_services_result(world: World) -> None:
    host = world.new("host")
    service = world.service(host)
    check(world, host=host["_id"], service=service["_id"], state="WARNING", **OF_SERVICE)
    (entry,) = history(world, service, "service")
    assert (entry["service_name"], entry["host"], entry["host_name"]) == (service["name"], host["_id"], host["name"])
    assert entry["message"] == "WARNING[HARD] (False/False): "


# History written by clients


def test_history_needs_a_type_of_the_list(world: World) -> None:
    answer = world.post("history")
    assert (answer.status, answer.json["_issues"]) == (422, {"type": "required field"})
    answer = world.post("history", type="other")
    assert (answer.status, answer.json["_issues"]) == (422, {"type": "unallowed value other"})


def test_history_without_host(world: World) -> None:
    entry = world.new("history", type="webui.comment", message="m")
    assert "_realm" not in entry
    assert (entry["message"], entry.get("host")) == ("m", None)
    unknown = world.new("history", type="webui.comment", host_name=unique("gone"))
    assert "_realm" not in unknown


def test_history_is_completed_from_its_host(world: World) -> None:
    realm = world.new("realm")
    host = world.new("host", _realm=realm["_id"], _sub_realm=False)
    service = world.service(host)
    user = world.new("user")
    by_id = world.new(
        "history", type="webui.comment", host=host["_id"], service=service["_id"], user=user["_id"], message="m"
    )
    by_name = world.new(
        "history", type="webui.comment", host_name=host["name"], service_name=service["name"], user_name=user["name"]
    )
    for entry in (by_id, by_name):
        assert (entry["host"], entry["host_name"]) == (host["_id"], host["name"])
        assert (entry["service"], entry["service_name"]) == (service["_id"], service["name"])
        assert (entry["user"], entry["user_name"]) == (user["_id"], user["name"])
        assert (entry["_realm"], entry["_sub_realm"]) == (realm["_id"], False)


def test_history_of_a_host_without_user_is_alignaks(world: World) -> None:
    entry = world.new("history", type="webui.comment", host=world.new("host")["_id"])
    assert (entry["user"], entry["user_name"]) == (None, "Alignak")
