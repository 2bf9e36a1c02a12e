"""Login, logout and token; the proxies that a login may name are in test_proxies."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from alignak_backend_client import AsyncBackend
from alignak_backend_client.client import Backend, Change, Outcome
from client.helping import a_realm, at, failure, unique
from servers import misbehaving as m


@pytest.fixture
def new_user(client: Backend) -> tuple[str, str]:
    """Name and password of a user of this test only: a new token of admin's would log other tests out."""
    name, password = unique("user"), "p/ä ß&\"'"
    realm = a_realm(client)
    day = client.get("timeperiod", {"where": {"name": "24x7"}})["_items"][0]["_id"]
    fields = {"_realm": realm, "host_notification_period": day, "service_notification_period": day}
    client.post("user", {"name": name, "password": password, "back_role_super_admin": True, **fields})
    return name, password


def _login_of(client: Backend) -> tuple[bool, str | None, str | None]:
    return client.authenticated, client.token, client.get_token()


def test_login_and_logout(backend_url: str) -> None:
    client = Backend(backend_url)
    assert _login_of(client) == (False, None, None)
    assert client.login("admin", "admin") is True
    authenticated, token, same = _login_of(client)
    assert (authenticated, token) == (True, same)
    assert token
    assert client.get("host")["_status"] == "OK"
    assert client.logout() is True
    assert _login_of(client) == (False, None, None)
    assert failure(client.get, "host").code == 401


def test_every_way_to_generate_logs_in(backend_url: str, new_user: tuple[str, str]) -> None:
    client, other = Backend(backend_url), Backend(backend_url)
    tokens = []
    for generate in ("enabled", "disabled", "force", "enabled", "anything"):
        assert client.login(*new_user, generate) is True
        assert client.get("host")["_status"] == "OK"
        tokens.append(client.token)
    assert tokens[0] == tokens[1] != tokens[2] == tokens[3] == tokens[4]
    other.set_token(tokens[0])
    assert failure(other.get, "host").code == 401
    other.token = tokens[2]
    assert other.get("host")["_status"] == "OK"


@pytest.mark.parametrize("processes", [1, 4])
def test_a_token_that_was_renewed_meanwhile_is_asked_for_again(
    backend_url: str, new_user: tuple[str, str], processes: int
) -> None:
    with Backend(backend_url, processes) as client, Backend(backend_url) as other:
        assert client.login(*new_user)
        realm = a_realm(client)
        assert other.login(*new_user, "force")
        commands = [{"name": unique("renewed"), "_realm": realm} for _ in range(3)]
        made = client.create_many("command", commands)
        assert all(outcome.ok for outcome in made)
        assert client.token == other.token
        assert other.login(*new_user, "force")
        changes = [Change(one.id, str((one.answer or {})["_etag"]), {"notes": "x"}) for one in made]
        assert all(outcome.ok for outcome in client.update_many("command", changes))
        assert other.login(*new_user, "force")
        query = {"where": json.dumps({"name": {"$in": [one["name"] for one in commands]}}), "max_results": 1}
        assert {one.id for one in made} == {item["_id"] for item in client.iterate("command", query)}


def test_under_asyncio_it_is_asked_for_again_as_well(backend_url: str, new_user: tuple[str, str]) -> None:
    async def work() -> None:
        async with AsyncBackend(backend_url, 4) as client:
            assert await client.login(*new_user)
            realm = (await client.get("realm"))["_items"][0]["_id"]
            assert Backend(backend_url).login(*new_user, "force")
            commands = [{"name": unique("renewed"), "_realm": realm} for _ in range(3)]
            assert all(outcome.ok for outcome in await client.create_many("command", commands))

    asyncio.run(work())


REFUSED = m.json_answer({"_status": "ERR"}, 401, headers={"WWW-Authenticate": 'Basic realm="x"'})
NO_RIGHT = m.json_answer({"_status": "ERR", "_error": {"code": 401, "message": "Not allowed"}}, 401)


