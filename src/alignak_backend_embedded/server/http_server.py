"""One process that serves HTTP: granian's event loop and sockets, with the ASGI adapter."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from socket import socket
from typing import Any, Final

from granian.http import HTTP1Settings
from granian.server.embed import Server

from alignak_backend_embedded.server import listening
from alignak_backend_embedded.server.asgi import Adapter
from alignak_backend_embedded.server.lanes import Application
from alignak_backend_embedded.server.settings import Certificate, Limits, ServerError

#: Time for requests to complete when the server stops.
GRACE_SECONDS: Final = 30.0
_START_SECONDS: Final = 10.0
#: Time for granian to close its connections after the last request; in rare cases it misses that one is closed.
_IDLE_SECONDS: Final = 3.0
_SPARE_FILES: Final = 64
#: How long a computing thread makes the others, and the event loop, wait: a fifth of Python's default.
_SWITCH_SECONDS: Final = 0.001


class HTTPServer:
    """Serves an application."""

    def __init__(
        self, application: Application, reserved: Sequence[socket], limits: Limits, certificate: Certificate | None
    ) -> None:
        """Prepare the server, without listening.

        Args:
            application: the application that answers requests.
            reserved: sockets bound to the addresses to listen on.
            limits: limits for clients.
            certificate: for HTTPS; already checked.
        """
        self._limits = limits
        self._port = reserved[0].getsockname()[1]
        self._adapter = Adapter(application, limits)
        connections = max(1, min(limits.connections, _possible_connections(limits.connections)) // len(reserved))
        options: dict[str, Any] = {
            "interface": "asginl",
            # One request at a time on a connection, so that the limit of connections limits requests.
            "http": "1",
            "websockets": False,
            "backpressure": connections,
            "backlog": 1024,
            # The adapter has the limit of headers, with a message; this one is for much larger ones.
            "http1_settings": HTTP1Settings(
                header_read_timeout=int(limits.idle_seconds * 1000), max_buffer_size=2 * limits.header_bytes
            ),
            "log_level": "error",
            # The command has its own log.
            "log_dictconfig": {"formatters": {}, "handlers": {}, "loggers": {}},
        }
        if certificate is not None:
            options |= {
                "ssl_cert": Path(certificate.chain),
                "ssl_key": Path(certificate.key),
                "ssl_protocol_min": "tls1.2",
            }
        self._servers = [
            Server(self._adapter, address=host, port=port, **options)
            for host, port, *_ in (each.getsockname() for each in reserved)
        ]

    def run(self, ready: Callable[[], None], parent: int | None = None) -> bool:
        """Answer requests until SIGTERM or SIGINT, then complete those in progress.

        Args:
            ready: called when the server is ready.
            parent: for a worker: a descriptor that becomes readable when its parent dies, which stops the worker.

        Returns:
            False if requests were aborted: by a second signal, or because they took too long.

        Raises:
            ServerError: it cannot listen on an address.
        """
        return asyncio.run(self._run(ready, parent))

    async def _run(self, ready: Callable[[], None], parent: int | None) -> bool:
        sys.setswitchinterval(_SWITCH_SECONDS)
        loop = asyncio.get_running_loop()
        stopping, hurrying = asyncio.Event(), asyncio.Event()

        def stop() -> None:
            (hurrying if stopping.is_set() else stopping).set()

        # Ctrl-C reaches all processes of a terminal; workers ignore it, and their parent sends SIGTERM.
        for number in (signal.SIGTERM, signal.SIGINT) if parent is None else (signal.SIGTERM,):
            try:
                # Wakes the loop even if the signal arrives just before it sleeps.
                loop.add_signal_handler(number, stop)
            except NotImplementedError:  # Windows
                signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))
        if parent is not None:
            loop.add_reader(parent, stopping.set)
        serving = asyncio.gather(*(server.serve() for server in self._servers))
        await self._wait_until_listening(serving)
        ready()
        await _first(serving, stopping.wait())
        self._adapter.stop()
        for server in self._servers:
            server.stop()  # type: ignore[no-untyped-call]  # granian's own
        await _first(serving, hurrying.wait(), self._idle(), timeout=GRACE_SECONDS)
        if not serving.done():
            # The end of the loop cuts off the library, which would report that as its own errors.
            loop.set_exception_handler(lambda _loop, _context: None)
        return serving.done() or not self._adapter.under_way

    async def _idle(self) -> None:
        """Return when no request has been in progress for some seconds."""
        since = time.monotonic()
        while time.monotonic() - since < _IDLE_SECONDS:
            await asyncio.sleep(0.1)
            if self._adapter.under_way:
                since = time.monotonic()

    async def _wait_until_listening(self, serving: asyncio.Future[Any]) -> None:
        """Return when every address accepts connections.

        Raises:
            ServerError: one does not.
        """
        waited = 0.0
        while not serving.done() and waited < _START_SECONDS:
            await asyncio.sleep(0.002)
            waited += 0.002
            found = listening.listeners(self._port)
            for each in found:
                with each:
                    listening.end_stalled(each, self._limits.client_seconds)
            if len(found) >= len(self._servers):
                return
        reason = str(serving.exception()).partition("\n")[0] if serving.done() else "timed out"
        raise ServerError(f"Cannot listen on port {self._port}: {reason}")


async def _first(*wanted: Awaitable[Any], timeout: float | None = None) -> None:
    """Wait for the first of several tasks."""
    futures = [asyncio.ensure_future(each) for each in wanted]
    await asyncio.wait(futures, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)


def _possible_connections(wanted: int) -> int:
    """Return the number of connections that the limit of open files allows; a large answer may need another file."""
    try:
        import resource
    except ImportError:
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = 2 * wanted + _SPARE_FILES
    if soft == resource.RLIM_INFINITY or soft >= files:
        return wanted
    soft = files if hard == resource.RLIM_INFINITY else min(files, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(16, (soft - _SPARE_FILES) // 2)
