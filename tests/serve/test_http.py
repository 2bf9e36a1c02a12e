"""What the server sends and accepts on the wire."""

from __future__ import annotations

import contextlib
import json
import select
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from serve.wire import Wire, login
from servers.serve import Serve

_BODY = 64 * 1024 * 1024
_HEADERS = 64 * 1024
_ANONYMOUS = 64 * 1024


def test_an_open_connection_is_announced_and_used_again(served: Serve, token: str) -> None:
    with Wire(served) as wire:
        for _ in range(3):
            reply = wire.request("GET", "/host?max_results=1", Authorization=f"Bearer {token}")
            assert (reply.status, reply.headers["connection"]) == (200, "keep-alive")
        realm = wire.request("GET", "/realm", Authorization=token).json["_items"][0]["_id"]
        body = json.dumps({"name": "c", "command_line": "c", "_realm": realm}).encode()
        made = wire.request("POST", "/command", body, Authorization=token, Content_Type="application/json")
        path = f"/command/{made.json['_id']}"
        assert wire.request("HEAD", path, Authorization=token).headers["connection"] == "keep-alive"
        same = wire.request("GET", path, Authorization=token, If_None_Match=made.json["_etag"])
        assert (same.status, same.headers["connection"]) == (304, "keep-alive")
        gone = wire.request("DELETE", path, Authorization=token, If_Match=made.json["_etag"])
        assert (gone.status, gone.headers["connection"], gone.body) == (204, "keep-alive", b"")
        assert wire.request("GET", path, Authorization=token).headers["connection"] == "keep-alive"  # 404
        assert wire.request("GET", "/version").status == 200


@pytest.mark.parametrize("option", ["close", "Close", "TE, close"])
def test_a_connection_closes_when_the_client_wants_it(served: Serve, option: str) -> None:
    with Wire(served) as wire:
        assert wire.request("GET", "/version", Connection=option).headers["connection"] == "close"
        assert wire.is_closed()


