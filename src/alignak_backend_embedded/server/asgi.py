"""The ASGI adapter between the HTTP server and the application."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from functools import partial
from typing import Final

from alignak_backend_embedded.server.answers import Answers, Outgoing, Send
from alignak_backend_embedded.server.bodies import Bodies, Receive, drain
from alignak_backend_embedded.server.heads import Scope, check_head, has_body, may_stay_open, read_head
from alignak_backend_embedded.server.lanes import Application, Lanes
from alignak_backend_embedded.server.refusals import RefusedRequest
from alignak_backend_embedded.server.settings import Limits

logger = logging.getLogger(__name__)

#: Longer paths are truncated in the log.
_MAX_LOGGED_PATH: Final = 200


class Adapter:
    """Receives each request, has a thread answer it, and sends the answer.

    A slow client occupies a connection, but no thread.

    Attributes:
        under_way: number of requests whose answers are not sent yet.
    """

    def __init__(self, application: Application, limits: Limits) -> None:
        self._limits = limits
        self._lanes = Lanes(application, limits.threads)
        self._bodies = Bodies(limits, partial(self._lanes.run_quick, application.challenge))
        self._answers = Answers(limits.request_seconds)
        self._stopping = False
        self.under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        self.under_way += 1
        try:
            with suppress(asyncio.CancelledError):  # the client has disconnected, or the server stops
                await self._answer(scope, receive, send)
        finally:
            self.under_way -= 1

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        request = read_head(scope, self._limits.trusted_proxy)
        keep, before_end = may_stay_open(scope), None
        try:
            check_head(scope, self._limits.header_bytes, self._limits.names)
            if has_body(scope):
                request.body = await self._bodies.read(request, receive)
            answer = await self._lanes.answer(request, self._answers.keep)
        except RefusedRequest as refusal:
            answer, keep = Outgoing(refusal.response), False
            if has_body(scope) and "expect" not in request.headers:
                before_end = partial(drain, receive)
        finally:
            self._bodies.release(request.body)
        request.body = b""
        status, size = answer.response.status, answer.size
        keep = keep and not self._stopping
        await self._answers.send(answer, send, method=request.method, keep=keep, before_end=before_end)
        if self._limits.log_requests:
            # Neither query nor headers are logged, since they may contain secrets.
            milliseconds = (time.perf_counter() - began) * 1000
            who, path = request.remote_address, _shorten(request.path)
            logger.info("%s %s %s %d %d bytes %.0f ms", who, request.method, path, status, size, milliseconds)

    def stop(self) -> None:
        """Close each connection after its request, and give slow bodies only a few more seconds."""
        self._stopping = True
        self._bodies.stop()


def _shorten(text: str) -> str:
    return text if len(text) <= _MAX_LOGGED_PATH else text[:_MAX_LOGGED_PATH] + "..."
