"""A WSGI application answers requests that no server read: see :mod:`.http`."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import unquote_to_bytes

from alignak_backend_embedded.api.http import Request, Response


def handle(application: Any, request: Request) -> Response:
    """Return the answer of a WSGI application; what it raises passes through."""
    host, _, port = request.host.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
        "QUERY_STRING": request.query,
        "SERVER_NAME": host or request.host,
        "SERVER_PORT": port or ("443" if request.scheme == "https" else "80"),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": request.remote_address,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "CONTENT_LENGTH": str(len(request.body)),
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    environ.setdefault("HTTP_HOST", request.host)
    answer = Response(500, [])

    def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
        answer.status, answer.headers = int(status[:3]), headers

    chunks = application(environ, start_response)
    try:
        answer.body = b"".join(chunks)
    finally:
        getattr(chunks, "close", lambda: None)()
    return answer
