"""HTTP as waitress speaks it, with what a server in the open needs besides.

Waitress reads a request whole before a thread works on it, so a slow client costs a connection and no thread. Added
here: ``Connection: keep-alive`` said aloud (clients of the Alignak backend reuse a connection only then), a time limit
for everything a client does, answers to bad requests as JSON and in a way that they arrive, and a line of log for each
request.
"""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import time
from typing import Any, Final
from wsgiref.util import FileWrapper

from waitress import utilities
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.task import ErrorTask, Task, WSGITask

from alignak_backend_embedded.server.output_buffer import Outgoing

logger = logging.getLogger(__name__)

#: How long a client that was refused may go on sending, so that it gets to read why.
LINGER_SECONDS: Final = 2.0
_LINGER_BYTES: Final = 16 * 1024 * 1024
_SLOWEST_BODY: Final = 4096
"""Bytes a second that the body of a request must bring on average."""
_LONGEST_SHOWN: Final = 200
_BLOCK: Final = 256 * 1024


class RequestTimeout(utilities.Error):  # type: ignore[misc]  # waitress ships no types
    """The client took too long to send its request."""

    code = 408
    reason = "Request Timeout"


_MESSAGES: Final = {
    400: "The request is no valid HTTP request",
    408: "The request did not arrive in time",
    413: "The body of the request is too large",
    431: "The URL and the headers of the request are too large",
    501: "The transfer encoding of the request is not supported",
}


class _Parser(HTTPRequestParser):  # type: ignore[misc]
    """Reads a request; odd numbers and odd URLs in it are the client's mistake."""

    # Of a request that never became readable.
    command = path = "-"

    def __init__(self, adj: Any) -> None:
        super().__init__(adj)
        self.began = time.monotonic()

    def received(self, data: bytes) -> int:
        """Take what has arrived and return how much of it belongs to this request."""
        used = int(super().received(data))
        if self.completed:
            self.expect_continue = False  # nothing more is wanted: there is no body, or it is refused
        return used

    def parse_header(self, header_plus: bytes) -> None:
        try:
            super().parse_header(header_plus)
        except ValueError as error:
            raise ParsingError("Invalid number or URL") from error

    def deadline(self, seconds: float) -> float:
        """Return the time by which the rest must have arrived."""
        granted = seconds + self.body_bytes_received / _SLOWEST_BODY if self.headers_finished else seconds
        return float(self.began + granted)


class _Answering(Task):  # type: ignore[misc]
    """Writes an answer, and says whether the connection stays open."""

    def build_response_header(self) -> bytes:
        """Return the status line and the headers.

        Other than waitress: a connection that stays open is announced, also after an answer without a body, and none
        stays open while the server stops.
        """
        self.channel.last_activity = time.time()  # the client's time to read begins now
        headers = [(name, value) for name, value in self.response_headers if name.lower() != "connection"]
        names = {name.lower() for name, _ in headers}
        if not self.has_body:
            headers = [(name, value) for name, value in headers if name.lower() != "content-length"]
        elif "content-length" not in names:
            if self.content_length is not None:
                headers.append(("Content-Length", str(self.content_length)))
            else:
                self.close_on_finish = True  # the end of the connection is the end of the answer
        if not self._may_stay_open():
            self.close_on_finish = True
        headers.append(("Connection", "close" if self.close_on_finish else "keep-alive"))
        if "server" not in names:
            headers.append(("Server", self.channel.adj.ident))
        if "date" not in names:
            headers.append(("Date", utilities.build_http_date(self.start_time)))
        lines = [f"HTTP/{self.version} {self.status}", *(f"{name}: {value}" for name, value in headers)]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _may_stay_open(self) -> bool:
        asked = {option.strip() for option in self.request.headers.get("CONNECTION", "").lower().split(",")}
        if self.channel.server.stopping or "close" in asked:
            return False
        return self.version == "1.1" or "keep-alive" in asked

    def service(self) -> None:
        """Answer the request, and write a line about it when that is wanted."""
        try:
            super().service()
        finally:
            if self.channel.server.log_requests:
                self._log()

    def _log(self) -> None:
        # Neither the query nor a header is written: they may hold secrets.
        path = str(self.request.path)
        path = path if len(path) <= _LONGEST_SHOWN else path[:_LONGEST_SHOWN] + "..."
        environ = getattr(self, "environ", None) or {}  # with the client's address when a proxy told it
        logger.info(
            "%s %s %s %s %d bytes %.0f ms",
            environ.get("REMOTE_ADDR") or self.channel.addr[0],
            _printable(self.request.command[:20]),
            _printable(path),
            self.status.partition(" ")[0],
            self.content_bytes_written,
            (time.time() - self.start_time) * 1000,
        )


