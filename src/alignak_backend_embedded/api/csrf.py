"""Pages of other sites: a browser that knows the token must not write for them, nor take an answer for a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, request

from alignak_backend_embedded.api.errors import ForbiddenError

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_HEADERS: Final = {
    # Some refusals are plain text that is called HTML, as clients know it.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


def guard(app: Flask, origins: Sequence[str]) -> None:
    """Add the checks and headers to the application.

    Args:
        app: the application.
        origins: web origins whose scripts may use the backend.
    """

    @app.before_request
    def refuse_foreign_writes() -> None:
        """Refuse what a page of another site sends: browsers add the login that they remember to plain forms."""
        origin = request.headers.get("Origin")
        if origin is None or request.method in _READING or origin in origins or "*" in origins:
            return
        try:
            own = urlsplit(origin).netloc == request.host
        except ValueError:
            own = False
        if not own:
            raise ForbiddenError("Pages of another site may not write")

    @app.after_request
    def mark(response: Response) -> Response:
        """Let no browser show an answer as a page; tell caches that answers differ by origin."""
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if origins:
            response.vary.add("Origin")
        return response
