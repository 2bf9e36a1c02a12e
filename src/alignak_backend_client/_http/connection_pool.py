"""Connections to one backend, direct or through a proxy: opened on demand, and kept if the server announces it.

A connection is reused only if the server sent ``Connection: keep-alive``. uWSGI's ``http-socket``, the usual server of
the backend, closes each connection after its response without announcing it; reusing one would lose requests.
"""

from __future__ import annotations

import socket
import time
import weakref
from http.client import OK, HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from alignak_backend_client._core.protocol import TransportFailure
from alignak_backend_client._core.session import Session, timeout_suffix
from alignak_backend_client._http.content import Pace
from alignak_backend_client._http.proxies import PORTS, Proxy
from alignak_backend_client._http.reasons import reason_of
from alignak_backend_client._http.response_reader import PacedResponse
from alignak_backend_client.exceptions import misuse

if TYPE_CHECKING:
    import ssl

_MAX_IDLE: Final = 20
_IDLE_SECONDS: Final = 5.0

_SAFE: Final = "%/:=&?~#+!$,;'@()*[]"
"""Characters that are not quoted in a request line."""


class ConnectionPool:
    """Connections to one backend, for use from several threads.

    Args:
        session: of the client.
        proxy: the proxy; None for a direct connection.

    Attributes:
        headers: additional headers of requests.

    Raises:
        BackendException: code 1000; the proxy cannot be used for such a backend.
    """

    def __init__(self, session: Session, proxy: Proxy | None) -> None:
        parts = urlsplit(session.root)
        self._session = session
        self._proxy = proxy
        self._secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._default_port = PORTS[parts.scheme]
        # Always with a port, since http.client would take the end of an IPv6 address for one.
        self._port = parts.port if parts.port is not None else self._default_port
        self.headers: dict[str, str] = {}
        # The prefix of all URLs, which is omitted in request lines, except for a proxy.
        self._origin = f"{parts.scheme}://{parts.netloc}"
        if proxy is not None and self._secure and proxy.secure:
            raise misuse(f"An https backend cannot be reached through an https proxy, only an http one: {proxy}")
        if proxy is not None and not self._secure:
            self._origin = ""
            if proxy.authorization is not None:
                self.headers["Proxy-Authorization"] = proxy.authorization
        self._idle: list[tuple[HTTPConnection, float]] = []
        # Some programs create a client per web request and never close it.
        self._closing = weakref.finalize(self, _close_all, self._idle)

    def take(self, connect_timeout: float | None) -> HTTPConnection:
        """Return a kept connection, or a new one.

        Raises:
            TransportFailure: the connection failed.
            BackendException: code 1000; a certificate file cannot be used.
        """
        return self._take_idle() or self._open(connect_timeout)

    def give_back(self, connection: HTTPConnection) -> None:
        """Keep a connection for the next request."""
        if len(self._idle) < _MAX_IDLE:
            self._idle.append((connection, time.monotonic()))
        else:
            connection.close()

    def close(self) -> None:
        """Close the kept connections, not those in use."""
        _close_all(self._idle)

    def target(self, url: str) -> str:
        """Return the target of a request line for a URL."""
        target = url[len(self._origin) :] or "/"
        return target if target.isascii() else quote(target, _SAFE)

    def _take_idle(self) -> HTTPConnection | None:
        while True:
            try:
                connection, since = self._idle.pop()
            except IndexError:
                return None
            # Data that arrives now is the end of the connection, or unsolicited.
            if time.monotonic() - since < _IDLE_SECONDS and _is_silent(connection.sock):
                return connection
            connection.close()

    def _open(self, timeout: float | None) -> HTTPConnection:
        proxy = self._proxy
        whom = "the backend" if proxy is None else f"the proxy {proxy.host}:{proxy.port}"
        try:
            connection = HTTPConnection(self._host, self._port)
            connection.default_port = self._default_port
            connection.sock = self._connect(timeout)
        except TimeoutError as error:
            raise TransportFailure(f"No connection to {whom}{timeout_suffix(timeout)}", reached=False) from error
        except (OSError, ValueError, HTTPException) as error:  # ValueError: an invalid host name
            raise TransportFailure(f"No connection to {whom}: {reason_of(error)}", reached=False) from error
        return connection

    def _connect(self, timeout: float | None) -> socket.socket:
        """Return a socket that is connected to the backend, or to a proxy that forwards requests."""
        proxy = self._proxy
        context: ssl.SSLContext | None = None
        if self._secure or (proxy is not None and proxy.secure):
            from alignak_backend_client._http import tls

            context = tls.context(self._session)
        sock = socket.create_connection(
            (self._host, self._port) if proxy is None else (proxy.host, proxy.port), timeout
        )
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if proxy is not None and self._secure:
                _open_tunnel(sock, proxy, self._host, self._port)
            if context is not None:
                name = self._host if self._secure or proxy is None else proxy.host
                sock = context.wrap_socket(sock, server_hostname=name)
        except BaseException:
            sock.close()
            raise
        return sock


def _open_tunnel(sock: socket.socket, proxy: Proxy, host: str, port: int) -> None:
    """Have a proxy connect to a host and port (CONNECT).

    http.client can do this as well, but sends IPv6 addresses incorrectly before Python 3.12.

    Raises:
        OSError, ValueError, HTTPException: the proxy rejects the request, or its response is invalid.
    """
    name = host if host.isascii() else host.encode("idna").decode("ascii")
    target = f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.authorization is not None:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    sock.sendall("\r\n".join([*lines, "", ""]).encode("ascii"))
    with PacedResponse(sock, method="CONNECT", pace=Pace(sock.gettimeout())) as answer:
        answer.begin()
        if answer.status != OK:
            raise OSError(f"it rejected CONNECT to {target}: {answer.status} {answer.reason}")


def _is_silent(sock: socket.socket) -> bool:
    """Return True if a connection is open, and nothing has arrived on it."""
    try:
        sock.setblocking(False)
        # The method of the base class, since TLS sockets cannot peek.
        socket.socket.recv(sock, 1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _close_all(idle: list[tuple[HTTPConnection, float]]) -> None:
    while idle:
        idle.pop()[0].close()
