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
#: More than the answers of most pages. What is freed beyond goes back to the system: items of 15 MiB, of which a few
#: sorts hold a gigabyte, would leave a heap with holes that later requests find no room in.
_MAPPED_FROM: Final = 12 * 1024 * 1024


def keep_for_the_next_answer() -> None:
    """Make the threads of a server share their heap, and keep freed memory for the next answer.

    By default, glibc gives each thread its own heap, and returns much freed memory to the system. A page of a list
    takes many megabytes: allocating them anew takes a quarter of the time of the answer, and each thread keeps as much.
    With other C libraries, nothing is done.
    """
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_ARENA_MAX, 1)
        mallopt(_MMAP_THRESHOLD, _MAPPED_FROM)
        mallopt(_TRIM_THRESHOLD, _KEPT)
