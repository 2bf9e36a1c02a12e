"""The backend inside the calling process: no server, no port, one call answers one request."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from alignak_backend_embedded.app import create_app
from alignak_backend_embedded.store.errors import DatabaseError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

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
        return create_app(database, is_own=True)
    try:
        return create_app(default_database(), is_own=True)
    except DatabaseError as error:
        message = f"{error}, or name a file (embedded:FILE)"
        raise DatabaseError(message) from error


def copy_database(database: str, target: Path, progress: Callable[[int, int], None] | None = None) -> None:
    """Copy the database of :func:`open_backend` as it is at one moment, while others may use it.

    Args:
        database: as for :func:`open_backend`, but not in memory.
        target: an empty file, for its owner's eyes only: the copy has all password hashes and tokens.
        progress: is told how many pages were copied, of how many.

    Raises:
        StoreError: there is no such database, or the copy cannot be written.
    """
    from alignak_backend_embedded.store.sqlite import copying

    copying.copy_database(database or default_database(), target, progress)


def restore_database(copy: Path, database: str, progress: Callable[[int, int], None] | None = None) -> None:
    """Make a database for :func:`open_backend` of a copy.

    Args:
        copy: what :func:`copy_database` has written.
        database: as for :func:`open_backend`, but not in memory; there must be none yet.
        progress: is told how many pages were copied, of how many.

    Raises:
        StoreError: the copy cannot be used, there is a database already, or it cannot be written.
    """
    from alignak_backend_embedded.store.sqlite import copying

    copying.restore_database(copy, database or default_database(), progress)
