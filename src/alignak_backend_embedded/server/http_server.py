"""One process that answers HTTP requests: a thread that reads and writes, and some that work."""

from __future__ import annotations

import contextlib
import signal
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from types import FrameType
from typing import Any, Final

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from alignak_backend_embedded.server.connections import Connection
from alignak_backend_embedded.server.listening import BACKLOG
from alignak_backend_embedded.server.output_buffer import MOST_IN_FILES, MOST_IN_MEMORY, Quota
from alignak_backend_embedded.server.settings import Limits

#: How long requests may take to end when the server stops.
GRACE_SECONDS: Final = 30.0
#: How long a request that is still arriving then is waited for.
_ARRIVAL_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.5
_SPARE_FILES: Final = 64

Application = Callable[..., Iterable[bytes]]


class _Listener(TcpWSGIServer):  # type: ignore[misc]  # waitress ships no types
    """One listening socket and its connections."""

    channel_class = Connection

    def __init__(self, limits: Limits, application: Application, memory: Quota, disk: Quota, **rest: Any) -> None:
        self.stopping = False
        self.memory, self.disk = memory, disk
        self.log_requests = limits.log_requests
        super().__init__(application, bind_socket=False, **rest)

    def add_task(self, task: Connection) -> None:
        """Have a thread answer the next request of a connection, unless its client has to read first."""
        if not task.postpone():
            super().add_task(task)

    def maintenance(self, now: float) -> None:
        """Leave it to the server, which looks after connections between two rounds of reading and writing."""

    def set_socket_options(self, conn: socket.socket) -> None:
        """Let the system find out about clients that have vanished."""
        super().set_socket_options(conn)
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def stop_listening(self) -> None:
        """Take what waits, then nothing more; the connections stay."""
        for _ in range(BACKLOG):
            before = len(self.active_channels)
            self.handle_accept()
            if len(self.active_channels) == before:
                break
        self.stopping = True
        self.accepting = False
        self.del_channel()
        self.socket.close()


class HTTPServer:
    """Serves an application on sockets that are bound already."""

    def __init__(self, application: Application, sockets: Sequence[socket.socket], limits: Limits) -> None:
        """Begin to listen.

        Raises:
            OSError: a socket cannot listen.
        """
        trusted: dict[str, Any] = {}
        if limits.trusted_proxy is not None:
            trusted = {
                "trusted_proxy": limits.trusted_proxy,
                "trusted_proxy_headers": "x-forwarded-for x-forwarded-host x-forwarded-proto",
            }
        adjustments = Adjustments(
            sockets=list(sockets),
            threads=limits.threads,
            ident="alignak-backend",
            connection_limit=min(limits.connections, _possible_connections()),
            asyncore_loop_timeout=1,
            max_request_header_size=limits.header_bytes,
            max_request_body_size=limits.body_bytes + 1,
            log_socket_errors=False,
            **trusted,
        )
        self._limits = limits
        self._looked = 0.0
        self._map: dict[int, Any] = {}
        self._signals = 0
        self._dispatcher = ThreadedTaskDispatcher()
        self._dispatcher.set_thread_count(limits.threads)
        memory, disk = Quota(MOST_IN_MEMORY), Quota(MOST_IN_FILES)
        self._listeners = [
            _Listener(
                limits,
                application,
                memory,
                disk,
                map=self._map,
                _sock=each,
                dispatcher=self._dispatcher,
                adj=adjustments,
                sockinfo=(each.family, each.type, each.proto, each.getsockname()),
            )
            for each in sockets
        ]

    def run(self, ready: Callable[[], None], alone: Callable[[], bool] | None = None) -> bool:
        """Answer requests until SIGTERM or SIGINT, then end those that are under way.

        Args:
            ready: called when requests are answered.
            alone: of a worker: has its parent died? Asked every second; True ends the worker, too.

        Returns:
            False when a second signal ended it before the requests were.
        """
        # Ctrl-C reaches all processes of a terminal: a worker leaves it to its parent, which sends SIGTERM.
        for number in (signal.SIGTERM,) if alone else (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        ready()
        while not self._signals and not (alone and alone()):
            self._once(1.0)
        finished = self._finish()
        for listener in self._listeners:
            listener.trigger.close()
        return finished

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._signals += 1
        for listener in self._listeners:
            listener.pull_trigger()

    def _once(self, seconds: float) -> None:
        wasyncore.loop(timeout=seconds, use_poll=True, map=self._map, count=1)
        now = time.monotonic()
        if now - self._looked >= _LOOK_SECONDS:
            self._looked = now
            for connection in self._connections():
                connection.enforce(self._limits.client_seconds, self._limits.idle_seconds)

    def _connections(self) -> list[Connection]:
        return [found for listener in self._listeners for found in list(listener.active_channels.values())]

    def _finish(self) -> bool:
        """Let requests end; idle connections are closed."""
        begun, signals = time.monotonic(), self._signals
        for listener in self._listeners:
            listener.stop_listening()
        self._once(0)  # what has arrived is a request that was made in time
        while (found := self._connections()) and time.monotonic() < begun + GRACE_SECONDS:
            if self._signals > max(signals, 1):
                break
            arriving = time.monotonic() < begun + _ARRIVAL_SECONDS
            for connection in found:
                if not connection.is_busy and not (connection.is_receiving and arriving):
                    connection.abandon()
            if self._connections():
                self._once(0.1)
        left = self._connections()
        for connection in left:
            connection.abandon()
        self._dispatcher.shutdown(timeout=0 if left else 5)
        return not left


def _possible_connections() -> int:
    """Return how many connections the open files allow: each may need two more, for a large body and answer."""
    try:
        import resource
    except ImportError:
        return Limits().connections
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 3 * Limits().connections + _SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        best = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (best, hard))
            soft = best
    if soft == resource.RLIM_INFINITY:
        return wanted
    return max(16, (soft - _SPARE_FILES) // 3)
