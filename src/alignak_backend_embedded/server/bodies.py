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

#: What the large bodies of a process may take together until their requests are answered.
_MEMORY: Final = 256 * MEBIBYTE
#: What every body may take beside that.
_SMALL: Final = 64 * 1024
#: What a client has to send in each span of ``client_seconds``, unless less is left.
_STRETCH: Final = 128 * 1024
#: How long a body may still take to arrive when the server stops.
_STOPPING_SECONDS: Final = 10.0
#: What a client that was rejected may go on sending, so that it gets to read why.
_DRAINED_BYTES: Final = 16 * MEBIBYTE
_DRAINED_SECONDS: Final = 2.0


Challenge = Callable[[Request], Awaitable[Response | None]]
"""Tells of the head of a request how one without a user's token is answered; None when it has one."""


class Bodies:
    """Reads the bodies of requests. What nobody has vouched for is small."""

    def __init__(self, limits: Limits, challenge: Challenge) -> None:
        self._limits = limits
        self._challenge = challenge
        self._memory = Quota(max(_MEMORY, limits.body_bytes))
        self._arriving: set[asyncio.Timeout] = set()
        self._last_moment = math.inf

    async def read(self, request: Request, receive: Receive) -> bytes:
        """Return the body; :meth:`release` gives back the memory that it takes.

        Raises:
            RefusedRequest: it is too large (413), also since its sender is nobody (401), too slow (408), broken (400),
                or there is no room for it (503).
        """
        length = request.headers.get("content-length", "")
        most = self._limits.anonymous_body_bytes
        if length.isdecimal() and (len(length) > 18 or int(length) > most):
            most = await self._most(request)
            if len(length) > 18 or int(length) > most:
                raise _too_large(most)
        chunks: list[bytes] = []
        try:
            await self._collect(request, receive, most, chunks)
        except BaseException as failure:
            self._memory.give_back(_charged(sum(map(len, chunks))))
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
                        raise refused(400, "The request body is invalid")  # or its client has gone
                    chunk, more = message.get("body", b""), message.get("more_body", False)
                    if size + len(chunk) > most:
                        most = await self._most(request)
                    if size + len(chunk) > most:
                        raise _too_large(most)
                    if not self._memory.take(_charged(size + len(chunk)) - _charged(size)):
                        raise refused(503, "Too many large requests at once, try again", ("Retry-After", "5"))
                    chunks.append(chunk)
                    size += len(chunk)
                    if size - stretch >= _STRETCH:
                        stretch = size
                        timeout.reschedule(self._deadline(end))
            finally:
                self._arriving.discard(timeout)

    async def _most(self, request: Request) -> int:
        """Return how large the body may be, of a request that has a large one.

        Raises:
            RefusedRequest: its token is nobody's.
        """
        if "authorization" not in request.headers:
            return self._limits.anonymous_body_bytes
        challenge = await self._challenge(request)
        if challenge is not None:
            raise RefusedRequest(challenge)
        return self._limits.body_bytes

    def release(self, body: bytes) -> None:
        """Give back the memory of a body."""
        self._memory.give_back(_charged(len(body)))

    def stop(self) -> None:
        """Grant the bodies that are still arriving a few seconds."""
        self._last_moment = asyncio.get_running_loop().time() + _STOPPING_SECONDS
        for timeout in self._arriving:
            timeout.reschedule(min(timeout.when() or 0, self._last_moment))

    def _deadline(self, end: float) -> float:
        """Return the time by which the next stretch must be there."""
        now = asyncio.get_running_loop().time()
        return min(now + self._limits.client_seconds, end, self._last_moment)


def _too_large(most: int) -> RefusedRequest:
    return refused(413, f"The request body is too large: at most {most} bytes, less without a login")


async def drain(receive: Receive) -> None:
    """Throw away what a client goes on sending after it was rejected.

    Closing the connection at once would make its system throw the answer away.
    """
    size = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(_DRAINED_SECONDS):
            while size < _DRAINED_BYTES:
                message = await receive()
                size += len(message.get("body", b""))
                if not message.get("more_body"):
                    return


def _charged(size: int) -> int:
    return max(0, size - _SMALL)
