"""What is easy to overlook between client and server: framing, time, forks, and what stays behind."""

from __future__ import annotations

import concurrent.futures
import dis
import gc
import gzip
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from types import FrameType
from typing import Any

import pytest

from alignak_backend_client._core import decoding
from alignak_backend_client._core.decoding import decode_json
from alignak_backend_client._core.protocol import Gather, Operation, Request
from alignak_backend_client._core.responses import Response
from alignak_backend_client._http import sync_driver
from alignak_backend_client._http.sync_transport import SyncTransport
from alignak_backend_client.client import Backend
from client.helping import TOKEN, at, failure, wait_for
from client.test_lists import _paged
from servers import misbehaving as m

KEPT = b"Connection: keep-alive\r\n"


# --- framing


def raw(head: bytes, body: bytes = b"") -> m.Behaviour:
    return m.Behaviour(b"HTTP/1.1 " + head + body, close=False)


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
@pytest.mark.parametrize("length", [b"Transfer-Encoding: chunked\r\n\r\n", b"Content-Length: 50\r\n\r\n"])
def test_answers_without_a_body_end_with_their_headers(status: bytes, length: bytes) -> None:
    with m.MisbehavingServer([raw(status + b"\r\n" + KEPT + length)]) as server:
        client = at(server)
        for _ in range(2):
            answer = client.get_response("GET", "host")
            assert (str(answer.status_code).encode(), answer.content) == (status[:3], b"")
        assert server.connections == 1


@pytest.mark.parametrize("coding", [b"Chunked ", b"chunked\t", b"CHUNKED"])
def test_chunks_however_they_are_announced(coding: bytes) -> None:
    head = b"200 OK\r\n" + KEPT + b"Transfer-Encoding: " + coding + b"\r\n\r\n"
    with m.MisbehavingServer([raw(head, b'8\r\n{"a": 1}\r\n0\r\n\r\n')]) as server:
        assert at(server).get("host")["a"] == 1


def test_an_unsupported_transfer_coding_is_rejected_at_once() -> None:
    with m.MisbehavingServer([raw(b"200 OK\r\n" + KEPT + b"Transfer-Encoding: gzip\r\n\r\n")]) as server:
        assert "unknown Transfer-Encoding 'gzip'" in failure(at(server, timeout=60).get, "host").message


PACKED = {
    "gzip": (gzip.compress(b'{"a":'), gzip.compress(b" 1}")),
    "identity, gzip": (gzip.compress(b'{"a": 1}'),),
    "gzip, gzip": (gzip.compress(gzip.compress(b'{"a": 1}')),),
    "deflate": (zlib.compress(b'{"a": 1}'),),
    "gzip, identity": (gzip.compress(b'{"a": 1}'),),
}


@pytest.mark.parametrize(("coding", "parts"), PACKED.items())
def test_bodies_however_they_are_packed(coding: str, parts: tuple[bytes, ...]) -> None:
    with m.MisbehavingServer([m.answer(200, b"".join(parts), headers={"Content-Encoding": coding})]) as server:
        assert at(server).get("host")["a"] == 1


def test_a_packed_body_that_ends_in_its_second_part_is_not_whole() -> None:
    body = gzip.compress(b'{"a": 1}') + gzip.compress(b" ")[:-5]
    with m.MisbehavingServer([m.answer(200, body, headers={"Content-Encoding": "gzip"})]) as server:
        assert failure(at(server).get, "host").code == 1000


def test_a_content_type_of_many_parts_is_no_odd_header() -> None:
    with m.MisbehavingServer([m.answer(200, b"{}", content_type="multipart/mixed")]) as server:
        assert at(server).get_response("GET", "host").content == b"{}"


@pytest.mark.parametrize("header", ["Transfer-Encoding", "content-length"])
def test_how_a_request_is_framed_is_not_for_callers(header: str) -> None:
    with m.MisbehavingServer([m.json_answer({})]) as server:
        at(server).get_response("POST", "host", {header: "chunked"}, data=b"hello")
        (request,) = server.requests
    assert (request.headers["content-length"], request.body) == ("5", b"hello")
    assert "transfer-encoding" not in request.headers


