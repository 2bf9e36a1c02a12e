"""Retries of requests that may be repeated; without I/O.

A request is sent again when that cannot do harm: reading, a request that surely never reached the backend, or one
whose fate was settled by asking the backend. Tries and pauses are bounded; the pauses grow, with jitter, and a
``Retry-After`` of the server is respected.
"""

from __future__ import annotations

import random
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
"""Answers to a second try when the first one was carried out late: it exists, was changed, or is gone."""

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})

_RETRIES_OF_500: Final = 2
_RETRIES_OF_FIRST_CONTACT: Final = 2

Settle: TypeAlias = Callable[[], Operation[Response | Request | None]]
"""Finds out what became of a request whose answer was lost: the answer that it would have had, or what to send now
(None: the same again)."""

Renew: TypeAlias = Callable[[Request], Operation[Request | None]]


def resend() -> Operation[None]:
    """Settle a request that may simply be sent again."""
    yield from ()


def deliver(
    session: Session,
    request: Request,
    settle: Settle | None = None,
    *,
    renew: Renew | None = None,
    expect_json: bool = False,
) -> Operation[Response]:
    """Send a request, again if that is needed and does no harm, and return the answer.

    Args:
        session: its ``retries`` bounds how often; 0 for never.
        request: what to send.
        settle: for a request that changes something: finds out whether it was carried out. Without it such a
            request is sent again only when it surely did not reach the backend.
        renew: for a request with a token: returns it with a new token if the backend no longer knows the old one.
        expect_json: True when a good answer that is no JSON is not the backend's.

    Raises:
        TransportFailure: there is no answer, after the last try.
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
        if response is not None and not _is_trouble(response, expect_json):
            session.contacted = True
            if uncertain and settle is not None and response.status_code in _OVERTAKEN:
                settled = yield from settle()
                return settled if isinstance(settled, Response) else response
            return response
        repeatable = request.method in SAFE or settle is not None
        lost = response is not None or (failure is not None and failure.reached)
        defects += response is not None and response.status_code not in BUSY
        if (lost and not repeatable) or not _goes_on(session, number, defects, response, failure):
            break
        uncertain = uncertain or (lost and request.method not in SAFE)
        yield Wait(_pause(number, response))
    if response is not None:
        return response
    assert failure is not None  # noqa: S101 - for the type checker: one of the two came out of each try
    raise failure


def _is_trouble(response: Response, expect_json: bool) -> bool:
    """Return True when the server had trouble of its own, which may be over at the next try."""
    if expect_json and response.status_code in (200, 201):
        # A page of some proxy in between.
        return not response.is_json()
    if response.status_code in BUSY or response.status_code == 500:
        return True
    if response.status_code != 422 or b'"exception"' not in response.content:
        return False
    # Trouble with its database while it validated: the backend tells it as an issue of the item.
    body = response.body()
    items = body.get("_items") if isinstance(body, dict) else None
    issues = [
        verdict.get("_issues")
        for verdict in [body, *(items if isinstance(items, list) else [])]
        if isinstance(verdict, dict)
    ]
    return any(isinstance(one, dict) and list(one) == ["exception"] for one in issues)


def _goes_on(
    session: Session, number: int, defects: int, response: Response | None, failure: TransportFailure | None
) -> bool:
    """Return True when another try may follow this one."""
    if response is not None and response.status_code not in BUSY:
        # Often a defect that each try meets again; who asks for many retries expects it to be none.
        return number <= session.retries and defects <= max(_RETRIES_OF_500, session.retries // 3)
    if failure is not None and not failure.reached and not session.contacted:
        # Nobody has answered there yet: a wrong URL shall not take long to tell.
        return number <= min(session.retries, _RETRIES_OF_FIRST_CONTACT)
    return number <= session.retries


def _pause(number: int, response: Response | None) -> float:
    """Return how many seconds to wait after a try."""
    asked = _retry_after(response.headers.get("retry-after", "")) if response is not None else None
    if asked is not None:
        return min(asked, LONGEST_RETRY_AFTER)
    longest = min(FIRST_PAUSE * float(2 ** (number - 1)), LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1)  # noqa: S311 - spreads load, guards nothing


def _retry_after(value: str) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks for: a number, or a date."""
    if re.fullmatch(r"\s*[0-9]+\s*", value):
        return float(value)
    import email.utils

    try:
        left: float = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError, OSError):
        return None
    return max(0.0, left)
