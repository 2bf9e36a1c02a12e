"""Sending requests with httpx2. Importing this module is slow (60 ms): do it when a request is near."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Iterator
from typing import Any, cast

import httpx2

from alignak_backend_client import _url
from alignak_backend_client._operations import Request, TransportFailure
from alignak_backend_client._response import Response
from alignak_backend_client._session import Session, Timeout, seconds


class SyncTransport:
    """Blocking HTTP for one client; may be used from several threads, and after a fork.

    A connection is used again only when the server said ``Connection: keep-alive``. uWSGI's ``http-socket``, the
    usual front of the backend, closes every connection after its answer without saying so; reusing one there
    loses requests.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._client: httpx2.Client | None = None
        self._made_for: tuple[int, tuple[tuple[str, str], ...]] | None = None

    def send(self, request: Request, timeout: Timeout) -> Response:
        """Send a request and return the whole answer.

        Raises:
            TransportFailure: there is no whole answer.
            BackendException: code 1000; the URL or the timeout is none.
        """
        _url.check_root(self._session.root)
        connect, read = seconds(timeout)
        client = self._open()
        limits = httpx2.Timeout(connect=connect, read=read, write=read, pool=None)
        sent = client.build_request(
            request.method, request.url, headers=request.headers, content=request.content, timeout=limits
        )
        try:
            answer = client.send(sent, stream=True, follow_redirects=False)
            if not _stays_open(answer):
                answer.stream = _ClosingStream(cast("httpx2.SyncByteStream", answer.stream), answer)
            try:
                content = answer.read()
            finally:
                answer.close()
        except (
            httpx2.ConnectError,
            httpx2.ConnectTimeout,
            httpx2.ProxyError,
            httpx2.UnsupportedProtocol,
        ) as error:
            raise TransportFailure(_explain(error, connect), reached=False) from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise TransportFailure(_explain(error, read), reached=True) from error
        return Response(answer.status_code, answer.reason_phrase, request.url, answer.headers, content)

    def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = None
            self._made_for = None

    def _open(self) -> httpx2.Client:
        """Return the client of this process, made when first needed."""
        wanted = (os.getpid(), tuple(sorted(self._session.proxies.items())))
        with self._lock:
            if self._client is None or self._made_for != wanted:
                self._client = _new_client(self._session)
                self._made_for = wanted
                # Programs make a client per web request and never close it.
                weakref.finalize(self, self._client.close)
            return self._client


def _new_client(session: Session) -> httpx2.Client:
    """Return an HTTP client for the proxies of a session, or those of the environment."""
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=5.0)
    mounts = {f"{protocol}://": httpx2.HTTPTransport(proxy=url) for protocol, url in session.proxies.items()}
    return httpx2.Client(limits=limits, mounts=mounts)


def _stays_open(answer: httpx2.Response) -> bool:
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


def _explain(error: Exception, limit: float | None) -> str:
    """Return what went wrong between client and backend, in one line."""
    if isinstance(error, httpx2.ConnectTimeout):
        return f"No connection to the backend within {limit:g} s"
    if isinstance(error, httpx2.TimeoutException):
        return f"No answer from the backend within {limit:g} s"
    if isinstance(error, httpx2.ConnectError | httpx2.ProxyError):
        return f"No connection to the backend: {error}"
    if isinstance(error, httpx2.RemoteProtocolError | httpx2.ReadError | httpx2.WriteError):
        return f"The connection to the backend broke: {str(error) or type(error).__name__}"
    return f"No usable answer from the backend: {str(error) or type(error).__name__}"
