"""Bodies of requests: within limits of size, time and memory."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from alignak_backend_embedded.api.http import Request, Response
from alignak_backend_embedded.server import bodies
from alignak_backend_embedded.server.bodies import Bodies
from alignak_backend_embedded.server.refusals import RefusedRequest
from alignak_backend_embedded.server.settings import Limits

KNOWN = Request("POST", "/host", headers={"authorization": "token"})
UNKNOWN = Request("POST", "/login")
MEGABYTE = b"x" * 1_000_000


class Sender:
    """Sends the pieces of a body one after the other, then nothing more.

    Attributes:
        asked: how often something was received.
    """

    def __init__(self, pieces: Iterable[bytes], *, seconds: float = 0, ends: bool = True) -> None:
        self._pieces = list(pieces)
        self._seconds = seconds
        self._ends = ends
        self.asked = 0

    async def __call__(self) -> dict[str, Any]:
        self.asked += 1
        await asyncio.sleep(self._seconds if self._pieces else 60)
        return {"type": "http.request", "body": self._pieces.pop(0), "more_body": bool(self._pieces) or not self._ends}


STRANGER = Request("POST", "/host", headers={"authorization": "guessed"})


def bodies_within(limits: Limits) -> Bodies:
    """What reads bodies; ``token`` is somebody's."""

    async def challenge(request: Request) -> Response | None:
        return None if request.headers["authorization"] == "token" else Response(401, [])

    return Bodies(limits, challenge)


def refused(reading: Any) -> int:
    """The status with which a body is refused."""
    with pytest.raises(RefusedRequest) as info:
        asyncio.run(reading)
    return info.value.response.status


def test_a_body_comes_whole() -> None:
    reading = bodies_within(Limits()).read(KNOWN, Sender([b"ab", b"", b"c"]))
    assert asyncio.run(reading) == b"abc"


@pytest.mark.parametrize("has_length", [True, False])
def test_unauthenticated_bodies_must_be_small(*, has_length: bool) -> None:
    reader = bodies_within(Limits(body_bytes=30, anonymous_body_bytes=10))

    def read(sender: Request, size: int) -> int:
        headers = {**sender.headers, "content-length": str(size)} if has_length else sender.headers
        pieces = [b"x" * (size - 1), b"x"]
        return len(asyncio.run(reader.read(Request("POST", "/host", headers=headers), Sender(pieces))))

    assert [read(sender, 10) for sender in (UNKNOWN, STRANGER, KNOWN)] == [10, 10, 10]
    assert read(KNOWN, 30) == 30
    for sender, size, status in ((UNKNOWN, 11, 413), (STRANGER, 11, 401), (KNOWN, 31, 413)):
        with pytest.raises(RefusedRequest) as info:
            read(sender, size)
        assert info.value.response.status == status


@pytest.mark.parametrize("length", ["31", "9" * 100])
def test_a_body_with_a_too_large_content_length_is_not_read(length: str) -> None:
    sender = Sender([b"x"])
    large = Request("POST", "/host", headers={"authorization": "token", "content-length": length})
    assert refused(bodies_within(Limits(body_bytes=30, anonymous_body_bytes=10)).read(large, sender)) == 413
    assert sender.asked == 0


@pytest.mark.parametrize("seconds", [0.0, 0.02])
def test_a_body_that_stops_is_late(seconds: float) -> None:
    sender = Sender([b"x" * 10] * 5, seconds=seconds, ends=False)
    assert refused(bodies_within(Limits(client_seconds=0.2)).read(KNOWN, sender)) == 408


def test_earlier_bytes_grant_no_time() -> None:
    sender = Sender([MEGABYTE, *[b"x"] * 100], seconds=0.05)
    assert refused(bodies_within(Limits(client_seconds=0.3)).read(KNOWN, sender)) == 408
    assert sender.asked < 20


def test_a_body_that_comes_quickly_enough_takes_its_time() -> None:
    sender = Sender([MEGABYTE] * 10, seconds=0.1)
    assert len(asyncio.run(bodies_within(Limits(client_seconds=0.5)).read(KNOWN, sender))) == 10_000_000


def test_a_body_has_a_limit_in_total() -> None:
    sender = Sender([MEGABYTE] * 60, seconds=0.05)
    assert refused(bodies_within(Limits(client_seconds=60, request_seconds=0.3)).read(KNOWN, sender)) == 408


def test_a_server_that_stops_waits_a_few_seconds_for_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "_STOPPING_SECONDS", 0.6)
    reader = bodies_within(Limits())

    async def run() -> list[Any]:
        senders = [Sender([b"a", b"b"], seconds=0.08), Sender([b"a"], ends=False)]
        reading = [asyncio.create_task(reader.read(KNOWN, sender)) for sender in senders]
        await asyncio.sleep(0.01)
        reader.stop()
        return await asyncio.gather(*reading, reader.read(KNOWN, Sender([])), return_exceptions=True)

    whole, *late = asyncio.run(run())
    assert whole == b"ab"
    assert [each.response.status for each in late] == [408, 408]


def test_a_client_that_has_gone_leaves_no_request() -> None:
    async def gone() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    assert refused(bodies_within(Limits()).read(KNOWN, gone)) == 400


def test_the_memory_of_large_bodies_is_bounded_and_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "_MEMORY", 2_500_000)
    reader = bodies_within(Limits(client_seconds=0.2, body_bytes=2_000_000))

    def read(count: int) -> bytes:
        return asyncio.run(reader.read(KNOWN, Sender([MEGABYTE] * count)))

    first = read(2)
    for _ in range(3):
        assert refused(reader.read(KNOWN, Sender([MEGABYTE]))) == 503
        assert refused(reader.read(KNOWN, Sender([b"x" * 300_000], ends=False))) == 408
        assert asyncio.run(reader.read(UNKNOWN, Sender([b"x" * 60_000])))
    reader.release(first)
    assert len(read(2)) == 2_000_000
