"""Guessing passwords is slow, reveals nothing, and locks nobody out."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Callable
from typing import Any

import pytest

from alignak_backend_embedded.api.endpoints.login_throttle import BY_ADDRESS, BY_NAME, LoginThrottle
from alignak_backend_embedded.domain import passwords
from embedded.site import Site
from embedded.test_secrets import OLD_HASH


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def throttle(clock: Clock) -> LoginThrottle:
    return LoginThrottle(clock, most_keys=100)


def fail(throttle: LoginThrottle, times: int, name: str = "somebody", address: str = "192.0.2.1") -> list[int]:
    return [throttle.take(name, address) for _ in range(times)]


def test_a_name_has_some_attempts_then_waits(throttle: LoginThrottle, clock: Clock) -> None:
    assert fail(throttle, BY_NAME.at_once) == [0] * BY_NAME.at_once
    assert fail(throttle, 3) == [BY_NAME.seconds] * 3
    clock.now += BY_NAME.seconds - 1
    assert fail(throttle, 2) == [1, 1]
    clock.now += 1
    assert fail(throttle, 2) == [0, BY_NAME.seconds]
    clock.now += BY_NAME.at_once * BY_NAME.seconds
    assert fail(throttle, BY_NAME.at_once + 1)[-2:] == [0, BY_NAME.seconds]


def test_a_day_of_guessing_is_short(throttle: LoginThrottle, clock: Clock) -> None:
    taken = 0
    for _ in range(24 * 3600 // 10):
        taken += not throttle.take("somebody", "")
        clock.now += 10
    assert taken <= BY_NAME.at_once + 24 * 3600 / BY_NAME.seconds


def test_an_address_that_tries_many_names_waits(throttle: LoginThrottle) -> None:
    waits = [throttle.take(f"user {number}", "192.0.2.1") for number in range(BY_ADDRESS.at_once + 1)]
    assert waits == [0] * BY_ADDRESS.at_once + [BY_ADDRESS.seconds]
    assert throttle.take("somebody", "192.0.2.2") == 0
    # Loopback is where a proxy speaks for many.
    assert not any(throttle.take(f"user {number}", "127.0.0.1") for number in range(200, 300))


def test_addresses_of_one_network_are_one(throttle: LoginThrottle) -> None:
    waits = [throttle.take(f"user {number}", f"2001:db8::{number:x}") for number in range(BY_ADDRESS.at_once + 1)]
    assert waits[-1] > 0
    assert throttle.take("somebody", "2001:db8:0:1::1") == 0
    for _ in range(BY_NAME.at_once):
        throttle.succeeded("somebody", "::ffff:192.0.2.9")
    assert throttle.take("somebody", "192.0.2.9") == 0


def test_right_passwords_cost_nothing(throttle: LoginThrottle) -> None:
    for _ in range(BY_ADDRESS.at_once * 2):
        assert throttle.take("somebody", "192.0.2.1") == 0
        throttle.succeeded("somebody", "192.0.2.1")


def test_an_own_account_does_not_clear_what_one_tried_with_others(throttle: LoginThrottle) -> None:
    for number in range(BY_ADDRESS.at_once):
        assert throttle.take(f"user {number}", "192.0.2.1") == 0
        if throttle.take("mine", "192.0.2.1") == 0:
            throttle.succeeded("mine", "192.0.2.1")
    assert throttle.take("another", "192.0.2.1") > 0


def test_guesses_from_elsewhere_do_not_lock_users_out(throttle: LoginThrottle) -> None:
    assert throttle.take("somebody", "192.0.2.7") == 0
    throttle.succeeded("somebody", "192.0.2.7")
    assert fail(throttle, BY_NAME.at_once + 1, address="198.51.100.1")[-1] > 0
    assert throttle.take("somebody", "192.0.2.7") == 0
    # There, too, throttle are counted.
    assert fail(throttle, BY_NAME.at_once, address="192.0.2.7")[-1] > 0


def test_a_login_restores_all_attempts(throttle: LoginThrottle) -> None:
    """Where the user has logged in before; what others tried elsewhere stays counted."""
    assert throttle.take("somebody", "192.0.2.7") == 0
    throttle.succeeded("somebody", "192.0.2.7")
    assert fail(throttle, BY_NAME.at_once, address="198.51.100.1")[-1] == 0
    for _ in range(3):
        assert fail(throttle, BY_NAME.at_once - 1, address="192.0.2.7") == [0] * (BY_NAME.at_once - 1)
        assert throttle.take("somebody", "192.0.2.7") == 0
        throttle.succeeded("somebody", "192.0.2.7")
    assert fail(throttle, BY_NAME.at_once + 1, address="192.0.2.7") == [0] * BY_NAME.at_once + [BY_NAME.seconds]
    assert throttle.take("somebody", "198.51.100.1") > 0


def test_memory_is_bounded_and_a_flood_of_names_evicts_no_attacked_ones(throttle: LoginThrottle) -> None:
    fail(throttle, BY_NAME.at_once, "victim", "")
    for number in range(1000):
        throttle.take(f"user {number}" * 100, f"192.0.{number // 250}.{number % 250}")
        throttle.succeeded(f"known {number}", "")
    assert len(throttle) <= 300
    assert throttle.take("victim", "") > 0


def try_login(site: Site, name: str, password: str, address: str = "192.0.2.1") -> Any:
    body = {"username": name, "password": password}
    headers = {"Content-Type": "application/json"}
    return site.send("POST", "login", headers=headers, body=json.dumps(body).encode(), address=address)


def test_login_is_slowed_down(site: Site) -> None:
    clock = Clock()
    site.app.throttle = LoginThrottle(clock)
    user, person = site.person()
    for name in (user["name"], "nobody of this name"):
        statuses = [try_login(site, name, "wrong").status for _ in range(BY_NAME.at_once + 1)]
        assert statuses == [401] * BY_NAME.at_once + [429]
        answer = try_login(site, name, "secret")
        assert answer.status == 429
        assert answer.headers["Retry-After"] == str(round(BY_NAME.seconds))
        assert answer.json["_error"]["code"] == 429
    assert person.get("host").status == 200
    # The client of this machine has logged in before.
    assert try_login(site, user["name"], "secret", "127.0.0.1").status == 200
    clock.now += BY_NAME.seconds
    answer = try_login(site, user["name"], "secret")
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[int]]:
    """The work of the hashes that were computed since it was last asked."""
    done: list[int] = []
    scrypt = hashlib.scrypt

    def counted(password: bytes, **options: Any) -> bytes:
        done.append(options["n"])
        return scrypt(password, **options)

    monkeypatch.setattr(hashlib, "scrypt", counted)

    def since() -> list[int]:
        found = list(done)
        done.clear()
        return found

    return since


def test_the_time_does_not_reveal_existing_users(site: Site, work: Callable[[], list[int]]) -> None:
    site.new("user", name="known", password="secret")
    site.new("user", name="without a password")
    site.new("user", name="old", password="secret")
    site.new("user", name="broken", password="secret")
    site.store.update_fields("user", {"name": "old"}, {"password": OLD_HASH})
    site.store.update_fields("user", {"name": "broken"}, {"password": "md9$x$y"})
    try_login(site, "nobody", "wrong")  # the first one also makes the decoy
    work()
    found = {}
    for name in ("known", "unknown", "without a password", "old", "broken"):
        for password in ("wrong", passwords.NO_PASSWORD):
            assert try_login(site, name, password).status == 401
            found[name, password] = work()
    assert set(map(tuple, found.values())) == {(128,)}, found


def test_outside_of_tests_a_hash_takes_much_work() -> None:
    found = importlib.util.find_spec(passwords.__name__)
    assert found is not None
    assert found.loader is not None
    untouched = importlib.util.module_from_spec(found)
    found.loader.exec_module(untouched)
    assert untouched.hash_password("x").startswith("scrypt:16384:8:1$")
    assert untouched.is_outdated(passwords.hash_password("x"))


def test_endless_passwords_are_not_hashed(site: Site, work: Callable[[], list[int]]) -> None:
    assert try_login(site, "admin", "x" * (passwords.MAX_LENGTH + 1)).status == 401
    assert work() == []


def test_tokens_are_renewed_and_end(site: Site) -> None:
    user, person = site.person()
    body = {"username": user["name"], "password": "secret", "action": "generate"}
    renewed = site.nobody.call("POST", "login", body).json["token"]
    assert renewed != person.token
    assert person.get("host").status == 401
    again = site.nobody.login(user["name"], "secret")
    assert again.token == renewed
    assert site.patch("user", user, {"password": "other"}).status == 200
    assert again.get("host").status == 401
    last = site.nobody.login(user["name"], "other")
    assert last.get("host").status == 200
    assert site.delete("user", user).status == 204
    assert last.get("host").status == 401
    assert try_login(site, user["name"], "other").status == 401


def test_tokens_are_looked_up_as_text(site: Site) -> None:
    for sent in ("", "null", "None", '{"$gt":""}', "Basic", "Bearer", "Bearer ", "Basic e30=", "Token " + "0" * 5000):
        answer = site.nobody.call("GET", "host", headers={"Authorization": sent})
        assert answer.status == 401, sent
    for body in ({"username": {"$gt": ""}, "password": "admin"}, {"username": "admin", "password": {"$ne": 1}}):
        assert site.nobody.call("POST", "login", body).status == 401


def test_a_password_that_was_right_is_not_hashed_again(clock: Clock, work: Callable[[], list[int]]) -> None:
    stored, other = passwords.hash_password("right"), passwords.hash_password("right")
    verified = passwords.VerifiedPasswords(clock)
    assert not verified.check(None, "right")  # the first one also makes the decoy
    work()
    assert [verified.check(stored, "right") for _ in range(3)] == [True] * 3
    assert len(work()) == 1
    # Wrong ones are hashed each time, and so are those of others and of nobody.
    assert [verified.check(stored, "wrong") for _ in range(3)] == [False] * 3
    assert len(work()) == 3
    assert verified.check(other, "right")
    assert not verified.check(None, "right")
    assert len(work()) == 2
    clock.now += passwords.REMEMBERED_SECONDS
    assert verified.check(stored, "right")
    assert len(work()) == 1


def test_memory_of_right_passwords_is_bounded(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "check_password", lambda _stored, _password: True)
    monkeypatch.setattr(passwords, "_MOST_REMEMBERED", 10)
    verified = passwords.VerifiedPasswords(clock)
    for number in range(35):
        assert verified.check("$$", f"password {number}")
        assert len(verified._until) <= 10
    # Nothing of a password can be read from it.
    assert not any(b"password" in key for key in verified._until)


def test_a_changed_password_closes_at_once(site: Site) -> None:
    user, _ = site.person()
    assert try_login(site, user["name"], "secret").status == 200
    assert site.patch("user", user, {"password": "other"}).status == 200
    assert try_login(site, user["name"], "secret").status == 401
    assert try_login(site, user["name"], "other").status == 200
