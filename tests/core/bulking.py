"""What the tests of many items share."""

from __future__ import annotations

import json
from typing import Any

from alignak_backend_client._core import bulk
from alignak_backend_client._core.outcomes import Outcome
from alignak_backend_client._core.protocol import Request
from alignak_backend_client._core.responses import Response
from core.driving import Driver, Server, answer, session

Item = dict[str, Any]


def error(status: int, **more: Any) -> Response:
    return answer(status, {"_status": "ERR", "_error": {"code": status, "message": f"error {status}"}, **more})


def identity(number: int) -> str:
    return f"{number:024x}"


def items(count: int, **fields: Any) -> list[Item]:
    return [{"_id": identity(number), "name": f"n{number}", **fields} for number in range(count)]


def doomed(count: int) -> list[Item]:
    return [{"_id": identity(number), "_etag": f"e{number}", "name": f"n{number}"} for number in range(count)]


def sent(request: Request) -> Any:
    return json.loads(request.content or b"null")


def created(request: Request) -> Response:
    """The answer of a backend that creates what it is sent; a list of one gets a single result."""
    reported = [{"_id": item["_id"], "_status": "OK"} for item in sent(request)]
    return answer(201, reported[0] if len(reported) == 1 else {"_status": "OK", "_items": reported})


def batches(driver: Driver) -> list[int]:
    """How many items each request held."""
    return [len(sent(request)) for request in driver.requests if request.method == "POST"]


def codes(outcomes: list[Outcome]) -> list[int | None]:
    return [None if outcome.error is None else outcome.error.code for outcome in outcomes]


def create(
    server: Server, some: Any, resource: str = "host", at_once: int = 4
) -> tuple[list[Outcome], Driver, list[Outcome]]:
    """What became of items, the requests, and what was reported meanwhile."""
    driver, reported = Driver(server), list[Outcome]()
    outcomes = driver.run(bulk.create(session(0), resource, some, at_once, reported.append))
    assert sorted(reported, key=id) == sorted(outcomes, key=id), "each outcome is reported once"
    return outcomes, driver, reported
