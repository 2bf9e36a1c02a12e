"""Sending requests with http.client and blocking calls."""

from __future__ import annotations

import threading
import weakref
from typing import Final

from alignak_backend_client._core import urls
from alignak_backend_client._core.protocol import Request
from alignak_backend_client._core.responses import Response
from alignak_backend_client._core.session import Session, Timeout, parse_timeout
from alignak_backend_client._http.connection_pool import ConnectionPool
from alignak_backend_client._http.exchange import Exchange
from alignak_backend_client._http.proxies import proxy_of

_PATIENCE: Final = 1.0
"""Seconds that a request waits for the response to one sent ahead. Then that one is abandoned and sent again."""


class SyncTransport:
    """Blocking HTTP for one client in one process, for use from several threads."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._pool: ConnectionPool | None = None
        self._proxies: dict[str, str] | None = None
        # its sender has a reference
        self._ahead: weakref.ref[Exchange] | None = None

    def send(self, request: Request, timeout: Timeout) -> Response:
        """Send a request and return the complete response.

        Raises:
            TransportFailure: there is no complete response.
            BackendException: code 1000; the URL, the timeout or a proxy is invalid.
        """
        response = self._exchange(request, timeout).response()
        assert response is not None  # noqa: S101 - nothing could abandon it
        return response

    def send_ahead(self, request: Request, timeout: Timeout) -> Exchange:
        """Send a request whose response is read later, at the latest before the next request.

        Raises:
            BackendException: code 1000; the URL, the timeout or a proxy is invalid.
        """
        exchange = self._exchange(request, timeout)
        self._ahead = weakref.ref(exchange)
        return exchange

    def close(self) -> None:
        """Close the connections; the next request opens new ones. A request that was sent ahead is abandoned."""
        ahead = self._take_ahead()
        if ahead is not None:
            ahead.close()
        with self._lock:
            if self._pool is not None:
                self._pool.close()
            self._pool = None

    def _exchange(self, request: Request, timeout: Timeout) -> Exchange:
        urls.check_url(self._session.root)
        limits = parse_timeout(timeout)
        # Read the pending response first: some servers handle one connection at a time.
        ahead = self._take_ahead()
        if ahead is not None:
            ahead.read(_PATIENCE)
        return Exchange(self._current_pool(), request, limits)

    def _take_ahead(self) -> Exchange | None:
        """Return the request that was sent ahead, once."""
        with self._lock:
            ahead, self._ahead = self._ahead, None
        return ahead() if ahead is not None else None

    def _current_pool(self) -> ConnectionPool:
        """Return the connections; new ones if the proxies have changed."""
        with self._lock:
            if self._pool is None or self._proxies != self._session.proxies:
                if self._pool is not None:
                    self._pool.close()
                self._pool = ConnectionPool(self._session, proxy_of(self._session))
                self._proxies = self._session.proxies
            return self._pool
