"""Threads for requests: quick requests do not wait for costly ones."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Final, Protocol, TypeVar

from alignak_backend_embedded.api.admission import PATIENCE, PLACES, NoPlaceError
from alignak_backend_embedded.api.errors import CrowdedError
from alignak_backend_embedded.api.http import Request, Response
from alignak_backend_embedded.server.refusals import error

T = TypeVar("T")

#: Threads for password hashes, each of which takes about ten milliseconds of CPU time.
_LOGIN_THREADS: Final = 2
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Application(Protocol):
    """The application that is served."""

    def handle(self, request: Request, patience: float = PATIENCE) -> Response:
        """Return the answer to a request; called in several threads.

        Raises:
            NoPlaceError: it is costly, other costly requests are running, and it may not wait.
        """

    def challenge(self, request: Request) -> Response | None:
        """Return the answer to a request without a user's token; None when it has one."""


class Lanes:
    """The threads of a process, in lanes with their own queues.

    Reads start in a lane for quick requests. One that turns out to be costly continues there only if no other costly
    request is running; otherwise it starts again in the lane of its kind. Writes and logins have lanes of their own.
    """

    def __init__(self, application: Application, threads: int) -> None:
        self._application = application
        self._quick = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self._writes = ThreadPoolExecutor(max(1, threads // 2), thread_name_prefix="write")
        self._logins = ThreadPoolExecutor(_LOGIN_THREADS, thread_name_prefix="login")
        self._costly = {kind: ThreadPoolExecutor(number, thread_name_prefix=kind) for kind, number in PLACES.items()}
        self._known = _Known()

    async def run_quick(self, work: Callable[[Request], T], request: Request) -> T:
        """Run a short function and return its result."""
        return await asyncio.get_running_loop().run_in_executor(self._quick, work, request)

    async def answer(self, request: Request, finish: Callable[[Response], T]) -> T:
        """Have a thread answer a request, and keep the answer."""
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE
        try:
            return await loop.run_in_executor(self._lane(request), partial(self._try, request, finish))
        except NoPlaceError as missing:
            kind = missing.kind
        with self._known.waiting(request, kind):
            return await loop.run_in_executor(self._costly[kind], partial(self._work, request, finish, until))

    def _lane(self, request: Request) -> ThreadPoolExecutor:
        if request.method in _READING:
            return self._quick
        return self._logins if request.path.strip("/") == "login" else self._writes

    def _try(self, request: Request, finish: Callable[[Response], T]) -> T:
        """Answer a cheap request.

        Raises:
            NoPlaceError: it is costly, or similar to costly requests that are waiting.
        """
        if kind := self._known.kind(request):
            raise NoPlaceError(kind)
        return finish(self._application.handle(request, 0.0))

    def _work(self, request: Request, finish: Callable[[Response], T], until: float) -> T:
        """Answer a request that has waited for a thread, and may wait until a deadline."""
        left = until - time.monotonic()
        if left <= 0:
            late = CrowdedError()
            return finish(error(late.status, late.message, *late.headers))
        return finish(self._application.handle(request, left))


_RequestKey = tuple[str, str]
"""Token and path of a request."""

#: Number of different waiting queries of a user for a path that are distinguished.
_QUERIES: Final = 16


class _Known:
    """Costly requests that are waiting, so that similar ones join them without being tried first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        #: The kinds by the hash of the query.
        self._waiting: dict[_RequestKey, dict[int, list[str]]] = {}

    def kind(self, request: Request) -> str | None:
        """Return the kind of a request if a similar one is waiting, otherwise None."""
        with self._lock:
            queries = self._waiting.get(_request_key(request), {})
            kinds = queries.get(hash(request.query))
            if kinds is None and len(queries) > _QUERIES:
                kinds = next(iter(queries.values()))
            return kinds[-1] if kinds else None

    @contextmanager
    def waiting(self, request: Request, kind: str) -> Iterator[None]:
        """Remember a request while it is waiting and running."""
        asked, query = _request_key(request), hash(request.query)
        with self._lock:
            self._waiting.setdefault(asked, {}).setdefault(query, []).append(kind)
        try:
            yield
        finally:
            with self._lock:
                queries = self._waiting[asked]
                queries[query].remove(kind)
                if not queries[query]:
                    del queries[query]
                if not queries:
                    del self._waiting[asked]


def _request_key(request: Request) -> _RequestKey:
    return request.headers.get("authorization", ""), request.path
