"""Sending requests with httpx2. Importing this module is slow (60 ms): do it when a request is near.

A connection is used again only when the server said ``Connection: keep-alive``. uWSGI's ``http-socket``, the usual
front of the backend, closes every connection after its answer without saying so; reusing one there loses requests.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import weakref
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final, cast

import httpx2

from alignak_backend_client import _url
from alignak_backend_client._protocol import Request, TransportFailure
from alignak_backend_client._response import Response
from alignak_backend_client._session import Session, Timeout, seconds

_LIMITS: Final = httpx2.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=5.0)

_NOT_SENT: Final = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError, httpx2.UnsupportedProtocol)
"""What happens before a request leaves."""


class SyncTransport:
    """Blocking HTTP for one client; may be used from several threads, and after a fork."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._client: httpx2.Client | None = None
        self._made_for: tuple[Any, ...] | None = None

    def send(self, request: Request, timeout: Timeout) -> Response:
        """Send a request and return the whole answer.

        Raises:
            TransportFailure: there is no whole answer.
            BackendException: code 1000; the URL or the timeout is none.
        """
        _url.check_root(self._session.root)
        limits = _limits(timeout)
        client = self._open()
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
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise TransportFailure(_explain(error, limits), reached=not isinstance(error, _NOT_SENT)) from error
        return Response(answer.status_code, answer.reason_phrase, request.url, answer.headers, content)

    def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        with self._lock:
            if self._client is not None and self._made_for is not None and self._made_for[0] == os.getpid():
                self._client.close()
            self._client = None

    def _open(self) -> httpx2.Client:
        """Return the client of this process, made when first needed."""
        wanted = (os.getpid(), *sorted(self._session.proxies.items()))
        with self._lock:
            if self._client is None or self._made_for != wanted:
                if self._session.embedded is not None:
                    from alignak_backend_client import _embedded

                    self._client = httpx2.Client(transport=_embedded.transport(self._session.embedded))
                else:
                    mounts = {
                        f"{protocol}://": httpx2.HTTPTransport(proxy=url)
                        for protocol, url in self._session.proxies.items()
                    }
                    self._client = httpx2.Client(limits=_LIMITS, mounts=mounts)
                self._made_for = wanted
                # Programs make a client per web request and never close it.
                weakref.finalize(self, self._client.close)
            return self._client


class AsyncTransport:
    """HTTP under asyncio for one client; may be used in several event loops, one after the other."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._client: httpx2.AsyncClient | None = None
        self._made_for: tuple[Any, ...] | None = None
        self._blocking = SyncTransport(session)

    async def send(self, request: Request, timeout: Timeout) -> Response:
        """Send a request and return the whole answer.

        Raises:
            TransportFailure: there is no whole answer.
            BackendException: code 1000; the URL or the timeout is none.
        """
        if self._session.embedded is not None:
            return await asyncio.to_thread(self._blocking.send, request, timeout)
        _url.check_root(self._session.root)
        limits = _limits(timeout)
        client = self._open()
        sent = client.build_request(
            request.method, request.url, headers=request.headers, content=request.content, timeout=limits
        )
        try:
            answer = await client.send(sent, stream=True, follow_redirects=False)
            if not _stays_open(answer):
                answer.stream = _AsyncClosingStream(cast("httpx2.AsyncByteStream", answer.stream), answer)
            try:
                content = await answer.aread()
            finally:
                await answer.aclose()
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise TransportFailure(_explain(error, limits), reached=not isinstance(error, _NOT_SENT)) from error
        return Response(answer.status_code, answer.reason_phrase, request.url, answer.headers, content)

    async def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        self._blocking.close()
        client, self._client = self._client, None
        if client is not None and self._made_for is not None and self._made_for[0] is asyncio.get_running_loop():
            await client.aclose()

    def _open(self) -> httpx2.AsyncClient:
        """Return the client of this event loop, made when first needed."""
        wanted = (asyncio.get_running_loop(), os.getpid(), *sorted(self._session.proxies.items()))
        if self._client is None or self._made_for != wanted:
            mounts = {
                f"{protocol}://": httpx2.AsyncHTTPTransport(proxy=url)
                for protocol, url in self._session.proxies.items()
            }
            self._client = httpx2.AsyncClient(limits=_LIMITS, mounts=mounts)
            self._made_for = wanted
        return self._client


def _limits(timeout: Timeout) -> httpx2.Timeout:
    """Return how long to wait for what."""
    connect, read = seconds(timeout)
    return httpx2.Timeout(connect=connect, read=read, write=read, pool=None)


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


class _AsyncClosingStream(httpx2.AsyncByteStream):
    """The same for asyncio."""

    def __init__(self, inner: httpx2.AsyncByteStream, answer: httpx2.Response) -> None:
        self._inner = inner
        self._network: Any = answer.extensions.get("network_stream")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._inner:
            yield chunk

    async def aclose(self) -> None:
        if self._network is not None:
            with contextlib.suppress(OSError):
                await self._network.aclose()
        await self._inner.aclose()


def _explain(error: Exception, limits: httpx2.Timeout) -> str:
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
