"""Rules that many resources share: aliases, protected items, deleting without looking back."""

from __future__ import annotations

import pytest

from conformance.world import Item, World, is_refusal_text, unique

PROTECTED = [
    *[("realm", "All"), ("hostgroup", "All"), ("servicegroup", "All"), ("usergroup", "All")],
    *[("timeperiod", "24x7"), ("timeperiod", "Never"), ("command", "_internal_host_up"), ("command", "_echo")],
    *[("host", "_dummy"), ("user", "admin")],
]
ALIASED: dict[str, Item] = {
    "command": {},
    "timeperiod": {},
    "host": {},
    "user": {},
    "realm": {},
    "hostgroup": {},
    "servicegroup": {},
    "usergroup": {},
    "hostescalation": {},
    "serviceescalation": {"users": [], "usergroups": []},
    "alignak": {},
}


@pytest.mark.parametrize("resource", ALIASED)
def test_alias_is_the_name_when_missing_or_empty(world: World, resource: str) -> None:
    for alias in ({}, {"alias": ""}):
        item = world.new(resource, **ALIASED[resource], **alias)
        assert item["alias"] == item["name"]
    assert world.new(resource, **ALIASED[resource], alias="other")["alias"] == "other"


@pytest.mark.parametrize("resource", ["hostdependency", "servicedependency"])
def test_alias_of_dependencies(world: World, resource: str) -> None:
    item = world.new(resource, dependency_period=world.id_of("timeperiod", "24x7"))
    assert item["alias"] == item["name"]


def test_alias_of_a_service(world: World) -> None:
    service = world.service(world.new("host"), name="Load")
    assert service["alias"] == "Load"


def test_alias_is_not_filled_by_patch(world: World) -> None:
    command = world.new("command", alias="other")
    assert world.edit("command", command, alias="")["alias"] == ""
    assert world.edit("command", command, name=unique("renamed"))["alias"] == ""


@pytest.mark.parametrize("resource", ["hostdependency", "servicedependency"])
def test_dependency_without_name(world: World, resource: str) -> None:
    body = {"dependency_period": world.id_of("timeperiod", "24x7"), "_realm": world.realm_all}
    answer = world.caller.post(resource, body)
    world.remember(resource, answer)
    # The released backend accepts no name, and then fails to make an alias from it.
    assert answer.status == world.sane(real=500, sane=201)


@pytest.mark.parametrize(("resource", "name"), PROTECTED)
def test_start_documents_cannot_be_deleted(world: World, resource: str, name: str) -> None:
    answer = world.remove(resource, world.id_of(resource, name))
    assert is_refusal_text(answer)
    assert answer.headers["content-type"].startswith("text/html")
    assert world.read(resource, world.id_of(resource, name))["name"] == name


def test_start_documents_can_be_patched_and_renamed(world: World) -> None:
    never = world.id_of("timeperiod", "Never")
    assert world.edit("timeperiod", never, name="Seldom", notes="n")["name"] == "Seldom"
    assert world.edit("timeperiod", never, name="Never", notes="")["name"] == "Never"


def test_users_cannot_delete_themselves(world: World) -> None:
    user, person = world.person(back_role_super_admin=True)
    assert is_refusal_text(person.remove("user", user))
    assert world.exists("user", user)
    assert world.remove("user", user).status == 204


def test_links_may_dangle_after_a_delete(world: World) -> None:
    command, period = world.new("command"), world.new("timeperiod")
    host = world.new("host", check_command=command["_id"], check_period=period["_id"])
    group = world.new("hostgroup", hosts=[host["_id"]])
    assert world.remove("command", command).status == 204
    assert world.remove("timeperiod", period).status == 204
    stored = world.read("host", host)
    assert (stored["check_command"], stored["check_period"]) == (command["_id"], period["_id"])
    assert world.edit("host", host, notes="still works")["notes"] == "still works"
    assert world.remove("host", host).status == 204
    assert world.read("hostgroup", group)["hosts"] == [host["_id"]]


def test_realm_of_items_may_dangle(world: World) -> None:
    realm = world.new("realm")
    host = world.new("host", _realm=realm["_id"])
    assert world.remove("realm", realm).status == 204
    assert world.read("host", host)["_realm"] == realm["_id"]


def test_right_of_a_deleted_user_stays(world: World) -> None:
    user = world.new("user")
    (role,) = world.caller.items("userrestrictrole", where={"user": user["_id"]})
    assert world.remove("user", user).status == 204
    assert world.exists("userrestrictrole", role)
    assert world.remove("userrestrictrole", role).status == 204


def test_answers_to_writes_carry_the_final_etag(world: World) -> None:
    for resource in ("host", "realm", "hostgroup", "user"):
        answer = world.post(resource)
        assert answer.json["_etag"] == world.read(resource, answer.json)["_etag"]
        patched = world.caller.patch(f"{resource}/{answer.json['_id']}", {"notes": "n"})
        assert patched.json["_etag"] == world.read(resource, answer.json)["_etag"]


def test_realm_all_may_be_renamed(world: World) -> None:
    try:
        world.edit("realm", world.realm_all, name="Everything")
        # The released backend looks for the parent of a new realm by the name All.
        assert world.post("realm").status == world.sane(real=500, sane=201)
    finally:
        world.edit("realm", world.realm_all, name="All")
