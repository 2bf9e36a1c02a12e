"""The end of a server whose library does not report that it has ended."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from alignak_backend_embedded.api.http import Request, Response
from alignak_backend_embedded.server import http_server, listening
from alignak_backend_embedded.server.http_server import HTTPServer
from alignak_backend_embedded.server.settings import Limits
from serve.wire import Wire
from servers.serve import Serve


class _Nothing:
    """An application that nobody asks."""

    def handle(self, request: Request, patience: float = 0.0) -> Response:
        raise NotImplementedError

    def challenge(self, request: Request) -> Response | None:
        raise NotImplementedError


class _Silent:
    """A server that ends without a report."""

    def __init__(self, server: Any) -> None:
        self.stop = server.stop
        self._serve = server.serve

    async def serve(self) -> None:
        await self._serve()
        await asyncio.Event().wait()


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("under_way", [0, 1])
def test_only_requests_that_are_under_way_are_waited_for(monkeypatch: pytest.MonkeyPatch, under_way: int) -> None:
    monkeypatch.setattr(http_server, "_IDLE_SECONDS", 0.1)
    monkeypatch.setattr(http_server, "GRACE_SECONDS", 60.0 if under_way == 0 else 0.5)
    reserved = listening.reserve("127.0.0.1", 0)
    server = HTTPServer(_Nothing(), reserved, Limits(), None)
    server._servers = [_Silent(each) for each in server._servers]  # type: ignore[misc]
    server._adapter.under_way = under_way
    try:
        assert server.run(lambda: os.kill(os.getpid(), signal.SIGTERM)) is (under_way == 0)
    finally:
        for each in reserved:
            each.close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="signals one thread of a process, as Linux can")
def test_a_signal_that_does_not_interrupt_the_loop_ends_the_server() -> None:
    """As one that comes just before the loop falls asleep: it is taken by another thread here."""
    with Serve("--database=:memory:") as served:
        with Wire(served) as wire:
            assert wire.request("GET", "/version").status == 200
        main = served.process.pid
        other = max(int(thread.name) for thread in Path(f"/proc/{main}/task").iterdir())
        assert other != main
        assert ctypes.CDLL(None).tgkill(main, other, signal.SIGTERM) == 0
        assert served.ended() == 0
