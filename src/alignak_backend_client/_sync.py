"""The driver that runs operations with blocking calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from alignak_backend_client._operations import Operation, Request, TransportFailure
from alignak_backend_client._response import Response

_Result = TypeVar("_Result")


def run(operation: Operation[_Result], send: Callable[[Request], Response]) -> _Result:
    """Run an operation to its end and return its result.

    Raises:
        BackendException: as the operation says.
    """
    try:
        request = next(operation)
        while True:
            try:
                response = send(request)
            except TransportFailure as failure:
                request = operation.throw(failure)
            else:
                request = operation.send(response)
    except StopIteration as stop:
        result: _Result = stop.value
        return result
    finally:
        operation.close()
