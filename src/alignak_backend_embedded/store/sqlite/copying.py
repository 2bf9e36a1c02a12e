"""Copying a database that is in use, and restoring a copy."""

from __future__ import annotations

import os
import sqlite3
import urllib.parse
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from alignak_backend_embedded.store.errors import DatabaseError

from . import layout
from .connection import BUSY_SECONDS
from .database import prepare_file

_PAGES: Final = 2000
"""Pages of 4 KB that are copied between two progress updates, and before Ctrl-C takes effect."""

Progress = Callable[[int, int], None]
"""Called with the number of pages copied, and their total number."""


def copy_database(database: str | os.PathLike[str], target: Path, progress: Progress) -> None:
    """Copy a consistent snapshot of a database; others may read and write it in the meantime.

    Args:
        database: its file.
        target: an empty file that only its owner can read: the copy has all password hashes and tokens.
        progress: called with the progress.

    Raises:
        DatabaseError: there is no such database, it is not ours, or the copy cannot be written.
    """
    path = os.fspath(database)
    if not Path(path).is_file():
        raise DatabaseError(f"{path}: there is no such database; check the name")
    try:
        with closing(_open(path, "mode=rw")) as source:
            layout.check(source, path)
            # The copy is the snapshot of this transaction.
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            _copy(source, target, progress)
    except sqlite3.Error as error:
        hint = ""
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            hint = (
                "; SQLite writes files beside it: if its folder is read-only, copy it with its -wal file to another one"
            )
        raise DatabaseError(f"{path}: cannot be copied: {error}{hint}") from error


def restore_database(copy: Path, database: str | os.PathLike[str], progress: Progress) -> None:
    """Create a database from a copy.

    Args:
        copy: the result of :func:`copy_database`.
        database: the file to create; it must not exist, or be empty. Missing folders are created.
        progress: called with the progress.

    Raises:
        DatabaseError: the copy is damaged, not ours, or of a newer release; there is a database already, or it cannot
            be written. Nothing is left then.
    """
    path = os.fspath(database)
    with suppress(FileNotFoundError):
        if Path(path).stat().st_size:
            raise DatabaseError(f"{path}: exists already; name a new file, or remove it first")
    for left in (f"{path}-wal", f"{path}-journal"):
        if Path(left).exists():
            raise DatabaseError(f"{left}: belongs to a database that was removed; remove it first")
    part = Path(f"{path}.restoring")
    try:
        with closing(_open(os.fspath(copy), "mode=ro&immutable=1")) as source:
            _check(source, os.fspath(copy))
            part.unlink(missing_ok=True)  # left by a killed run
            prepare_file(os.fspath(part))
            _copy(source, part, progress)
        part.replace(path)
    except sqlite3.Error as error:
        raise DatabaseError(f"{path}: cannot be restored: {error}") from error
    except OSError as error:
        raise DatabaseError(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)


def _open(path: str, mode: str) -> sqlite3.Connection:
    """Return a connection to an existing database."""
    place = urllib.parse.quote(os.fspath(Path(path).absolute()))
    return sqlite3.connect(f"file:{place}?{mode}", uri=True, timeout=BUSY_SECONDS, isolation_level=None)


def _check(source: sqlite3.Connection, path: str) -> None:
    try:
        layout.check(source, path)
        if not layout.version(source):
            raise DatabaseError(f"{path}: it contains nothing to restore")
        found = [row[0] for row in source.execute("PRAGMA integrity_check(1)")]
    except sqlite3.DatabaseError as error:
        raise DatabaseError(f"{path}: the copy is damaged: {error}") from error
    if found != ["ok"]:
        raise DatabaseError(f"{path}: the copy is damaged: {found[0]}")


def _copy(source: sqlite3.Connection, target: Path, progress: Progress) -> None:
    def report_progress(_status: int, left: int, total: int) -> None:
        progress(total - left, total)

    with closing(_open(os.fspath(target), "mode=rw")) as copy:
        # On errors the file is deleted, and a journal would be left over.
        copy.execute("PRAGMA journal_mode = OFF")
        copy.execute("PRAGMA synchronous = OFF")
        source.backup(copy, pages=_PAGES, progress=report_progress)
        copy.execute("PRAGMA journal_mode = DELETE")  # a single file for all readers
    with target.open("rb") as file:
        os.fsync(file.fileno())
