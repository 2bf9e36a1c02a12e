"""The backend inside the calling process: no server, no port, one call answers one request."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx2

from alignak_backend_embedded.app import create_app
from alignak_backend_embedded.store.errors import DatabaseError

if TYPE_CHECKING:
    import os

MEMORY: Final = ":memory:"


def default_database() -> Path:
    """Return the database in the user's data folder. Both are made when it is opened, for the user alone."""
    import platformdirs

    return Path(platformdirs.user_data_dir("alignak-backend", appauthor=False)) / "backend.db"


class _Transport(httpx2.WSGITransport):
    """Requests go to the application; closing closes its database."""

    def __init__(self, app: Any) -> None:
        super().__init__(app=app, raise_app_exceptions=False)
        self._data = app.data

    def close(self) -> None:
        self._data.close()


def transport(database: str | os.PathLike[str] = "") -> httpx2.BaseTransport:
    """Return the way to a backend in this process; closing it closes the database.

    Args:
        database: path of its file, ``:memory:`` for one that is gone afterwards, or nothing for the file in the user's
            data folder.

    Raises:
        StoreError: the database cannot be used.
    """
    if database:
        return _Transport(create_app(database))
    try:
        return _Transport(create_app(default_database()))
    except DatabaseError as error:
        message = f"{error}, or name a file (embedded:FILE)"
        raise DatabaseError(message) from error
