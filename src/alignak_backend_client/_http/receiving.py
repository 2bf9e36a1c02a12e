"""Reading an answer from a connection of http.client: what it says of itself is checked before it is believed."""

from __future__ import annotations

import http.client
import re
import zlib
from collections.abc import Iterator
from email import errors
from typing import Final

from alignak_backend_client._core.responses import Response, reason_text, stays_open

_MOST_AT_ONCE: Final = 64 * 1024 * 1024
"""Bytes of an answer that room is made for before they are there."""

_MOST_INTERIM: Final = 20
"""Answers that only say that one will come."""

_LENGTH: Final = re.compile(r"\s*[0-9]{1,18}\s*", re.ASCII)

_PACKINGS: Final = frozenset({"gzip", "x-gzip", "deflate"})
_EITHER_FORMAT: Final = 32 + zlib.MAX_WBITS
"""What makes zlib look whether it has gzip before it, or its own format, which HTTP calls deflate."""

_DEFECTS: Final = (
    errors.MissingHeaderBodySeparatorDefect,
    errors.FirstHeaderLineIsContinuationDefect,
    errors.MisplacedEnvelopeHeaderDefect,
)
"""Of headers; others are of mails with several parts."""


class Answer(http.client.HTTPResponse):
    """An answer; those before it that only say that it will come are passed over."""

    def _read_status(self) -> tuple[str, int, str]:
        read = super()._read_status  # type: ignore[misc]  # the types do not know it
        for _ in range(_MOST_INTERIM):
            version, status, reason = read()
            if not http.client.CONTINUE <= status < http.client.OK or status == http.client.SWITCHING_PROTOCOLS:
                return version, status, reason
            http.client.parse_headers(self.fp)
        raise http.client.HTTPException("it only says that an answer will come")


def received(connection: http.client.HTTPConnection, url: str) -> tuple[Response, bool]:
    """Read an answer; return it, and whether the connection can be used again.

    Raises:
        OSError, ValueError, HTTPException, zlib.error: it is none, or does not arrive whole.
    """
    with connection.getresponse() as answer:
        if answer.status < http.client.OK:
            raise ValueError(f"the status {answer.status} is not that of an answer")
        told = _headers(answer)
        pieces = _pieces(answer)
        for coding in reversed(told.get("content-encoding", "").lower().split(",")):  # the last one was put on last
            if coding.strip() in _PACKINGS:
                pieces = _unpacked(pieces)
        content = b"".join(pieces)
        kept = stays_open(told.get("connection", "")) and not answer.will_close
    return Response(answer.status, reason_text(answer.reason.encode("latin-1")), url, told, content), kept


def _headers(answer: http.client.HTTPResponse) -> dict[str, str]:
    """Return the headers of an answer; the values of one that comes several times are joined.

    Raises:
        ValueError: they are no headers, or contradict each other.
    """
    if any(isinstance(defect, _DEFECTS) for defect in answer.headers.defects):
        raise ValueError("a line of its headers is none")
    if len(set(answer.headers.get_all("content-length", []))) > 1:
        raise ValueError("it names several lengths")
    found: dict[str, str] = {}
    for name, value in answer.headers.items():
        if "\0" in value:
            raise ValueError("its headers hold a NUL")
        # A value may go on in the next line.
        key, text = name.lower(), " ".join(value.split("\n")).replace("\r", " ") if "\n" in value else value
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


def _pieces(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    """Yield the body of an answer.

    Raises:
        ValueError: its length is none.
        HTTPException: it ends too early.
    """
    if answer.length == 0:  # to a HEAD, or with a status that has none, whatever the headers say
        return
    coding = answer.headers.get("transfer-encoding", "").strip().lower()
    if coding and not answer.chunked:
        if coding != "chunked":
            raise ValueError(f"its transfer coding {coding[:40]!r} is not known")
        # There was white space around it.
        answer.chunked, answer.chunk_left, answer.length = True, None, None
    length = answer.headers.get("content-length")
    if length is not None and not _LENGTH.fullmatch(length):
        raise ValueError(f"the length {length[:40]!r} is none")
    if answer.length is not None and answer.length <= _MOST_AT_ONCE:
        yield answer.read()
        return
    while piece := answer.read(_MOST_AT_ONCE):
        yield piece
    if answer.length:
        raise http.client.IncompleteRead(b"", answer.length)


def _unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield what gzip or deflate have packed, in one part or in several.

    Raises:
        zlib.error: they have not.
        ValueError: it ends too early.
    """
    unpacking: zlib._Decompress | None = None
    for piece in pieces:
        rest = piece
        while rest:
            unpacking = unpacking or zlib.decompressobj(wbits=_EITHER_FORMAT)
            yield unpacking.decompress(rest)
            rest = unpacking.unused_data
            if unpacking.eof:
                unpacking = None
    if unpacking is not None:
        raise ValueError("the compressed answer is cut short")
