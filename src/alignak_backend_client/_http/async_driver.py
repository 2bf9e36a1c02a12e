"""The driver that runs operations under asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from alignak_backend_client._core.protocol import Command, Gather, Operation, Request, TransportFailure, Wait
from alignak_backend_client._core.responses import Response
from alignak_backend_client.exceptions import BackendException

_Result = TypeVar("_Result")


async def run(operation: Operation[_Result], send: Callable[[Request], Awaitable[Response]]) -> _Result:
    """Run an operation and return its result. Cancelling aborts it.

    Raises:
        BackendException: as documented for the operation.
    """
    try:
        command = next(operation)
        while True:
            try:
                answer = await _execute(command, send)
            except (TransportFailure, BackendException) as failure:
                command = operation.throw(failure)
            else:
                command = operation.send(answer)
    except StopIteration as end:
        result: _Result = end.value
        return result
    finally:
        operation.close()


async def _execute(command: Command, send: Callable[[Request], Awaitable[Response]]) -> Any:
    match command:
        case Request():
            return await send(command)
        case Wait():
            await asyncio.sleep(command.seconds)
            return None
        case Gather():
            return await _gather(command, send)


async def _gather(command: Gather, send: Callable[[Request], Awaitable[Response]]) -> list[Any]:
    """Run operations in parallel, in tasks."""
    places = asyncio.Semaphore(max(1, command.at_once))

    async def one(operation: Operation[Any]) -> Any:
        try:
            async with places:
                return await run(operation, send)
        finally:
            operation.close()

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(operation)) for operation in command.operations]
    except* (TransportFailure, BackendException) as failures:
        failure = failures.exceptions[0]
    else:
        return [task.result() for task in tasks]
    raise failure
