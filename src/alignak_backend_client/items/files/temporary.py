"""Temporary files next to the files that they replace, and the removal of leftovers of killed runs."""

from __future__ import annotations

import contextlib
import functools
import os
import stat
import sys
from pathlib import Path
from typing import IO, Final

_PREFIX: Final = ".alignak-"
_SUFFIX: Final = ".tmp"


def create_temporary(folder: Path, *, clean: bool) -> tuple[IO[bytes], Path]:
    """Create a file that only its owner can read, and return it with its path; remove leftovers of killed runs.

    The file is locked while it is open, which shows other runs that it is in use. Rename it before closing it.

    Args:
        folder: the folder of the file.
        clean: False if leftovers were just removed; scanning the folder again for each file takes long.

    Raises:
        OSError: it cannot be created.
    """
    if clean:
        _remove_leftovers(folder)
    while True:
        path = folder / f"{_PREFIX}{os.urandom(8).hex()}{_SUFFIX}"
        file = open(path, "xb", opener=functools.partial(os.open, mode=0o600))  # noqa: SIM115 - the caller's
        _lock(file.fileno(), wait=True)
        if os.fstat(file.fileno()).st_nlink:
            return file, path
        # Another run took it for a leftover before it was locked.
        file.close()


def _remove_leftovers(folder: Path) -> None:
    """Remove temporary files of this user that are not in use."""
    if sys.platform == "win32":
        return
    for path in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
        with contextlib.suppress(OSError):
            handle = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                found = os.fstat(handle)
                ours = stat.S_ISREG(found.st_mode) and found.st_uid == os.getuid()
                if ours and _lock(handle, wait=False):
                    path.unlink()
            finally:
                os.close(handle)


def _lock(handle: int, *, wait: bool) -> bool:
    """Lock a file and return True; False if another run has locked it, or the file system does not support locks."""
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True
