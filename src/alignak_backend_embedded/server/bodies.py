"""Receiving request bodies completely, within limits of size and time."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

from alignak_backend_embedded.api.http import Request, Response
from alignak_backend_embedded.server.quota import MEBIBYTE, Quota
from alignak_backend_embedded.server.refusals import RefusedRequest, refused
from alignak_backend_embedded.server.settings import Limits

Receive = Callable[[], Awaitable[dict[str, Any]]]

#: Total memory for large bodies in a process, until their requests are answered.
_MEMORY: Final = 256 * MEBIBYTE
#: Memory that each body may use in addition.
_SMALL: Final = 64 * 1024
#: Bytes that a client has to send in each period of ``client_seconds``, unless less is left.
_STRETCH: Final = 128 * 1024
#: Time for bodies to arrive after the server is stopped, in seconds.
_STOPPING_SECONDS: Final = 10.0
#: Bytes that a rejected client may still send, so that it can read the error.
_DRAINED_BYTES: Final = 16 * MEBIBYTE
_DRAINED_SECONDS: Final = 2.0


Challenge = Callable[[Request], Awaitable[Response | None]]
"""Returns the answer to a request without a user's token, from its head; None if it has a token."""


class Bodies:
    """Reads the bodies of requests. Those of unauthenticated requests have to be small."""

    def __init__(self, limits: Limits, challenge: Challenge) -> None:
        self._limits = limits
        self._challenge = challenge
        self._memory = Quota(max(_MEMORY, limits.body_bytes))
        self._arriving: set[asyncio.Timeout] = set()
        self._last_moment = math.inf

    async def read(self, request: Request, receive: Receive) -> bytes:
        """Return the body; :meth:`release` returns its memory.

        Raises:
            RefusedRequest: it is too large (413), too large without authentication (401), too slow (408) or incomplete
                (400), or there is no memory for it (503).
        """
        length = request.headers.get("content-length", "")
        most = self._limits.anonymous_body_bytes
        if length.isdecimal() and (len(length) > 18 or int(length) > most):
            most = await self._max_size(request)
            if len(length) > 18 or int(length) > most:
                raise _too_large(most)
        chunks: list[bytes] = []
        try:
            await self._collect(request, receive, most, chunks)
        except BaseException as failure:
            self._memory.give_back(_memory_of(sum(map(len, chunks))))
            if isinstance(failure, TimeoutError):
                raise refused(408, "The request body did not arrive in time") from None
            raise
        return b"".join(chunks)

    async def _collect(self, request: Request, receive: Receive, most: int, chunks: list[bytes]) -> None:
        end = asyncio.get_running_loop().time() + self._limits.request_seconds
        size = stretch = 0
        more = True
        async with asyncio.timeout_at(self._deadline(end)) as timeout:
            self._arriving.add(timeout)
            try:
                while more:
                    message = await receive()
                    if message["type"] != "http.request":
                        raise refused(400, "The request body is invalid")  # or the client has disconnected
                    chunk, more = message.get("body", b""), message.get("more_body", False)
                    if size + len(chunk) > most:
                        most = await self._max_size(request)
                    if size + len(chunk) > most:
                        raise _too_large(most)
                    if not self._memory.take(_memory_of(size + len(chunk)) - _memory_of(size)):
                        raise refused(503, "Too many large requests at once, try again", ("Retry-After", "5"))
                    chunks.append(chunk)
                    size += len(chunk)
                    if size - stretch >= _STRETCH:
                        stretch = size
                        timeout.reschedule(self._deadline(end))
            finally:
                self._arriving.discard(timeout)

    async def _max_size(self, request: Request) -> int:
        """Return the maximum size of the body of a request that announces a large one.

        Raises:
            RefusedRequest: its token is invalid.
        """
        if "authorization" not in request.headers:
            return self._limits.anonymous_body_bytes
        challenge = await self._challenge(request)
        if challenge is not None:
            raise RefusedRequest(challenge)
        return self._limits.body_bytes

    def release(self, body: bytes) -> None:
        """Return the memory of a body."""
        self._memory.give_back(_memory_of(len(body)))

    def stop(self) -> None:
        """Give the bodies that are still arriving a few seconds."""
        self._last_moment = asyncio.get_running_loop().time() + _STOPPING_SECONDS
        for timeout in self._arriving:
            timeout.reschedule(min(timeout.when() or 0, self._last_moment))

    def _deadline(self, end: float) -> float:
        """Return the deadline of the next part."""
        now = asyncio.get_running_loop().time()
        return min(now + self._limits.client_seconds, end, self._last_moment)


def _too_large(most: int) -> RefusedRequest:
    return refused(413, f"The request body is too large: at most {most} bytes, less without a login")


async def drain(receive: Receive) -> None:
    """Discard what a client sends after it was rejected.

    If the connection were closed at once, its system would discard the answer.
    """
    size = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(_DRAINED_SECONDS):
            while size < _DRAINED_BYTES:
                message = await receive()
                size += len(message.get("body", b""))
                if not message.get("more_body"):
                    return


def _memory_of(size: int) -> int:
    return max(0, size - _SMALL)
