"""Sending requests straight to the backend, with http.client: the quickest way to import, and to send a request.

Proxies and the embedded backend are reached by :mod:`alignak_backend_client._indirect`.
"""

from __future__ import annotations

import contextlib
import http.client
import select
import time
import weakref
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from alignak_backend_client._protocol import Request, TransportFailure
from alignak_backend_client._response import Response, reason_text, stays_open
from alignak_backend_client._session import Limits, Session, within

if TYPE_CHECKING:
    import socket

_MOST_IDLE: Final = 20
_IDLE_SECONDS: Final = 5.0

_MOST_AT_ONCE: Final = 64 * 1024 * 1024
"""Bytes of an answer that room is made for before they are there."""

_SAFE: Final = "%/:=&?~#+!$,;'@()*[]"
"""What stays as it is in a request line that has to be quoted."""

_Connection = http.client.HTTPConnection


class Direct:
    """Connections to one backend; may be used from several threads."""

    def __init__(self, session: Session) -> None:
        parts = urlsplit(session.root)
        self._host = parts.hostname or ""
        self._port = parts.port
        self._session = session
        self._secure = parts.scheme == "https"
        # All URLs begin with it, and request lines do not.
        self._origin = len(f"{parts.scheme}://{parts.netloc}")
        self._idle: list[tuple[_Connection, float]] = []
        # Programs make a client per web request and never close it.
        self._closing = weakref.finalize(self, _close_all, self._idle)

    def send(self, request: Request, limits: Limits) -> Response:
        """Send a request and return the whole answer.

        Raises:
            TransportFailure: there is no whole answer.
            BackendException: code 1000; a certificate file cannot be used.
        """
        connection = self._kept() or self._new(limits)
        reusable = False
        try:
            response, reusable = self._exchange(connection, request, limits)
        except TimeoutError as error:
            raise TransportFailure(f"No answer from the backend{within(limits[1])}", reached=True) from error
        except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
            raise TransportFailure(f"The connection to the backend broke: {_said(error)}", reached=True) from error
        finally:
            if reusable and len(self._idle) < _MOST_IDLE:
                self._idle.append((connection, time.monotonic()))
            else:
                connection.close()
        return response

    def close(self) -> None:
        """Close the connections that wait for the next request."""
        _close_all(self._idle)

    def abandon(self) -> None:
        """Leave the connections alone: other threads use them still."""
        self._closing.detach()

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
        if self._secure:
            from alignak_backend_client import _tls

            context = _tls.context(self._session)
            connection: _Connection = http.client.HTTPSConnection(
                self._host, self._port, timeout=limits[0], context=context
            )
        else:
            connection = _Connection(self._host, self._port, timeout=limits[0])
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

    def _exchange(self, connection: _Connection, request: Request, limits: Limits) -> tuple[Response, bool]:
        """Send a request; return the answer, and whether the connection can be used again."""
        connection.sock.settimeout(limits[1])
        target = request.url[self._origin :] or "/"
        headers = {"Accept-Encoding": "gzip", "Connection": "keep-alive", **request.headers}
        # A server may answer, and close, before it has read all of what it refuses.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.request(
                request.method, target if target.isascii() else quote(target, _SAFE), request.content, headers
            )
        with connection.getresponse() as answer:
            if answer.status < http.client.OK:
                raise ValueError(f"the status {answer.status} is not that of an answer")
            told = _headers(answer)
            pieces = _pieces(answer)
            if told.get("content-encoding", "").lower() in ("gzip", "x-gzip"):
                pieces = _unpacked(pieces)
            content = b"".join(pieces)
            reusable = stays_open(told.get("connection", "")) and not answer.will_close
        reason = reason_text(answer.reason.encode("latin-1"))
        return Response(answer.status, reason, request.url, told, content), reusable


def _headers(answer: http.client.HTTPResponse) -> dict[str, str]:
    """Return the headers of an answer; the values of one that comes several times are joined."""
    found: dict[str, str] = {}
    for name, value in answer.headers.items():
        key = name.lower()
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found


def _pieces(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    """Yield the body of an answer.

    Raises:
        ValueError: its length is none.
        HTTPException: it ends too early.
    """
    length = answer.headers.get("content-length")
    if length is not None and not (length.isascii() and length.strip().isdigit()):
        raise ValueError(f"the length {length!r} is none")
    if answer.length is not None and answer.length <= _MOST_AT_ONCE:
        yield answer.read()
        return
    while piece := answer.read(_MOST_AT_ONCE):
        yield piece
    if answer.length:
        raise http.client.IncompleteRead(b"", answer.length)


def _unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield what gzip has packed.

    Raises:
        zlib.error: it has not.
        ValueError: it ends too early.
    """
    unpacking = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    empty = True
    for piece in pieces:
        empty = empty and not piece
        yield unpacking.decompress(piece)
    if not unpacking.eof and not empty:
        raise ValueError("the compressed answer is cut short")


def _can_be_read(sock: socket.socket) -> bool:
    """Return True when something has arrived on a connection, or its end."""
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([sock], [], [], 0)[0])
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__


def _close_all(idle: list[tuple[_Connection, float]]) -> None:
    """Close connections, and forget them."""
    while idle:
        idle.pop()[0].close()
