"""Passwords and tokens stay out of logs, messages and reprs."""

from __future__ import annotations

import base64
import traceback
from collections.abc import Callable

import pytest

from alignak_backend_client.client import Backend, BackendException
from client.helping import Records
from servers import misbehaving as m

PASSWORD = "pa55-w0rd-s3cret"
TOKEN = "1500000000000-t0ken-s3cret"


def _forms(secret: str) -> list[str]:
    basic = base64.b64encode(f"{secret}:".encode(errors="replace")).decode()
    return [secret, repr(secret)[1:-1], ascii(secret)[1:-1], basic, "s3cret"]


def _assert_no_secret(text: str, *secrets: str) -> None:
    for secret in secrets:
        for form in _forms(secret):
            assert form not in text


def test_a_session_leaves_no_secret_in_the_logs(backend_url: str, log: Records) -> None:
    client = Backend(backend_url)
    assert client.login("admin", PASSWORD) is False
    assert client.login("admin", "admin") is True
    token = client.token
    assert token is not None
    client.get("host")
    client.get_all("host", {"sort": "name"})
    with pytest.raises(BackendException):
        client.get("nothing")
    with pytest.raises(BackendException):
        client.post("host", {"nonsense": 1})
    client.logout()
    assert len(log.texts) > 5
    assert any("/login" in text for text in log.texts)
    _assert_no_secret("\n".join(log.texts), PASSWORD, token)


ODD_TOKENS = [TOKEN, "s3cret\r\nX: y", "s3cret-ü€", "s3cret-\ud800", "s3cret\x00", "s3cret:colon", "s3cret" * 3000]


@pytest.mark.parametrize("token", ODD_TOKENS)
@pytest.mark.parametrize(
    "behaviour",
    [
        m.json_answer({}),
        m.html(500),
        m.html(200),
        m.no_answer(),
        m.reset_after_reading(),
        m.redirect("http://elsewhere.test/"),
        m.json_answer({"_error": {"code": 401, "message": "no"}}, 401),
    ],
)
def test_errors_hold_no_token(token: str, behaviour: m.Behaviour, log: Records) -> None:
    with m.MisbehavingServer([behaviour]) as server:
        client = Backend(server.url, retries=1 if token == TOKEN else 0, timeout=5)
        client.token = token
        told = [repr(client), str(client), repr(client._session)]
        calls: list[Callable[[], object]] = [
            lambda: client.get("host"),
            lambda: client.patch("host/1", {"a": 1}, {"If-Match": "x"}),
            lambda: client.get("//elsewhere.test/host"),
            lambda: client.get("host", {"where": object, "x": b"\xff"}),
            lambda: client.login("me", PASSWORD),
        ]
        for call in calls:
            client.token = token
            try:
                call()
            except BackendException as error:
                told += [str(error), repr(error), error.reason, repr(error.response), repr(error.args)]
                told += [*getattr(error, "__notes__", []), "".join(traceback.format_exception(error))]
    _assert_no_secret("\n".join(told + log.texts), token, PASSWORD)


@pytest.mark.parametrize("call", ["get", "get_url", "login"])
def test_credentials_in_the_url_are_rejected_without_quoting_them(call: str, log: Records) -> None:
    client = Backend(f"http://me:{PASSWORD}@127.0.0.1:9", retries=0)
    told = [repr(client)]
    calls: dict[str, Callable[[], object]] = {
        "get": lambda: client.get("host"),
        "get_url": lambda: client.get_url("//elsewhere"),
        "login": lambda: client.login("me", "other"),
    }
    with pytest.raises(BackendException) as caught:
        calls[call]()
    told += [str(caught.value), repr(caught.value), "".join(traceback.format_exception(caught.value))]
    _assert_no_secret("\n".join(told + log.texts), PASSWORD)


def test_proxy_credentials_are_not_revealed(log: Records) -> None:
    with m.MisbehavingServer([m.html(407)]) as proxy:
        client = Backend("http://127.0.0.1:9", retries=0, timeout=5)
        with pytest.raises(BackendException) as caught:
            client.login("me", PASSWORD, proxies={"http": proxy.url.replace("//", f"//me:{TOKEN}@")})
        assert proxy.requests
    _assert_no_secret(str(caught.value) + repr(client) + "\n".join(log.texts), PASSWORD, TOKEN)