def _many(client: Backend) -> list[Outcome]:
    return client.update_many("host", [Change("a" * 24, "e", {"notes": "x"})] * 20)


@pytest.mark.parametrize("password", [True, False])
def test_without_a_good_password_the_work_ends_at_once(password: bool) -> None:
    script = [m.json_answer({"token": "t"}), REFUSED, m.json_answer({"_status": "ERR"}, 401), REFUSED]
    with m.MisbehavingServer(script if password else [REFUSED]) as server, Backend(server.url) as client:
        if password:
            client.login("a", "b")
        else:
            client.token = "t"
        outcomes = _many(client)
        paths = [request.path.split("/")[1] for request in server.requests]
    assert paths == (["login", "host", "login"] if password else ["host"])
    assert [outcome.tried for outcome in outcomes] == [True] + [False] * 19
    assert {outcome.error.reason for outcome in outcomes if outcome.error} == {
        "not logged in, or no longer: log in with the current name and password"
    }


def test_a_token_that_is_refused_though_it_is_the_present_one_is_asked_for_once() -> None:
    script = [m.json_answer({"token": "t"}), REFUSED, m.json_answer({"token": "t"}), REFUSED]
    with m.MisbehavingServer(script) as server, Backend(server.url) as client:
        client.login("a", "b")
        assert [failure(client.get, "host").code for _ in range(3)] == [401] * 3
        assert [request.path for request in server.requests] == ["/login", "/host", "/login", "/host", "/host"]


def test_a_missing_right_is_no_reason_to_log_in_nor_to_end() -> None:
    with m.MisbehavingServer([m.json_answer({"token": "t"}), NO_RIGHT]) as server, Backend(server.url) as client:
        client.login("a", "b")
        assert all(outcome.tried for outcome in _many(client))
        assert len(server.requests) == 21


@pytest.mark.parametrize(
    "forget",
    [
        lambda client: client.logout(),
        lambda client: client.close(),
        lambda client: client.set_token("t"),
        lambda client: pickle.loads(pickle.dumps(client)),  # noqa: S301 - our own
    ],
)
def test_the_password_is_kept_as_long_as_the_login(forget: Callable[[Backend], Any]) -> None:
    with m.MisbehavingServer([m.json_answer({"token": "t"})]) as server, Backend(server.url) as client:
        client.login("a", "pa55")
        assert b"pa55" not in pickle.dumps(client)
        after = forget(client)
        assert (after if isinstance(after, Backend) else client)._session.credentials is None


def test_a_header_of_the_caller_is_not_replaced() -> None:
    with m.MisbehavingServer([m.json_answer({"token": "t"}), REFUSED]) as server, Backend(server.url) as client:
        client.login("a", "b")
        assert client.get_response("GET", "host", {"authorization": "Basic eDo="}).status_code == 401
        assert len(server.requests) == 2


def test_refused_login_is_false_and_forgets_the_token(backend_url: str, caplog: pytest.LogCaptureFixture) -> None:
    client = Backend(backend_url)
    assert client.login("admin", "admin") is True
    with caplog.at_level(logging.DEBUG):
        assert client.login("admin", "wr0ng-s3cret") is False
    assert client.authenticated is False
    assert not client.token
    assert "admin" in caplog.text
    assert "wr0ng-s3cret" not in caplog.text
    assert client.login("nobody-here", "x") is False


@pytest.mark.parametrize(("name", "password"), [("", "x"), ("x", ""), ("", ""), (None, "x"), ("x", None)])
def test_missing_credentials_are_no_login(name: Any, password: Any) -> None:
    with m.MisbehavingServer([m.json_answer({"token": "t"})]) as server:
        error = failure(Backend(server.url).login, name, password)
        assert (error.code, error.message, error.response) == (1000, "Missing mandatory parameters", None)
        assert server.requests == []


