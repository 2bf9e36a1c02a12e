"""The database file: its connections, transactions, and readable errors.

Durability: the journal is a write-ahead log and ``synchronous`` is FULL, so the log is flushed to the disk before a
commit returns. A write that was acknowledged survives the death of the process and, as far as the disk keeps
its promise of a flush, a power loss too. One thread of one process writes at a time; reading never waits.
"""

from __future__ import annotations

import math
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Final

from alignak_backend_embedded.store.errors import (
    BusyError,
    DatabaseError,
    DuplicateKeyError,
    FullError,
    GoneError,
    NotWritableError,
    StoreError,
)

from . import layout
from .connection import BUSY_SECONDS, Connection, Times

MEMORY: Final = ":memory:"

_PRAGMAS: Final = (
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cache_size = -32000",
)

#: A quota, a limit of file sizes, or a broken disk.
_FAILED_WRITES: Final = frozenset(
    {
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_IOERR_DIR_FSYNC,
        sqlite3.SQLITE_IOERR_TRUNCATE,
        sqlite3.SQLITE_IOERR_SHMSIZE,
    }
)


class _Errors:
    """Converts SQLite's errors to ours; no generator, since all statements run within it."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, sqlite3.Error):
            raise _explain(self._path, error) from error


class _Mine(threading.local):
    """What a thread has of a database: its open transaction."""

    connection: Connection | None = None
    depth: int = 0


class Database:
    """A database file, or one in memory, for all threads of the process; other processes may also have it open."""

    def __init__(self, path: str | os.PathLike[str], times: Times | None = None) -> None:
        """Open a database, or create it, and migrate it.

        Args:
            times: limits for queries and writes.
            path: the file; ``:memory:`` for one that lives as long as this object. Missing folders are made, for the
                owner alone (0700), and so is the file (0600): it holds password hashes and tokens.

        Raises:
            DatabaseError: it cannot be used.
            BusyError: another process kept it locked.
        """
        self.path = os.fspath(path)
        self._errors = _Errors(self.path)
        self._times = times or Times()
        self._memory = self.path == MEMORY
        self._write = threading.RLock()
        self._pool: list[Connection] = []
        self._pool_lock = threading.Lock()
        self._abandoned: list[Connection] = []
        self._process = os.getpid()
        self._mine = _Mine()
        if not self._memory:
            prepare_file(self.path)
        with self._errors:
            self._pool.append(self._prepared())
        self._file = None if self._memory else _identity(self.path)

    # --- opening -----------------------------------------------------------------------------------------------

    def _open(self) -> Connection:
        connection = Connection(self.path, self._times)
        try:
            for pragma in _PRAGMAS:
                connection.run(pragma)
        except BaseException:
            connection.raw.close()
            raise
        return connection

    def _prepared(self) -> Connection:
        connection = self._open()
        try:
            layout.check(connection.raw, self.path)
            if not self._memory:
                _use_write_ahead_log(connection)
            if not layout.is_current(connection.raw):
                connection.run("BEGIN IMMEDIATE")
                layout.check(connection.raw, self.path)  # another process may have been faster
                layout.bring_up_to_date(connection.raw)
                connection.run("COMMIT")
                connection.run("ANALYZE sqlite_schema")  # this connection also reads the statistics
        except BaseException:
            connection.raw.close()
            raise
        return connection

    def _of_this_process(self) -> _Mine:
        """Return the state of this thread, also after a fork."""
        if self._process != os.getpid():
            self._process, self._mine = os.getpid(), _Mine()
            self._write, self._pool_lock = threading.RLock(), threading.Lock()
            if not self._memory:
                # Connections to a file must not be used after a fork, not even closed.
                self._abandoned += self._pool
                self._pool = []
        return self._mine

    @contextmanager
    def _lent(self) -> Iterator[Connection]:
        """Lend a connection exclusively to this thread."""
        if not self._memory and _identity(self.path) != self._file:
            # SQLite would continue with the removed file, and lose acknowledged writes.
            raise GoneError(f"{self.path}: the file was removed or replaced while in use; restore it and start again")
        with self._pool_lock:
            connection = self._pool.pop() if self._pool else None
        if connection is None:
            connection = self._open()
        try:
            yield connection
        finally:
            with self._pool_lock:
                self._pool.append(connection)

    def close(self) -> None:
        """Close the database; this deletes one in memory."""
        with self._pool_lock:
            for connection in self._pool:
                connection.raw.close()
            self._pool.clear()

    # --- use ---------------------------------------------------------------------------------------------------

    @contextmanager
    def reading(self, *, single: bool = False) -> Iterator[Connection]:
        """Lend a connection with a consistent view of the database, including the thread's own transaction.

        Args:
            single: True for a single statement, which is consistent by itself.

        Raises:
            StoreError: the database failed.
        """
        mine = self._of_this_process()
        if mine.connection is not None:
            with self._errors:
                yield mine.connection
            return
        with self._errors, self._exclusive(self._memory), self._lent() as connection:
            if single:
                yield connection
                return
            connection.run("BEGIN")
            try:
                yield connection
            finally:
                if connection.raw.in_transaction:  # SQLite ends it when memory runs out
                    connection.run("ROLLBACK")

    @contextmanager
    def transaction(self, *, single: bool = False) -> Iterator[Connection]:
        """Lend the connection of this thread's transaction, which is atomic.

        A nested one is part of the outer one: its failure rolls back only this part.

        Args:
            single: True for a single statement, which is atomic by itself.

        Raises:
            BusyError: others wrote for too long.
            StoreError: the database failed.
        """
        mine = self._of_this_process()
        if mine.connection is not None:
            with self._errors, nullcontext() if single else self._part(mine.connection):
                yield mine.connection
            return
        with self._errors, self._exclusive(True), self._lent() as connection:
            connection.run("BEGIN IMMEDIATE")
            mine.connection = connection
            try:
                connection.until = time.thread_time() + self._times.write()
                yield connection
                connection.until = math.inf
                connection.run("COMMIT")
            finally:
                mine.connection, connection.until = None, math.inf
                if connection.raw.in_transaction:
                    connection.run("ROLLBACK")

    @contextmanager
    def _part(self, connection: Connection) -> Iterator[None]:
        connection.run("SAVEPOINT part")  # parts within parts may all be called so: the name means the innermost one
        try:
            yield
        except BaseException:
            # A full disk has already rolled everything back.
            with suppress(sqlite3.OperationalError):
                connection.run("ROLLBACK TO part")
                connection.run("RELEASE part")
            raise
        connection.run("RELEASE part")

    @contextmanager
    def _exclusive(self, wanted: bool) -> Iterator[None]:
        """Let in one thread at a time: this is fairer than SQLite's locking, which a memory database does not have."""
        if not wanted:
            yield
            return
        if not self._write.acquire(timeout=BUSY_SECONDS):
            raise BusyError(f"{self.path}: busy with other writes; try again")
        try:
            yield
        finally:
            self._write.release()


