"""Sending requests with httpx2, which takes long to import: by a proxy, and to the embedded backend in this process.

Straight to a backend it goes by :mod:`alignak_backend_client._http.direct`.
"""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Iterator
from typing import Any, Final, cast

import httpx2

from alignak_backend_client._core.protocol import Request, TransportFailure
from alignak_backend_client._core.responses import Response, reason_text, stays_open
from alignak_backend_client._core.session import Limits, Session, within
from alignak_backend_client._http import tls
from alignak_backend_client.exceptions import misuse

POOL: Final = httpx2.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=5.0)

NOT_SENT: Final = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError, httpx2.UnsupportedProtocol)
"""What happens before a request leaves."""


class Indirect:
    """Connections of httpx2; may be used from several threads."""

    def __init__(self, session: Session) -> None:
        self._client = _client(session)
        # Programs make a client per web request and never close it.
        self._closing = weakref.finalize(self, self._client.close)

    def begin(self, request: Request, limits: Limits) -> IndirectRequest:
        """Return a request that is sent when its answer is asked for."""
        return IndirectRequest(self._client, request, limits)

    def close(self) -> None:
        """Close the connections."""
        self._closing()

    def let_go(self) -> None:
        """Leave the connections alone: other threads use them still."""
        self._closing.detach()


class IndirectRequest:
    """A request that is sent when its answer is asked for."""

    def __init__(self, client: httpx2.Client, request: Request, limits: Limits) -> None:
        self._client = client
        self._request = request
        self._limits = limits

    def finish(self) -> Response:
        """Return the whole answer.

        Raises:
            TransportFailure: there is none.
        """
        request, limits = self._request, self._limits
        sent = self._client.build_request(
            request.method, request.url, headers=request.headers, content=request.content, timeout=timeouts(limits)
        )
        try:
            answer = self._client.send(sent, stream=True, follow_redirects=False)
            if not stays_open(answer.headers.get("connection", "")):
                answer.stream = _ClosingStream(cast("httpx2.SyncByteStream", answer.stream), answer)
            try:
                content = answer.read()
            finally:
                answer.close()
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise TransportFailure(explain(error, limits), reached=not isinstance(error, NOT_SENT)) from error
        return Response(answer.status_code, reason_of(answer), request.url, answer.headers, content)

    def settle(self, seconds: float) -> None:
        """Do nothing: it is not sent yet."""

    def abandon(self) -> None:
        """Do nothing: it is not sent yet."""


def _client(session: Session) -> httpx2.Client:
    """Return a client for a session."""
    if session.embedded is not None:
        from alignak_backend_client._http import embedded

        return httpx2.Client(transport=embedded.transport(session.embedded))
    context = tls.context(session)
    with checked_settings():
        mounts = {
            f"{protocol}://": httpx2.HTTPTransport(verify=context, proxy=url) for protocol, url in proxies_of(session)
        }
        return httpx2.Client(verify=context, limits=POOL, mounts=mounts, trust_env=uses_environment(session))


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
        raise misuse(
            "A proxy, of the call or of the environment (http_proxy, https_proxy, all_proxy), cannot be used: "
            "it has to be a URL such as http://proxy:3128"
        ) from error


def reason_of(answer: httpx2.Response) -> str:
    """Return the reason phrase as the server sent it."""
    sent = answer.extensions.get("reason_phrase")
    return reason_text(sent) if isinstance(sent, bytes) else answer.reason_phrase


def timeouts(limits: Limits) -> httpx2.Timeout:
    """Return how long to wait for what."""
    connect, read = limits
    return httpx2.Timeout(connect=connect, read=read, write=read, pool=None)


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


def explain(error: Exception, limits: Limits) -> str:
    """Return what went wrong between client and backend, in one line."""
    what = str(error) or type(error).__name__
    if isinstance(error, httpx2.ConnectTimeout):
        return f"No connection to the backend{within(limits[0])}"
    if isinstance(error, httpx2.TimeoutException):
        return f"No answer from the backend{within(limits[1])}"
    if isinstance(error, httpx2.ConnectError | httpx2.ProxyError):
        return f"No connection to the backend: {what}"
    if isinstance(error, httpx2.RemoteProtocolError | httpx2.ReadError | httpx2.WriteError):
        return f"The connection to the backend broke: {what}"
    return f"No usable answer from the backend: {what}"
