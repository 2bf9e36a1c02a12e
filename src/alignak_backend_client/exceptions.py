"""The exception of the library, and the details that it provides."""

from __future__ import annotations

import re
from typing import Any, Final, Protocol, runtime_checkable

from alignak_backend_client._text import plain_text

__all__ = [
    "BACKEND_ERROR",
    "BUSY",
    "BackendException",
    "HTTPResponse",
    "connection_failed",
    "has_gone",
    "http_error",
    "misuse",
]

BACKEND_ERROR: Final = 1000
"""Code of errors between client and backend: no response, an unusable response, or an invalid call."""


BUSY: Final = frozenset({429, 502, 503, 504})
"""Statuses of a server that is too busy to process the request."""


_BAD_REQUEST: Final = "The browser (or proxy) sent a request that this server could not understand"
"""The text of the HTTP library of backends for any 400."""

_NO_RIGHT: Final = re.compile(r"Not allowed to ([A-Z]+) on this endpoint")
_VERBS: Final = {"GET": "read", "POST": "create", "PATCH": "update", "PUT": "update", "DELETE": "delete"}

_FULL: Final = 507
"""Status for a database that cannot be written, such as on a full disk."""


@runtime_checkable
class HTTPResponse(Protocol):
    """The interface of the response in an exception: that of this library, or a similar one.

    Attributes:
        status_code: the HTTP status.
        reason: the reason phrase as the server sent it.
        url: the full URL of the request, with its query.
    """

    __slots__ = ()

    status_code: int
    reason: str
    url: str

    @property
    def text(self) -> str:
        """The body as text."""

    def body(self) -> Any:
        """Return the decoded body, or None if it is not JSON."""

    def is_json(self) -> bool:
        """Return True if the body is JSON."""

    def __contains__(self, key: object) -> bool: ...

    def __getitem__(self, key: str) -> Any: ...


class BackendException(Exception):  # noqa: N818 - the name is the public interface since 1.0
    """A request to the backend failed.

    Attributes:
        code: the HTTP status of the response; :data:`BACKEND_ERROR` (1000) if there was no usable response, or if
            the call was invalid.
        message: the error in one line.
        response: for an HTTP error, the response (false in a boolean context; supports ``'_issues' in response``);
            for a failed connection, a dictionary with ``_status``, ``_error`` and ``_issues``, which can be
            serialised as JSON; None for an invalid call.
    """

    def __init__(self, code: int, message: str, response: HTTPResponse | dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.response = response
        if reason := self._said():
            self.add_note(f"The backend says: {reason}")

    def __reduce__(self) -> tuple[Any, ...]:
        # Of itself, an exception is made again from its args: from the message alone, as in 1.4.4.
        return type(self), (self.code, self.message, self.response), self.__dict__

    def __str__(self) -> str:
        return f"BackendException raised with code {self.code} and message: {self.message} - {self.response}"

    @property
    def issues(self) -> dict[str, Any]:
        """The validation errors of the backend by field name; empty if there are none.

        For a rejected list of items, the keys are positions in the list, as text.
        """
        body = self._body()
        issues = body.get("_issues")
        if isinstance(issues, dict):
            return issues
        items = body.get("_items")
        if not isinstance(items, list):
            return {}
        return {
            str(position): item["_issues"]
            for position, item in enumerate(items)
            if isinstance(item, dict) and item.get("_issues")
        }

    @property
    def reason(self) -> str:
        """The reason in one line of plain text: that of the backend, or the message if it gave none.

        Errors of fields come first, then the message of the backend. Most of its errors are JSON; those of its own
        rules (412), 403 and 500 are plain text or HTML.
        """
        return self._said() or self.message

    def _said(self) -> str:
        """Return the reason given by the backend; empty if there is none."""
        if not isinstance(self.response, HTTPResponse):
            return ""
        if is_logged_out(self.response):
            return "not logged in, or no longer: log in with the current name and password"
        if issues := self.issues:
            return "; ".join(f"{name}: {_issue_text(issue)}" for name, issue in issues.items())
        error = self._body().get("_error")
        if isinstance(error, dict) and error.get("message"):
            return _in_plain_words(plain_text(str(error["message"])))
        return "" if self.response.is_json() else plain_text(self.response.text)

    def _body(self) -> dict[str, Any]:
        """Return the decoded body of the response, or an empty dictionary."""
        body = self.response.body() if isinstance(self.response, HTTPResponse) else None
        return body if isinstance(body, dict) else {}


def _in_plain_words(text: str) -> str:
    """Return a message of the backend; those about HTTP in words for users."""
    if text.startswith(_BAD_REQUEST):
        return "a filter, a sort or another parameter is invalid"
    if (found := _NO_RIGHT.match(text)) and (verb := _VERBS.get(found[1])):
        return f"the user has no right to {verb} it: an administrator can grant it (userrestrictrole)"
    return text


def _issue_text(issue: Any) -> str:
    """Return one entry of ``_issues`` as text: it is a message, a list of messages, or messages by index."""
    if isinstance(issue, dict):
        return ", ".join(f"{key}: {_issue_text(value)}" for key, value in issue.items())
    if isinstance(issue, list):
        return ", ".join(_issue_text(value) for value in issue)
    return plain_text(str(issue))


def has_gone(error: BackendException) -> bool:
    """Return True if the backend is unavailable: there is no response, or it cannot process requests.

    This includes a full disk and a rejected token. An invalid call also has the code 1000, but no response.
    """
    if error.code == BACKEND_ERROR:
        return error.response is not None
    return error.code in BUSY or error.code == _FULL or is_logged_out(error.response)


def is_logged_out(response: Any) -> bool:
    """Return True for the response to an invalid token; the 401 for missing rights has no ``WWW-Authenticate``."""
    return getattr(response, "status_code", None) == 401 and "www-authenticate" in getattr(response, "headers", ())


def misuse(message: str) -> BackendException:
    """Return the exception for an invalid call."""
    return BackendException(code=BACKEND_ERROR, message=message)


def connection_failed(message: str) -> BackendException:
    """Return the exception for a request without a usable response."""
    details = {"message": message, "code": BACKEND_ERROR}
    return BackendException(
        code=BACKEND_ERROR,
        message=message,
        response={"_status": "ERR", "_error": details, "_issues": dict(details)},
    )


def http_error(response: Any) -> BackendException:
    """Return the exception for a response with a status of 400 or more, with the wording of `requests`."""
    side = "Client" if response.status_code < 500 else "Server"
    message = f"{response.status_code} {side} Error: {response.reason} for url: {response.url}"
    return BackendException(code=response.status_code, message=message, response=response)
