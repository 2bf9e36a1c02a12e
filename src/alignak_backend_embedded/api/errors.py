"""Errors of requests: their status and message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from alignak_backend_embedded.domain.errors import (
    CommandsNotAllowedError,
    ConflictError,
    EtagError,
    NotAllowedError,
    NotFoundError,
    RequestError,
    RuleError,
    UnprocessableError,
)
from alignak_backend_embedded.store.errors import (
    BusyError,
    DocumentError,
    FullError,
    GoneError,
    NotWritableError,
    QueryError,
    StoreError,
    TooLongError,
    UnreachableError,
)

_STATUS: Final[dict[type[RequestError], int]] = {
    NotAllowedError: 401,
    CommandsNotAllowedError: 403,
    NotFoundError: 404,
    ConflictError: 409,
    EtagError: 412,
    RuleError: 412,
    UnprocessableError: 422,
}
_MESSAGES: Final = {
    400: "The browser (or proxy) sent a request that this server could not understand.",
    401: "Not allowed to {method} on this endpoint / resource.",
    403: "You don't have the permission to access the requested resource. It is either read-protected or not "
    "readable by the server.",
    404: "The requested URL was not found on the server.  If you entered the URL manually please check your spelling "
    "and try again.",
    405: "The method is not allowed for the requested URL.",
    409: "A conflict happened while processing the request.  The resource might have been modified while the request "
    "was being processed.",
    413: "The data value transmitted exceeds the capacity limit.",
}
"""The messages of the Alignak backend, for errors without a message."""

INTERNAL_ERROR: Final = "The server encountered an internal error and was unable to complete the request."

#: ``Retry-After`` of a 503 for temporary conditions, in seconds.
RETRY_AFTER: Final = ("Retry-After", "5")

PROVIDE_CREDENTIALS: Final = "Please provide proper credentials"


class HTTPError(RequestError):
    """An error of the request itself.

    Attributes:
        status: the HTTP status of the answer.
        headers: further headers of the answer.
    """

    status: ClassVar[int] = 400
    headers: Sequence[tuple[str, str]] = ()


class BadRequestError(HTTPError):
    """The request is malformed."""


class UnauthenticatedError(HTTPError):
    """The token is missing or invalid."""

    status = 401
    #: Browsers show the name of the realm when they ask for a login.
    headers = (("WWW-Authenticate", 'Basic realm="eve"'),)

    def __init__(self) -> None:
        super().__init__(PROVIDE_CREDENTIALS)


class ForbiddenError(HTTPError):
    """The request comes from a page of another site."""

    status = 403


class MethodNotAllowedError(HTTPError):
    """The URL does not support the method."""

    status = 405

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__()
        self.headers = [("Allow", ", ".join(allowed))]


class PreconditionRequiredError(HTTPError):
    """The request does not specify the version of the item."""

    status = 428


class CrowdedError(HTTPError):
    """Other costly requests took too long."""

    status = 503
    headers = (RETRY_AFTER,)

    def __init__(self) -> None:
        super().__init__("Too many large or slow requests at once, try again")


class TooLargeError(HTTPError):
    """The body of the request is too large."""

    status = 413


class TooManyLoginsError(HTTPError):
    """There were too many failed logins."""

    status = 429

    def __init__(self, wait: int) -> None:
        super().__init__(f"Too many failed logins, try again in {wait} seconds")
        self.headers = [("Retry-After", str(wait))]


def error_body(status: int, message: str) -> dict[str, Any]:
    """Return the body of an error answer."""
    return {"_status": "ERR", "_error": {"code": status, "message": message}}


def status_of(error: RequestError) -> int:
    """Return the HTTP status of an error."""
    return error.status if isinstance(error, HTTPError) else _STATUS[type(error)]


def message_of(error: RequestError, method: str) -> str:
    """Return the message of an error, by default that of the Alignak backend."""
    return error.message or _MESSAGES[status_of(error)].format(method=method)


def response_for(error: StoreError) -> tuple[int, str]:
    """Return the status and message for an error of the store."""
    if isinstance(error, FullError):
        return 507, "The disk of the database is full: free some space and try again"
    if isinstance(error, NotWritableError):
        return 507, "The database cannot be written: see the log of the server"
    if isinstance(error, GoneError):
        return 503, "The database file was removed: restore it, and restart the server"
    if isinstance(error, UnreachableError):
        return 503, "The database does not respond, try again"
    if isinstance(error, BusyError):
        return 503, "The database is busy, try again"
    if isinstance(error, TooLongError):
        return 422, str(error)
    if isinstance(error, (QueryError, DocumentError)):
        return 400, str(error)
    return 500, INTERNAL_ERROR