@pytest.mark.parametrize("method", ["GET /other HTTP/1.1", "", "GE\nT", "É"])
def test_invalid_methods_are_not_sent(method: str) -> None:
    with m.MisbehavingServer([m.json_answer({})]) as server:
        error = failure(at(server).get_response, method, "host")
        assert (error.code, "method" in error.message) == (1000, True)
        assert not server.connections


@pytest.mark.skipif(not socket.has_ipv6, reason="there is no IPv6 here")
@pytest.mark.parametrize("url", ["http://[2001:db8::abcd]", "https://[2001:db8::abcd]/x", "http://[fe80::dead]"])
def test_addresses_without_a_port(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def refused(address: tuple[str, int], *_: object, **__: object) -> socket.socket:
        asked.append(address)
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket, "create_connection", refused)
    assert failure(Backend(url, retries=0).get, "host").code == 1000
    assert asked == [(url.partition("[")[2].partition("]")[0], 443 if url.startswith("https") else 80)]


# --- time


def test_slow_uploads_are_allowed_while_they_make_progress() -> None:
    received: list[int] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def read_slowly() -> None:
            connection, _ = listener.accept()
            with connection:
                while sum(received) < 16_000_000:
                    received.append(len(connection.recv(400_000)))
                    time.sleep(0.06)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

        thread = threading.Thread(target=read_slowly)
        thread.start()
        client = Backend(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=2, retries=0)
        begin = time.monotonic()
        answer = client.get_response("POST", "host", data=b"x" * 16_000_000)
        thread.join()
    assert answer.status_code == 200
    assert time.monotonic() - begin > 2


DEAF = """
    import signal, sys, threading, time
    from alignak_backend_client import Backend, Change

    # Signals go to a thread that does nothing else, so that none wakes the main thread.
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    client = Backend(sys.argv[1], processes=4, retries=0)
    client.set_token("t")
    try:
        client.update_many("host", [Change(str(number), "e", {"alias": "x"}) for number in range(8)])
    except KeyboardInterrupt:
        print("interrupted", flush=True)
    import os
    os._exit(0)
"""


def test_ctrl_c_is_noticed_though_it_wakes_nobody() -> None:
    with m.MisbehavingServer([m.slow({}, before=30)]) as server:
        with subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(DEAF), server.url], stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                wait_for(lambda: len(server.requests) == 4)
                time.sleep(0.2)
                process.send_signal(signal.SIGINT)
                assert process.communicate(timeout=15)[0] == "interrupted\n"
            finally:
                process.kill()
        server._stopping.set()


