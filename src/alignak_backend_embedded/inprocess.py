"""The backend within the calling process, without a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from alignak_backend_embedded.api.options import Options
from alignak_backend_embedded.app import create_app
from alignak_backend_embedded.store.errors import DatabaseError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from alignak_backend_embedded.api.application import Application

_OPTIONS: Final = Options(is_own=True)


def default_database() -> Path:
    """Return the path of the database in the user's data folder. Both are created when it is opened."""
    import platformdirs

    return Path(platformdirs.user_data_dir("alignak-backend", appauthor=False)) / "backend.db"


def open_backend(database: str | os.PathLike[str] = "") -> Application:
    """Open the backend with a database; closing it closes the database.

    Args:
        database: path of its file; ``:memory:`` for a temporary one; empty for the file in the user's data folder.

    Raises:
        StoreError: the database cannot be used.
    """
    if database:
        return create_app(database, options=_OPTIONS)
    try:
        return create_app(default_database(), options=_OPTIONS)
    except DatabaseError as error:
        message = f"{error}, or name a file (embedded:FILE)"
        raise DatabaseError(message) from error


def copy_database(database: str, target: Path, progress: Callable[[int, int], None]) -> None:
    """Copy a consistent state of a database, which may be in use.

    Args:
        database: as for :func:`open_backend`, but not in memory.
        target: an empty file that only its owner may read: the copy has all password hashes and tokens.
        progress: called with the number of pages copied, and their total number.

    Raises:
        StoreError: there is no such database, or the copy cannot be written.
    """
    from alignak_backend_embedded.store.sqlite import copying

    copying.copy_database(database or default_database(), target, progress)


def restore_database(copy: Path, database: str, progress: Callable[[int, int], None]) -> None:
    """Create a database from a copy.

    Args:
        copy: a file written by :func:`copy_database`.
        database: as for :func:`open_backend`, but not in memory; it must not exist yet.
        progress: called with the number of pages copied, and their total number.

    Raises:
        StoreError: the copy is invalid, the database exists, or it cannot be written.
    """
    from alignak_backend_embedded.store.sqlite import copying

    copying.restore_database(copy, database or default_database(), progress)
