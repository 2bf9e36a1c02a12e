"""The commands and results that operations and drivers exchange.

An operation is a generator: it yields commands and gets their results sent in. It does no I/O itself, so that the
same operation serves the blocking and the asynchronous client.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, NamedTuple, TypeAlias, TypeVar

Result = TypeVar("Result")


class Request(NamedTuple):
    """Send this; the result is a ``Response``. Headers and body stay out of its repr: they hold secrets."""

    method: str
    url: str
    headers: dict[str, str]
    content: bytes | None = None

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.url}>"


class Wait(NamedTuple):
    """Wait so many seconds; the result is None."""

    seconds: float


class Gather(NamedTuple):
    """Run these operations side by side; the result is the list of their results, in order.

    When one fails, the others are given up, and its exception is raised in the operation that asked.

    Attributes:
        operations: what to run; none is started yet.
        at_once: how many may run at a time.
    """

    operations: Sequence[Operation[Any]]
    at_once: int


class TransportFailure(Exception):  # noqa: N818 - an event on the wire, not an error of the program
    """A request got no whole answer. Drivers raise it in the operation.

    Attributes:
        reached: False when the request surely did not reach the backend (no connection was made).
    """

    def __init__(self, message: str, *, reached: bool) -> None:
        super().__init__(message)
        self.reached = reached


Command: TypeAlias = Request | Wait | Gather
Operation: TypeAlias = Generator[Command, Any, Result]
