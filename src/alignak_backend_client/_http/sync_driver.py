"""The driver that runs operations with blocking calls."""

from __future__ import annotations

import collections
import contextlib
import functools
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from alignak_backend_client._core.protocol import Command, Gather, Operation, Request, TransportFailure, Wait
from alignak_backend_client._core.responses import Response
from alignak_backend_client.exceptions import BackendException

if TYPE_CHECKING:
    from alignak_backend_client._http.exchange import Exchange

_Result = TypeVar("_Result")

_WAKE_UP: Final = 0.5
"""Interval in which a waiting thread wakes up, in seconds."""

_GRACE: Final = 2.0
"""Time for requests in progress to end after Ctrl-C, in seconds."""


class _Cancelled(Exception):  # noqa: N818 - not an error; another operation failed first
    """An operation was aborted because a parallel one failed."""


def run(
    operation: Operation[_Result],
    send: Callable[[Request], Response],
    stop: threading.Event | None = None,
    *,
    first: Command | None = None,
) -> _Result:
    """Run an operation to its end and return its result.

    Args:
        operation: the operation.
        send: sends a request and returns the response, or raises ``TransportFailure``.
        stop: once set, the operation is aborted before its next command.
        first: its first command, if it was already taken.

    Raises:
        BackendException: as the operation says.
    """
    try:
        command = next(operation) if first is None else first
        while True:
            if stop is not None and stop.is_set():
                raise _Cancelled
            try:
                answer = _execute(command, send, stop)
            except (TransportFailure, BackendException) as failure:
                command = operation.throw(failure)
            else:
                command = operation.send(answer)
    except StopIteration as end:
        result: _Result = end.value
        return result
    finally:
        operation.close()


class Prefetch(Generic[_Result]):
    """An operation whose first request is sent at once, and whose result is needed later.

    Args:
        operation: the operation, which begins with a request.
        send: as for :func:`run`.
        send_ahead: sends the first request without waiting for the response.

    Raises:
        BackendException: as the operation says, before its first request.
    """

    def __init__(
        self,
        operation: Operation[_Result],
        send: Callable[[Request], Response],
        send_ahead: Callable[[Request], Exchange],
    ) -> None:
        self._operation = operation
        self._send = send
        self._first = next(operation)
        assert isinstance(self._first, Request), self._first  # noqa: S101 - what it is used for
        self._exchange: Exchange | None = send_ahead(self._first)

    def result(self) -> _Result:
        """Run the operation to its end and return its result.

        Raises:
            BackendException: as the operation says.
        """
        return run(self._operation, self._send_or_take, first=self._first)

    def close(self) -> None:
        """Abort the operation and its exchange."""
        if self._exchange is not None:
            self._exchange.close()
        self._operation.close()

    def _send_or_take(self, request: Request) -> Response:
        """Send a request; for the first one, return the pending response."""
        exchange, self._exchange = self._exchange, None
        response = exchange.response() if exchange is not None else None
        return self._send(request) if response is None else response


def _execute(command: Command, send: Callable[[Request], Response], stop: threading.Event | None) -> Any:
    match command:
        case Request():
            return send(command)
        case Wait():
            if stop is None:
                time.sleep(command.seconds)
            else:
                stop.wait(command.seconds)
            return None
        case Gather():
            return _gather(command, send)


def _gather(command: Gather, send: Callable[[Request], Response]) -> list[Any]:
    """Run operations in parallel, in threads."""
    if command.at_once <= 1 or len(command.operations) <= 1:
        return [run(operation, send) for operation in command.operations]
    import concurrent.futures

    stop = threading.Event()
    left = collections.deque(enumerate(command.operations))
    results: dict[int, Any] = {}

    def work() -> None:
        with contextlib.suppress(_Cancelled):
            while left and not stop.is_set():
                try:
                    position, operation = left.popleft()
                except IndexError:  # another thread was faster
                    return
                results[position] = run(operation, send, stop)

    workers = min(command.at_once, len(left))
    pool = concurrent.futures.ThreadPoolExecutor(workers, thread_name_prefix="alignak-backend")
    futures: list[concurrent.futures.Future[None]] = []
    try:
        for _ in range(workers):
            futures.append(pool.submit(work))  # noqa: PERF401 - an interrupt must find the started ones
        wait = functools.partial(concurrent.futures.wait, futures, return_when=concurrent.futures.FIRST_EXCEPTION)
        done, busy = wait(timeout=_WAKE_UP)
        # Ctrl-C just before the thread sleeps does not wake it.
        while busy and not any(future.exception() for future in done):
            done, busy = wait(timeout=_WAKE_UP)
        stop.set()
    except KeyboardInterrupt:
        stop.set()
        pool.shutdown(wait=False)
        # Requests in progress may complete, but a hanging backend is not waited for.
        concurrent.futures.wait(futures, timeout=_GRACE)
        raise
    pool.shutdown(wait=True)
    for future in futures:
        future.result()
    return [results[position] for position in range(len(command.operations))]
