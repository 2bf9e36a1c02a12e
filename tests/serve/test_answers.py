"""Answers: whole for whoever reads them, at whatever pace, and gone with whoever does not."""

from __future__ import annotations

import asyncio
import contextlib
import json
import select
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from alignak_backend_embedded.api.http import Response
from alignak_backend_embedded.server import answers
from alignak_backend_embedded.server.answers import Answers
from alignak_backend_embedded.server.quota import Quota
from serve.wire import Wire, login
from servers.serve import Serve

COUNT, SIZE = 40, 100_000
LARGE = bytes(range(256)) * 8192  # two megabytes


def _files() -> int:
    """Open files of this process that have no name."""
    found = 0
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found += "deleted" in str(link.readlink())
    return found


class Client:
    """Takes messages as ASGI has them.

    Attributes:
        status: of the answer.
        headers: of the answer.
        pieces: of its body.
        ended: all of it has come.
    """

    def __init__(self, before_each: Callable[[], Awaitable[None]] | None = None) -> None:
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.pieces: list[bytes] = []
        self.ended = False
        self._before_each = before_each

    async def send(self, message: dict[str, Any]) -> None:
        if self._before_each is not None:
            await self._before_each()
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        else:
            self.pieces.append(message["body"])
            self.ended = not message.get("more_body")

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)


async def _send(answers: Answers, body: bytes, client: Client, method: str = "GET") -> None:
    answer = await asyncio.to_thread(answers.keep, Response(200, [("Content-Type", "text/plain")], body))
    await answers.send(answer, client.send, method=method, keep=True)


def test_released_memory_is_available_again() -> None:
    room = Quota(10)
    assert [room.take(6), room.take(5), room.take(4), room.take(1)] == [True, False, True, False]
    room.give_back(6)
    assert [room.take(7), room.take(6)] == [False, True]


@pytest.mark.parametrize(
    ("memory", "files", "in_files"), [(10**8, 10**8, 0), (0, 10**8, 1), (len(LARGE) - 1, len(LARGE), 1)]
)
def test_a_large_response_is_sent_in_pieces(
    monkeypatch: pytest.MonkeyPatch, memory: int, files: int, in_files: int
) -> None:
    monkeypatch.setattr(answers, "_MEMORY", memory)
    monkeypatch.setattr(answers, "_FILES", files)
    before, most = _files(), 0

    async def look() -> None:
        nonlocal most
        most = max(most, _files() - before)

    sender, client = Answers(10), Client(look)
    for _ in range(3):  # the room is given back
        asyncio.run(_send(sender, LARGE, client))
        assert (client.status, client.ended, client.body == LARGE) == (200, True, True)
        assert client.headers[b"content-length"] == str(len(LARGE)).encode()
        assert max(map(len, client.pieces)) < len(LARGE) / 4
        client.pieces.clear()
    assert (most, _files()) == (in_files, before)


def test_an_answer_without_any_room_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(answers, "_MEMORY", len(LARGE))
    monkeypatch.setattr(answers, "_FILES", len(LARGE))
    sender, clients = Answers(10), [Client() for _ in range(3)]

    async def all_at_once() -> None:
        reading = asyncio.Event()

        async def slowly() -> None:
            await reading.wait()

        slow = [Client(slowly), Client(slowly)]
        waiting = [asyncio.create_task(_send(sender, LARGE, client)) for client in slow]
        await asyncio.sleep(0.1)
        await _send(sender, LARGE, clients[0])
        await _send(sender, b"small", clients[1])
        reading.set()
        await asyncio.gather(*waiting)
        assert [client.body == LARGE for client in slow] == [True, True]
        await _send(sender, LARGE, clients[2])

    asyncio.run(all_at_once())
    assert [client.status for client in clients] == [503, 200, 200]
    assert json.loads(clients[0].body)["_error"]["code"] == 503
    (record,) = caplog.records
    assert "cannot be buffered" in record.getMessage()
    assert (record.exc_info, "\n" in record.getMessage()) == (None, False)


