"""Users: passwords, tokens, and the right they get when created."""

from __future__ import annotations

import re
from typing import Any

import pytest

from conformance.world import World, is_error_json, unique

HASH = re.compile(r"pbkdf2:sha1:1000\$[^$]+\$[0-9a-f]{40}")


def can_log_in(world: World, name: str, password: str) -> bool:
    answer = world.caller.nobody().post("login", {"username": name, "password": password})
    return answer.status == 200


def test_notification_periods_default_to_never(world: World) -> None:
    user = world.new("user")
    never, always = world.id_of("timeperiod", "Never"), world.id_of("timeperiod", "24x7")
    assert (user["host_notification_period"], user["service_notification_period"]) == (never, never)
    given = world.new("user", host_notification_period=always)
    assert (given["host_notification_period"], given["service_notification_period"]) == (always, never)


def test_realm_of_a_user_is_required(world: World) -> None:
    answer = world.caller.post("user", {"name": unique("user")})
    assert answer.status == 422
    assert answer.json["_issues"]["_realm"] == "required field"


def test_password_is_stored_hashed_or_not_shown(world: World) -> None:
    user = world.new("user", password="secret")
    assert can_log_in(world, user["name"], "secret")
    assert not can_log_in(world, user["name"], "Secret")
    assert "secret" not in str(user)
    if world.backend.is_real:
        assert HASH.fullmatch(user["password"])


def test_user_without_password(world: World) -> None:
    # In the released backend the default password is known to everybody who has read the data model.
    user = world.new("user")
    assert can_log_in(world, user["name"], "NOPASSWORDSET") is world.sane(real=True, sane=False)


def test_changed_password(world: World) -> None:
    user, person = world.person()
    world.edit("user", user, password="other")
    assert not can_log_in(world, user["name"], "secret")
    # In the released backend a stolen token survives the change of the password.
    again = person.caller.login(user["name"], "other")
    assert (again.token == person.caller.token) is world.sane(real=True, sane=False)
    assert person.caller.get("host").status == world.sane(real=200, sane=401)
    assert again.get("host").status == 200


def test_token_is_made_by_the_backend(world: World) -> None:
    user = world.new("user", password="secret", token="mine")
    token = world.caller.login(user["name"], "secret").token
    assert re.fullmatch(r"\d{13}-[0-9a-f-]{36}", token)
    assert world.caller.nobody().call("GET", "host", headers={"Authorization": "mine"}).status == 401


@pytest.mark.parametrize("value", ["", "mine"])
def test_patched_token_is_replaced_by_a_new_one(world: World, value: str) -> None:
    user, person = world.person()
    world.edit("user", user, token=value)
    assert is_error_json(person.caller.get("host"), 401)
    again = person.caller.login(user["name"], "secret")
    assert again.token not in ("", "mine", person.caller.token)
    assert again.get("host").status == 200


@pytest.mark.embedded_only  # The released backend shows both to every user.
def test_password_and_token_of_others_do_not_leave(world: World) -> None:
    admin = world.id_of("user", "admin")
    user, person = world.person(back_role_super_admin=False)
    world.grant(user, world.realm_all, "read", sub_realm=True)
    answers = [
        person.caller.get("user"),
        person.caller.get(f"user/{admin}"),
        person.caller.get("user", projection={"token": 1, "password": 1}),
        person.caller.get("usergroup", embedded={"users": 1}),
    ]
    for answer in answers:
        assert world.backend.admin.token not in answer.text
        assert "pbkdf2" not in answer.text
    for where in ({"token": {"$gt": ""}}, {"password": {"$regex": "^pbkdf2"}}):
        found = person.caller.get("user", where=where)
        assert found.status != 200 or found.json["_items"] == []


def test_preferences_alone_keep_the_date(world: World) -> None:
    user = world.new("user")
    after = world.edit("user", user, ui_preferences={"a": 1})
    assert after["ui_preferences"] == {"a": 1}
    assert after["_updated"] == user["_updated"]
    assert after["_etag"] != user["_etag"]
    assert world.edit("user", user, ui_preferences={"b": 2})["ui_preferences"] == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("fields", "crud"),
    [
        ({}, ["read"]),
        ({"back_role_super_admin": True}, ["create", "delete", "read", "update"]),
        ({"_is_template": True}, ["read"]),
    ],
)
def test_right_that_comes_with_a_user(world: World, fields: dict[str, Any], crud: list[str]) -> None:
    realm = world.new("realm")
    for sub_realm in (True, False):
        user = world.new("user", _realm=realm["_id"], _sub_realm=sub_realm, **fields)
        (right,) = world.caller.items("userrestrictrole", where={"user": user["_id"]})
        assert sorted(right["crud"]) == crud
        assert (right["realm"], right["sub_realm"], right["resource"]) == (realm["_id"], sub_realm, "*")


def test_right_does_not_follow_the_user(world: World) -> None:
    user = world.new("user")
    world.edit("user", user, back_role_super_admin=True, _realm=world.new("realm")["_id"])
    (right,) = world.caller.items("userrestrictrole", where={"user": user["_id"]})
    assert (right["crud"], right["realm"]) == (["read"], world.realm_all)


def test_defaults_of_a_right(world: World) -> None:
    user = world.new("user")
    right = world.new("userrestrictrole", user=user["_id"], realm=world.realm_all)
    assert (right["crud"], right["resource"], right["sub_realm"]) == (["read"], "*", False)
    answer = world.post("userrestrictrole", user=user["_id"], realm=world.realm_all, crud=["fly"])
    assert answer.json["_issues"] == {"crud": "unallowed values ['fly']"}
    answer = world.post("userrestrictrole", user=user["_id"], realm=world.realm_all, resource="nothing")
    assert answer.json["_issues"] == {"resource": "unallowed value nothing"}
