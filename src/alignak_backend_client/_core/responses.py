"""The response of a backend, independent of the HTTP library."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from alignak_backend_client._core.decoding import LARGE, decode_json
from alignak_backend_client.exceptions import HTTPResponse, http_error

_MARGIN: Final = 100
"""Number of bytes at each end of JSON that are searched for white space."""

_FORMER_REASONS: Final = {
    413: "REQUEST ENTITY TOO LARGE",
    414: "REQUEST-URI TOO LONG",
    416: "REQUESTED RANGE NOT SATISFIABLE",
    422: "UNPROCESSABLE ENTITY",
}
"""Reason phrases that Python 3.13 has changed. Programs expect those of the Alignak backend."""


class Headers(Mapping[str, str]):
    """HTTP headers with case-insensitive names."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = {name.lower(): value for name, value in values.items()}

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Headers({self._values!r})"


class Response(HTTPResponse):
    """A response of the backend.

    It is true for a status below 400, otherwise false, and its repr is ``<Response [404]>``.
    ``'_issues' in response`` and ``response['_issues']`` access the decoded body.

    Attributes:
        status_code: the HTTP status.
        reason: the reason phrase as the server sent it, such as ``UNAUTHORIZED``.
        url: the full URL of the request, with its query.
        headers: the headers, names in any case.
        content: the body as bytes.
    """

    __slots__ = ("_body", "content", "headers", "reason", "status_code", "url")

    def __init__(self, status_code: int, reason: str, url: str, headers: Mapping[str, str], content: bytes) -> None:
        self.status_code = status_code
        self.reason = reason
        self.url = url
        self.headers = Headers(headers)
        self.content = content
        self._body: Any = ...  # not decoded yet

    def __repr__(self) -> str:
        return f"<Response [{self.status_code}]>"

    def __bool__(self) -> bool:
        return self.ok

    def __contains__(self, key: object) -> bool:
        body = self.body()
        return isinstance(body, dict) and key in body

    def __getitem__(self, key: str) -> Any:
        body = self.body()
        if not isinstance(body, dict):
            raise KeyError(key)
        return body[key]

    @property
    def ok(self) -> bool:
        """True for a status below 400."""
        return self.status_code < 400

    @property
    def text(self) -> str:
        """The body as text; invalid bytes become replacement characters."""
        # What servers say beside UTF-8. Of the codecs of Python, some are no character sets, or raise odd errors.
        known = r"charset=\"?(iso-8859-\d{1,2}|latin-?1|windows-125\d|us-ascii|utf-16)\b"
        match = re.search(known, self.headers.get("content-type", ""), re.IGNORECASE)
        return self.content.decode(match.group(1) if match else "utf-8", errors="replace")

    def json(self) -> Any:
        """Return the decoded body.

        Raises:
            ValueError: the body is not JSON.
        """
        if self._body is ...:
            self._body = decode_json(self.content)
        return self._body

    def body(self) -> Any:
        """Return the decoded body, or None if it is not JSON."""
        try:
            return self.json()
        except ValueError:
            return None

    def is_json(self) -> bool:
        """Return True if the body is JSON; for a long one, if it starts and ends like JSON.

        Decoding it only for this would take as long as everything else. An HTML page of a proxy is detected either way.
        """
        if len(self.content) >= LARGE and self._body is ...:
            return self.content[:_MARGIN].lstrip()[:1] + self.content[-_MARGIN:].rstrip()[-1:] in (b"{}", b"[]")
        return self.body() is not None or self.content.strip() == b"null"

    def raise_for_status(self) -> None:
        """Raise :class:`~alignak_backend_client.client.BackendException` for a status of 400 and above."""
        if not self.ok:
            raise http_error(self)


def reason_of(status: int) -> str:
    """Return the reason phrase of a status, in capitals as in the Alignak backend, if the server sent none."""
    from http import HTTPStatus

    try:
        return _FORMER_REASONS.get(status) or HTTPStatus(status).phrase.upper()
    except ValueError:
        return "ERROR"
