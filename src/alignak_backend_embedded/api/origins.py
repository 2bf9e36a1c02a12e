"""Pages in browsers: what those of other origins may do, and that no answer is taken for a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from alignak_backend_embedded.api.errors import ForbiddenError
from alignak_backend_embedded.api.http import Request, Response

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_ALLOWED_HEADERS: Final = "Authorization, If-Match, X-HTTP-Method-Override, Content-Type, Cache-Control, Pragma"
_ALLOWED_METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_PREFLIGHT_SECONDS: Final = "21600"
#: Some refusals are plain text that is called HTML, as clients know it.
_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"


def refuse_foreign_writes(request: Request, method: str, origins: Sequence[str]) -> None:
    """Refuse what a page of another site sends: browsers add the login that they remember to plain forms.

    Args:
        request: the request.
        method: its method.
        origins: web origins whose scripts may use the backend.

    Raises:
        ForbiddenError: it writes, and comes from a page of another site.
    """
    origin = request.headers.get("origin")
    if origin is None or method in _READING or origin in origins or "*" in origins:
        return
    try:
        own = urlsplit(origin).netloc == request.host
    except ValueError:
        own = False
    if not own:
        raise ForbiddenError("Pages of this origin are not allowed to write")


def add_headers(request: Request, response: Response, origins: Sequence[str]) -> None:
    """Tell browsers which scripts may read the response (CORS), and to show it as no page."""
    present = {name for name, _ in response.headers}
    if "Content-Security-Policy" not in present:
        response.headers.append(("Content-Security-Policy", _POLICY))
    response.headers.append(("X-Content-Type-Options", "nosniff"))
    if not origins:
        return
    response.headers.append(("Vary", "Origin"))
    origin = request.headers.get("origin")
    if origin is not None and (origin in origins or "*" in origins):
        response.headers += [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Headers", _ALLOWED_HEADERS),
            ("Access-Control-Allow-Methods", _ALLOWED_METHODS),
            ("Access-Control-Max-Age", _PREFLIGHT_SECONDS),
        ]
