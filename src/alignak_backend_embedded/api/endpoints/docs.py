"""``/docs``: the API in a browser, and ``/api-docs``: its description. Everything comes from this server."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alignak_backend_embedded.api.call import Answer, Call
from alignak_backend_embedded.api.endpoints.openapi import document
from alignak_backend_embedded.api.http import Response
from alignak_backend_embedded.domain.errors import NotFoundError

_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Alignak backend</title>
<link rel="stylesheet" href="swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="swagger-ui-bundle.js"></script>
<script src="start.js"></script>
</body>
</html>
"""
_START: Final = 'SwaggerUIBundle({url: "../api-docs", dom_id: "#swagger-ui", validatorUrl: null});\n'
_FILES: Final = {"swagger-ui.css": "swagger_style.css", "swagger-ui-bundle.js": "swagger_bundle.js"}
"""The files of Swagger UI, and their names in the package offapi."""

#: Swagger UI needs inline styles and data URLs for icons; everything else is limited to this server.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


_TYPES: Final = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}


def docs(_call: Call) -> Response:
    """Answer ``/docs``: redirect to the page."""
    return Response(302, [("Location", "/docs/index.html")])


def docs_file(_call: Call, name: str) -> Response:
    """Answer ``/docs/<name>``: the page, its script, or one of the two files of Swagger UI that it needs."""
    if name == "index.html":
        content = _PAGE.encode()
    elif name == "start.js":
        content = _START.encode()
    elif name in _FILES:
        content = _swagger_ui(_FILES[name])
    else:
        raise NotFoundError
    kind = f"{_TYPES[Path(name).suffix]}; charset=utf-8"
    return Response(200, [("Content-Type", kind), ("Content-Security-Policy", _POLICY)], content)


def _swagger_ui(name: str) -> bytes:
    """Return a file of Swagger UI. Its package is not imported, since that would read all files."""
    from importlib.util import find_spec

    package = find_spec("offapi")
    if package is None or not package.submodule_search_locations:
        raise NotFoundError
    return Path(package.submodule_search_locations[0], name).read_bytes()


def api_docs(_call: Call) -> Answer:
    """Answer ``/api-docs``."""
    return Answer(document())
