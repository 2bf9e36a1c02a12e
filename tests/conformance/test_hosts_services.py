"""Creating, changing and deleting hosts and services."""

from __future__ import annotations

from conformance.world import World, is_refusal_text, unique


def test_defaults_of_a_host(world: World) -> None:
    answer = world.caller.post("host", {"name": unique("host")})
    world.remember("host", answer)
    assert answer.status == 201
    host = world.read("host", answer.json)
    assert host["_realm"] == world.realm_all
    assert host["check_command"] == world.id_of("command", "_internal_host_up")
    assert (host["ls_state"], host["ls_state_type"], host["ls_state_id"]) == ("UNREACHABLE", "HARD", 3)
    assert (host["business_impact"], host["schema_version"], host["_overall_state_id"]) == (2, 3, 3)


def test_defaults_of_a_service(world: World) -> None:
    host = world.new("host")
    answer = world.caller.post("service", {"name": "Load", "host": host["_id"]})
    world.remember("service", answer)
    service = world.read("service", answer.json)
    assert service["_realm"] == world.realm_all
    assert service["check_command"] == world.id_of("command", "_echo")
    assert (service["ls_state"], service["ls_state_type"], service["ls_state_id"]) == ("UNKNOWN", "HARD", 3)


def test_realm_is_the_callers_not_the_hosts(world: World) -> None:
    mine, other = world.new("realm"), world.new("realm")
    user, person = world.person(_realm=mine["_id"])
    world.grant(user, world.realm_all, "read", "create", sub_realm=True)
    host = world.new("host", _realm=other["_id"])
    created = person.caller.post("host", {"name": unique("host")})
    world.remember("host", created)
    assert world.read("host", created.json)["_realm"] == mine["_id"]
    service = person.caller.post("service", {"name": "Load", "host": host["_id"]})
    world.remember("service", service)
    assert world.read("service", service.json)["_realm"] == mine["_id"]


def test_no_check_command_is_kept(world: World) -> None:
    host = world.new("host", check_command=None)
    assert host["check_command"] is None
    assert world.service(host, check_command=None)["check_command"] is None


def test_service_needs_a_host(world: World) -> None:
    answer = world.post("service")
    assert answer.status == 422
    assert answer.json["_issues"] == {"name": "field 'host' is required"}


def test_service_on_no_host(world: World) -> None:
    assert world.post("service", host=None).status in world.sane(real=(404, 500), sane=(422,))


def test_same_service_twice_on_a_host_is_refused(world: World) -> None:
    host, other = world.new("host"), world.new("host")
    world.service(host, name="Load")
    assert is_refusal_text(world.post("service", name="Load", host=host["_id"]))
    assert world.service(other, name="Load")["name"] == "Load"


def test_same_service_twice_by_patch_or_in_bulk(world: World) -> None:
    host = world.new("host")
    world.service(host, name="Load")
    second = world.service(host, name="Disk")
    # The released backend looks at single creations only.
    answer = world.caller.patch(f"service/{second['_id']}", {"name": "Load"})
    assert answer.status in world.sane(real=(200,), sane=(412, 422))
    both = [world.complete("service", name="Twice", host=host["_id"]) for _ in range(2)]
    answer = world.caller.post("service", both)
    world.remember("service", answer)
    assert answer.status in world.sane(real=(201,), sane=(412, 422))


def test_services_move_to_the_realm_of_their_host(world: World) -> None:
    realm = world.new("realm")
    host = world.new("host")
    service = world.service(host)
    world.edit("host", host, _realm=realm["_id"])
    assert world.read("service", service)["_realm"] == realm["_id"]


def test_services_move_regardless_of_the_order_of_fields(world: World) -> None:
    realm = world.new("realm")
    host = world.new("host")
    service = world.service(host)
    world.edit("host", host, alias="first", _realm=realm["_id"])
    expected = world.sane(real=world.realm_all, sane=realm["_id"])
    assert world.read("service", service)["_realm"] == expected


def test_services_go_with_their_host(world: World) -> None:
    host = world.new("host")
    service = world.service(host)
    assert world.remove("host", host).status == 204
    assert not world.exists("service", service)


def test_deleted_service_leaves_the_overall_state_of_its_host(world: World) -> None:
    host = world.new("host", ls_state="UP")
    service = world.service(host, ls_state="CRITICAL")
    assert world.read("host", host)["_overall_state_id"] == 4
    assert world.remove("service", service).status == 204
    assert world.read("host", host)["_overall_state_id"] == 4


def test_writing_configuration_makes_no_history(world: World) -> None:
    before = world.caller.get("history").json["_meta"]["total"]
    host = world.new("host")
    world.edit("host", host, notes="n")
    world.remove("service", world.service(host))
    world.remove("host", host)
    assert world.caller.get("history").json["_meta"]["total"] == before
