"""The backend inside the calling process: no server, no port, one call answers one request."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

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


def open_backend(database: str | os.PathLike[str] = "") -> Application:
    """Return the backend over a database; closing it closes the database.

    Args:
        database: path of its file, ``:memory:`` for one that is gone afterwards, or nothing for the file in the user's
            data folder.

    Raises:
        StoreError: the database cannot be used.
    """
    if database:
        return create_app(database)
    try:
        return create_app(default_database())
    except DatabaseError as error:
        message = f"{error}, or name a file (embedded:FILE)"
        raise DatabaseError(message) from error
