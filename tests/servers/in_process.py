"""The embedded backend of this process: called directly, and over HTTP."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2

from alignak_backend_client._core.responses import reason_of
from alignak_backend_embedded.api.application import Application
from alignak_backend_embedded.api.http import Request


class InProcess(httpx2.BaseTransport):
    """Requests of httpx2 go to an application, without HTTP."""

    def __init__(self, app: Application) -> None:
        self._app = app

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        headers = {name.lower(): value for name, value in request.headers.items()}
        host = request.url.netloc.decode("ascii")
        answer = self._app.handle(
            Request(request.method, path, query, headers, request.read(), scheme=request.url.scheme, host=host)
        )
        return httpx2.Response(answer.status, headers=answer.headers, content=answer.body)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    app: Application

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        host = headers.get("host", "localhost")
        answer = self.app.handle(
            Request(self.command, path, query, headers, body, remote_address=self.client_address[0], host=host)
        )
        self.send_response(answer.status, reason_of(answer.status))
        for name, value in answer.headers:
            self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that have gone: the error output may be that of a command under test."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextlib.contextmanager
def over_http(app: Any) -> Iterator[str]:
    """Serve an application, or what looks like one, on a free port; its URL."""
    handler = type("Handler", (_Handler,), {"app": app})
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="embedded backend", daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(timeout=5)
