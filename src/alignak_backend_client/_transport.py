"""Sending requests with httpx2. Importing this module is slow (60 ms): do it when a request is near.

A connection is used again only when the server said ``Connection: keep-alive``. uWSGI's ``http-socket``, the usual
front of the backend, closes every connection after its answer without saying so; reusing one there loses requests.
"""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Iterator
from typing import Any, Final, cast

import httpx2

from alignak_backend_client import _tls, _url
from alignak_backend_client._protocol import Request, TransportFailure
from alignak_backend_client._response import Response
from alignak_backend_client._session import Session, Timeout, seconds
from alignak_backend_client.exceptions import misuse

POOL: Final = httpx2.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=5.0)

NOT_SENT: Final = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError, httpx2.UnsupportedProtocol)
"""What happens before a request leaves."""


class SyncTransport:
    """Blocking HTTP for one client; may be used from several threads, and after a fork."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._client: httpx2.Client | None = None
        self._closing: weakref.finalize[..., SyncTransport] | None = None
        self._made_for: dict[str, str] | None = None
        _of_this_process.add(self)

    def send(self, request: Request, timeout: Timeout) -> Response:
        """Send a request and return the whole answer.

        Raises:
            TransportFailure: there is no whole answer.
            BackendException: code 1000; the URL or the timeout is none.
        """
        _url.check_root(self._session.root)
        limits = limits_of(timeout)
        client = self._open()
        sent = client.build_request(
            request.method, request.url, headers=request.headers, content=request.content, timeout=limits
        )
        try:
            answer = client.send(sent, stream=True, follow_redirects=False)
            if not stays_open(answer):
                answer.stream = _ClosingStream(cast("httpx2.SyncByteStream", answer.stream), answer)
            try:
                content = answer.read()
            finally:
                answer.close()
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise TransportFailure(explain(error, limits), reached=not isinstance(error, NOT_SENT)) from error
        return Response(answer.status_code, reason_of(answer), request.url, answer.headers, content)

    def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        with self._lock:
            if self._closing is not None:
                self._closing()
            self._client = self._closing = None

    def forget_connections(self) -> None:
        """Start anew in a child process: the connections, and any lock held at the fork, are the parent's."""
        self._lock = threading.Lock()
        if self._closing is not None:
            self._closing.detach()
        self._client = self._closing = None

    def _open(self) -> httpx2.Client:
        """Return the client, made when first needed."""
        with self._lock:
            if self._client is None or self._made_for != self._session.proxies:
                if self._closing is not None:
                    # Not closed: another thread may be using it.
                    self._closing.detach()
                self._client = self._make()
                self._made_for = self._session.proxies
                # Programs make a client per web request and never close it.
                self._closing = weakref.finalize(self, self._client.close)
            return self._client

    def _make(self) -> httpx2.Client:
        """Return a new client."""
        if self._session.embedded is not None:
            from alignak_backend_client import _embedded

            return httpx2.Client(transport=_embedded.transport(self._session.embedded))
        tls = _tls.context(self._session)
        with checked_settings():
            mounts = {
                f"{protocol}://": httpx2.HTTPTransport(verify=tls, proxy=url)
                for protocol, url in proxies_of(self._session)
            }
            return httpx2.Client(verify=tls, limits=POOL, mounts=mounts, trust_env=uses_environment(self._session))


_of_this_process: weakref.WeakSet[SyncTransport] = weakref.WeakSet()


def _after_fork() -> None:
    for transport in list(_of_this_process):
        transport.forget_connections()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def proxies_of(session: Session) -> Iterator[tuple[str, str]]:
    """Yield the caller's proxies by protocol; like curl and `requests`, take ``host:port`` for an HTTP proxy."""
    for protocol, url in session.proxies.items():
        if url:
            yield protocol, url if "://" in url else f"http://{url}"


def uses_environment(session: Session) -> bool:
    """Return True unless the caller named a proxy for this backend: then NO_PROXY must not take it away."""
    return session.root.partition(":")[0] not in session.proxies


@contextlib.contextmanager
def checked_settings() -> Iterator[None]:
    """Report what cannot be used; not in the words of the error, which may hold a proxy's password."""
    try:
        yield
    except (ValueError, ImportError, httpx2.InvalidURL) as error:
        raise misuse("A proxy, of the call or of the environment, is no URL such as http://proxy:3128") from error


def reason_of(answer: httpx2.Response) -> str:
    """Return the reason phrase as the server sent it, without control characters."""
    sent = answer.extensions.get("reason_phrase")
    if not isinstance(sent, bytes):
        return answer.reason_phrase
    try:
        text = sent.decode()
    except UnicodeDecodeError:
        text = sent.decode("latin-1")
    return "".join(char if char.isprintable() else " " for char in text)


def limits_of(timeout: Timeout) -> httpx2.Timeout:
    """Return how long to wait for what."""
    connect, read = seconds(timeout)
    return httpx2.Timeout(connect=connect, read=read, write=read, pool=None)


def stays_open(answer: httpx2.Response) -> bool:
    """Return True when the server said that it keeps the connection open."""
    options = answer.headers.get("connection", "").lower().split(",")
    return "keep-alive" in (option.strip() for option in options)


class _ClosingStream(httpx2.SyncByteStream):
    """The body of an answer whose connection is not used again: it is closed before it returns to the pool."""

    def __init__(self, inner: httpx2.SyncByteStream, answer: httpx2.Response) -> None:
        self._inner = inner
        self._network: Any = answer.extensions.get("network_stream")

    def __iter__(self) -> Iterator[bytes]:
        yield from self._inner

    def close(self) -> None:
        if self._network is not None:
            with contextlib.suppress(OSError):
                self._network.close()
        self._inner.close()


def explain(error: Exception, limits: httpx2.Timeout) -> str:
    """Return what went wrong between client and backend, in one line."""
    what = str(error) or type(error).__name__
    if isinstance(error, httpx2.ConnectTimeout):
        return f"No connection to the backend within {limits.connect:g} s"
    if isinstance(error, httpx2.TimeoutException):
        return f"No answer from the backend within {limits.read:g} s"
    if isinstance(error, httpx2.ConnectError | httpx2.ProxyError):
        return f"No connection to the backend: {what}"
    if isinstance(error, httpx2.RemoteProtocolError | httpx2.ReadError | httpx2.WriteError):
        return f"The connection to the backend broke: {what}"
    return f"No usable answer from the backend: {what}"
