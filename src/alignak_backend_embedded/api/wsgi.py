"""The application for servers that speak WSGI."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from alignak_backend_embedded.api.application import Application
from alignak_backend_embedded.api.http import Request


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def wsgi(application: Application) -> Callable[..., Iterable[bytes]]:
    """Return a WSGI application."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").lower(): value
            for name, value in environ.items()
            if name.startswith("HTTP_") or name == "CONTENT_TYPE"
        }
        length = int(environ.get("CONTENT_LENGTH") or 0)
        request = Request(
            method=environ["REQUEST_METHOD"],
            path=quote(environ.get("PATH_INFO", "").encode("latin-1")) or "/",
            query=environ.get("QUERY_STRING", ""),
            headers=headers,
            body=environ["wsgi.input"].read(length) if length else b"",
            remote_address=environ.get("REMOTE_ADDR", ""),
            scheme=environ["wsgi.url_scheme"],
            host=headers.get("host") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}",
        )
        response = application.handle(request)
        if request.method != "HEAD":
            response.headers.append(("Content-Length", str(len(response.body))))
        start_response(f"{response.status} {_reason(response.status)}", response.headers)
        return [response.body]

    return answer
