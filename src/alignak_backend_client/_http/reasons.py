"""Readable reasons for connection failures, instead of the messages of OpenSSL."""

from __future__ import annotations

from typing import Final

from alignak_backend_client._text import plain_text

_NO_TLS: Final = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "UNKNOWN_PROTOCOL")
"""OpenSSL's errors, by release, for a server that does not use TLS."""
_ALERTS: Final = ("\x15\x03", "illegal request line")
"""The beginning of a TLS alert, sent by a server that expects TLS: as text, and as h11 reports it."""
_LONGEST: Final = 200


def reason_of(error: BaseException) -> str:
    """Return the text of an error for a message; it may quote the server."""
    cause: BaseException | None = error
    while cause is not None:
        if verify := getattr(cause, "verify_message", ""):  # of ssl, without importing it
            return plain_text(f"certificate verify failed: {verify.rstrip('.')}", _LONGEST)
        if getattr(cause, "reason", None) in _NO_TLS:
            return "that port does not use HTTPS"
        if any(alert in str(cause) for alert in _ALERTS):
            return "that port uses HTTPS, not HTTP"
        cause = cause.__cause__ or cause.__context__
    return plain_text(str(error) or type(error).__name__, _LONGEST)
