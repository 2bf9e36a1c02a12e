"""Responses to requests that never reach the application, in the backend's error format."""

from __future__ import annotations

import json

from alignak_backend_embedded.api.errors import error_body
from alignak_backend_embedded.api.http import Response


class RefusedRequest(Exception):  # noqa: N818 - an answer, not a failure
    """The request is not passed on.

    Attributes:
        response: the answer to it.
    """

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def refused(status: int, message: str, *headers: tuple[str, str]) -> RefusedRequest:
    """Return a refusal with an error response."""
    return RefusedRequest(error(status, message, *headers))


def error(status: int, message: str, *headers: tuple[str, str]) -> Response:
    """Return an error response."""
    body = json.dumps(error_body(status, message)).encode()
    return Response(status, [("Content-Type", "application/json"), *headers], body)
