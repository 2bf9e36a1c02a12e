"""Reading lines of gzip-compressed text from untrusted files, with limited memory."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import IO, Final, Literal

SIGNATURE: Final = b"\x1f\x8b"
"""The first bytes of gzip files."""
GZIP: Final = 31
"""zlib's window bits for data with the header and the checksum of gzip."""

_MAX_LINE: Final = 20_000_000
"""Maximum length of a line in bytes: MongoDB limits items to 16 MB."""
_FIRST_LINE: Final = 100_000
_MAX_RATIO: Final = 300
"""Maximum compression ratio; that of services with the same templates is 100."""
_SMALL: Final = 64_000_000
_PIECE: Final = 1 << 16


class LinesError(Exception):
    """Reading cannot continue.

    Attributes:
        kind: ``foreign`` if the file is not such a text, ``damaged`` if it was one.
        reason: what is wrong.
    """

    def __init__(self, kind: Literal["foreign", "damaged"], reason: str = "") -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


def read_lines(stream: IO[bytes], begin: bytes) -> Iterator[bytes]:
    """Yield the lines of a compressed text, with line ends. A truncated file ends early, without an error.

    Args:
        stream: the file.
        begin: the part of it that was already read.

    Raises:
        LinesError: it is not compressed, damaged, or a line is too long.
        OSError: it cannot be read.
    """
    buffer = bytearray()
    limit = _FIRST_LINE
    for text in _decompress(stream, begin):
        buffer += text
        if b"\n" in text:
            *whole, rest = bytes(buffer).split(b"\n")
            for line in whole:
                _check_length(len(line), limit)
                limit = _MAX_LINE
                yield line + b"\n"
            buffer = bytearray(rest)
        _check_length(len(buffer), limit)
    if limit == _FIRST_LINE:
        raise LinesError("foreign")


def _check_length(length: int, limit: int) -> None:
    if length > limit:
        raise LinesError("foreign" if limit == _FIRST_LINE else "damaged", "a line is too long")


def _decompress(stream: IO[bytes], begin: bytes) -> Iterator[bytes]:
    """Yield the text in pieces."""
    decompress = zlib.decompressobj(GZIP)
    read = text = 0
    while piece := begin or stream.read(_PIECE):
        begin = b""
        if not read and not piece.startswith(SIGNATURE):
            raise LinesError("foreign")
        read += len(piece)
        while piece and not decompress.eof:
            try:
                more = decompress.decompress(piece, 16 * _PIECE)
            except zlib.error:
                raise LinesError("damaged") from None
            piece = decompress.unconsumed_tail
            text += len(more)
            if text > _SMALL + _MAX_RATIO * read:
                raise LinesError("foreign", f"it expands to {text // read} times its size")
            yield more
        if decompress.eof:
            if decompress.unused_data or stream.read(1):
                raise LinesError("damaged", "data after its end")
            return
