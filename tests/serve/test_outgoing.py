"""Large answers: whole for whoever reads them, at whatever pace, and gone with whoever does not."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from alignak_backend_embedded.outgoing import Room, Whole
from serve.wire import Wire, login
from servers.serve import Serve

COUNT, SIZE = 40, 100_000


def test_what_was_taken_is_given_back() -> None:
    room = Room(10)
    assert [room.take(6), room.take(5), room.take(4), room.take(1)] == [True, False, True, False]
    answer = Whole(b"abcdef", room)
    assert (len(answer), bytes(answer.get(4)), bytes(answer.get(100))) == (6, b"abcd", b"abcdef")
    answer.skip(4, True)
    assert (len(answer), bytes(answer.get())) == (2, b"ef")
    assert bytes(answer.get(1, skip=True)) == b"e"
    answer.close()
    answer.close()  # twice gives back once
    assert len(answer) == 0 or bytes(answer.get()) == b""
    assert [room.take(7), room.take(6)] == [False, True]


@pytest.fixture(scope="module")
def page(served: Serve, token: str) -> str:
    """A path whose answer has four megabytes."""
    with Wire(served) as wire:
        realm = wire.request("GET", "/realm", Authorization=token).json["_items"][0]["_id"]
        body = json.dumps(
            [
                {"name": f"large {number}", "notes": chr(97 + number % 26) * SIZE, "_realm": realm}
                for number in range(COUNT)
            ]
        ).encode()
        assert (
            wire.request("POST", "/command", body, Authorization=token, Content_Type="application/json").status == 201
        )
    return "/command?sort=_id&max_results=1000"


def _memory(served: Serve) -> int:
    """Bytes of memory of the server."""
    status = Path(f"/proc/{served.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def test_a_slow_reader_gets_the_same(served: Serve, token: str, page: str) -> None:
    with Wire(served) as wire:
        quick = wire.request("GET", page, Authorization=token)
    assert quick.status == 200
    assert len(quick.body) > COUNT * SIZE
    with Wire(served) as wire:
        wire.send(f"GET {page} HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n")
        received = b""
        while not received.endswith(quick.body[-40:]):
            received += wire.socket.recv(200_000)
            time.sleep(0.01)
    assert received.partition(b"\r\n\r\n")[2] == quick.body
    with Wire(served) as wire:
        head = wire.request("HEAD", page, Authorization=token)
        assert (head.headers["content-length"], head.body) == (str(len(quick.body)), b"")
        assert wire.request("GET", page, Authorization=token).body == quick.body


def test_answers_that_nobody_reads_go_with_their_clients(served: Serve, token: str, page: str) -> None:
    # More in all than there is room for.
    for _ in range(10):
        wires = [Wire(served) for _ in range(8)]
        for wire in wires:
            wire.send(f"GET {page} HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n")
        for wire in wires:
            assert wire.socket.recv(100)
            wire.__exit__(None, None, None)
    assert _memory(served) < 400_000_000
    with Wire(served) as wire:
        assert len(wire.request("GET", page, Authorization=token).body) > COUNT * SIZE


@pytest.fixture
def patient() -> Iterator[Serve]:
    """A server that gives clients the time that it gives by default."""
    with Serve("--database=:memory:") as started:
        yield started


def test_others_are_answered_while_nobody_reads_large_answers(patient: Serve) -> None:
    served, token = patient, login(patient).json["token"]
    with Wire(served) as wire:
        realm = wire.request("GET", "/realm", Authorization=token).json["_items"][0]["_id"]
        for start in range(0, 400, 50):
            made = [
                {"name": f"huge {number}", "notes": "x" * SIZE, "_realm": realm} for number in range(start, start + 50)
            ]
            body = json.dumps(made).encode()
            reply = wire.request("POST", "/command", body, Authorization=token, Content_Type="application/json")
            assert reply.status == 201
    # More clients than threads, each with an answer far above the 16 MiB that waitress lets wait.
    where = quote('{"name": {"$regex": "^huge"}}')
    wires = [Wire(served) for _ in range(10)]
    try:
        for wire in wires:
            path = f"/command?max_results=1000&where={where}"
            wire.send(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n")
        for wire in wires:
            assert wire.socket.recv(100)
        began = time.monotonic()
        with Wire(served) as other:
            assert other.request("GET", "/version").status == 200
        assert time.monotonic() - began < 5
    finally:
        for wire in wires:
            wire.__exit__(None, None, None)
