"""What a response may bring, and how long it may take, is bounded, in both clients: one clear error ends it."""

from __future__ import annotations

import asyncio
import gzip
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator

import pytest

from alignak_backend_client import AsyncBackend, Backend, BackendException
from alignak_backend_client._http import content
from client.helping import TOKEN, at, failure
from servers import misbehaving as m

Get = Callable[..., BackendException]

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(params=[Backend, AsyncBackend], ids=["blocking", "asyncio"])
def failed_get(request: pytest.FixtureRequest) -> Get:
    """Gets something, and returns the exception."""

    def blocking(server: m.MisbehavingServer, timeout: float = 5) -> BackendException:
        return failure(at(server, timeout=timeout).get, "host")

    def under_asyncio(server: m.MisbehavingServer, timeout: float = 5) -> BackendException:
        async def get() -> None:
            async with AsyncBackend(server.url, timeout=timeout, retries=0) as client:
                client.set_token(TOKEN)
                await client.get("host")

        return failure(asyncio.run, get())

    return blocking if request.param is Backend else under_asyncio


# --- time

DRIPS = {
    "status line": b"HTTP/1.1 200 " + b"x" * 600,
    "headers": HEAD + b"X: y\r\n" * 100,
    "interim": b"HTTP/1.1 102 Wait\r\n\r\n" * 30,
    "body": HEAD + b"Content-Length: 600\r\n\r\n" + b" " * 600,
    "body without length": HEAD + b"\r\n" + b" " * 600,
    "chunks": CHUNKED + b"1\r\n \r\n" * 100,
    "chunk line": CHUNKED + b"1;x=" + b"y" * 600,
    "trailers": CHUNKED + b"0\r\n" + b"X: y\r\n" * 100,
}


@pytest.mark.parametrize("raw", DRIPS.values(), ids=DRIPS)
def test_an_answer_that_drips_has_an_end(raw: bytes, failed_get: Get) -> None:
    """Each byte comes in time; all of them would take more than half a minute."""
    with m.MisbehavingServer([m.Behaviour(raw, drip=0.06)]) as server:
        error = failed_get(server, timeout=0.5)
    assert error.code == 1000
    assert "No response from the backend within 0.5 s" in error.message


def test_the_time_of_a_response_grows_with_what_came(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    pace = content.Pace(120)
    for seconds, size, left in ((0, 0, 120), (119, 0, 1), (0.5, 1024, 1.5), (1, 10_240, 10.5), (10, 0, 0.5)):
        now[0] += seconds
        pace.count(size)
        assert pace.seconds_left() == pytest.approx(left)
    now[0] += 0.6
    with pytest.raises(TimeoutError):
        pace.seconds_left()


def test_without_a_timeout_there_is_no_end() -> None:
    raw = HEAD + b"Content-Length: 2\r\n\r\n{}"
    with m.MisbehavingServer([m.Behaviour(raw, drip=0.02)]) as server:
        assert Backend(server.url, timeout=None).get("host") == {"_status": "OK"}


# --- size


@pytest.fixture
def one_megabyte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "MAX_BYTES", 1_000_000)


LARGE = {
    "body": HEAD + b"\r\n" + b" " * 2_000_000,
    "length": HEAD + b"Content-Length: 2000000\r\n\r\n" + b" " * 2_000_000,
    "chunk": CHUNKED + b"1E8480\r\n" + b" " * 2_000_000,
    "chunks": CHUNKED + b"3E8\r\n" + (b" " * 1000 + b"\r\n3E8\r\n") * 2000,
    "gzip": HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b" " * 2_000_000),
    "deflate": HEAD + b"Content-Encoding: deflate\r\n\r\n" + zlib.compress(b" " * 2_000_000),
    "gzip twice": HEAD + b"Content-Encoding: gzip, gzip\r\n\r\n" + gzip.compress(gzip.compress(b" " * 2_000_000)),
    "members": HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b" " * 100_000) * 20,
}


@pytest.mark.usefixtures("one_megabyte")
@pytest.mark.parametrize("raw", LARGE.values(), ids=LARGE)
def test_an_answer_that_is_too_large_is_refused(raw: bytes, failed_get: Get) -> None:
    with m.MisbehavingServer([m.Behaviour(raw)]) as server:
        error = failed_get(server)
    assert error.code == 1000
    assert "the response is larger than" in error.message


@pytest.mark.usefixtures("one_megabyte")
def test_trailers_without_end_are_refused() -> None:
    """h11, below the other client, has a limit of its own."""
    with m.MisbehavingServer([m.Behaviour(CHUNKED + b"0\r\n" + b"X: y\r\n" * 300_000)]) as server:
        assert "the response is larger than" in failure(at(server).get, "host").message


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """A gibibyte of nothing, in a megabyte."""
    packing = zlib.compressobj(wbits=31)
    first, next_one = (packing.compress(b"\0" * (1 << 20)) + packing.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + next_one * 1023


@pytest.fixture
def little_memory() -> Iterator[None]:
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 400_000_000


@pytest.mark.usefixtures("little_memory")
def test_a_gzip_bomb_is_not_inflated(bomb: bytes, failed_get: Get) -> None:
    with m.MisbehavingServer([m.answer(200, bomb, headers={"Content-Encoding": "gzip"})]) as server:
        assert "the response is larger than 256 MiB" in failed_get(server, timeout=60).message


ODD_ENCODINGS: dict[str, tuple[str, bytes, str]] = {
    "many members": ("gzip", gzip.compress(b"") * 50_000, "too many parts"),
    "a long header": ("gzip," * 20_000 + "gzip", b"{}", ""),
    "many encodings": ("gzip, " * 5 + "gzip", gzip.compress(b"{}"), "too many content encodings"),
    "cut short": ("gzip", gzip.compress(b"{}")[:-1], "cut short"),
    "cut short after much": ("gzip", gzip.compress(b" " * (1 << 24))[:-1], "cut short"),
}


@pytest.mark.parametrize(("encoding", "body", "expected"), ODD_ENCODINGS.values(), ids=ODD_ENCODINGS)
def test_odd_encodings_end_soon(encoding: str, body: bytes, expected: str, failed_get: Get) -> None:
    with m.MisbehavingServer([m.answer(200, body, headers={"Content-Encoding": encoding})]) as server:
        before = time.process_time()
        error = failed_get(server)
        assert time.process_time() - before < 5
    assert error.code == 1000
    assert expected in error.message


def test_answers_at_the_limit_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    body = b'{"a": "' + b"b" * (1 << 17) + b'"}'
    raw = m.answer(200, gzip.compress(body), headers={"Content-Encoding": "gzip"})
    for limit, taken in ((len(body), True), (len(body) - 1, False)):
        monkeypatch.setattr(content, "MAX_BYTES", limit)
        with m.MisbehavingServer([raw]) as server:
            if taken:
                assert len(at(server).get("host")["a"]) == 1 << 17
            else:
                assert failure(at(server).get, "host").code == 1000
