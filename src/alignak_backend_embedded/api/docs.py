"""``/docs``: the API in a browser, and ``/api-docs``: its description. Everything comes from this server."""

from __future__ import annotations

from typing import Any, Final

from flask import Flask, Response, redirect, send_from_directory

from alignak_backend_embedded.api.openapi import document
from alignak_backend_embedded.api.views import respond
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
_FILES: Final = frozenset({"swagger-ui.css", "swagger-ui-bundle.js"})
#: Swagger UI sets styles from its script and draws its icons from data; nothing else may come or go elsewhere.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


def _guarded(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def docs_file(name: str) -> Response:
    """Answer ``/docs/<name>``: the page, its start, or one of the two files of Swagger UI it needs."""
    if name == "index.html":
        return _guarded(Response(_PAGE, mimetype="text/html"))
    if name == "start.js":
        return _guarded(Response(_START, mimetype="text/javascript"))
    if name not in _FILES:
        raise NotFoundError
    from swagger_ui_bundle import swagger_ui_path

    return _guarded(send_from_directory(swagger_ui_path, name))


def docs() -> Any:
    """Answer ``/docs``: the way to the page."""
    return redirect("/docs/index.html")


def api_docs() -> Response:
    """Answer ``/api-docs``."""
    return respond("", (document(), None, None, 200, None))


def install(app: Flask) -> None:
    """Add the pages to the application."""
    app.add_url_rule("/docs", "docs", docs, methods=["GET"])
    app.add_url_rule("/docs/<name>", "docs_file", docs_file, methods=["GET"])
    app.add_url_rule("/api-docs", "api_docs", api_docs, methods=["GET"])
