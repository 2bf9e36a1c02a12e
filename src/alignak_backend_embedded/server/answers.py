"""Sending responses to clients that read slowly or not at all."""

from __future__ import annotations

import asyncio
import io
import logging
import tempfile
import weakref
from collections.abc import Awaitable, Callable
from typing import IO, Any, Final

from alignak_backend_embedded.api.http import Response
from alignak_backend_embedded.server.quota import MEBIBYTE, Quota
from alignak_backend_embedded.server.refusals import error

logger = logging.getLogger(__name__)

Send = Callable[[dict[str, Any]], Awaitable[None]]

#: Total memory for large answers in a process, and total size of those in files.
_MEMORY: Final = 128 * MEBIBYTE
_FILES: Final = 4096 * MEBIBYTE
#: Smaller answers are sent at once, larger ones in pieces, as the client reads.
_PIECE: Final = 32 * 1024

#: Headers that only the server sets.
_OWN: Final = frozenset({"connection", "content-length", "date", "server", "transfer-encoding"})


class Outgoing:
    """An answer that its client has not read yet. Its memory or file is released with it.

    Attributes:
        response: the answer, without its body.
        size: of the body.
        source: the body.
    """

    def __init__(self, response: Response, quota: Quota | None = None, source: IO[bytes] | None = None) -> None:
        self.response, self.size = response, len(response.body)
        self.source = source or io.BytesIO(response.body)
        response.body = b""
        # Also if the client disconnects before.
        self.close = weakref.finalize(self, _release, self.source, quota, self.size)


def _release(source: IO[bytes], quota: Quota | None, size: int) -> None:
    source.close()
    if quota is not None:
        quota.give_back(size)


class Answers:
    """Keeps answers, and sends them."""

    def __init__(self, seconds: float) -> None:
        """Create it without answers.

        Args:
            seconds: the maximum time to read one. Clients that read nothing are left to the operating system: see
                :func:`.listening.end_stalled`.
        """
        self._seconds = seconds
        self._memory, self._files = Quota(_MEMORY), Quota(_FILES)

    def keep(self, response: Response) -> Outgoing:
        """Keep an answer until its client has read it: in memory up to the limit, otherwise in a file.

        The thread that made it does this, so the number of threads limits the answers that are not kept yet.
        """
        size = len(response.body)
        if size <= _PIECE:
            return Outgoing(response)
        if self._memory.take(size):
            return Outgoing(response, self._memory)
        reason: str | None = "too many large responses are waiting for their clients"
        if self._files.take(size):
            try:
                return Outgoing(response, self._files, _write_to_file(response.body))
            except OSError as failure:
                self._files.give_back(size)
                reason = failure.strerror
        logger.error("A response of %d bytes cannot be buffered: %s", size, reason)
        return Outgoing(error(503, "Too many large responses at once, try again"))

    async def send(
        self,
        answer: Outgoing,
        send: Send,
        *,
        method: str,
        keep: bool,
        before_end: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Send an answer; if that takes too long, abort it and close the connection.

        Args:
            answer: the answer.
            send: ASGI's function.
            method: the method of the request.
            keep: the connection stays open.
            before_end: awaited before the last byte of a small answer is sent, which closes the connection.
        """
        source = answer.source
        try:
            await send(_start(answer.response, answer.size, method=method, keep=keep))
            if before_end is not None:
                await send({"type": "http.response.body", "body": source.read(answer.size - 1), "more_body": True})
                await before_end()
            async with asyncio.timeout(self._seconds):
                more = True
                while more:
                    piece = source.read(_PIECE)
                    more = source.tell() < answer.size
                    await send({"type": "http.response.body", "body": piece, "more_body": more})
        except TimeoutError:
            logger.info("A response of %d bytes was aborted: it took more than %d s", answer.size, self._seconds)
        finally:
            answer.close()


def _write_to_file(body: bytes) -> IO[bytes]:
    file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed after sending
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

    It announces a connection that stays open, since clients of the Alignak backend reuse it only then.
    """
    # For HEAD, only the application knows the length of the page.
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
