"""Large answers: whole for whoever reads them, at whatever pace, and gone with whoever does not."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from waitress.adjustments import Adjustments

from alignak_backend_embedded.server import listening
from alignak_backend_embedded.server.connections import Connection
from alignak_backend_embedded.server.http_server import HTTPServer
from alignak_backend_embedded.server.output_buffer import SMALL, Outgoing, Quota
from alignak_backend_embedded.server.settings import Limits
from serve.wire import Wire, login
from servers.serve import Serve

COUNT, SIZE = 40, 100_000


def _files() -> int:
    """Open files of this process that have no name."""
    found = 0
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found += "deleted" in str(link.readlink())
    return found


def test_what_was_taken_is_given_back() -> None:
    room = Quota(10)
    assert [room.take(6), room.take(5), room.take(4), room.take(1)] == [True, False, True, False]
    room.give_back(6)
    assert [room.take(7), room.take(6)] == [False, True]


@pytest.mark.parametrize("most", [0, SMALL, 3 * SMALL, 100 * SMALL])
def test_bytes_come_out_as_they_went_in(most: int) -> None:
    memory, disk = Quota(most), Quota(10**8)
    outgoing = Outgoing(memory, disk)
    draw = random.Random(most)  # noqa: S311 - no secret
    sent = received = b""
    before = _files()
    for _ in range(300):
        if draw.random() < 0.6:
            piece = draw.randbytes(draw.choice([1, 200, SMALL - 1, SMALL, 2 * SMALL]))
            outgoing.append(piece)
            sent += piece
        else:
            taken = bytes(outgoing.get(draw.choice([1, SMALL, 3 * SMALL])))
            outgoing.skip(len(taken), True)
            received += taken
        assert len(outgoing) == len(sent) - len(received)
        assert _files() <= before + 1
    while taken := bytes(outgoing.get(SMALL)):
        outgoing.skip(len(taken))
        received += taken
    assert received == sent
    assert (len(outgoing), _files()) == (0, before)
    assert memory.take(most)
    assert disk.take(10**8)


def test_what_is_closed_is_empty() -> None:
    memory, disk = Quota(2 * SMALL), Quota(1000)
    outgoing, before = Outgoing(memory, disk), _files()
    outgoing.append(b"x" * 3 * SMALL)
    outgoing.append(b"y" * 1000)
    outgoing.skip(len(outgoing.get(10)))
    with pytest.raises(OSError, match="too many answers"):
        outgoing.append(b"z")
    outgoing.close()
    outgoing.close()  # twice gives back once
    assert (len(outgoing), bytes(outgoing.get(1)), _files()) == (0, b"", before)
    assert [memory.take(2 * SMALL), memory.take(1)] == [True, False]
    assert [disk.take(1000), disk.take(1)] == [True, False]


class Listener:
    """What a connection needs of a server."""

    stopping = False
    log_requests = False

    def __init__(self, memory: int, disk: int) -> None:
        self.memory, self.disk = Quota(memory), Quota(disk)
        self.active_channels: dict[int, Any] = {}
        self.adj = Adjustments()

    def pull_trigger(self) -> None:
        """There is no thread to wake."""


@contextlib.contextmanager
def connected(listener: Listener) -> Iterator[tuple[Connection, socket.socket]]:
    """A connection and its client."""
    ours, client = socket.socketpair()
    connection = Connection(listener, ours, ("", 0), listener.adj, map={})
    try:
        yield connection, client
    finally:
        client.close()
        if connection.connected:
            connection.abandon()


def test_a_connection_keeps_one_file() -> None:
    # Nothing fits into memory, and it is more than waitress puts into one file.
    with connected(Listener(memory=0, disk=10**9)) as (connection, client):
        before = _files()
        pieces = [bytes([number]) * 100_000 for number in range(250)]
        for number, piece in enumerate(pieces):
            connection.write_soon(b"small")
            connection.write_soon(piece)
            assert _files() <= before + 1, number
        expected = b"".join(b"small" + piece for piece in pieces)
        client.settimeout(10)
        received = b""
        while len(received) < len(expected):
            connection.handle_write()
            received += client.recv(1_000_000)
        assert received == expected
        assert _files() == before


def test_who_reads_gets_answers_though_there_is_no_room() -> None:
    with connected(Listener(memory=0, disk=0)) as (connection, client):
        client.settimeout(10)
        for number in range(20):
            piece = bytes([number]) * 100_000
            assert connection.write_soon(piece) == len(piece)
            received = b""
            while len(received) < len(piece):
                received += client.recv(len(piece))
            assert received == piece


def test_what_can_be_kept_nowhere_is_told_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    with connected(Listener(memory=0, disk=1_000_000)) as (connection, _):
        while connection.total_outbufs_len < 1_000_000 - SMALL:
            connection.write_soon(b"x" * SMALL)
        with pytest.raises(OSError, match="too many"):
            connection.write_soon(b"x" * 100_000)
    (record,) = caplog.records
    assert "cut short" in record.getMessage()
    assert (record.exc_info, "\n" in record.getMessage()) == (None, False)


def test_the_room_is_that_of_the_process() -> None:
    sockets = listening.bind("127.0.0.1", 0) + listening.bind("127.0.0.1", 0)
    server = HTTPServer(lambda *_: [], sockets, Limits(threads=1))
    one, other = server._listeners
    try:
        assert one.memory is other.memory
        assert one.disk is other.disk
    finally:
        server._dispatcher.shutdown()
        for each in server._listeners:
            each.close()


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
