"""Drives an operation with answers that are given, and keeps what it asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from alignak_backend_client._core.protocol import Gather, Operation, Request, TransportFailure, Wait
from alignak_backend_client._core.responses import Response
from alignak_backend_client._core.session import DEFAULT_RETRIES, BackendConfig, Session

ROOT = "http://backend.test"

Answer = Response | TransportFailure
Server = Callable[[Request], Answer] | Sequence[Answer]
"""What answers: a function, or a list of answers, the last one for all that follow."""

LOST = TransportFailure("the connection broke", reached=True)
NOT_REACHED = TransportFailure("no connection", reached=False)


def answer(status: int, body: Any = None, headers: Mapping[str, str] | None = None) -> Response:
    """An answer with a body: bytes, or what becomes JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, "told", ROOT, headers or {}, content)


def session(retries: int = DEFAULT_RETRIES, *, contacted: bool = True, deletion_limit: int = 0) -> Session:
    """A session that is logged in and knows its backend."""
    made = Session(ROOT, retries=retries)
    made.token, made.contacted = "t0ken", contacted
    made.config = BackendConfig(50, deletion_limit)
    return made


class Driver:
    """Runs operations on a server, without a network and without pauses.

    Attributes:
        requests: what was sent.
        pauses: the seconds waited between.
        side_by_side: how many operations each ``Gather`` allowed at a time, and how many there were.
    """

    def __init__(self, server: Server) -> None:
        self.requests: list[Request] = []
        self.pauses: list[float] = []
        self.side_by_side: list[tuple[int, int]] = []
        self._answer = server if callable(server) else _scripted(server)

    def run(self, operation: Operation[Any]) -> Any:
        """Run an operation to its end and return its result."""
        result: Any = None
        failure: Exception | None = None
        while True:
            try:
                command = operation.throw(failure) if failure is not None else operation.send(result)
            except StopIteration as end:
                return end.value
            result, failure = None, None
            match command:
                case Request():
                    self.requests.append(command)
                    answered = self._answer(command)
                    if isinstance(answered, TransportFailure):
                        failure = answered
                    else:
                        result = answered
                case Wait():
                    self.pauses.append(command.seconds)
                case Gather():
                    self.side_by_side.append((command.at_once, len(command.operations)))
                    try:
                        result = [self.run(one) for one in command.operations]
                    except Exception as error:  # noqa: BLE001 - raised in the operation that asked, as drivers do
                        failure = error

    @property
    def sent(self) -> list[tuple[str, str]]:
        """The method and the path of each request."""
        return [(request.method, request.url.removeprefix(f"{ROOT}/").partition("?")[0]) for request in self.requests]

    def body(self, number: int = -1) -> Any:
        """The decoded body of a request."""
        content = self.requests[number].content
        return None if content is None else json.loads(content)


def _scripted(answers: Sequence[Answer]) -> Callable[[Request], Answer]:
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]
