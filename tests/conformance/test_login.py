"""Logging in and out, and what counts as a login."""

from __future__ import annotations

import re
from typing import Any

import pytest

from conformance.world import World, is_error_json

TOKEN = re.compile(r"\d{13}-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
ADMIN = {"username": "admin", "password": "admin"}


def test_login_gives_a_token_and_nothing_else(world: World) -> None:
    answer = world.caller.nobody().post("login", ADMIN)
    assert answer.status == 200
    assert list(answer.json) == ["token"]
    assert TOKEN.fullmatch(answer.json["token"])


def test_login_gives_the_same_token_each_time(world: World) -> None:
    nobody = world.caller.nobody()
    assert nobody.post("login", ADMIN).json == nobody.post("login", {**ADMIN, "action": "other"}).json


def test_login_by_form(world: World) -> None:
    answer = world.caller.nobody().call("POST", "login", form=ADMIN)
    assert answer.status == 200
    assert TOKEN.fullmatch(answer.json["token"])


def test_generate_replaces_the_token_at_once(world: World) -> None:
    user, person = world.person()
    answer = world.caller.nobody().post("login", {"username": user["name"], "password": "secret", "action": "generate"})
    assert answer.status == 200
    assert answer.json["token"] != person.caller.token
    assert is_error_json(person.caller.get("host"), 401)
    again = world.caller.nobody().post("login", {"username": user["name"], "password": "secret"})
    assert again.json == answer.json


def test_login_leaves_etag_and_date_of_the_user(world: World) -> None:
    user = world.new("user", password="secret")
    login = {"username": user["name"], "password": "secret"}
    for body in (login, {**login, "action": "generate"}):
        assert world.caller.nobody().post("login", body).status == 200
        after = world.read("user", user)
        assert (after["_etag"], after["_updated"]) == (user["_etag"], user["_updated"])


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        ["admin"],
        {"username": "admin"},
        {"password": "admin"},
        {"username": "", "password": "admin"},
        {"username": "admin", "password": ""},
        {"username": "admin", "password": "wrong"},
        {"username": "nobody", "password": "admin"},
    ],
)
def test_failed_login_is_401_with_a_reason(world: World, body: Any) -> None:
    answer = world.caller.nobody().post("login", body)
    assert is_error_json(answer, 401)
    assert "www-authenticate" not in answer.headers


def test_wrong_name_and_wrong_password_read_the_same(world: World) -> None:
    nobody = world.caller.nobody()
    wrong_name = nobody.post("login", {"username": "nobody", "password": "admin"})
    wrong_password = nobody.post("login", {"username": "admin", "password": "wrong"})
    assert wrong_name.json == wrong_password.json
    assert wrong_name.json["_error"]["message"] == "Please provide proper credentials"


def test_login_without_a_body_or_with_json_of_another_type_is_401(world: World) -> None:
    nobody = world.caller.nobody()
    assert is_error_json(nobody.call("POST", "login"), 401)
    text = {"Content-Type": "text/plain"}
    assert is_error_json(nobody.call("POST", "login", content='{"username": "admin"}', headers=text), 401)


def test_login_with_broken_json_is_400(world: World) -> None:
    headers = {"Content-Type": "application/json"}
    assert world.caller.nobody().call("POST", "login", content='{"username": ', headers=headers).status == 400


def test_login_with_values_that_are_not_text_is_refused(world: World) -> None:
    body = {"username": {"$ne": ""}, "password": {"$ne": ""}}
    answer = world.caller.nobody().post("login", body)
    assert answer.status in (400, 401, 500)
    if not world.backend.is_real:
        assert is_error_json(answer, 401)


def test_logout_is_ok_and_keeps_the_token(world: World) -> None:
    _, person = world.person()
    for caller in (person.caller, world.caller.nobody()):
        answer = caller.call("POST", "logout")
        assert answer.status == 200
        assert answer.text == "ok"
        assert answer.headers["content-type"].startswith("text/html")
    assert person.caller.get("host").status == 200


@pytest.mark.parametrize("form", ["{}", "Token {}", "Bearer {}"])
def test_token_in_the_authorization_header(world: World, form: str) -> None:
    headers = {"Authorization": form.format(world.caller.token)}
    assert world.caller.nobody().call("GET", "host", headers=headers).status == 200
    wrong = {"Authorization": form.format("1234-unknown")}
    assert is_error_json(world.caller.nobody().call("GET", "host", headers=wrong), 401)


def test_missing_or_unknown_token_is_401(world: World) -> None:
    for headers in ({}, {"Authorization": "Basic dW5rbm93bjo="}, {"Authorization": "Basic Og=="}):
        answer = world.caller.nobody().call("GET", "host", headers=headers)
        assert answer.status == 401
        assert answer.headers["www-authenticate"].startswith("Basic realm=")
        assert answer.json == {
            "_status": "ERR",
            "_error": {"code": 401, "message": "Please provide proper credentials"},
        }


def test_template_user_can_log_in(world: World) -> None:
    user, person = world.person(_is_template=True)
    assert person.read("user", user)["_is_template"] is True
