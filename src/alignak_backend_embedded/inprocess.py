"""The backend inside the process of its client: no server, no port."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

if TYPE_CHECKING:
    from flask import Flask

MEMORY = ":memory:"

_lock = threading.Lock()
_applications: dict[tuple[int, str], Flask] = {}


def default_database() -> Path:
    """Return the path of the database in the user's data folder, which is made if it is missing."""
    import platformdirs

    return platformdirs.user_data_path("alignak-backend", appauthor=False, ensure_exists=True) / "backend.db"


def transport(database: str) -> InProcessTransport:
    """Return the way to a backend in this process.

    Args:
        database: path of its file, made when missing; ``:memory:`` for one that lives as long as the transport;
            nothing for the file in the user's data folder.

    Raises:
        StoreError: the database cannot be used.
    """
    from alignak_backend_embedded.app import create_app

    if database == MEMORY:
        return InProcessTransport(create_app(MEMORY))
    path = str(Path(database).resolve() if database else default_database())
    with _lock:
        # A connection to SQLite does not survive a fork.
        key = (os.getpid(), path)
        if key not in _applications:
            _applications[key] = create_app(path)
        return InProcessTransport(_applications[key])


class InProcessTransport(httpx2.BaseTransport):
    """Hands requests to a WSGI application, and keeps the reason phrases of its answers."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app
        self._status = threading.local()
        self._wsgi = httpx2.WSGITransport(app=self._call, raise_app_exceptions=False)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the answer of the application."""
        response = self._wsgi.handle_request(request)
        response.extensions["reason_phrase"] = self._status.reason.encode("latin-1")
        return response

    def _call(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, *rest: Any) -> Any:
            self._status.reason = status.partition(" ")[2]
            return start_response(status, *rest)

        return self._app(environ, start)