def test_login_sends_what_the_backend_wants() -> None:
    with m.MisbehavingServer([m.json_answer({"token": "abc"})]) as server:
        client = at(server)
        assert client.login("me", "pw", generate="force") is True
        assert client.login("me", "pw", "enabled", None) is True
        first, second = server.requests
        assert (first.method, first.path) == ("POST", "/login")
        assert first.json == {"username": "me", "password": "pw", "action": "generate"}
        assert second.json == {"username": "me", "password": "pw"}
        assert first.headers["content-type"] == "application/json"
        # The token of before is not sent along.
        assert "authorization" not in first.headers
        assert "authorization" not in second.headers
        client.get("host")
        sent = server.requests[-1].headers["authorization"]
        assert base64.b64decode(sent.removeprefix("Basic ")) == b"abc:"


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        (m.html(200), 1000),
        (m.empty_body(), 1000),
        (m.json_answer({}), 1000),
        (m.json_answer([]), 1000),
        (m.json_answer("token"), 1000),
        (m.json_answer({"token": None}), 1000),
        (m.json_answer({"token": ""}), 1000),
        (m.json_answer({"token": {"a": 1}}), 1000),
        (m.redirect("http://127.0.0.1:1/login"), 1000),
        (m.no_answer(), 1000),
        (m.html(500), 500),
        (m.json_answer({"_error": {"code": 400, "message": "no"}}, 400), 400),
        (m.html(403), 403),
    ],
)
def test_any_other_answer_to_a_login_raises(behaviour: m.Behaviour, code: int) -> None:
    with m.MisbehavingServer([behaviour]) as server:
        client = at(server)
        assert failure(client.login, "me", "pw").code == code
        assert client.authenticated is False
        assert len(server.requests) == 1


def test_logout_without_login_asks_nobody() -> None:
    with m.MisbehavingServer([m.json_answer({})]) as server:
        assert Backend(server.url).logout() is True
        assert server.requests == []


def test_logout_takes_the_plain_ok() -> None:
    with m.MisbehavingServer([m.answer(200, b"ok", "text/html")]) as server:
        client = at(server)
        assert client.logout() is True
        assert [(r.method, r.path) for r in server.requests] == [("POST", "/logout")]
        assert not client.authenticated


def test_logout_that_fails_raises() -> None:
    with m.MisbehavingServer([m.html(500)]) as server:
        client = at(server)
        assert failure(client.logout).code == 500
        assert not client.authenticated
    client = at(server)
    assert failure(client.logout).code == 1000


def test_token_is_local() -> None:
    client = Backend("http://127.0.0.1:9")
    for empty in (None, ""):
        client.set_token("t")
        assert _login_of(client) == (True, "t", "t")
        client.set_token(empty)
        assert _login_of(client) == (False, None, None)
        client.token = "u"
        assert _login_of(client) == (True, "u", "u")
        client.token = empty
        assert _login_of(client) == (False, None, None)


@pytest.mark.parametrize("token", ["t\r\nX-Evil: 1", "tökén €", "\x00", "half \ud800", "a:b", "x" * 20_000, " "])
def test_odd_tokens_do_no_harm(token: str) -> None:
    with m.MisbehavingServer([m.json_answer({})]) as server:
        client = at(server)
        client.token = token
        assert client.get("host") == {"_status": "OK"}
        (request,) = server.requests
        assert "x-evil" not in request.headers
        sent = base64.b64decode(request.headers["authorization"].removeprefix("Basic "))
        assert sent == token.encode(errors="replace") + b":"


def test_context_manager_logs_out_locally_and_closes() -> None:
    with m.MisbehavingServer([m.keep_alive({"token": "t"})]) as server:
        with Backend(server.url) as client:
            assert client.login("a", "b")
            client.get("host")
            assert server.connections == 1
        assert not client.authenticated
        assert [r.path for r in server.requests] == ["/login", "/host"]
        assert client.login("a", "b")
        assert client.get("host") == {"token": "t", "_status": "OK"}
        assert server.connections == 2
        client.close()
        client.close()