def test_http_1_0_keeps_a_connection_only_when_asked(served: Serve) -> None:
    with Wire(served) as wire:
        wire.send("GET /version HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        assert wire.reply().headers["connection"] == "keep-alive"
        wire.send("GET /version HTTP/1.0\r\n\r\n")
        assert wire.reply().headers["connection"] == "close"
        assert wire.is_closed()


def test_requests_sent_at_once_are_answered_in_order(served: Serve) -> None:
    with Wire(served) as wire:
        wire.send(
            "".join(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n" for path in ("/version", "/no", "/backendconfig"))
        )
        assert [wire.reply().status for _ in range(3)] == [200, 404, 200]


def test_a_body_in_chunks_and_expect_continue(served: Serve) -> None:
    with Wire(served) as wire:
        head = "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        body = '{"username": "admin", "password": "admin"}'
        wire.send(f"{head}Transfer-Encoding: chunked\r\n\r\n{len(body):x}\r\n{body}\r\n0\r\n\r\n")
        assert "token" in wire.reply().json
        wire.send(f"{head}Expect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n")
        assert wire.reply().status == 100
        wire.send(body)
        assert "token" in wire.reply().json


_POST = "POST /host HTTP/1.1\r\nHost: localhost\r\n"
_CHUNKED = f"{_POST}Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + "x" * _HEADERS + "\r\n\r\n", 431),
        ("GET /host?where=" + "x" * (_HEADERS - 15) + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 431),
        (f"{_POST}Authorization: TOKEN\r\nContent-Length: {_BODY + 1}\r\n\r\n", 413),
        (f"{_POST}Authorization: TOKEN\r\nContent-Length: {_BODY + 1}\r\nExpect: 100-continue\r\n\r\n", 413),
        (f"{_POST}Authorization: guessed\r\nContent-Length: {_ANONYMOUS + 1}\r\n\r\n", 401),
        (f"{_POST}Content-Length: {_ANONYMOUS + 1}\r\n\r\n", 413),
        (f"{_POST}Content-Length: {10**18}\r\n\r\n", 413),
        (f"{_CHUNKED}{_ANONYMOUS + 1:x}\r\n" + "x" * (_ANONYMOUS + 1), 413),
        ("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    ],
    ids=lambda value: str(value)[:60],
)
def test_rejected_requests_get_json_errors(served: Serve, token: str, sent: str, code: int) -> None:
    with Wire(served) as wire:
        wire.send(sent.replace("TOKEN", token))
        reply = wire.reply()
        assert (reply.status, reply.error, reply.headers["connection"]) == (code, code, "close")
        assert reply.headers["content-type"] == "application/json"
        assert reply.headers["server"] == "alignak-backend"
        assert wire.is_closed()
    assert login(served).status == 200


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("GET / HTTP/1.1\r\n" + "X: x\r\n" * 101 + "\r\n", 431),
        (f"{_POST}Content-Length: {'9' * 5000}\r\n\r\n", 400),
        (f"{_POST}Content-Length: -1\r\n\r\n", 400),
        (f"{_POST}Content-Length: x\r\n\r\n", 400),
        (f"{_POST}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400),
        (f"{_POST}Transfer-Encoding: gzip\r\n\r\n", 400),
        ("GET http://[ HTTP/1.1\r\n\r\n", 400),
        ("no HTTP at all\r\n\r\n", 400),
        ("\x16\x03\x01\x00\xa5\x01\x00\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
    ],
    ids=lambda value: str(value)[:60],
)
def test_invalid_http_is_refused_without_a_body(served: Serve, sent: str, code: int) -> None:
    with Wire(served) as wire:
        wire.send(sent)
        reply = wire.reply()
        assert (reply.status, reply.body, reply.headers["connection"]) == (code, b"", "close")
        assert "granian" not in str(reply)
        assert wire.is_closed()
    assert login(served).status == 200


def test_chunks_that_are_none_are_refused(served: Serve) -> None:
    with Wire(served) as wire:
        wire.send(f"{_CHUNKED}zz\r\n")
        assert wire.reply().error == 400
        assert wire.is_closed()


@pytest.mark.parametrize(
    "begun",
    [
        "GET / HTTP/1.1\r\nX: ",
        "GET /",
        f"{_CHUNKED}0\r\nX: ",  # a trailer
        f"{_CHUNKED}5;",  # an extension of a chunk
        f"{_CHUNKED}0",  # the length of a chunk
    ],
)
def test_a_line_without_end_is_ended(served: Serve, begun: str) -> None:
    with Wire(served) as wire, contextlib.suppress(ConnectionError):
        wire.send(begun)
        while True:  # pytest ends a server that does not end it
            wire.send("0" * 65536)
    assert login(served).status == 200


def test_the_answer_to_a_body_that_is_too_large_arrives_while_the_client_still_sends(served: Serve) -> None:
    with Wire(served) as wire:
        wire.send(f"POST /host HTTP/1.1\r\nHost: localhost\r\nContent-Length: {_BODY + 1}\r\n\r\n")
        for _ in range(64):
            wire.send(b"x" * 65536)
        assert wire.reply().error == 413


def test_a_large_body_is_taken(served: Serve, token: str) -> None:
    body = b" " * (_BODY - 2) + b"{}"  # made before the server waits for it: it does not wait for long
    head = f"POST /login HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\nContent-Type: application/json\r\n"
    with Wire(served) as wire:
        wire.send(f"{head}Content-Length: {_BODY}\r\n\r\n")
        wire.send(body)
        assert wire.reply().status == 401


@pytest.mark.parametrize(
    "begun",
    [
        "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{",
        "POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ],
)
def test_a_request_that_stops_in_the_middle_is_ended(served: Serve, begun: str) -> None:
    with Wire(served) as wire:
        wire.send(begun)
        reply = wire.reply()
        assert (reply.status, reply.error, reply.headers["connection"]) == (408, 408, "close")
        assert wire.is_closed()


def test_a_body_that_drips_is_ended(served: Serve, token: str) -> None:
    # What came at once counts for nothing later on.
    with Wire(served) as wire:
        wire.socket.settimeout(0.1)
        wire.send(
            f"POST /host HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\nContent-Length: {_BODY}\r\n\r\n"
        )
        wire.send(b" " * 1_000_000)
        assert b" 408 " in _drip(wire, b" " * 1000)


def test_a_client_that_drips_its_headers_is_ended(served: Serve) -> None:
    with Wire(served) as wire:
        wire.send("GET /version HTTP/1.1\r\nX: ")
        wire.socket.settimeout(0.1)
        assert _drip(wire, b"x") == b""


def _drip(wire: Wire, drop: bytes) -> bytes:
    """What the server says to a client that sends a bit ten times a second."""
    while True:  # pytest ends a server that does not end it
        try:
            wire.send(drop)
            return wire.socket.recv(1000)
        except TimeoutError:
            continue
        except ConnectionError:
            return b""


def test_connections_without_requests_are_closed(served: Serve) -> None:
    with Wire(served) as silent, Wire(served) as idle:
        assert idle.request("GET", "/version").status == 200
        assert silent.is_closed()
        assert idle.is_closed()


def test_a_client_that_does_not_read_is_ended(served: Serve, token: str) -> None:
    with socket.socket() as lazy:
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        lazy.settimeout(15)
        lazy.connect(("127.0.0.1", served.port))
        one = f"GET /api-docs HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\n\r\n".encode()
        lazy.sendall(one * 100)
        with contextlib.suppress(ConnectionError):
            while True:  # pytest ends a server that does not end it
                with contextlib.suppress(BlockingIOError):
                    lazy.send(b"x", socket.MSG_DONTWAIT)
                time.sleep(0.05)
    assert login(served).status == 200


def test_others_are_answered_while_many_clients_dawdle(patient: Serve) -> None:
    slow = [Wire(patient) for _ in range(100)]
    try:
        for wire in slow:
            wire.send("POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{")
        with Wire(patient) as wire:
            assert wire.request("GET", "/version").status == 200
        # The server still waits for all of them.
        assert select.select([wire.socket for wire in slow], [], [], 0)[0] == []
    finally:
        for wire in slow:
            wire.__exit__(None, None, None)


def _without_reading(served: Serve, path: str, times: int) -> Wire:
    """A client that has sent some requests at once."""
    wire = Wire(served)
    wire.send(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n" * times)
    return wire


def test_others_are_answered_while_clients_send_much_and_read_little(patient: Serve) -> None:
    path, times = "/docs/swagger-ui-bundle.js", 40
    with Wire(patient) as wire:
        expected = wire.request("GET", path).body
    # More clients than threads, each with more than the system takes.
    slow = [_without_reading(patient, path, times) for _ in range(10)]
    try:
        for wire in slow:
            assert wire.socket.recv(100, socket.MSG_PEEK)
        for _ in range(5):
            with Wire(patient) as wire:
                assert wire.request("GET", "/version").status == 200
        # None of them was ended for that: all that one asked for comes.
        wire = slow[0]
        for _ in range(times):
            reply = wire.reply()
            assert (reply.status, reply.body == expected) == (200, True)
        assert wire.request("GET", "/version").status == 200
    finally:
        for wire in slow:
            wire.__exit__(None, None, None)


def test_the_server_ends_while_clients_read_nothing() -> None:
    with Serve("--database=:memory:", "--client-timeout=1") as served:
        slow = [_without_reading(served, "/docs/swagger-ui-bundle.js", 40) for _ in range(10)]
        try:
            for wire in slow:
                assert wire.socket.recv(100)
            assert served.stop() == 0
        finally:
            for wire in slow:
                wire.__exit__(None, None, None)
        assert len(served.lines) == 2, served.output  # the warning of the password, and where it listens


def test_clients_that_hang_up_leave_nothing_behind(served: Serve, token: str) -> None:
    before = _descriptors(served)
    for number in range(60):
        with Wire(served) as wire:
            request = f"GET /host HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\n\r\n".encode()
            wire.send(request[: len(request) - number % 3 * 10])
    deadline = time.monotonic() + 60
    while _descriptors(served) > before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _descriptors(served) <= before
    assert "Traceback" not in served.output


def _descriptors(served: Serve) -> int:
    return len(list(Path(f"/proc/{served.process.pid}/fd").iterdir()))


def _memory(served: Serve) -> int:
    """Memory of the server in KiB."""
    status = Path(f"/proc/{served.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


def test_64_clients_at_once_each_on_one_connection_with_flat_memory(served: Serve, token: str) -> None:
    barrier = threading.Barrier(64)

    def client(_: int) -> set[tuple[int, str]]:
        with Wire(served) as wire:
            barrier.wait()
            replies = [wire.request("GET", "/timeperiod", Authorization=token) for _ in range(10)]
        return {(reply.status, reply.headers["connection"]) for reply in replies}

    with ThreadPoolExecutor(64) as pool:
        assert set().union(*pool.map(client, range(64))) == {(200, "keep-alive")}
        before = _memory(served)
        for _ in range(2):
            assert set().union(*pool.map(client, range(64))) == {(200, "keep-alive")}
    assert _memory(served) < before + 4096


def test_requests_are_logged_in_one_line_without_secrets(served: Serve, token: str) -> None:
    with Wire(served) as wire:
        wire.request("GET", "/host?token=s3cret&where=%7B%7D", Authorization=f"Bearer {token}")
        wire.request("GET", "/no%0Asuch%1b[31mline", Authorization="Bearer s3cret")
    login(served, "s3cret")
    line = served.wait_for(r"such")
    assert "\x1b" not in line
    assert served.wait_for(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d 127\.0\.0\.1 GET /host 200 \d+ bytes \d+ ms$")
    served.wait_for("POST /login 401")
    assert token not in served.output
    assert "s3cret" not in served.output
    assert "GET /no%0Asuch%1b[31mline 404" in line


def test_forwarded_headers_need_a_trusted_proxy(served: Serve, token: str) -> None:
    told = {"X_Forwarded_For": "203.0.113.9", "X_Forwarded_Host": "b.example.com", "X_Forwarded_Proto": "https"}

    def location(server: Serve, token: str, name: str) -> str:
        with Wire(server) as wire:
            realm = wire.request("GET", "/realm", Authorization=token).json["_items"][0]["_id"]
            body = json.dumps({"name": name, "_realm": realm}).encode()
            json_type = {"Content_Type": "application/json"}
            return wire.request("POST", "/host", body, Authorization=token, **json_type, **told).headers["location"]

    assert location(served, token, "told by nobody").startswith("http://backend.localhost/host/")
    with Serve("--database=:memory:", "--trusted-proxy=127.0.0.1", "-v") as behind:
        token = login(behind).json["token"]
        assert location(behind, token, "told by a proxy").startswith("https://b.example.com/host/")
        behind.wait_for(r" 203\.0\.113\.9 POST /host 201 ")
    assert "203.0.113.9" not in served.output
