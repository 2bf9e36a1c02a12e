"""Sending requests with httpx2 under asyncio; see :mod:`alignak_backend_client._http.sync_transport`."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from typing import Any, cast

import httpx2

from alignak_backend_client._core import urls
from alignak_backend_client._core.protocol import Request, TransportFailure
from alignak_backend_client._core.responses import Response, stays_open
from alignak_backend_client._core.session import Session, Timeout, seconds
from alignak_backend_client._http import tls
from alignak_backend_client._http.indirect import (
    NOT_SENT,
    POOL,
    checked_settings,
    explain,
    proxies_of,
    reason_of,
    timeouts,
    uses_environment,
)
from alignak_backend_client._http.sync_transport import SyncTransport


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
        urls.check_root(self._session.root)
        limits = seconds(timeout)
        client = self._open()
        sent = client.build_request(
            request.method, request.url, headers=request.headers, content=request.content, timeout=timeouts(limits)
        )
        try:
            answer = await client.send(sent, stream=True, follow_redirects=False)
            if not stays_open(answer.headers.get("connection", "")):
                answer.stream = _ClosingStream(cast("httpx2.AsyncByteStream", answer.stream), answer)
            try:
                content = await answer.aread()
            finally:
                await answer.aclose()
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise TransportFailure(explain(error, limits), reached=not isinstance(error, NOT_SENT)) from error
        return Response(answer.status_code, reason_of(answer), request.url, answer.headers, content)

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
            context = tls.context(self._session)
            with checked_settings():
                mounts = {
                    f"{protocol}://": httpx2.AsyncHTTPTransport(verify=context, proxy=url)
                    for protocol, url in proxies_of(self._session)
                }
                self._client = httpx2.AsyncClient(
                    verify=context, limits=POOL, mounts=mounts, trust_env=uses_environment(self._session)
                )
            self._made_for = wanted
        return self._client


class _ClosingStream(httpx2.AsyncByteStream):
    """The body of an answer whose connection is not used again: it is closed before it returns to the pool."""

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
