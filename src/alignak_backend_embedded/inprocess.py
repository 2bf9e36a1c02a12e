"""The backend inside the calling process: no server, no port, one call answers one request."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx2

from alignak_backend_embedded.api.http import Request
from alignak_backend_embedded.app import create_app
from alignak_backend_embedded.store.errors import DatabaseError

if TYPE_CHECKING:
    import os

    from alignak_backend_embedded.api.application import Application

MEMORY: Final = ":memory:"


def default_database() -> Path:
    """Return the database in the user's data folder. Both are made when it is opened, for the user alone."""
    import platformdirs

    return Path(platformdirs.user_data_dir("alignak-backend", appauthor=False)) / "backend.db"


class Transport(httpx2.BaseTransport):
    """Requests go to the application; closing closes its database."""

    def __init__(self, app: Application) -> None:
        self._app = app

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the application's response."""
        path, _, query = request.url.raw_path.partition(b"?")
        response = self._app.handle(
            Request(
                method=request.method,
                path=path.decode("ascii"),
                query=query.decode("ascii"),
                headers={name.lower(): value for name, value in request.headers.items()},
                body=request.read(),
                scheme=request.url.scheme,
                host=request.url.netloc.decode("ascii"),
            )
        )
        return httpx2.Response(response.status, headers=response.headers, content=response.body)

    def close(self) -> None:
        """Close the database."""
        self._app.close()


def transport(database: str | os.PathLike[str] = "") -> httpx2.BaseTransport:
    """Return the way to a backend in this process; closing it closes the database.

    Args:
        database: path of its file, ``:memory:`` for one that is gone afterwards, or nothing for the file in the user's
            data folder.

    Raises:
        StoreError: the database cannot be used.
    """
    if database:
        return Transport(create_app(database))
    try:
        return Transport(create_app(default_database()))
    except DatabaseError as error:
        message = f"{error}, or name a file (embedded:FILE)"
        raise DatabaseError(message) from error