def test_started_requests_end_when_ctrl_c_comes_early(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    sent: list[Request] = []
    submit = concurrent.futures.ThreadPoolExecutor.submit

    def interrupted(pool: Any, work: Any) -> Any:
        if pool._threads:
            wait_for(lambda: len(sent) == 1)
            raise KeyboardInterrupt
        return submit(pool, work)

    monkeypatch.setattr(concurrent.futures.ThreadPoolExecutor, "submit", interrupted)

    def one(number: int) -> Operation[None]:
        yield Request("GET", "http://backend.test", {})
        ended.append(number)

    def both() -> Operation[None]:
        yield Gather([one(1), one(2)], 2)

    def send(request: Request) -> Response:
        sent.append(request)
        time.sleep(0.3)
        return Response(200, "OK", "http://backend.test", {}, b"{}")

    with pytest.raises(KeyboardInterrupt):
        sync_driver.run(both(), send)
    assert ended == [1]


# --- what stays behind


def test_closing_gives_up_the_page_ahead() -> None:
    with m.MisbehavingServer([_paged(50, 10)]) as server:
        with at(server, processes=4) as client:
            items = client.iterate("host", {"max_results": 10})
            next(items)
            wait_for(lambda: len(server.requests) == 2)
        wait_for(lambda: not server._open)
        items.close()  # type: ignore[attr-defined]  # a generator


def test_nothing_keeps_a_request_that_was_answered() -> None:
    with m.MisbehavingServer([_paged(25, 10)]) as server:
        client = at(server, processes=4)
        assert len(list(client.iterate("host", {"max_results": 10}))) == 25
        transport = client._transport
        assert isinstance(transport, SyncTransport)
        assert TOKEN not in repr(gc.get_referents(transport))
        assert transport._ahead is None or transport._ahead() is None


def test_a_child_that_leaves_a_list_does_not_wait_for_its_parent() -> None:
    def answer(request: m.Request) -> m.Behaviour:
        found = _paged(50, 10)(request)
        return m.Behaviour(found.raw, delay=3, close=False) if f"{10:024x}" in request.path else found

    with m.MisbehavingServer([answer]) as server:
        client = at(server, processes=4)
        pages = client.pages("host", {"max_results": 10})
        next(pages)
        # It waits for the page ahead, and holds its lock.
        thread = threading.Thread(target=client.get, args=("other/thing",))
        thread.start()
        time.sleep(0.3)
        child = os.fork()
        if child == 0:
            signal.alarm(10)
            pages.close()  # type: ignore[attr-defined]  # a generator
            os._exit(0)
        thread.join()
        assert os.waitpid(child, 0)[1] == 0


# --- the garbage collector


@pytest.fixture
def collector() -> Iterator[None]:
    """It is on before, and again after, whatever a test does to it."""
    gc.enable()
    yield
    gc.enable()


def _decoded_in(threads: int) -> None:
    content = b"[" + b"[1, 2], " * 20_000 + b"0]"
    running = [threading.Thread(target=decode_json, args=(content,)) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()


def test_a_faster_decoder_is_imported_only_when_it_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "msgspec", raising=False)
    monkeypatch.setattr(decoding._DecodedBytes, "size", 0)
    large = b"[" + b"1, " * decoding.LARGE + b"1]"
    assert decode_json(large) == [1] * (decoding.LARGE + 1)
    assert "msgspec" not in sys.modules
    for _ in range(decoding._MANY // len(large)):
        decode_json(large)
    assert "msgspec" in sys.modules
    assert decoding.fast_decoder(b"[]") is None
    assert decode_json(large) == [1] * (decoding.LARGE + 1)


@pytest.mark.usefixtures("collector")
def test_decoding_leaves_the_collector_on() -> None:
    _decoded_in(8)
    assert gc.isenabled()


@pytest.mark.usefixtures("collector")
@pytest.mark.parametrize("first_ends", ["first", "last"])
def test_decoding_that_overlaps_leaves_the_collector_on(first_ends: str) -> None:
    over = threading.Event()

    def second(_: bytes) -> None:
        assert not gc.isenabled()
        over.wait(10)

    thread = threading.Thread(target=decoding._without_gc, args=(second, b""))

    def first(_: bytes) -> None:
        thread.start()
        if first_ends == "last":
            over.set()
            thread.join(10)

    decoding._without_gc(first, b"")
    over.set()
    thread.join(10)
    assert gc.isenabled()


@pytest.mark.usefixtures("collector")
def test_the_garbage_collector_stays_disabled_if_it_was() -> None:
    gc.disable()
    _decoded_in(1)
    assert not gc.isenabled()


CHECKED_AFTER = {"CALL", "CALL_KW", "CALL_FUNCTION_EX", "RESUME", "JUMP_BACKWARD"}
"""Instructions after which Python looks for signals; some more than it does."""


@pytest.mark.usefixtures("collector")
def test_an_interrupt_at_any_point_leaves_the_collector_on() -> None:
    """As Ctrl-C does, at each place in turn."""

    def interrupted_at(step: int) -> bool:
        steps = 0
        before: dict[FrameType, str] = {}

        def trace(frame: FrameType, event: str, _: object) -> Callable[..., object]:
            nonlocal steps
            frame.f_trace_opcodes = True
            if event == "opcode":
                last, before[frame] = before.get(frame), dis.opname[frame.f_code.co_code[frame.f_lasti]]
                if last in CHECKED_AFTER:
                    steps += 1
                    if steps == step:
                        raise KeyboardInterrupt
            return trace

        def work() -> None:
            decoding._without_gc(bytes, b"")

        # Python 3.12 traces opcodes only if a frame asks for them before this.
        sys._getframe().f_trace_opcodes = True
        sys.settrace(trace)  # type: ignore[arg-type]  # it returns itself
        try:
            work()
        except KeyboardInterrupt:
            return True
        finally:
            sys.settrace(None)
        return False

    step = 1
    while interrupted_at(step):
        assert gc.isenabled(), step
        step += 1
    assert step > 4