def _printable(text: str) -> str:
    """Return text that keeps to its line and does nothing to a terminal."""
    return text if text.isprintable() else text.encode("unicode_escape").decode()


class _Answer(_Answering, WSGITask):  # type: ignore[misc]
    """The application's answer."""

    def get_environment(self) -> dict[str, Any]:
        """Return what the application is told. All that it answers goes through :class:`Outgoing`, files as well."""
        environ: dict[str, Any] = super().get_environment()
        environ["wsgi.file_wrapper"] = _in_blocks
        return environ


def _in_blocks(file: Any, _size: int = 0) -> FileWrapper:
    """Return the content of a file in few pieces: each costs a system call or two."""
    return FileWrapper(file, _BLOCK)


class _Refusal(_Answering, ErrorTask):  # type: ignore[misc]
    """The answer to a request that never gets to the application."""

    def execute(self) -> None:
        """Write the error as the backend writes its own."""
        error = self.request.error
        message = _MESSAGES.get(error.code, error.reason)
        body = json.dumps({"_status": "ERR", "_error": {"code": error.code, "message": message}}).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers = [("Content-Type", "application/json")]
        self.content_length = len(body)
        self.close_on_finish = True
        self.channel.refused = True
        self.write(body)


class Connection(HTTPChannel):  # type: ignore[misc]
    """One connection of a client.

    Attributes:
        refused: a request was refused before all of it had arrived.
    """

    task_class = _Answer
    error_task_class = _Refusal
    parser_class = _Parser
    request: _Parser | None
    requests: list[_Parser]
    will_close: bool
    close_when_flushed: bool
    total_outbufs_len: int
    last_activity: float
    connected: bool

    def __init__(self, server: Any, sock: Any, addr: Any, adj: Any, map: Any = None) -> None:  # noqa: A002 - waitress's
        self.refused = False
        self._lingers_until: float | None = None
        self._lingered = 0
        self._postponed = False
        super().__init__(server, sock, addr, adj, map=map)
        self.outbufs = [Outgoing(server.memory, server.disk)]

    # --- answers that wait for their client --------------------------------------------------------------------

    def _flush_outbufs_below_high_watermark(self) -> None:
        """Let no answer wait in its middle: the thread is for others. What it takes is bounded by :class:`Outgoing`."""

    def _flush_some(self, do_close: bool = True) -> bool:
        """Send what there is room for; not while another thread adds to it."""
        with self.outbuf_lock:
            return bool(super()._flush_some(do_close=do_close))

    def write_soon(self, data: Any) -> int:
        """Send data, or keep it until the client reads.

        Raises:
            ClientDisconnected: the client has gone.
            OSError: it can be kept nowhere; the connection ends then.
        """
        self.current_outbuf_count = 0  # waitress would begin another buffer
        sent = self._send_at_once(data)
        try:
            return sent + int(super().write_soon(memoryview(data)[sent:]))
        except OSError as error:
            logger.error("The answer to %s is cut short: it cannot be kept (%s)", self.addr[0], error.strerror)  # noqa: TRY400 - one line
            raise

    def _send_at_once(self, data: Any) -> int:
        """Send what the system takes and return how much that is: whoever reads gets an answer without any room."""
        with self.outbuf_lock, contextlib.suppress(OSError):  # of which the next try to send takes care
            if self.connected and not self.total_outbufs_len:
                sent = int(self.send(data, do_close=False))
                if sent:
                    self.last_activity = time.time()
                return sent
        return 0

    def postpone(self) -> bool:
        """Tell whether the next request has to wait until the client has read the answers before it.

        It may send many requests and read nothing. Called with ``requests_lock``, by whoever would start the request;
        the thread that writes starts it later.
        """
        self._postponed = self.total_outbufs_len > 0
        return self._postponed

    def _go_on(self) -> None:
        """Start the request that was postponed, when the answers before it were sent."""
        if self._postponed and self.connected:
            with self.requests_lock:
                self.server.add_task(self)

    def writable(self) -> bool:
        """Tell whether there is something to do when the client reads."""
        return bool(super().writable() or self._postponed)

    def handle_close(self) -> None:
        """Close the connection, and forget the requests that nothing works on."""
        super().handle_close()
        if self._postponed:
            with self.requests_lock:
                self._postponed = False
                for request in self.requests:
                    request.close()
                self.requests = []

    # --- closing so that the last answer arrives ---------------------------------------------------------------

    def handle_write(self) -> None:
        """Send what is there; after a refusal, let the client finish before the connection is closed.

        Closing while the client still sends makes its system throw the answer away.
        """
        if self._lingers_until is None and self.refused and self.close_when_flushed and not self.will_close:
            self._flush_exception(self._flush_some)
            if not self.total_outbufs_len and not self.will_close:
                self._lingers_until = time.monotonic() + LINGER_SECONDS
                self.close_when_flushed = False
                try:
                    self.socket.shutdown(socket.SHUT_WR)
                except OSError:
                    self.will_close = True
                return
        super().handle_write()
        self._go_on()

    def readable(self) -> bool:
        """Tell whether to read."""
        if self._lingers_until is not None:
            return not self.will_close
        return bool(super().readable())

    def handle_read(self) -> None:
        """Read, or throw away what a refused client still sends."""
        if self._lingers_until is None:
            super().handle_read()
            return
        try:
            received = self.recv(self.adj.recv_bytes)
        except OSError:
            received = b""
        self._lingered += len(received)
        if not received or self._lingered > _LINGER_BYTES:
            self.will_close = True

    # --- limits of time ----------------------------------------------------------------------------------------

    def enforce(self, client_seconds: float, idle_seconds: float) -> None:
        """End what takes too long: called about once a second, by the thread that reads.

        A connection is closed here and not by a mark on it: marks are looked at when there is room to write, and a
        client that does not read leaves none.
        """
        now = time.monotonic()
        still = time.time() - self.last_activity
        if self._lingers_until is not None:
            over = now > self._lingers_until
        elif self.total_outbufs_len:
            over = still > client_seconds
        elif self.close_when_flushed:
            # All is on its way, but a client that does not read leaves no room, and nothing else tells of it.
            over = not self.refused or still > client_seconds
        elif self.requests:
            over = False  # the application works on it
        elif self.request is not None:
            over = False
            if now > self.request.deadline(client_seconds):
                self._refuse_late()
        else:
            over = still > (client_seconds if self.is_new else idle_seconds)
        if over:
            self.abandon()

    def _refuse_late(self) -> None:
        with self.requests_lock:
            late = self.request
            if late is None or self.requests:
                return
            late.error, late.completed = RequestTimeout(""), True
            self.request = None
            self.requests.append(late)
            self.server.add_task(self)

    @property
    def is_new(self) -> bool:
        """True when nothing was ever received."""
        return bool(self.last_activity == self.creation_time)

    @property
    def is_busy(self) -> bool:
        """True when a request is worked on or its answer is under way."""
        return bool(self.requests or self.total_outbufs_len or self.close_when_flushed)

    @property
    def is_receiving(self) -> bool:
        """True when a request has begun to arrive."""
        return self.request is not None

    def abandon(self) -> None:
        """Close the connection at once."""
        with contextlib.suppress(OSError):
            self.handle_close()
