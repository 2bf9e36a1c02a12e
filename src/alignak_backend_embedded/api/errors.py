"""Error answers: JSON as Eve gives it, a bare line of text for the refusals of the rules."""

from __future__ import annotations

import logging
from typing import Any, Final, NoReturn

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, Unauthorized

from alignak_backend_embedded.store.errors import BusyError, DocumentError, FullError, QueryError, StoreError

logger = logging.getLogger(__name__)

#: The wording that clients of the Alignak backend know, where the framework's has changed since.
_MESSAGES: Final = {
    400: "The browser (or proxy) sent a request that this server could not understand.",
    404: "The requested URL was not found on the server.  If you entered the URL manually please check your spelling "
    "and try again.",
    405: "The method is not allowed for the requested URL.",
    409: "A conflict happened while processing the request.  The resource might have been modified while the request "
    "was being processed.",
    413: "The data value transmitted exceeds the capacity limit.",
    500: "The server encountered an internal error and was unable to complete the request.",
}

#: What a browser calls the place that asks for a login.
REALM: Final = "eve"

PROVIDE_CREDENTIALS: Final = "Please provide proper credentials"
NOT_ALLOWED: Final = "You have no right to do this on the resource"


class Refused(HTTPException):
    """A rule of the backend refuses the request: 412 and one line of plain text."""

    code = 412

    def get_response(self, *_: Any, **__: Any) -> Response:
        """Return the answer: the bare message."""
        return Response(str(self.description), status=412, mimetype="text/html")


def refuse(message: str) -> NoReturn:
    """Refuse the request by a rule of the backend: 412."""
    raise Refused(message)


def not_allowed(message: str = NOT_ALLOWED) -> NoReturn:
    """Refuse the request for want of rights: 401, as the Alignak backend answers."""
    raise Unauthorized(message)


def error_body(code: int, message: str) -> dict[str, Any]:
    """Return the body of an error answer."""
    return {"_status": "ERR", "_error": {"code": code, "message": message}}


def message_of(error: HTTPException) -> str:
    """Return what an error says: its own words when it has some, else those that clients know."""
    code = error.code or 500
    default = type(error).description
    if error.description and error.description != default:
        return error.description
    return _MESSAGES.get(code, error.description or error.name)


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

    def http_error(error: HTTPException) -> Any:
        if isinstance(error, Refused) or error.code == 403:
            return error.get_response()
        if error.code is not None and error.code < 400:
            return error  # a redirect
        code = error.code or 500
        headers = [(name, value) for name, value in error.get_headers() if name in ("Allow", "Retry-After")]
        if isinstance(error, Unauthorized) and error.www_authenticate:
            headers.append(("WWW-Authenticate", f'Basic realm="{REALM}"'))
        return send_response(None, (error_body(code, message_of(error)), None, None, code, headers))

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

    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(StoreError, store_error)
    app.register_error_handler(Exception, failure)
