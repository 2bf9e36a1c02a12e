"""Request and response headers of both transports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from alignak_backend_client._core.protocol import Request

_FRAMING: Final = frozenset({"content-length", "transfer-encoding"})

_OWN: Final = {"Accept-Encoding": "gzip", "Connection": "keep-alive"}


def sent_headers(request: Request, more: Mapping[str, str]) -> dict[str, str]:
    """Return headers with the required ones added, unless the caller has them, in any case.

    Callers cannot set the framing headers.
    """
    given = {name: value for name, value in request.headers.items() if name.lower() not in _FRAMING}
    named = {name.lower() for name in given}
    own = {**_OWN, **more}
    if request.content is not None:
        own["Content-Length"] = str(len(request.content))
    return {name: value for name, value in own.items() if name.lower() not in named} | given


def reason_text(sent: bytes) -> str:
    """Return a reason phrase as the server sent it, without control characters."""
    try:
        text = sent.decode()
    except UnicodeDecodeError:
        text = sent.decode("latin-1")
    return "".join(char if char.isprintable() else " " for char in text)


def is_kept_open(connection: str) -> bool:
    """Return True if a ``Connection`` header announces that the connection stays open."""
    return "keep-alive" in (option.strip() for option in connection.lower().split(","))
