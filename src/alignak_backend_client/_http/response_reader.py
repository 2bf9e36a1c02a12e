"""Reading a response with http.client, with checks of all its headers."""

from __future__ import annotations

import http.client
import io
import re
import socket
from email import errors
from typing import TYPE_CHECKING, Any, Final

from alignak_backend_client._core.responses import Response
from alignak_backend_client._http.content import Pace, check_size, decompress
from alignak_backend_client._http.headers import is_kept_open, reason_text

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_READ_SIZE: Final = 64 * 1024 * 1024
"""Maximum number of bytes for which memory is allocated in advance."""

_MAX_INTERIM: Final = 20
"""Maximum number of interim responses (1xx)."""

_LENGTH: Final = re.compile(r"\s*[0-9]{1,18}\s*", re.ASCII)

_DEFECTS: Final = (
    errors.MissingHeaderBodySeparatorDefect,
    errors.FirstHeaderLineIsContinuationDefect,
    errors.MisplacedEnvelopeHeaderDefect,
)
"""Possible header defects; others are for multipart mails."""


class PacedResponse(http.client.HTTPResponse):
    """A response that is read within the limits of a pace; interim responses (1xx) are skipped."""

    def __init__(self, sock: socket.socket, *args: Any, pace: Pace, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(_PacedSocket(sock, self.fp, pace))

    def _read_status(self) -> tuple[str, int, str]:
        read = super()._read_status  # type: ignore[misc]  # the types do not know it
        for _ in range(_MAX_INTERIM):
            version, status, reason = read()
            if not http.client.CONTINUE <= status < http.client.OK or status == http.client.SWITCHING_PROTOCOLS:
                return version, status, reason
            http.client.parse_headers(self.fp)
        raise http.client.HTTPException(f"more than {_MAX_INTERIM} interim responses")


class _PacedSocket(io.RawIOBase):
    """The bytes that a socket receives, within the limits of a pace."""

    def __init__(self, sock: socket.socket, file: io.BufferedIOBase, pace: Pace) -> None:
        self._sock = sock
        self._file = file
        self._pace = pace
        self._seconds = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        left = self._pace.seconds_left()
        if left is not None:
            self._sock.settimeout(left if self._seconds is None else min(left, self._seconds))
        size = self._sock.recv_into(buffer)
        self._pace.count(size)
        return size

    def close(self) -> None:
        self._file.close()  # the socket counts its readers
        super().close()


def read_response(connection: http.client.HTTPConnection, url: str) -> tuple[Response, bool]:
    """Read a response; return it, and True if the connection can be reused.

    Raises:
        OSError, ValueError, HTTPException, zlib.error: it is invalid or incomplete.
    """
    with connection.getresponse() as received:
        if received.status < http.client.OK:
            raise ValueError(f"invalid status {received.status}")
        headers = _headers(received)
        content = decompress(_body(received), headers.get("content-encoding", ""))
        reusable = is_kept_open(headers.get("connection", "")) and not received.will_close
    return Response(received.status, reason_text(received.reason.encode("latin-1")), url, headers, content), reusable


def _headers(received: http.client.HTTPResponse) -> dict[str, str]:
    """Return the headers of a response; the values of repeated ones are joined.

    Raises:
        ValueError: they are invalid.
    """
    if any(isinstance(defect, _DEFECTS) for defect in received.headers.defects):
        raise ValueError("invalid header line")
    if len(set(received.headers.get_all("content-length", []))) > 1:
        raise ValueError("several Content-Length")
    found: dict[str, str] = {}
    for name, value in received.headers.items():
        if "\0" in value:
            raise ValueError("NUL in a header")
        # A value may continue in the next line.
        key, text = name.lower(), " ".join(value.split("\n")).replace("\r", " ") if "\n" in value else value
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


def _body(received: http.client.HTTPResponse) -> bytes:
    """Return the body of a response as received.

    Raises:
        ValueError: its headers have an invalid length or coding, or it is too large.
        HTTPException: it ends too early.
    """
    if received.length == 0:  # to HEAD, or with a status without a body, regardless of the headers
        return b""
    coding = received.headers.get("transfer-encoding", "").strip().lower()
    if coding and not received.chunked:
        if coding != "chunked":
            raise ValueError(f"unknown Transfer-Encoding {coding[:40]!r}")
        # with white space around it
        received.chunked, received.chunk_left, received.length = True, None, None
    length = received.headers.get("content-length")
    if length is not None and not _LENGTH.fullmatch(length):
        raise ValueError(f"invalid Content-Length {length[:40]!r}")
    check_size(received.length or 0)
    parts: list[bytes] = []
    while part := received.read(_READ_SIZE):
        parts.append(part)
    if received.length:
        raise http.client.IncompleteRead(b"", received.length)
    return b"".join(parts)
