"""Timeouts, reuse of connections, threads and forks."""

from __future__ import annotations

import contextlib
import gzip
import json
import select
import socket
import subprocess
import sys
import textwrap
import threading
import time
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from alignak_backend_client._http.sync_transport import SyncTransport
from alignak_backend_client.client import Backend
from client.helping import TOKEN, at, failure, wait_for
from servers import misbehaving as m
from servers.provision import ServerUnavailableError
from servers.real import RealBackend

# --- timeouts


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port where connections wait for ever: nobody accepts, and the queue is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def _seconds_of_failure(client: Backend) -> tuple[float, str]:
    before = time.monotonic()
    error = failure(client.get, "host")
    assert error.code == 1000
    return time.monotonic() - before, error.message


def test_connecting_has_a_timeout(deaf_port: int) -> None:
    client = Backend(f"http://127.0.0.1:{deaf_port}", timeout=(0.2, 60), retries=0)
    took, message = _seconds_of_failure(client)
    assert took > 0.15
    assert "0.2 s" in message


@pytest.mark.parametrize("timeout", [0.2, (60, 0.2), (None, 0.2)])
@pytest.mark.parametrize("slow", [m.slow({}, before=600), m.slow({"a": "b" * 5000}, within=600)])
def test_reading_has_a_timeout(timeout: float | tuple[float | None, float], slow: m.Behaviour) -> None:
    with m.MisbehavingServer([slow]) as server:
        took, message = _seconds_of_failure(Backend(server.url, timeout=timeout, retries=0))
    assert took > 0.15
    assert "0.2 s" in message


def test_timeout_may_be_set_later() -> None:
    with m.MisbehavingServer([m.json_answer({}), m.slow({}, before=600)]) as server:
        client = at(server, timeout=600)
        client.get("host")
        client.timeout = 0.2
        _, message = _seconds_of_failure(client)
        assert "0.2 s" in message
        client.timeout = "nonsense"  # type: ignore[assignment] # what a configuration file may hold
        assert failure(client.get, "host").code == 1000


def test_default_timeouts_and_none() -> None:
    assert Backend("http://127.0.0.1:9").timeout == (10, 120)
    with m.MisbehavingServer([m.slow({}, before=0.2)]) as server:
        assert Backend(server.url, timeout=None).get("host") == {"_status": "OK"}


# --- reuse


def test_server_with_keep_alive_gets_one_connection() -> None:
    with m.MisbehavingServer([m.keep_alive({})]) as server:
        client = at(server)
        for _ in range(50):
            client.get("host")
        assert server.connections == 1
        assert len(server.requests) == 50


@pytest.mark.parametrize("silent", [m.json_answer({}), m.silently_kept({})], ids=["closes", "keeps"])
def test_server_without_keep_alive_gets_one_connection_a_request(silent: m.Behaviour) -> None:
    with m.MisbehavingServer([silent]) as server:
        client = at(server)
        for _ in range(300):
            client.get("host")
        assert len(server.requests) == server.connections == 300


def test_threads_send_each_request_once_to_a_server_that_closes_silently() -> None:
    with m.MisbehavingServer([m.json_answer({})]) as server:
        client = at(server)

        def work(thread: int) -> None:
            for number in range(75):
                client.get_response("POST", f"host/{thread}/{number}", json={})

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(4)))
        paths = [request.path for request in server.requests]
        assert len(paths) == len(set(paths)) == 300


def idle_socket(client: Backend) -> socket.socket:
    """The connection that waits for the next request."""
    transport = client._transport
    assert isinstance(transport, SyncTransport)
    assert transport._pool is not None
    return transport._pool._idle[-1][0].sock


def test_kept_connection_that_the_server_closed_meanwhile() -> None:
    kept = m.keep_alive({})
    closing = m.Behaviour(kept.raw, close=True)
    with m.MisbehavingServer([closing]) as server:
        client = at(server)
        for _ in range(20):
            client.get("host")
            # So that the end of the connection has arrived before the next request.
            assert select.select([idle_socket(client)], [], [], 30)[0]
        assert len(server.requests) == 20


def test_a_connection_that_waited_for_five_seconds_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server may be closing it, and a write that breaks there could not be sent again."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with m.MisbehavingServer([m.keep_alive({})]) as server:
        client = at(server)
        for waited, connections in ((0, 1), (4.9, 1), (4.9, 1), (5.1, 2), (4.9, 2), (3600, 3)):
            now[0] += waited
            client.get("host")
            assert server.connections == connections


