"""Sending requests with httpx2 under asyncio."""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections.abc import AsyncIterator
from typing import Any, Final, cast

import httpx2

from alignak_backend_client._core import urls
from alignak_backend_client._core.protocol import Request, TransportFailure
from alignak_backend_client._core.responses import Response
from alignak_backend_client._core.session import Limits, Session, Timeout, parse_timeout, timeout_suffix
from alignak_backend_client._http import tls
from alignak_backend_client._http.content import MIN_BYTES_A_SECOND, Pace, decompress
from alignak_backend_client._http.headers import is_kept_open, reason_text, sent_headers
from alignak_backend_client._http.proxies import proxy_of
from alignak_backend_client._http.reasons import reason_of

_POOL: Final = httpx2.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=5.0)

_NOT_SENT: Final = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError, httpx2.UnsupportedProtocol)
"""Errors before a request is sent."""


class AsyncTransport:
    """HTTP under asyncio for one client, for use in several event loops, one after the other."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._client: httpx2.AsyncClient | None = None
        self._made_for: tuple[Any, ...] | None = None

    async def send(self, request: Request, timeout: Timeout) -> Response:
        """Send a request and return the complete response.

        Raises:
            TransportFailure: there is no complete response.
            BackendException: code 1000; the URL, the timeout or a proxy is invalid.
        """
        urls.check_url(self._session.root)
        limits = connect, read = parse_timeout(timeout)
        sent = self._opened().build_request(
            request.method,
            request.url,
            headers=sent_headers(request, {}),
            content=request.content,
            timeout=httpx2.Timeout(connect=connect, read=read, write=read, pool=None),
        )
        try:
            return await self._exchange(sent, request, limits)
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, ValueError, zlib.error) as error:
            raise TransportFailure(_describe_error(error, limits), reached=not isinstance(error, _NOT_SENT)) from error

    async def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        client, self._client = self._client, None
        if client is not None and self._made_for is not None and self._made_for[0] is asyncio.get_running_loop():
            await client.aclose()

    async def _exchange(self, sent: httpx2.Request, request: Request, limits: Limits) -> Response:
        connect, read = limits
        size = len(request.content or b"")
        # httpx2 limits each step. The total limit is one timeout for each kind of step, and more for large bodies.
        most = None if connect is None or read is None else connect + 3 * read + size / MIN_BYTES_A_SECOND
        async with asyncio.timeout(most) as clock:
            answer = await self._opened().send(sent, stream=True, follow_redirects=False)
            try:
                if not is_kept_open(answer.headers.get("connection", "")):
                    answer.stream = _ClosingStream(cast("httpx2.AsyncByteStream", answer.stream), answer)
                pace = Pace(read)
                body: list[bytes] = []
                async for part in answer.aiter_raw():
                    body.append(part)
                    pace.count(len(part))
                    left = pace.seconds_left()
                    clock.reschedule(None if left is None else asyncio.get_running_loop().time() + left)
            finally:
                await answer.aclose()
        content = decompress(b"".join(body), answer.headers.get("content-encoding", ""))
        reason = answer.extensions.get("reason_phrase", b"")
        return Response(answer.status_code, reason_text(reason), request.url, answer.headers, content)

    def _opened(self) -> httpx2.AsyncClient:
        """Return the client of this event loop, created when first needed."""
        made_for = (asyncio.get_running_loop(), *sorted(self._session.proxies.items()))
        if self._client is None or self._made_for != made_for:
            proxy = proxy_of(self._session)
            secure = self._session.root.startswith("https:") or (proxy is not None and proxy.secure)
            # Reading the certificates of the system takes 0.1 s.
            context = tls.context(self._session) if secure else tls.no_context()
            self._client = httpx2.AsyncClient(
                verify=context,
                limits=_POOL,
                proxy=None if proxy is None else httpx2.Proxy(proxy.url, ssl_context=context if proxy.secure else None),
                # The proxy of the environment was already looked up, and .netrc must not be used.
                trust_env=False,
            )
            self._made_for = made_for
        return self._client


class _ClosingStream(httpx2.AsyncByteStream):
    """The body of a response whose connection must not be reused: it is closed before it returns to the pool."""

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


def _describe_error(error: Exception, limits: Limits) -> str:
    """Return a description of a transport error, in one line."""
    if isinstance(error, httpx2.ConnectTimeout):
        return f"No connection to the backend{timeout_suffix(limits[0])}"
    if isinstance(error, httpx2.TimeoutException | TimeoutError):
        return f"No response from the backend{timeout_suffix(limits[1])}"
    if isinstance(error, httpx2.ConnectError | httpx2.ProxyError):
        return f"No connection to the backend: {reason_of(error)}"
    return f"The connection to the backend broke: {reason_of(error)}"
