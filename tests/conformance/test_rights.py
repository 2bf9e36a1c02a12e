"""Who may do what: rights by realm and resource, and what is filtered without a word."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from conformance.world import Item, World, is_error_json, unique


@dataclass
class Place:
    """Three realms below each other, with a command in each (seen from below or not)."""

    top: Item
    middle: Item
    leaf: Item


@pytest.fixture
def place(world: World) -> Place:
    top = world.new("realm")
    middle = world.new("realm", _parent=top["_id"])
    return Place(top, middle, world.new("realm", _parent=middle["_id"]))


def command(world: World, realm: Item, **fields: object) -> Item:
    return world.new("command", _realm=realm["_id"], **fields)


def sees(world: World, item: Item, resource: str = "command") -> bool:
    """Whether an item is in the list; its own URL must say the same."""
    listed = world.caller.items(resource, where={"_id": item["_id"]}) != []
    single = world.caller.get(f"{resource}/{item['_id']}")
    assert single.status == (200 if listed else 404), single
    return listed


def test_super_admin_is_not_restricted(world: World, place: Place) -> None:
    _, person = world.person(back_role_super_admin=True, _realm=place.leaf["_id"])
    item = command(world, place.top, _sub_realm=False)
    assert sees(person, item)
    assert person.edit("command", item, notes="n")["notes"] == "n"
    assert command(person, place.top)["_realm"] == place.top["_id"]
    assert person.remove("command", item).status == 204


def test_without_any_right_nothing_is_seen_or_done(world: World, place: Place) -> None:
    _, person = world.person()
    item = command(world, place.top)
    assert person.caller.items("command") == []
    assert not sees(person, item)
    assert person.caller.items("realm") == []
    path = f"command/{item['_id']}"
    for method, answer in (
        ("POST", person.post("command")),
        ("PATCH", person.caller.patch(path, {"notes": "n"}, item["_etag"])),
        ("DELETE", person.caller.delete(path, item["_etag"])),
        ("DELETE", person.caller.call("DELETE", "command")),
    ):
        assert is_error_json(answer, 401)
        # Programs compare the text.
        assert answer.json["_error"]["message"] == f"Not allowed to {method} on this endpoint / resource."
    assert world.exists("command", item)


def test_read_in_one_realm(world: World, place: Place) -> None:
    user, person = world.person()
    world.grant(user, place.middle, "read")
    assert sees(person, command(world, place.middle, _sub_realm=False))
    assert not sees(person, command(world, place.leaf))
    assert sees(person, command(world, place.top, _sub_realm=True))
    assert not sees(person, command(world, place.top, _sub_realm=False))


def test_read_rights_include_sub_realms(world: World, place: Place) -> None:
    user, person = world.person()
    world.grant(user, place.middle, "read", sub_realm=True)
    assert sees(person, command(world, place.leaf, _sub_realm=False))
    assert not sees(person, command(world, place.top, _sub_realm=False))
    assert sees(person, {"_id": world.id_of("command", "_echo")})


def test_items_of_a_sibling_are_not_seen(world: World, place: Place) -> None:
    user, person = world.person()
    world.grant(user, place.leaf, "read", sub_realm=True)
    sibling = world.new("realm", _parent=place.middle["_id"])
    assert not sees(person, command(world, sibling))


def test_read_of_one_resource_only(world: World, place: Place) -> None:
    user, person = world.person()
    world.grant(user, place.top, "read", resource="command")
    assert sees(person, command(world, place.top))
    assert not sees(person, world.new("timeperiod", _realm=place.top["_id"]), "timeperiod")
    assert person.caller.items("timeperiod") == []


def test_realm_rights_show_no_ancestors(world: World, place: Place) -> None:
    user, person = world.person()
    world.grant(user, place.middle, "read", sub_realm=True)
    assert sees(person, place.middle, "realm")
    assert sees(person, place.leaf, "realm")
    assert not sees(person, place.top, "realm")
    assert not sees(person, {"_id": world.realm_all}, "realm")


def test_items_shared_with_a_person_need_the_custom_right(world: World, place: Place) -> None:
    user, person = world.person()
    mine = command(world, place.leaf, _users_read=[user["_id"]], _sub_realm=False)
    other = command(world, place.leaf, _sub_realm=False)
    elsewhere = command(world, place.top, _users_read=[user["_id"]], _sub_realm=False)
    assert not sees(person, mine)
    world.grant(user, place.leaf, "custom")
    assert sees(person, mine)
    assert not sees(person, other)
    assert not sees(person, elsewhere)


def test_rights_add_up_and_are_read_again_each_time(world: World, place: Place) -> None:
    user, person = world.person()
    top, leaf = command(world, place.top, _sub_realm=False), command(world, place.leaf, _sub_realm=False)
    first = world.grant(user, place.top, "read")
    assert [sees(person, top), sees(person, leaf)] == [True, False]
    world.grant(user, place.leaf, "read")
    assert [sees(person, top), sees(person, leaf)] == [True, True]
    world.remove("userrestrictrole", first)
    assert [sees(person, top), sees(person, leaf)] == [False, True]


def test_filters_do_not_get_around_rights(world: World, place: Place) -> None:
    user, person = world.person()
    world.grant(user, place.leaf, "read")
    hidden = command(world, place.top, _sub_realm=False)
    for where in ({"$or": [{"_id": hidden["_id"]}, {"name": {"$exists": True}}]}, {"_realm": place.top["_id"]}):
        assert hidden["_id"] not in [item["_id"] for item in person.caller.items("command", where=where)]


def test_create_right(world: World, place: Place) -> None:
    user, person = world.person()
    world.grant(user, place.leaf, "read")
    assert is_error_json(person.post("command", _realm=place.leaf["_id"]), 401)
    world.grant(user, place.leaf, "custom")
    assert is_error_json(person.post("command", _realm=place.leaf["_id"]), 401)
    world.grant(user, place.leaf, "create")
    assert command(person, place.leaf)["_realm"] == place.leaf["_id"]
    # The released backend lets whoever may create anywhere create everywhere.
    assert person.post("command", _realm=place.top["_id"]).status == world.sane(real=201, sane=401)


def test_create_right_on_one_resource(world: World, place: Place) -> None:
    user, person = world.person()
    world.grant(user, place.leaf, "create", "read", resource="command")
    assert command(person, place.leaf)
    assert is_error_json(person.post("timeperiod", _realm=place.leaf["_id"]), 401)


def test_refused_creation_comes_before_validation(world: World) -> None:
    _, person = world.person()
    assert is_error_json(person.caller.post("command", {"nothing": 1}), 401)


@pytest.mark.parametrize(("right", "verb"), [("update", "PATCH"), ("delete", "DELETE")])
def test_update_and_delete_rights(world: World, place: Place, right: str, verb: str) -> None:
    user, person = world.person()
    world.grant(user, place.top, "read", sub_realm=True)
    inside, below, above = (command(world, realm) for realm in (place.middle, place.leaf, place.top))

    def status(item: Item) -> int:
        body = {"notes": unique()} if verb == "PATCH" else None
        etag = world.read("command", item)["_etag"]
        return person.caller.call(verb, f"command/{item['_id']}", body, headers={"If-Match": etag}).status

    done = {"PATCH": 200, "DELETE": 204}[verb]
    assert status(inside) == 401
    world.grant(user, place.middle, right)
    assert status(above) == 404
    assert status(below) == 404
    assert status(inside) == done
    world.grant(user, place.middle, right, sub_realm=True)
    assert status(below) == done


@pytest.mark.parametrize(("right", "verb", "done"), [("update", "PATCH", 200), ("delete", "DELETE", 204)])
def test_update_and_delete_shared_by_name(world: World, place: Place, right: str, verb: str, done: int) -> None:
    user, person = world.person()
    world.grant(user, place.middle, "custom")
    mine = command(world, place.middle, **{f"_users_{right}": [user["_id"]]})
    other = command(world, place.middle)
    for item, expected in ((mine, done), (other, 404)):
        headers = {"If-Match": item["_etag"]}
        body = {"notes": "n"} if verb == "PATCH" else None
        assert person.caller.call(verb, f"command/{item['_id']}", body, headers=headers).status == expected


def test_delete_of_a_collection_takes_what_may_be_deleted_only(world: World, place: Place) -> None:
    user, person = world.person()
    world.grant(user, place.middle, "delete", sub_realm=True)
    gone = [command(world, realm) for realm in (place.middle, place.leaf)]
    kept = [command(world, place.top), {"_id": world.id_of("command", "_echo")}]
    assert person.caller.call("DELETE", "command").status == 204
    assert [world.exists("command", item) for item in [*gone, *kept]] == [False, False, True, True]


def test_realms_are_changed_by_their_own_id(world: World, place: Place) -> None:
    user, person = world.person()
    world.grant(user, place.middle, "read", "update", "delete", sub_realm=True)
    assert person.edit("realm", place.middle, notes="n")["notes"] == "n"
    stored = world.read("realm", place.top)
    assert person.caller.patch(f"realm/{place.top['_id']}", {"notes": "n"}, stored["_etag"]).status == 404
    assert person.remove("realm", place.leaf).status == 204


@pytest.mark.parametrize("there", ["none", "read", "delete", "update", "create"])
def test_item_may_be_moved_to_another_realm(world: World, place: Place, there: str) -> None:
    user, person = world.person()
    world.grant(user, place.leaf, "read", "update", "create", "delete")
    if there != "none":
        world.grant(user, place.top, there)
    item = command(world, place.leaf)
    answer = person.caller.patch(f"command/{item['_id']}", {"_realm": place.top["_id"]})
    # The released backend does not look at where it goes.
    assert (answer.status == 200) is world.sane(real=True, sane=there in ("update", "create"))
    moved = world.read("command", item)["_realm"] == place.top["_id"]
    assert moved is (answer.status == 200)


@pytest.mark.real_only  # Any user reads, makes and changes every user, super administrators included.
def test_users_are_open_to_everybody(world: World) -> None:
    _, person = world.person()
    assert [user["name"] for user in person.caller.items("user", where={"name": "admin"})] == ["admin"]
    assert person.new("user", back_role_super_admin=True)["back_role_super_admin"] is True


@pytest.mark.embedded_only
def test_only_a_super_admin_makes_another(world: World, place: Place) -> None:
    user, person = world.person()
    world.grant(user, place.top, "create", "read", "update", "delete", sub_realm=True)
    answer = person.post("user", _realm=place.top["_id"], back_role_super_admin=True)
    assert answer.status in (401, 403, 412)
    other = world.new("user", _realm=place.top["_id"])
    for victim in (user, other):
        answer = person.caller.patch(f"user/{victim['_id']}", {"back_role_super_admin": True}, victim["_etag"])
        assert answer.status in (401, 403, 404, 412)
    for right in ({"user": user["_id"], "realm": world.realm_all, "crud": ["delete"]},):
        assert person.post("userrestrictrole", **right).status in (401, 403)


@pytest.mark.embedded_only
def test_users_change_their_own_password_and_preferences_but_no_right(world: World) -> None:
    user, person = world.person()
    path = f"user/{user['_id']}"
    etag = person.read("user", user)["_etag"]
    answer = person.caller.patch(path, {"ui_preferences": {"a": 1}, "email": "me@site.test"}, etag)
    assert answer.status == 200
    for fields in ({"can_submit_commands": True}, {"is_admin": True}, {"_realm": world.realm_all}):
        assert person.caller.patch(path, fields, answer.json["_etag"]).status in (401, 403, 404)
    assert person.caller.patch(path, {"password": "other"}, answer.json["_etag"]).status == 200
    assert world.caller.login(user["name"], "other").token


@pytest.mark.embedded_only
def test_user_without_rights_changes_no_other_user(world: World) -> None:
    _, person = world.person()
    other = world.new("user", password="p")
    admin = world.read("user", world.id_of("user", "admin"))
    for victim in (other, admin):
        answer = person.caller.patch(f"user/{victim['_id']}", {"password": "stolen"}, victim["_etag"])
        assert answer.status in (401, 403, 404)
        assert person.caller.delete(f"user/{victim['_id']}", victim["_etag"]).status in (401, 403, 404)
    assert world.caller.login("admin", "admin").token == world.caller.token


def test_every_user_sees_himself(world: World) -> None:
    user, person = world.person()
    assert person.read("user", user)["name"] == user["name"]
    assert [one["_id"] for one in person.caller.items("user", where={"name": user["name"]})] == [user["_id"]]


def test_items_for_super_admins_only(world: World) -> None:
    user, person = world.person()
    world.grant(user, world.realm_all, "read", sub_realm=True)
    world.new("history", type="webui.comment")
    assert person.caller.items("userrestrictrole") == []
    assert person.caller.items("history", where={"host": {"$exists": False}}) == []


def test_synthesis_of_parent_realms_is_not_seen(world: World, place: Place) -> None:
    user, person = world.person()
    world.grant(user, place.middle, "read", sub_realm=True)
    for realm in (place.top, place.middle):
        world.new("host", _realm=realm["_id"])
    assert not sees(person, world.synthesis(place.top), "livesynthesis")
    assert sees(person, world.synthesis(place.middle), "livesynthesis")
    assert not sees(person, world.synthesis(world.realm_all), "livesynthesis")


def test_parents_of_realms_are_hidden_where_they_are_not_seen(world: World, place: Place) -> None:
    user, person = world.person()
    world.grant(user, place.middle, "read", sub_realm=True)
    middle, leaf = person.read("realm", place.middle), person.read("realm", place.leaf)
    assert middle["_parent"] is None
    assert leaf["_parent"] == place.middle["_id"]
    # The released backend forgets every second one of those it should hide.
    above = [world.realm_all, place.top["_id"]]
    assert middle["_tree_parents"] == world.sane(real=above[1:], sane=[])
    assert leaf["_tree_parents"] == [*world.sane(real=above[1:], sane=[]), place.middle["_id"]]
    assert world.read("realm", place.middle)["_parent"] == place.top["_id"]


def test_parents_of_groups_for_others_than_super_admins(world: World) -> None:
    user, person = world.person()
    world.grant(user, world.realm_all, "read", sub_realm=True)
    group = world.new("hostgroup")
    child = world.new("hostgroup", _parent=group["_id"])
    seen = person.read("hostgroup", child)
    # The released backend takes the parent for a realm, which it never is.
    assert seen["_parent"] == world.sane(real=None, sane=group["_id"])


def test_groups_without_any_right_on_realms(world: World) -> None:
    user, person = world.person()
    world.grant(user, world.realm_all, "read", sub_realm=True, resource="hostgroup")
    group = world.new("hostgroup")
    # The released backend cannot cut the list of parents then.
    assert person.caller.get(f"hostgroup/{group['_id']}").status == world.sane(real=500, sane=200)


def test_embedded_documents_are_not_filtered(world: World, place: Place) -> None:
    user, person = world.person()
    world.grant(user, place.leaf, "read")
    secret = command(world, place.top, _sub_realm=False)
    host = world.new("host", _realm=place.leaf["_id"], check_command=secret["_id"])
    embedded = person.read("host", host, embedded={"check_command": 1})
    assert embedded["check_command"]["name"] == secret["name"]
    # Of what the user may not see, the released backend shows everything.
    assert ("_etag" in embedded["check_command"]) is world.sane(real=True, sane=False)


def test_flags_that_are_enforced_nowhere(world: World) -> None:
    user, person = world.person(is_admin=False, can_update_livestate=False)
    world.grant(user, world.realm_all, "read", "update", sub_realm=True)
    host = world.new("host")
    assert person.edit("host", host, ls_state="UP")["ls_state"] == "UP"
