"""Sending requests straight to the backend, with http.client: the quickest way to import, and to send a request.

Proxies and the embedded backend are reached by :mod:`alignak_backend_client._http.indirect`.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import select
import socket
import sys
import threading
import time
import weakref
import zlib
from collections.abc import Iterator
from types import TracebackType
from typing import Final
from urllib.parse import quote, urlsplit

from alignak_backend_client._core.protocol import Request, TransportFailure
from alignak_backend_client._core.responses import Response
from alignak_backend_client._core.session import Limits, Session, within
from alignak_backend_client._http.receiving import Answer, received
from alignak_backend_client._text import plain_text

_MOST_IDLE: Final = 20
_IDLE_SECONDS: Final = 5.0

_SAFE: Final = "%/:=&?~#+!$,;'@()*[]"
"""What stays as it is in a request line that has to be quoted."""

_LONGEST_SAID: Final = 200

_HTTP_PORT: Final = 80
_HTTPS_PORT: Final = 443

_PIECE: Final = 256 * 1024
"""Bytes of a request that are sent at a time."""

_FRAMING: Final = frozenset({"content-length", "transfer-encoding"})

_OWN_HEADERS: Final = {"Accept-Encoding": "gzip", "Connection": "keep-alive"}

_Connection = http.client.HTTPConnection


class Direct:
    """Connections to one backend; may be used from several threads."""

    def __init__(self, session: Session) -> None:
        parts = urlsplit(session.root)
        self._host = parts.hostname or ""
        self._session = session
        self._secure = parts.scheme == "https"
        # Named always: without one, http.client takes the end of an IPv6 address for it.
        self._port = parts.port if parts.port is not None else (_HTTPS_PORT if self._secure else _HTTP_PORT)
        # All URLs begin with it, and request lines do not.
        self._origin = len(f"{parts.scheme}://{parts.netloc}")
        self._idle: list[tuple[_Connection, float]] = []
        # Programs make a client per web request and never close it.
        self._closing = weakref.finalize(self, _close_all, self._idle)

    def begin(self, request: Request, limits: Limits) -> DirectRequest:
        """Send a request; its answer is read later."""
        return DirectRequest(self, request, limits)

    def give_back(self, connection: _Connection) -> None:
        """Take a connection that the server keeps for the next request."""
        if len(self._idle) < _MOST_IDLE:
            self._idle.append((connection, time.monotonic()))
        else:
            connection.close()

    def close(self) -> None:
        """Close the connections that wait for the next request."""
        _close_all(self._idle)

    def let_go(self) -> None:
        """Close the connections that wait: those in use are not among them, and in a child process these are copies."""
        self.close()

    def connection(self, limits: Limits) -> _Connection:
        """Return a connection.

        Raises:
            TransportFailure: none was made.
            BackendException: code 1000; a certificate file cannot be used.
        """
        return self._kept() or self._new(limits)

    def target(self, url: str) -> str:
        """Return what a request line says of a URL."""
        target = url[self._origin :] or "/"
        return target if target.isascii() else quote(target, _SAFE)

    def _kept(self) -> _Connection | None:
        """Return a connection that the server keeps for us; None when there is none."""
        while True:
            try:
                connection, since = self._idle.pop()
            except IndexError:
                return None
            # What can be read now is its end, or something that nobody asked for.
            if time.monotonic() - since < _IDLE_SECONDS and not _can_be_read(connection.sock):
                return connection
            connection.close()

    def _new(self, limits: Limits) -> _Connection:
        """Return a new connection."""
        try:
            connection = self._unconnected(limits[0])
        except (ValueError, http.client.HTTPException) as error:  # no host can be called so
            raise TransportFailure(f"No connection to the backend: {_said(error)}", reached=False) from error
        connection.response_class = Answer
        try:
            connection.connect()
        except TimeoutError as error:
            connection.close()
            raise TransportFailure(f"No connection to the backend{within(limits[0])}", reached=False) from error
        except (OSError, ValueError) as error:  # ValueError: no host can be called so
            connection.close()
            raise TransportFailure(f"No connection to the backend: {_said(error)}", reached=False) from error
        except BaseException:
            connection.close()
            raise
        return connection

    def _unconnected(self, timeout: float | None) -> _Connection:
        if not self._secure:
            return _Connection(self._host, self._port, timeout=timeout)
        from alignak_backend_client._http import tls

        return http.client.HTTPSConnection(self._host, self._port, timeout=timeout, context=tls.context(self._session))


class DirectRequest:
    """A request that was sent. Its answer is read by whoever needs it first, or the request is given up."""

    def __init__(self, way: Direct, request: Request, limits: Limits) -> None:
        self._way = way
        self._request = request
        self._within = within(limits[1])
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._connection: _Connection | None = None
        self._outcome: Response | TransportFailure | None = None
        try:
            self._connection = connection = way.connection(limits)
            with self._watched():
                connection.sock.settimeout(limits[1])
                # A server may answer, and close, before it has read all of what it refuses.
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    connection.request(
                        request.method, way.target(request.url), _in_pieces(request.content), _sent_headers(request)
                    )
        except TransportFailure as failure:
            self._outcome = failure

    def finish(self) -> Response | None:
        """Return the whole answer, once; None when the request was given up and has to be sent anew.

        Raises:
            TransportFailure: there is none.
        """
        self._leave_to_the_parent()
        with self._lock:
            self._receive()
            outcome, self._outcome = self._outcome, None
        if isinstance(outcome, TransportFailure):
            raise outcome
        return outcome

    def settle(self, seconds: float) -> None:
        """Read the answer if it comes within so many seconds, else give the request up."""
        self._leave_to_the_parent()
        end = time.monotonic() + seconds
        with self._lock:
            connection = self._connection
            if connection is None or self._outcome is not None:
                return
            if not _can_be_read(connection.sock, seconds):
                self._close()
                return
            # What begins to arrive may go on for ever, and may not be the answer: TLS has messages of its own.
            self._receive(end - time.monotonic())

    def abandon(self) -> None:
        """Give the request up, unless the answer was read."""
        self._leave_to_the_parent()
        with self._lock:
            self._close()

    def _receive(self, seconds: float | None = None) -> None:
        """Read the answer, unless that was done; give the request up when it takes more than so many seconds."""
        connection = self._connection
        if connection is None or self._outcome is not None:
            return
        limit = _Limit(connection.sock, seconds)
        try:
            with self._watched(), limit:
                self._outcome, kept = received(connection, self._request.url)
            if kept and not limit.exceeded:
                self._way.give_back(connection)
                self._connection = None
        except TransportFailure as failure:
            self._outcome = None if limit.exceeded else failure
        finally:
            self._close()

    def _leave_to_the_parent(self) -> None:
        """In a child process: the answer is the parent's, who reads it from the same connection."""
        if self._process != os.getpid():
            self._process, self._lock = os.getpid(), threading.Lock()
            self._outcome = None
            self._close()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextlib.contextmanager
    def _watched(self) -> Iterator[None]:
        """Close the connection when anything goes wrong, and say what in our words."""
        try:
            yield
        except TimeoutError as error:
            self._close()
            raise TransportFailure(f"No answer from the backend{self._within}", reached=True) from error
        except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
            self._close()
            raise TransportFailure(f"The connection to the backend broke: {_said(error)}", reached=True) from error
        except BaseException:
            self._close()
            raise


