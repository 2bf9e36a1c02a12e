"""Error answers: JSON as Eve gives it, a bare line of text for the refusals of the rules."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, ClassVar, Final

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from alignak_backend_embedded.domain.errors import (
    CommandsNotAllowedError,
    ConflictError,
    EtagError,
    NotAllowedError,
    NotFoundError,
    RequestError,
    RuleError,
)
from alignak_backend_embedded.store.errors import BusyError, DocumentError, FullError, QueryError, StoreError

logger = logging.getLogger(__name__)

_STATUS: Final[dict[type[RequestError], int]] = {
    NotAllowedError: 401,
    CommandsNotAllowedError: 403,
    NotFoundError: 404,
    ConflictError: 409,
    EtagError: 412,
    RuleError: 412,
}
_MESSAGES: Final = {
    400: "The browser (or proxy) sent a request that this server could not understand.",
    403: "You don't have the permission to access the requested resource. It is either read-protected or not "
    "readable by the server.",
    404: "The requested URL was not found on the server.  If you entered the URL manually please check your spelling "
    "and try again.",
    405: "The method is not allowed for the requested URL.",
    409: "A conflict happened while processing the request.  The resource might have been modified while the request "
    "was being processed.",
    413: "The data value transmitted exceeds the capacity limit.",
    500: "The server encountered an internal error and was unable to complete the request.",
}
"""The wording that clients of the Alignak backend know, for errors without one of their own."""

PROVIDE_CREDENTIALS: Final = "Please provide proper credentials"


class HTTPError(RequestError):
    """What is wrong with a request as such.

    Attributes:
        status: the HTTP status of the answer.
        headers: further headers of the answer.
    """

    status: ClassVar[int] = 400
    headers: Sequence[tuple[str, str]] = ()


class BadRequestError(HTTPError):
    """The request cannot be understood."""


class UnauthenticatedError(HTTPError):
    """The request holds no token, or nobody's."""

    status = 401
    #: A browser shows the name of the realm to whom it asks for a login.
    headers = (("WWW-Authenticate", 'Basic realm="eve"'),)

    def __init__(self) -> None:
        super().__init__(PROVIDE_CREDENTIALS)


class ForbiddenError(HTTPError):
    """The request comes from a page that may not write."""

    status = 403


class MethodNotAllowedError(HTTPError):
    """The URL has no such method."""

    status = 405

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__()
        self.headers = [("Allow", ", ".join(allowed))]


class PreconditionRequiredError(HTTPError):
    """The request does not tell which version of the item it means."""

    status = 428


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


def message_of(error: RequestError) -> str:
    """Return what an error says: its own words when it has some, else those that clients know."""
    return error.message or _MESSAGES[status_of(error)]


def _told_of(error: StoreError) -> tuple[int, str]:
    """Return what clients are told of a failure of the store."""
    if isinstance(error, FullError):
        return 507, "The disk of the database is full: make room and try again"
    if isinstance(error, BusyError):
        return 503, "The database is busy, try again"
    return (400, _MESSAGES[400]) if isinstance(error, (QueryError, DocumentError)) else (500, _MESSAGES[500])


def register(app: Flask) -> None:
    """Make every error of the application a JSON answer without internals."""
    from eve.render import send_response

    def request_error(error: RequestError) -> Any:
        if isinstance(error, RuleError):
            return Response(error.message, status=412, mimetype="text/html")
        status = status_of(error)
        if status == 403:
            return Response(message_of(error), status=403, mimetype="text/html")
        headers = list(error.headers) if isinstance(error, HTTPError) else None
        return send_response(None, (error_body(status, message_of(error)), None, None, status, headers))

    def http_error(error: HTTPException) -> Any:
        if error.code is not None and error.code < 400:
            return error  # a redirect
        code = error.code or 500
        headers = [(name, value) for name, value in error.get_headers() if name in ("Allow", "Retry-After")]
        default = type(error).description
        own = error.description if error.description != default else None
        message = own or _MESSAGES.get(code) or error.description or error.name
        return send_response(None, (error_body(code, message), None, None, code, headers))

    def failure(error: Exception) -> Any:
        # Neither the body nor the headers of the request are logged: they may hold passwords and tokens.
        logger.error("%s %s failed", request.method, request.path, exc_info=error)
        return send_response(None, (error_body(500, _MESSAGES[500]), None, None, 500, None))

    def store_error(error: StoreError) -> Any:
        code, message = _told_of(error)
        if code == 500:
            return failure(error)
        if code == 507:
            logger.error("%s %s failed: %s", request.method, request.path, error)
        return send_response(None, (error_body(code, message), None, None, code, None))

    app.register_error_handler(RequestError, request_error)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(StoreError, store_error)
    app.register_error_handler(Exception, failure)
