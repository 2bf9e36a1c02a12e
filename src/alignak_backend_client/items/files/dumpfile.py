"""Dump files: their names, and writing them completely or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from alignak_backend_client._text import error_text
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.files.temporary import create_temporary
from alignak_backend_client.model import Resource


def list_file(resource: Resource, *, templates: bool) -> str:
    """Return the file name of a list."""
    return f"alignak-{'model' if templates else 'object'}-list-{resource.name}s.json"


def item_file(resource: Resource, name: str, host: str | None = None) -> str:
    """Return the file name of one item; for a service, it includes the name of the host."""
    return f"alignak-object-dump-{resource.name}-{safe_file_name(f'{host}_{name}' if host else name)}.json"


_MAX_NAME_BYTES = 200


def safe_file_name(name: str) -> str:
    """Convert a name to a part of a file name that every file system supports.

    A digest is added to a changed name, so that it is unique.
    """
    safe = "".join(char if char.isprintable() and char not in '/\\:*?"<>|' else "_" for char in name)
    if safe == name and len(safe.encode("utf-8", errors="replace")) <= _MAX_NAME_BYTES:
        return safe
    import hashlib

    digest = hashlib.sha256(name.encode("utf-8", errors="replace")).hexdigest()[:8]
    return safe.encode("utf-8", errors="replace")[: _MAX_NAME_BYTES - 9].decode("utf-8", errors="ignore") + f"-{digest}"


def check_folder(folder: str | None) -> Path:
    """Return the folder for files.

    Raises:
        ItemError: it is not there or cannot be written to.
    """
    path = Path(folder or ".")
    try:
        usable = path.is_dir() and os.access(path, os.W_OK | os.X_OK)
        exists = path.is_dir()
    except (OSError, ValueError):
        usable = exists = False
    if not usable:
        why = "it is not writable" if exists else "there is no such folder"
        raise ItemError(f"Cannot write to the folder {str(path)!r}: {why}; choose another one with -f")
    return path


def check_target(path: Path) -> None:
    """Check whether a file can be written, as far as possible without writing it.

    Raises:
        ItemError: it cannot be written.
    """
    if path.is_dir():
        raise ItemError(f"Cannot write {str(path)!r}: Is a directory")


@contextlib.contextmanager
def open_atomic(path: Path) -> Iterator[IO[bytes]]:
    """Open a temporary file that replaces ``path`` at the end, if there was no error.

    Only its owner can read it, even if others could read the file it replaces, as 1.4.4 wrote it.

    Raises:
        ItemError: it cannot be written.
    """
    with _open_atomic(path) as (file, _):
        yield file


@contextlib.contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Like :func:`open_atomic`, but return the path of an empty file that other code writes.

    Raises:
        ItemError: it cannot be written.
    """
    with _open_atomic(path) as (_, temporary):
        yield temporary


@contextlib.contextmanager
def _open_atomic(path: Path, *, clean: bool = True, sync: bool = True) -> Iterator[tuple[IO[bytes], Path]]:
    """Open a temporary file, and return it with its path.

    Args:
        path: the file to replace.
        clean: False if leftovers of killed runs were already removed from the folder.
        sync: False if a file may be empty after a power failure.
    """
    temporary: Path | None = None
    try:
        file, temporary = create_temporary(path.parent, clean=clean)
        with file:
            yield file, temporary
            file.flush()
            if sync:
                os.fsync(file.fileno())
            temporary.replace(path)
    except (OSError, ValueError) as error:
        raise ItemError(f"Cannot write {str(path)!r}: {error_text(error)}") from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()


def write_file(path: Path, content: bytes) -> None:
    """Write a file completely or not at all.

    Raises:
        ItemError: it cannot be written.
    """
    with open_atomic(path) as file:
        file.write(content)


def write_many(contents: Iterable[tuple[Path, bytes]]) -> None:
    """Write files that can be recreated, each completely or not at all, without an fsync for each.

    Raises:
        ItemError: a file cannot be written; the previous ones have been written.
    """
    cleaned: set[Path] = set()
    for path, content in contents:
        with _open_atomic(path, clean=path.parent not in cleaned, sync=False) as (file, _):
            file.write(content)
        cleaned.add(path.parent)
