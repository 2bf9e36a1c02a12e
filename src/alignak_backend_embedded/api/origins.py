"""Protection against pages of other origins in browsers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from alignak_backend_embedded.api.errors import ForbiddenError
from alignak_backend_embedded.api.http import Request, Response

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
#: Requests by pages of this site, or by the user directly.
_OWN_SITE: Final = frozenset({"same-origin", "none"})
_ALLOWED_HEADERS: Final = "Authorization, If-Match, X-HTTP-Method-Override, Content-Type, Cache-Control, Pragma"
_ALLOWED_METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_PREFLIGHT_SECONDS: Final = "21600"
#: Some errors are plain text labelled as HTML, as in the Alignak backend.
_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"


def reject_cross_site(request: Request, origins: Sequence[str], *, writes: bool) -> None:
    """Reject cross-site requests, which could use the browser's network access and stored login.

    Current browsers always send the origin of a request, older ones for writes; other programs do not. Following a link
    from another site is a read, and allowed.

    Args:
        request: the request.
        origins: web origins whose scripts may use the backend.
        writes: True if the request may change something, whatever its method.

    Raises:
        ForbiddenError: it is a cross-site request.
    """
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    if "*" in origins or (origin is not None and origin in origins) or site in _OWN_SITE:
        return
    if site is not None:
        foreign = writes or request.headers.get("sec-fetch-mode") != "navigate"
    else:
        foreign = writes and origin is not None and not _is_same_origin(origin, request.host)
    if foreign:
        raise ForbiddenError("Cross-origin requests are rejected, except from the origins in --cors-origin")


def is_writing(method: str) -> bool:
    """Return True if a method may change something."""
    return method not in _READING


def _is_same_origin(origin: str, host: str) -> bool:
    try:
        return urlsplit(origin).netloc == host
    except ValueError:
        return False


def add_headers(request: Request, response: Response, origins: Sequence[str]) -> None:
    """Add headers for browsers: which scripts may read the response (CORS), and protection against sniffing."""
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
