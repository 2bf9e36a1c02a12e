"""The commands and results that operations and drivers exchange.

An operation is a generator: it yields commands and gets their results sent in. It does no I/O itself, so that the
same operation serves the blocking and the asynchronous client.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, NamedTuple, TypeAlias, TypeVar

Result = TypeVar("Result")


class Request(NamedTuple):
    """Send this request; the result is a ``Response``. The repr omits headers and body, which may contain secrets."""

    method: str
    url: str
    headers: dict[str, str]
    content: bytes | None = None

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.url}>"


class Wait(NamedTuple):
    """Wait for some seconds; the result is None."""

    seconds: float


class Gather(NamedTuple):
    """Run these operations in parallel; the result is the list of their results, in order.

    If one fails, the others are aborted, and its exception is raised in the calling operation.

    Attributes:
        operations: the operations, not started yet.
        at_once: the maximum number of operations in parallel.
    """

    operations: Sequence[Operation[Any]]
    at_once: int


class TransportFailure(Exception):  # noqa: N818 - an event on the wire, not an error of the program
    """A request did not get a complete response. Drivers raise this in the operation.

    Attributes:
        reached: False if the request certainly did not reach the backend (no connection).
    """

    def __init__(self, message: str, *, reached: bool) -> None:
        super().__init__(message)
        self.reached = reached


Command: TypeAlias = Request | Wait | Gather
Operation: TypeAlias = Generator[Command, Any, Result]
