"""Password hashes and tokens stay inside."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from alignak_backend_embedded.domain.passwords import is_outdated, verify
from embedded.site import Site

OLD_HASH = "pbkdf2:sha1:1000$xkNOIbR1$f3f6462abcdb27c4560886c5dba430bd3a216822"


@pytest.fixture
def secrets(site: Site) -> list[str]:
    site.new("user", name="other", password="other secret")
    users = list(site.store.find("user", {}))
    return [user["password"] for user in users] + [user["token"] for user in users if user["name"] != "admin"]


def test_no_answer_holds_a_secret(site: Site, secrets: list[str]) -> None:
    other = site.find("user", name="other")
    host = site.new("host", users=[other["_id"]])
    role = site.find("userrestrictrole", user=other["_id"])
    site.new("usergroup", name="group", users=[other["_id"]])
    asked: list[tuple[str, dict[str, Any]]] = [
        ("user", {}),
        ("user", {"projection": {"password": 1, "token": 1}}),
        ("user", {"projection": {"name": 0}}),
        ("user", {"sort": "name", "embedded": {"_realm": 1, "_templates": 1}}),
        (f"user/{other['_id']}", {"projection": {"password": 1, "token": 1}}),
        (f"host/{host['_id']}", {"embedded": {"users": 1}}),
        ("host", {"embedded": {"users": 1}, "projection": {"users": 1}}),
        (f"userrestrictrole/{role['_id']}", {"embedded": {"user": 1, "user._realm": 1}}),
        ("usergroup", {"embedded": {"users": 1, "users._templates": 1}}),
        ("userrestrictrole", {"embedded": {"user": 1}}),
    ]
    for path, params in asked:
        for accept in ("application/json", "application/xml"):
            answer = site.admin.call("GET", path, params=params, headers={"Accept": accept})
            assert answer.status == 200, (path, params)
            assert not [secret for secret in secrets if secret in answer.text], (path, params, accept)


ABOUT_SECRETS: list[dict[str, Any]] = [
    {"where": {"password": {"$regex": "^scrypt"}}},
    {"where": {"token": {"$exists": True}}},
    {"where": {"$or": [{"name": "admin"}, {"token": {"$gt": "1"}}]}},
    {"where": {"$and": [{"$nor": [{"password": "x"}]}]}},
    {"where": {"password.0": "s"}},
    {"where": {"token": "not mine"}},
    {"where": {"$expr": {"$eq": ["$password", "x"]}}},
    {"where": {"$where": "this.password"}},
    {"where": {"$jsonSchema": {}}},
    {"where": 'password=="x"'},
    {"where": '"token">"1"'},
    {"where": 'name=="admin" and password.x=="y"'},
    {"sort": "password"},
    {"sort": "-token"},
    {"sort": '[("name", 1), ("password", -1)]'},
]


def test_secrets_cannot_be_queried(site: Site) -> None:
    answers = [(params, site.admin.get("user", **params).status) for params in ABOUT_SECRETS]
    assert [params for params, status in answers if status != 400] == []


def test_users_find_themselves_by_their_own_token(site: Site) -> None:
    user, person = site.person()
    (found,) = person.items("user", where={"token": person.token})
    assert (found["_id"], found["token"]) == (user["_id"], person.token)
    assert person.items("user", where={"token": person.token, "name": "admin"}) == []
    assert "token" not in person.items("user", where={"token": person.token}, projection={"name": 1})[0]


def test_users_have_the_key_of_a_token_and_not_that_of_others(site: Site) -> None:
    other = site.new("user")
    assert other["token"] == ""
    assert site.admin.items("user", where={"name": other["name"]}, projection={"token": 1})[0]["token"] == ""
    assert "token" not in site.admin.items("user", where={"name": other["name"]}, projection={"name": 1})[0]
    group = site.new("usergroup", users=[other["_id"]])
    (embedded,) = site.admin.items("usergroup", where={"name": group["name"]}, embedded={"users": 1})
    assert "token" not in embedded["users"][0]


def test_api_keys_are_not_embedded(site: Site) -> None:
    grafana = site.new("grafana", address="a", apikey="the key")
    site.new("graphite", carbon_address="a", graphite_address="a", grafana=grafana["_id"])
    (found,) = site.admin.items("graphite", embedded={"grafana": 1})
    assert found["grafana"]["address"] == "a"
    assert "apikey" not in found["grafana"]


def test_passwords_are_hashed_by_a_current_method(site: Site) -> None:
    site.new("user", name="somebody", password="secret")
    stored = site.stored("user", name="somebody")["password"]
    assert stored.startswith("scrypt:")
    assert verify(stored, "secret")
    assert not verify(stored, "Secret")


def test_old_hashes_log_in_and_are_replaced(site: Site) -> None:
    site.new("user", name="veteran", password="x")
    before = site.find("user", name="veteran")
    site.store.update_fields("user", {"name": "veteran"}, {"password": OLD_HASH})
    assert is_outdated(OLD_HASH)
    assert site.nobody.call("POST", "login", {"username": "veteran", "password": "x"}).status == 401
    assert site.nobody.login("veteran", "p").token
    stored = site.stored("user", name="veteran")
    assert not is_outdated(stored["password"])
    assert site.nobody.login("veteran", "p").token == stored["token"]
    assert site.find("user", name="veteran") == before


@pytest.mark.parametrize("password", [None, "", "NOPASSWORDSET", "!"])
def test_users_without_a_password_cannot_log_in(site: Site, password: str | None) -> None:
    fields = {} if password is None else {"password": password}
    user = site.new("user", **fields)
    guesses = ["NOPASSWORDSET", "None", " ", site.stored("user", name=user["name"])["password"]]
    if password == "!":
        assert site.nobody.login(user["name"], "!").token
        return
    for guess in (*guesses, "!"):
        answer = site.nobody.call("POST", "login", {"username": user["name"], "password": guess})
        assert answer.status == 401


@pytest.mark.parametrize(
    "method",
    ["", "pbkdf2", "pbkdf2:sha1", "pbkdf2:sha1:0", "pbkdf2:no:1", "argon2:sha1:1000", "scrypt:2", "scrypt:3:1:1"],
)
def test_a_hash_of_an_unknown_method_matches_no_password(method: str) -> None:
    digest = hashlib.pbkdf2_hmac("sha1", b"secret", b"x", 1000).hex()
    assert verify(f"pbkdf2:sha1:1000$x${digest}", "secret")
    assert not verify(f"{method}$x${digest}", "secret")


def test_the_placeholder_password_is_rejected(site: Site) -> None:

    user = site.new("user", password="x")
    old = "pbkdf2:sha1:1000$x$" + hashlib.pbkdf2_hmac("sha1", b"NOPASSWORDSET", b"x", 1000).hex()
    site.store.update_fields("user", {"name": user["name"]}, {"password": old})
    answer = site.nobody.call("POST", "login", {"username": user["name"], "password": "NOPASSWORDSET"})
    assert answer.status == 401


def test_new_password_ends_old_tokens(site: Site) -> None:
    user, person = site.person()
    assert site.patch("user", user, {"password": "new"}, person).status == 200
    assert person.get("host").status == 401
    assert site.nobody.login(user["name"], "new").get("host").status == 200


def test_passwords_and_tokens_do_not_come_from_templates(site: Site) -> None:
    template = site.new("user", _is_template=True, password="shared", notes="n")
    user = site.new("user", _templates=[template["_id"]], password="own")
    assert not {"password", "token"} & set(user["_template_fields"])
    token = site.nobody.login(user["name"], "own").token
    site.edit("user", template, password="other", notes="m")
    assert site.read("user", user)["notes"] == "m"
    assert site.nobody.login(user["name"], "own").token == token
    bare = site.new("user", _templates=[template["_id"]])
    for guess in ("shared", "other"):
        answer = site.nobody.call("POST", "login", {"username": bare["name"], "password": guess})
        assert answer.status == 401