def _explain(path: str, error: sqlite3.Error) -> StoreError:
    """Return our error for one of SQLite."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if isinstance(error, sqlite3.IntegrityError):
        return DuplicateKeyError(str(error))
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return BusyError(f"{path}: busy with another program's writes; try again")
    if code == sqlite3.SQLITE_NOTADB:
        return DatabaseError(f"{path}: not a SQLite database; name another file")
    if code == sqlite3.SQLITE_CORRUPT:
        return DatabaseError(f"{path}: the database is damaged; restore it from a backup")
    if code == sqlite3.SQLITE_FULL:
        return FullError(f"{path}: the disk is full; make room and try again")
    if getattr(error, "sqlite_errorcode", 0) in _FAILED_WRITES:
        return NotWritableError(f"{path}: cannot be written ({error}); check the disk, its quotas and limits")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return NotWritableError(f"{path}: cannot be written ({error}); check the rights on the file and its folder")
    return DatabaseError(f"{path}: {error}; if it persists, restore the file from a backup")


def _identity(path: str) -> tuple[int, int] | None:
    """Return the identity of the file at a path; None if there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - for every request: half the time of a Path's
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _use_write_ahead_log(connection: Connection) -> None:
    """Switch the file to write-ahead logging; SQLite does not wait for locks here, so we do."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.run("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def prepare_file(path: str) -> None:
    """Create the file and its folders, readable only by their owner.

    Raises:
        DatabaseError: it cannot be created or written.
    """
    if "\x00" in path or not path:
        raise DatabaseError(f"{path!r}: not a valid file name; name another file")
    try:
        if Path(path).is_dir():
            raise DatabaseError(f"{path}: is a directory; name a file in it, such as {Path(path) / 'alignak.db'}")
        missing = [folder for folder in Path(path).absolute().parents if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(mode=0o700, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise DatabaseError(
            f"{path}: cannot be written ({error.strerror}); check the rights on the file and its folder"
        ) from error