def _sent_headers(request: Request) -> dict[str, str]:
    """Return headers with those that a request has, unless the caller names them, in any case.

    How the request is framed is not for callers.
    """
    given = {name: value for name, value in request.headers.items() if name.lower() not in _FRAMING}
    named = {name.lower() for name in given}
    own = _OWN_HEADERS if request.content is None else _OWN_HEADERS | {"Content-Length": str(len(request.content))}
    return {name: value for name, value in own.items() if name.lower() not in named} | given


def _in_pieces(content: bytes | None) -> bytes | Iterator[memoryview] | None:
    """Return the body of a request so that the timeout is for each piece of it, not for all."""
    if content is None or len(content) <= _PIECE:
        return content
    whole = memoryview(content)
    return (whole[start : start + _PIECE] for start in range(0, len(whole), _PIECE))


class _Limit:
    """A context in which a connection receives for so many seconds in all, or without limit.

    Attributes:
        exceeded: True when its end was brought about.
    """

    def __init__(self, sock: socket.socket, seconds: float | None) -> None:
        self.exceeded = False
        self._sock = sock
        self._timer = None if seconds is None else threading.Timer(max(0.0, seconds), self._end)

    def __enter__(self) -> None:
        if self._timer is not None:
            self._timer.daemon = True
            self._timer.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()

    def _end(self) -> None:
        self.exceeded = True
        with contextlib.suppress(OSError):
            # Of the class: that of TLS would forget what it is in the middle of.
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)


def _can_be_read(sock: socket.socket, seconds: float = 0) -> bool:
    """Return True when something arrives on a connection, or its end, within so many seconds."""
    if sys.platform == "win32":
        return bool(select.select([sock], [], [], seconds)[0])
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def _said(error: Exception) -> str:
    """Return what an error says; it may quote what the server sent."""
    return plain_text(str(error) or type(error).__name__, _LONGEST_SAID)


def _close_all(idle: list[tuple[_Connection, float]]) -> None:
    """Close connections, and forget them."""
    while idle:
        idle.pop()[0].close()