def test_connection_keep_alive_among_other_options() -> None:
    body = m.json_answer({}, headers={"Connection": "Foo, Keep-Alive"}, close=False)
    with m.MisbehavingServer([body]) as server:
        client = at(server)
        client.get("host")
        client.get("host")
        assert server.connections == 1


# --- answers as servers send them


def packed(document: object, *, cut: int = 0, encoding: str = "gzip") -> m.Behaviour:
    body = gzip.compress(json.dumps(document).encode())
    return m.answer(200, body[: len(body) - cut], headers={"Content-Encoding": encoding})


def test_packed_answers() -> None:
    document = {"_items": [{"_id": "a" * 24, "notes": "x" * 1000}] * 50}
    with m.MisbehavingServer(
        [packed(document), packed(document, encoding="X-GZIP"), packed(document, cut=9)]
    ) as server:
        client = at(server)
        assert client.get("host")["_items"] == document["_items"]
        assert client.get("host")["_items"] == document["_items"]
        assert failure(client.get, "host").code == 1000
        assert server.requests[0].headers["accept-encoding"] == "gzip"


def test_answers_in_chunks_and_without_a_length() -> None:
    body = b'5\r\n{"a":\r\n2\r\n1}\r\n0\r\n\r\n'
    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n" + body
    with m.MisbehavingServer([m.Behaviour(chunks, close=False)]) as server:
        client = at(server)
        assert client.get("host")["a"] == client.get("host")["a"] == 1
        assert server.connections == 1
    with m.MisbehavingServer([m.Behaviour(b'HTTP/1.0 200 OK\r\n\r\n{"a": 1}')]) as server:
        assert at(server).get("host")["a"] == 1


def test_headers_that_come_several_times() -> None:
    told = (b"X-A: 1", b"Connection: foo", b"x-a: 2", b"Connection: keep-alive", b"Content-Length: 2")
    raw = b"\r\n".join((b"HTTP/1.1 200 OK", *told, b"", b"{}"))
    with m.MisbehavingServer([m.Behaviour(raw, close=False)]) as server:
        client = at(server)
        assert client.get_response("GET", "host").headers["X-A"] == "1, 2"
        client.get("host")
        assert server.connections == 1


@pytest.mark.parametrize("status", [100, 101, 102, 103])
@pytest.mark.parametrize("times", [1, 3, 1000])
def test_interim_responses_are_skipped(status: int, times: int) -> None:
    interim = f"HTTP/1.1 {status} Wait\r\nLink: x\r\n\r\n".encode()
    raw = interim * times + b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}'
    with m.MisbehavingServer([m.Behaviour(raw)]) as server:
        client = at(server)
        if status != 101 and times < 10:
            assert client.get("host")["a"] == 1
        else:
            assert failure(client.get, "host").code == 1000


