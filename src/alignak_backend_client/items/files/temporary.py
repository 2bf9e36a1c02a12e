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


def make(folder: Path, *, clean: bool = True) -> tuple[IO[bytes], Path]:
    """Return a new file to write, for its owner's eyes only, and its path; remove what killed runs have left.

    The file is locked as long as it is open: so others see that it is in use. Rename it before it is closed.

    Args:
        folder: where it is to be.
        clean: False if that was cleaned a moment ago: looking at all of a folder for each of its files takes long.

    Raises:
        OSError: it cannot be made.
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
    """Remove temporary files of this user that nobody writes."""
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
    """Lock a file and return True, or False when another run has it or the file system knows no locks."""
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True
