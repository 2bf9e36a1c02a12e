"""Threads for requests: quick requests do not wait for costly ones."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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

    async def quickly(self, work: Callable[[Request], T], request: Request) -> T:
        """Return what a function returns that takes a moment."""
        return await asyncio.get_running_loop().run_in_executor(self._quick, work, request)

    async def answer(self, request: Request, finish: Callable[[Response], T]) -> T:
        """Have a thread answer a request, and finish the answer."""
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE
        first = partial(self._work, request, finish)
        try:
            return await loop.run_in_executor(self._lane(request), first)
        except NoPlaceError as missing:
            kind = missing.kind
        return await loop.run_in_executor(self._costly[kind], partial(self._work, request, finish, until))

    def _lane(self, request: Request) -> ThreadPoolExecutor:
        if request.method in _READING:
            return self._quick
        return self._logins if request.path.strip("/") == "login" else self._writes

    def _work(self, request: Request, finish: Callable[[Response], T], until: float | None = None) -> T:
        """Answer a request; with a time until which it may wait, it has waited already."""
        if until is None:
            return finish(self._application.handle(request, 0.0))
        left = until - time.monotonic()
        if left <= 0:
            late = CrowdedError()
            return finish(error(late.status, late.message, *late.headers))
        return finish(self._application.handle(request, left))