ODD_HEADERS = {
    "no colon": b"HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 2\r\n\r\n{}",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a long length": b"HTTP/1.1 200 OK\r\nContent-Length: " + b"0" * 5000 + b"2\r\n\r\n{}",
    "NUL": b"HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 2\r\n\r\n{}",
    "a long status line": b"\x1b]0;pwned\x07" + b"A" * 60_000 + b"\r\n\r\n",
    "a folded place": b"HTTP/1.1 302 Found\r\nLocation: http://a\r\n \x1b[31mEVIL\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("raw", ODD_HEADERS.values(), ids=ODD_HEADERS)
def test_invalid_headers_are_reported_in_one_short_line(raw: bytes) -> None:
    with m.MisbehavingServer([m.Behaviour(raw)]) as server:
        error = failure(at(server).get, "host")
    assert error.code == 1000
    assert len(error.message) < 600
    assert error.message.isprintable()


def test_headers_of_the_caller_take_the_place_of_ours() -> None:
    with m.MisbehavingServer([m.json_answer({})]) as server:
        at(server).get_response("GET", "host", {"accept-encoding": "identity", "CONNECTION": "close"})
        headers = server.requests[0].headers
    assert (headers["accept-encoding"], headers["connection"]) == ("identity", "close")


def test_an_announced_length_takes_no_memory() -> None:
    huge = m.answer(200, b"{}", length=10**15)
    with m.MisbehavingServer([huge]) as server:
        tracemalloc.start()
        try:
            assert failure(at(server).get, "host").code == 1000
            assert tracemalloc.get_traced_memory()[1] < 100_000_000
        finally:
            tracemalloc.stop()


def test_an_answer_before_the_request_was_read() -> None:
    """As a proxy refuses a body that is too large: it answers, and reads no further."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

        def refuse() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\n{}")
                connection.shutdown(socket.SHUT_WR)
                time.sleep(0.5)

        thread = threading.Thread(target=refuse)
        thread.start()
        response = Backend(url, retries=0, timeout=5).get_response("POST", "host", data=b"x" * 30_000_000)
        assert response.status_code == 413
        thread.join(10)


@pytest.fixture(scope="module")
def uwsgi() -> Iterator[RealBackend]:
    """The released backend as production runs it."""
    try:
        with RealBackend("uwsgi") as backend:
            yield backend
    except ServerUnavailableError as error:
        pytest.skip(str(error))


@pytest.mark.real_only
def test_no_request_is_lost_behind_uwsgi(uwsgi: RealBackend) -> None:
    # Nothing is sent again here: a single lost connection fails the test.
    client = Backend(uwsgi.url, retries=0)
    assert client.login("admin", "admin")
    for number in range(1000):
        assert client.get("backendconfig" if number % 4 else "command")["_status"] == "OK"

    def work(_: int) -> None:
        for number in range(250):
            assert client.get("backendconfig" if number % 4 else "command")["_status"] == "OK"

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))


def test_threads_share_a_client(backend_url: str) -> None:
    client = Backend(backend_url, retries=0)
    assert client.login("admin", "admin")
    start = threading.Barrier(4)

    def work(_: int) -> int:
        start.wait(5)
        return sum(len(client.get("command", {"max_results": 1})["_items"]) for _ in range(25))

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) >= 0


# --- life of a client


def test_making_a_client_opens_nothing_and_is_cheap() -> None:
    with m.MisbehavingServer([m.json_answer({})]) as server:
        before = time.process_time()
        clients = [Backend(server.url) for _ in range(1000)]
        assert time.process_time() - before < 0.5
        assert server.connections == 0
        # The first request of a client is cheap too: web services make one for each of theirs.
        clients[0].get("host")
        before = time.process_time()
        for client in clients[1:50]:
            client.get("host")
        assert time.process_time() - before < 1


def test_forgotten_clients_close_their_connections() -> None:
    with m.MisbehavingServer([m.keep_alive({})]) as server:
        for _ in range(20):
            Backend(server.url).get("host")
        wait_for(lambda: not server._open)


def _script(text: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(text), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


FORK = """
    import os, sys, threading, time
    from alignak_backend_client.client import Backend

    client = Backend(sys.argv[1], retries=0, timeout=5)
    client.set_token(sys.argv[2])
    if sys.argv[3] != "unused":
        client.get("parent/before")
    if sys.argv[3] == "locked":
        # As if another thread were opening a connection at this moment.
        client._transport._lock.acquire()
    child = os.fork()
    if child == 0:
        client.get("child")
        client.close()
        sys.exit(0)
    _, status = os.waitpid(child, 0)
    assert status == 0, status
    if sys.argv[3] == "locked":
        client._transport._lock.release()
    client.get("parent/after")
    print("done")
"""


@pytest.mark.parametrize("state", ["unused", "used", "locked"])
@pytest.mark.parametrize("kept", [True, False])
def test_client_survives_a_fork(state: str, kept: bool) -> None:
    with m.MisbehavingServer([m.keep_alive({}) if kept else m.json_answer({})]) as server:
        assert _script(FORK, server.url, TOKEN, state) == "done"
        connections = {request.path: request.connection for request in server.requests}
        wanted = {"/child", "/parent/after"} | (set() if state == "unused" else {"/parent/before"})
        assert set(connections) == wanted
        assert len(server.requests) == len(wanted)
        # The child does not talk on the parent's connection, and does not close it.
        assert connections["/child"] != connections["/parent/after"]
        if kept and state != "unused":
            assert connections["/parent/before"] == connections["/parent/after"]
        assert all("authorization" in request.headers for request in server.requests)


def test_client_works_in_a_worker_of_multiprocessing(backend_url: str) -> None:
    code = """
        import multiprocessing, sys
        from alignak_backend_client.client import Backend

        def work(queue, client):
            queue.put(len(client.get("command", {"max_results": 1})["_items"]))

        context = multiprocessing.get_context("fork")
        client = Backend(sys.argv[1])
        assert client.login("admin", "admin")
        queue = context.Queue()
        workers = [context.Process(target=work, args=(queue, client)) for _ in range(3)]
        for worker in workers:
            worker.start()
        print([queue.get(timeout=20) for _ in workers])
        for worker in workers:
            worker.join(20)
            assert worker.exitcode == 0
    """
    assert _script(code, backend_url).startswith("[")
