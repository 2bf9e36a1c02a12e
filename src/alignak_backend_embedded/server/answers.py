"""Answers on their way to clients that may read slowly, or never."""

from __future__ import annotations

import asyncio
import errno
import io
import logging
import tempfile
from collections.abc import Awaitable, Callable
from typing import IO, Any, Final

from alignak_backend_embedded.api.http import Response
from alignak_backend_embedded.server.quota import MEBIBYTE, Quota
from alignak_backend_embedded.server.refusals import error

logger = logging.getLogger(__name__)

Send = Callable[[dict[str, Any]], Awaitable[None]]

#: What the large answers of a process may take in memory together, and beyond that in files.
_MEMORY: Final = 256 * MEBIBYTE
_FILES: Final = 4096 * MEBIBYTE
#: Smaller answers are handed over whole, larger ones piece by piece, as their clients read.
_PIECE: Final = 256 * 1024

#: Headers that are the server's matter.
_OWN: Final = frozenset({"connection", "content-length", "date", "server", "transfer-encoding"})


class Answers:
    """Sends answers."""

    def __init__(self, seconds: float) -> None:
        """Begin without any.

        Args:
            seconds: how long one may take to be read. A client that reads nothing at all is up to the system: see
                :func:`.listening.end_stalled`.
        """
        self._seconds = seconds
        self._memory, self._files = Quota(_MEMORY), Quota(_FILES)

    async def send(
        self,
        response: Response,
        send: Send,
        *,
        method: str,
        keep: bool,
        before_end: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Send an answer; one that takes too long is cut short, and its connection ends.

        Args:
            response: the answer, whose body is taken away from it.
            send: as ASGI has it.
            method: of the request.
            keep: the connection stays open.
            before_end: awaited before the last byte is sent.
        """
        body, response.body = response.body, b""
        if len(body) > _PIECE:
            await self._send_large(response, body, send, keep=keep)
            return
        await send(_start(response, len(body), method=method, keep=keep))
        if before_end is not None:
            # The connection ends with the last byte.
            await send({"type": "http.response.body", "body": body[:-1], "more_body": True})
            await before_end()
            body = body[-1:]
        await send({"type": "http.response.body", "body": body})

    async def _send_large(self, response: Response, body: bytes, send: Send, *, keep: bool) -> None:
        size = len(body)
        try:
            source, quota = await self._keep(body)
        except OSError as failure:
            logger.error("An answer of %d bytes cannot be kept for its client: %s", size, failure.strerror)  # noqa: TRY400 - one line
            await self.send(error(503, "Too many large answers at once, try again"), send, method="GET", keep=keep)
            return
        del body
        try:
            with source:
                await send(_start(response, size, method="GET", keep=keep))
                async with asyncio.timeout(self._seconds):
                    while piece := source.read(_PIECE):
                        await send({"type": "http.response.body", "body": piece, "more_body": True})
                    await send({"type": "http.response.body", "body": b""})
        except TimeoutError:
            logger.info("An answer of %d bytes was cut short: it took more than %d s", size, self._seconds)
        finally:
            quota.give_back(size)

    async def _keep(self, body: bytes) -> tuple[IO[bytes], Quota]:
        """Put an answer where its client has time to read it: in memory as far as there is room, else in a file.

        Raises:
            OSError: there is no room, or no file can be written.
        """
        if self._memory.take(len(body)):
            return io.BytesIO(body), self._memory
        if not self._files.take(len(body)):
            raise OSError(errno.ENOSPC, "too many large answers wait for their clients")
        try:
            return await asyncio.to_thread(_file_of, body), self._files
        except BaseException:
            self._files.give_back(len(body))
            raise


def _file_of(body: bytes) -> IO[bytes]:
    file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed when it was sent
    try:
        left = memoryview(body)
        while left:
            left = left[file.write(left) :]
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


def _start(response: Response, size: int, *, method: str, keep: bool) -> dict[str, Any]:
    """Return the head of an answer.

    A connection that stays open is announced: clients of the Alignak backend use it again only then.
    """
    # Of a page that was only asked for with HEAD, the application alone knows the length.
    own = _OWN - {"content-length"} if method == "HEAD" else _OWN
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in response.headers
        if name.lower() not in own
    ]
    if method != "HEAD" and response.status not in (204, 304):
        headers.append((b"content-length", str(size).encode()))
    headers += [(b"connection", b"keep-alive" if keep else b"close"), (b"server", b"alignak-backend")]
    return {"type": "http.response.start", "status": response.status, "headers": headers}
