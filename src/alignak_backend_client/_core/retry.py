"""Retries of requests that may be repeated; without I/O.

A request is sent again if that is safe: a read, a request that certainly did not reach the backend, or one whose
outcome was determined by asking the backend. Attempts and pauses are limited; pauses grow, with jitter, and
``Retry-After`` is respected.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Final, TypeAlias

from alignak_backend_client._core.protocol import Operation, Request, TransportFailure, Wait
from alignak_backend_client._core.responses import Response
from alignak_backend_client._core.session import Session
from alignak_backend_client.exceptions import BUSY, is_logged_out

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 3.0
LONGEST_RETRY_AFTER: Final = 30.0

_OVERTAKEN: Final = frozenset({404, 409, 412, 422})
"""Statuses of a second attempt if the first one was carried out after all: the item exists, was changed, or is gone."""

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})

_RETRIES_OF_500: Final = 2
_RETRIES_OF_FIRST_CONTACT: Final = 2

Settle: TypeAlias = Callable[[], Operation[Response | Request | None]]
"""Determines the outcome of a request whose response was lost. Returns the response that it would have had, or the
request to send now (None: the same again)."""

Renew: TypeAlias = Callable[[Request], Operation[Request | None]]


def resend() -> Operation[None]:
    """Settle a request that may be repeated."""
    yield from ()


def deliver(
    session: Session,
    request: Request,
    settle: Settle | None = None,
    *,
    renew: Renew | None = None,
    expect_json: bool = False,
) -> Operation[Response]:
    """Send a request, repeat it if necessary and safe, and return the response.

    Args:
        session: its ``retries`` is the maximum number of repetitions.
        request: the request.
        settle: for a write: determines whether it was carried out. Without it, a write is repeated only if it certainly
            did not reach the backend.
        renew: for a request with a token: returns it with a new token if the backend no longer knows the old one.
        expect_json: True if a success response without JSON cannot be from the backend.

    Raises:
        TransportFailure: there is no response after the last attempt.
    """
    uncertain = False
    defects = 0
    for number in range(1, session.retries + 2):
        if uncertain and settle is not None:
            settled = yield from settle()
            if isinstance(settled, Response):
                return settled
            request = settled or request
        failure: TransportFailure | None = None
        response: Response | None = None
        try:
            response = yield request
            if renew is not None and is_logged_out(response):
                again = yield from renew(request)
                response = response if again is None else (yield again)
        except TransportFailure as error:
            failure = error
        if response is not None and not _is_temporary_error(response, expect_json):
            session.contacted = True
            if uncertain and settle is not None and response.status_code in _OVERTAKEN:
                settled = yield from settle()
                return settled if isinstance(settled, Response) else response
            return response
        repeatable = request.method in SAFE or settle is not None
        lost = response is not None or (failure is not None and failure.reached)
        defects += response is not None and response.status_code not in BUSY
        if (lost and not repeatable) or not _may_retry(session, number, defects, response, failure):
            break
        uncertain = uncertain or (lost and request.method not in SAFE)
        yield Wait(_pause(number, response))
    if response is not None:
        return response
    assert failure is not None  # noqa: S101 - for the type checker: one of the two came out of each try
    raise failure


def _is_temporary_error(response: Response, expect_json: bool) -> bool:
    """Return True for a server error that may be temporary."""
    if expect_json and response.status_code in (200, 201):
        # A page from a proxy.
        return not response.is_json()
    if response.status_code in BUSY or response.status_code == 500:
        return True
    if response.status_code != 422 or b'"exception"' not in response.content:
        return False
    # The backend reports problems with its database during validation as an issue of the item.
    body = response.body()
    items = body.get("_items") if isinstance(body, dict) else None
    issues = [
        verdict.get("_issues")
        for verdict in [body, *(items if isinstance(items, list) else [])]
        if isinstance(verdict, dict)
    ]
    return any(isinstance(one, dict) and list(one) == ["exception"] for one in issues)


def _may_retry(
    session: Session, number: int, defects: int, response: Response | None, failure: TransportFailure | None
) -> bool:
    """Return True if another attempt may follow."""
    if response is not None and response.status_code not in BUSY:
        # Often a permanent defect; callers that request many retries expect it to be temporary.
        return number <= session.retries and defects <= max(_RETRIES_OF_500, session.retries // 3)
    if failure is not None and not failure.reached and not session.contacted:
        # Without any response yet, the URL may be wrong, which should be reported soon.
        return number <= min(session.retries, _RETRIES_OF_FIRST_CONTACT)
    return number <= session.retries


def _pause(number: int, response: Response | None) -> float:
    """Return the seconds to wait after an attempt."""
    asked = _retry_after(response.headers.get("retry-after", "")) if response is not None else None
    if asked is not None:
        return min(asked, LONGEST_RETRY_AFTER)
    longest = min(FIRST_PAUSE * float(2 ** (number - 1)), LONGEST_PAUSE)
    import random  # commands that need no retry do not import it

    return longest * random.uniform(0.5, 1)  # noqa: S311 - not for security


def _retry_after(value: str) -> float | None:
    """Return the seconds from a ``Retry-After`` header: a number, or a date."""
    if re.fullmatch(r"\s*[0-9]+\s*", value):
        return float(value)
    import email.utils

    try:
        left: float = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError, OSError):
        return None
    return max(0.0, left)
