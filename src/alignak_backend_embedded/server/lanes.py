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

#: For passwords, whose hashes take a core for some ten milliseconds each.
_LOGIN_THREADS: Final = 2
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Application(Protocol):
    """What is served."""

    def handle(self, request: Request, patience: float = PATIENCE) -> Response:
        """Return the answer to a request; called in several threads.

        Raises:
            NoPlaceError: it has no patience, and costs much, as others do that are worked on.
        """

    def challenge(self, request: Request) -> Response | None:
        """Return the answer to a request without a user's token; None when it has one."""


class Lanes:
    """The threads of a process, each lane with its own and its own queue.

    Reading begins in a lane where nothing takes long: what turns out to cost much stays there only when others do not,
    else it begins anew in the lane of its kind. Writers wait for each other, and logins for a hash, in theirs.
    """

    def __init__(self, application: Application, threads: int) -> None:
        self._application = application
        self._quick = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self._writes = ThreadPoolExecutor(max(1, threads // 2), thread_name_prefix="write")
        self._logins = ThreadPoolExecutor(_LOGIN_THREADS, thread_name_prefix="login")
        self._costly = {kind: ThreadPoolExecutor(number, thread_name_prefix=kind) for kind, number in PLACES.items()}
        self._known = _Known()

    async def quickly(self, work: Callable[[Request], T], request: Request) -> T:
        """Return what a function returns that takes a moment."""
        return await asyncio.get_running_loop().run_in_executor(self._quick, work, request)

    async def answer(self, request: Request, finish: Callable[[Response], T]) -> T:
        """Have a thread answer a request, and finish the answer."""
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
        """Answer a request that costs little.

        Raises:
            NoPlaceError: it costs much, or is like others that do, and wait.
        """
        if kind := self._known.kind(request):
            raise NoPlaceError(kind)
        return finish(self._application.handle(request, 0.0))

    def _work(self, request: Request, finish: Callable[[Response], T], until: float) -> T:
        """Answer a request that has waited for a thread, and may go on waiting until some time."""
        left = until - time.monotonic()
        if left <= 0:
            late = CrowdedError()
            return finish(error(late.status, late.message, *late.headers))
        return finish(self._application.handle(request, left))


_Asked = tuple[str, str]
"""Whose token asks, and for which path."""

#: Different queries of one user at one path that wait; beyond, a further one is taken for one of them.
_QUERIES: Final = 16


class _Known:
    """Costly requests that wait: more of the same need not be tried first, which takes time from others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        #: The kinds by the hash of the query.
        self._waiting: dict[_Asked, dict[int, list[str]]] = {}

    def kind(self, request: Request) -> str | None:
        """Return the kind of a request by one like it that waits; None without any."""
        with self._lock:
            queries = self._waiting.get(_asked(request), {})
            kinds = queries.get(hash(request.query))
            if kinds is None and len(queries) > _QUERIES:
                kinds = next(iter(queries.values()))
            return kinds[-1] if kinds else None

    @contextmanager
    def waiting(self, request: Request, kind: str) -> Iterator[None]:
        """Remember a request while it waits, and is worked on."""
        asked, query = _asked(request), hash(request.query)
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


def _asked(request: Request) -> _Asked:
    return request.headers.get("authorization", ""), request.path
