"""Calling the embedded backend in this process, without HTTP."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from alignak_backend_client._core.protocol import Request
from alignak_backend_client._core.responses import Response, reason_of
from alignak_backend_client._core.session import EMBEDDED_MISSING, EMBEDDED_ROOT, Timeout
from alignak_backend_client.exceptions import misuse

if TYPE_CHECKING:
    from alignak_backend_embedded.api.application import Application


class EmbeddedTransport:
    """The embedded backend of one client in one process, for use from several threads.

    Args:
        database: path of its file, ``:memory:`` for a temporary one, or ``''`` for the file in the user's data folder.
    """

    def __init__(self, database: str) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._backend: Application | None = None

    def send(self, request: Request, timeout: Timeout) -> Response:  # noqa: ARG002 - a call does not wait
        """Return the backend's answer to a request.

        Raises:
            BackendException: code 1000; the backend is not installed, or the database cannot be used.
        """
        from alignak_backend_embedded.api import http

        path, _, query = request.url.removeprefix(EMBEDDED_ROOT).partition("?")
        answer = self._opened().handle(
            http.Request(
                method=request.method,
                path=path or "/",
                query=query,
                headers={name.lower(): value for name, value in request.headers.items()},
                body=request.content or b"",
                host=EMBEDDED_ROOT.partition("//")[2],
            )
        )
        headers: dict[str, str] = {}
        for name, value in answer.headers:
            key = name.lower()
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
        return Response(answer.status, reason_of(answer.status), request.url, headers, answer.body)

    def close(self) -> None:
        """Close the database; the next request opens it again."""
        with self._lock:
            backend, self._backend = self._backend, None
        if backend is not None:
            backend.close()

    def _opened(self) -> Application:
        with self._lock:
            if self._backend is None:
                self._backend = _open(self._database)
            return self._backend


def _open(database: str) -> Application:
    try:
        from alignak_backend_embedded.inprocess import open_backend
        from alignak_backend_embedded.store.errors import StoreError
    except ModuleNotFoundError as error:
        raise misuse(f"{EMBEDDED_MISSING} ({error.name} is missing)") from error
    try:
        return open_backend(database)
    except StoreError as error:
        raise misuse(str(error)) from error
