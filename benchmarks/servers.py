"""The backends that are measured: the embedded one, served by our command, and the real one."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.raw import Raw
from servers.real import RealBackend, Server
from servers.serve import COMMAND, Serve

__all__ = ["COMMAND", "connect", "embedded", "embedded_copy", "real"]


@contextlib.contextmanager
def embedded(database: Path, *options: str) -> Iterator[str]:
    """Serve a database of the embedded backend, which is made when it is missing; yields the URL.

    Args:
        database: its file.
        options: further options of `serve`.
    """
    with Serve(f"--database={database}", *options) as served:
        yield served.url


@contextlib.contextmanager
def embedded_copy(database: Path) -> Iterator[str]:
    """Serve a copy of a database, which is gone afterwards; yields the URL."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        copy = Path(folder) / "copy.db"
        shutil.copy(database, copy)
        with embedded(copy) as url:
            yield url


@contextlib.contextmanager
def real(server: Server) -> Iterator[str]:
    """Run the released backend, empty; yields the URL."""
    with RealBackend(server) as backend:
        yield backend.url


def connect(url: str, *, keep: bool = True) -> Raw:
    """Log in with plain requests."""
    return Raw(url, keep=keep)
