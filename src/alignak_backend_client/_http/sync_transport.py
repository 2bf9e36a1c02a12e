"""The ways to the backend for a blocking client: straight, by a proxy, or to the embedded one in this process.

A connection is used again only when the server said ``Connection: keep-alive``. uWSGI's ``http-socket``, the usual
front of the backend, closes every connection after its answer without saying so; reusing one there loses requests.
"""

from __future__ import annotations

import os
import sys
import threading
import weakref
from typing import Final, Protocol

from alignak_backend_client._core import urls
from alignak_backend_client._core.protocol import Begun, Request
from alignak_backend_client._core.responses import Response
from alignak_backend_client._core.session import Limits, Session, Timeout, seconds

_PATIENCE: Final = 1.0
"""Seconds that a request waits for the answer to one that was sent ahead. Then that one is given up, and sent anew."""


class Way(Protocol):
    """A way to the backend, with its connections."""

    def begin(self, request: Request, limits: Limits) -> Begun:
        """Begin a request; a failure to send it is told by its end."""

    def close(self) -> None:
        """Close the connections."""

    def let_go(self) -> None:
        """Be used no more: what is under way, in other threads or in the parent of this process, ends well."""


class SyncTransport:
    """Blocking HTTP for one client; may be used from several threads, and after a fork."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._way: Way | None = None
        self._made_for: dict[str, str] | None = None
        # Who sent it keeps it; it holds the token.
        self._ahead: weakref.ref[Begun] | None = None
        _of_this_process.add(self)

    def send(self, request: Request, timeout: Timeout) -> Response:
        """Send a request and return the whole answer.

        Raises:
            TransportFailure: there is no whole answer.
            BackendException: code 1000; the URL, the timeout or a proxy is none.
        """
        self._settle()
        answer = self._begin(request, timeout).finish()
        assert answer is not None  # noqa: S101 - nobody could give it up
        return answer

    def send_ahead(self, request: Request, timeout: Timeout) -> Begun:
        """Send a request whose answer is read later.

        Raises:
            BackendException: code 1000; the URL, the timeout or a proxy is none.
        """
        self._settle()
        begun = self._begin(request, timeout)
        with self._lock:
            self._ahead = weakref.ref(begun)
        return begun

    def _settle(self) -> None:
        """Let no answer wait for us while we wait for another: some servers attend to one client at a time."""
        begun = self._taken_ahead()
        if begun is not None:
            begun.settle(_PATIENCE)

    def _taken_ahead(self) -> Begun | None:
        """Return the request that was sent ahead, once."""
        with self._lock:
            ahead, self._ahead = self._ahead, None
        return ahead() if ahead is not None else None

    def _begin(self, request: Request, timeout: Timeout) -> Begun:
        urls.check_root(self._session.root)
        limits = seconds(timeout)
        return self._open().begin(request, limits)

    def close(self) -> None:
        """Close the connections; the next request opens new ones. One that was sent ahead is given up."""
        ahead = self._taken_ahead()
        if ahead is not None:
            ahead.abandon()
        with self._lock:
            if self._way is not None:
                self._way.close()
            self._way = None

    def forget_connections(self) -> None:
        """Start anew in a child process: the connections, and any lock held at the fork, are the parent's."""
        self._lock = threading.Lock()
        self._ahead = None
        if self._way is not None:
            self._way.let_go()
        self._way = None

    def _open(self) -> Way:
        """Return the way to the backend, found when first needed."""
        with self._lock:
            if self._way is None or self._made_for != self._session.proxies:
                if self._way is not None:
                    self._way.let_go()
                self._way = _found(self._session)
                self._made_for = self._session.proxies
            return self._way


def _found(session: Session) -> Way:
    """Return the way to a backend."""
    if session.embedded is None and not _may_have_proxy(session):
        from alignak_backend_client._http.direct import Direct

        return Direct(session)
    from alignak_backend_client._http.indirect import Indirect

    return Indirect(session)


def _may_have_proxy(session: Session) -> bool:
    """Return False when neither the caller nor the environment names a proxy."""
    if sys.platform in ("darwin", "win32"):
        from urllib.request import getproxies

        return bool(session.proxies or getproxies())
    return bool(session.proxies) or any(
        name.lower().endswith("_proxy") and name.lower() != "no_proxy" for name in os.environ
    )


_of_this_process: weakref.WeakSet[SyncTransport] = weakref.WeakSet()


def _after_fork() -> None:
    for transport in list(_of_this_process):
        transport.forget_connections()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
