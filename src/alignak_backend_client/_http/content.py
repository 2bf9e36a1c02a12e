"""Limits of responses for both transports: size, time and compression."""

from __future__ import annotations

import math
import time
import zlib
from typing import Final

MAX_BYTES: Final = 256 * 1024 * 1024
"""Maximum size of a response in bytes, compressed and decompressed: ten times the largest page of a backend."""

MIN_BYTES_A_SECOND: Final = 1024
"""Minimum average rate of a response, in bytes per second, in addition to the timeout for its beginning."""

_MAX_ENCODINGS: Final = 3
_MAX_MEMBERS: Final = 100
"""Maximum number of members in a compressed body; servers send one."""

_STEP: Final = 16 * 1024 * 1024
"""Bytes that are decompressed at a time, to stop early if a response is too large."""

_ZLIB_OR_GZIP: Final = 32 + zlib.MAX_WBITS
"""Makes zlib detect zlib or gzip format; HTTP calls the former deflate."""


class Pace:
    """Limits the size and total time of a response, so that no server can occupy a client forever.

    Args:
        seconds: the initial time; None for no limit.
        min_rate: bytes that have to arrive for each additional second.
    """

    def __init__(self, seconds: float | None, min_rate: float = MIN_BYTES_A_SECOND) -> None:
        self._end = math.inf if seconds is None else time.monotonic() + seconds
        self._min_rate = min_rate
        self._received = 0

    def seconds_left(self) -> float | None:
        """Return the remaining seconds; None for no limit.

        Raises:
            TimeoutError: the time is over.
        """
        if self._end == math.inf:
            return None
        left = self._end + self._received / self._min_rate - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def count(self, size: int) -> None:
        """Count received bytes.

        Raises:
            ValueError: there are too many.
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


def decompress(content: bytes, content_encoding: str) -> bytes:
    """Return the decoded body; unknown encodings and ``identity`` are not decoded.

    Args:
        content: the body as received.
        content_encoding: the value of the header, empty if there is none.

    Raises:
        ValueError, zlib.error: it is incomplete, too large, or encoded differently.
    """
    encodings = [name.strip() for name in content_encoding.lower().split(",")]
    if len(encodings) > _MAX_ENCODINGS:
        raise ValueError("too many content encodings")
    for encoding in reversed(encodings):  # the last one was applied last
        if encoding in ("gzip", "x-gzip", "deflate"):
            content = _inflate(content)
    return content


def _inflate(content: bytes) -> bytes:
    """Decompress gzip or deflate, in one or several members."""
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