@pytest.mark.parametrize(("memory", "files"), [(len(LARGE), 0), (0, len(LARGE))])
def test_an_answer_whose_client_has_gone_gives_its_room_back(
    monkeypatch: pytest.MonkeyPatch, memory: int, files: int
) -> None:
    monkeypatch.setattr(answers, "_MEMORY", memory)
    monkeypatch.setattr(answers, "_FILES", files)
    sender, before = Answers(10), _files()
    for _ in range(3):
        assert sender.keep(Response(200, [], LARGE)).response.status == 200  # and nobody sends it
    assert _files() == before


def test_an_answer_that_takes_too_long_is_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "_MEMORY", len(LARGE))
    sender, client = Answers(1), Client(lambda: asyncio.sleep(0.6))
    asyncio.run(_send(sender, LARGE, client))
    assert (client.status, client.ended) == (200, False)
    assert 0 < len(client.body) < len(LARGE)
    after = Client()
    asyncio.run(_send(sender, LARGE, after))
    assert after.body == LARGE


def test_connection_and_length_are_the_servers_matter() -> None:
    told = [("Content-Length", "7"), ("connection", "close"), ("Server", "other"), ("ETag", '"a"'), ("X-A", "1")]

    def headers(method: str, status: int, body: bytes, *, keep: bool) -> dict[bytes, bytes]:
        client = Client()
        sender = Answers(1)
        answer = sender.keep(Response(status, list(told), body))
        asyncio.run(sender.send(answer, client.send, method=method, keep=keep))
        assert client.ended
        return client.headers

    rest = {b"etag": b'"a"', b"x-a": b"1", b"server": b"alignak-backend"}
    kept, closed = rest | {b"connection": b"keep-alive"}, rest | {b"connection": b"close"}
    assert headers("GET", 200, b"abc", keep=True) == kept | {b"content-length": b"3"}
    assert headers("GET", 200, b"", keep=False) == closed | {b"content-length": b"0"}
    assert headers("HEAD", 200, b"", keep=True) == kept | {b"content-length": b"7"}
    assert headers("DELETE", 204, b"", keep=True) == kept
    assert headers("GET", 304, b"", keep=True) == kept


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
        wire.send(f"GET {page} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\n\r\n")
        received = b""
        while not received.endswith(quick.body[-40:]):
            received += wire.socket.recv(200_000)
            time.sleep(0.01)
    assert received.partition(b"\r\n\r\n")[2] == quick.body
    with Wire(served) as wire:
        head = wire.request("HEAD", page, Authorization=token)
        assert (head.headers["content-length"], head.body) == (str(len(quick.body)), b"")
        assert wire.request("GET", page, Authorization=token).body == quick.body


def test_unread_responses_are_released_with_their_clients(served: Serve, token: str, page: str) -> None:
    # More in all than there is room for.
    for _ in range(10):
        wires = [Wire(served) for _ in range(8)]
        for wire in wires:
            wire.send(f"GET {page} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\n\r\n")
        for wire in wires:
            assert wire.socket.recv(100)
            wire.__exit__(None, None, None)
    assert _memory(served) < 400_000_000
    with Wire(served) as wire:
        assert len(wire.request("GET", page, Authorization=token).body) > COUNT * SIZE


def test_unread_large_responses_do_not_block_others(patient: Serve) -> None:
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
    # More clients than threads, each with an answer of forty megabytes.
    where = quote('{"name": {"$regex": "^huge"}}')
    wires = [Wire(served) for _ in range(10)]
    try:
        for wire in wires:
            path = f"/command?max_results=1000&where={where}"
            wire.send(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\n\r\n")
        for wire in wires:
            assert wire.socket.recv(100)
        with Wire(served) as other:
            assert other.request("GET", "/version").status == 200
        # None of them was ended for that.
        gone = select.poll()
        for wire in wires:
            gone.register(wire.socket, 0)
        assert gone.poll(0) == []
    finally:
        for wire in wires:
            wire.__exit__(None, None, None)
