"""Limits of responses for both transports: size, time and compression."""

from __future__ import annotations

import math
import time
import zlib
from typing import Final

MAX_BYTES: Final = 256 * 1024 * 1024
"""Bytes of a response, as it comes and decompressed. The largest pages of a backend have a tenth of that."""

MIN_BYTES_A_SECOND: Final = 1024
"""How fast a response has to come on average, beyond the time that it has to begin."""

_MAX_ENCODINGS: Final = 3
_MAX_MEMBERS: Final = 100
"""Parts of a body that were compressed one by one; servers send one."""

_STEP: Final = 16 * 1024 * 1024
"""Bytes that are decompressed at a time: no more than needed to see that a response is too large."""

_ZLIB_OR_GZIP: Final = 32 + zlib.MAX_WBITS
"""Makes zlib look which of its two formats it has; HTTP calls the other one deflate."""


class Pace:
    """Bounds how much a response may bring, and how long it may take in all: no server can keep a client for ever.

    Args:
        seconds: time to begin with; None for no end.
        min_rate: bytes that have to come for each second more.
    """

    def __init__(self, seconds: float | None, min_rate: float = MIN_BYTES_A_SECOND) -> None:
        self._end = math.inf if seconds is None else time.monotonic() + seconds
        self._min_rate = min_rate
        self._received = 0

    def seconds_left(self) -> float | None:
        """Return the seconds left; None for no end.

        Raises:
            TimeoutError: there are none.
        """
        if self._end == math.inf:
            return None
        left = self._end + self._received / self._min_rate - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def count(self, size: int) -> None:
        """Note that so many bytes came.

        Raises:
            ValueError: they are too many.
        """
        self._received += size
        check_size(self._received)


def check_size(size: int) -> None:
    """Check the size of a response.

    Raises:
        ValueError: it is too large.
    """
    if size > MAX_BYTES:
        raise ValueError(f"the response is larger than {MAX_BYTES >> 20} MiB")


def decompressed(content: bytes, content_encoding: str) -> bytes:
    """Return a body without its content encodings; those that are not known, and ``identity``, are left.

    Args:
        content: the body as it came.
        content_encoding: the value of that header, empty without one.

    Raises:
        ValueError, zlib.error: it is cut short, too large, or not encoded so.
    """
    encodings = [name.strip() for name in content_encoding.lower().split(",")]
    if len(encodings) > _MAX_ENCODINGS:
        raise ValueError("too many content encodings")
    for encoding in reversed(encodings):  # the last one was applied last
        if encoding in ("gzip", "x-gzip", "deflate"):
            content = _inflated(content)
    return content


def _inflated(content: bytes) -> bytes:
    """Return what gzip or deflate have compressed, in one member or in several."""
    parts: list[bytes] = []
    size = members = 0
    while content:
        members += 1
        if members > _MAX_MEMBERS:
            raise ValueError("the compressed response has too many parts")
        inflating = zlib.decompressobj(wbits=_ZLIB_OR_GZIP)
        while not inflating.eof:
            parts.append(inflating.decompress(content, _STEP))
            size += len(parts[-1])
            check_size(size)
            content = inflating.unconsumed_tail
            if not content and len(parts[-1]) < _STEP and not inflating.eof:
                raise ValueError("the compressed response is cut short")
        content = inflating.unused_data
    return b"".join(parts)
