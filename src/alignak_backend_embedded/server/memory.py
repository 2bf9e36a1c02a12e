"""Tuning the memory allocation of the C library where it matters."""

from __future__ import annotations

import contextlib
import sys
from typing import Final

# From glibc's malloc.h.
_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8

_KEPT: Final = 64 * 1024 * 1024
_MAPPED_FROM: Final = 32 * 1024 * 1024


def keep_for_the_next_answer() -> None:
    """Let the threads of a server share their memory, and keep what one answer took for the next one.

    As it comes, glibc gives each thread a heap of its own, and much of what is freed back to the system. A page of a
    list is many megabytes: getting them anew takes a quarter of the time of the answer, and each thread keeps as much.
    Where there is another C library, nothing is done.
    """
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_ARENA_MAX, 1)
        mallopt(_MMAP_THRESHOLD, _MAPPED_FROM)
        mallopt(_TRIM_THRESHOLD, _KEPT)
