"""Protection against pages of other origins in browsers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from alignak_backend_embedded.api.errors import ForbiddenError
from alignak_backend_embedded.api.http import Request, Response

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
#: Of the page itself, or of the person at the browser.
_OWN_SITE: Final = frozenset({"same-origin", "none"})
_ALLOWED_HEADERS: Final = "Authorization, If-Match, X-HTTP-Method-Override, Content-Type, Cache-Control, Pragma"
_ALLOWED_METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_PREFLIGHT_SECONDS: Final = "21600"
#: Some refusals are plain text that is called HTML, as clients know it.
_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"


def refuse_foreign(request: Request, origins: Sequence[str], *, writes: bool) -> None:
    """Reject what a page of another site sends: it may use what its browser reaches, and a login that that remembers.

    Browsers say where a request comes from: newer ones always, older ones for what writes. Programs say nothing.
    Following a link from another site is reading.

    Args:
        request: the request.
        origins: web origins whose scripts may use the backend.
        writes: the request may change something, whatever its method.

    Raises:
        ForbiddenError: it comes from a page of another site.
    """
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    if "*" in origins or (origin is not None and origin in origins) or site in _OWN_SITE:
        return
    if site is not None:
        foreign = writes or request.headers.get("sec-fetch-mode") != "navigate"
    else:
        foreign = writes and origin is not None and not _is_of(origin, request.host)
    if foreign:
        raise ForbiddenError("Cross-origin requests are rejected, except from the origins in --cors-origin")


def is_writing(method: str) -> bool:
    """Return whether a method is for changes."""
    return method not in _READING


def _is_of(origin: str, host: str) -> bool:
    try:
        return urlsplit(origin).netloc == host
    except ValueError:
        return False


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
