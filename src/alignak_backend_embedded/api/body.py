"""The body of a request: JSON or a form."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl

import orjson

from alignak_backend_embedded.api.admission import SMALL
from alignak_backend_embedded.api.errors import BadRequestError, TooLargeError
from alignak_backend_embedded.api.http import Request
from alignak_backend_embedded.api.limits import MAX_DEPTH, MAX_FORM, Limits

_JSON: Final = "application/json"
_URL_ENCODED: Final = "application/x-www-form-urlencoded"
_MULTIPART: Final = "multipart/form-data"
KNOWN_TYPES: Final = frozenset({_JSON, _URL_ENCODED, _MULTIPART})


def is_large(content: bytes) -> bool:
    """Return whether reading a body takes much memory."""
    return len(content) > SMALL or _values(content) > SMALL // 64


def _values(content: bytes) -> int:
    """Return how many values JSON may hold: each takes as much memory as fifty bytes of text."""
    return content.count(b",") + content.count(b"[") + content.count(b"{")


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            if isinstance(outer, (dict, list))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return
    raise BadRequestError(f"The JSON is nested too deeply: {MAX_DEPTH} levels at most")


def _json(content: bytes, items: int) -> Any:
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise BadRequestError from None
    if isinstance(value, list) and len(value) > items:
        raise TooLargeError
    _check_depth(value)
    return value


def _first_values(pairs: list[tuple[str, str]]) -> dict[str, str]:
    return dict(reversed(pairs))


def _multipart(content_type: str, content: bytes) -> list[tuple[str, str]]:
    """Return the fields of a multipart form; files in it are ignored."""
    from email import message_from_bytes
    from email.message import Message

    head = b"Content-Type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n"
    try:
        message = message_from_bytes(head + content)
    except RecursionError:  # forms within forms
        raise BadRequestError from None
    parts = message.get_payload() if message.is_multipart() else []
    fields = []
    for part in parts:
        if not isinstance(part, Message):
            continue
        name = part.get_param("name", header="content-disposition")
        value = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(value, bytes) and part.get_filename() is None:
            fields.append((name, value.decode(errors="replace")))
    return fields


def media_type(request: Request) -> str:
    """Return the type of the body, without parameters, in lower case."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def body(request: Request, limits: Limits) -> Any:
    """Return the body of a request: what its JSON holds, or the fields of its form.

    Args:
        request: whose body is wanted.
        limits: what it may hold.

    Raises:
        TooLargeError: it is too long.
        BadRequestError: it is neither, is empty, or nests too deep.
    """
    kind = media_type(request)
    most = limits.body_bytes if kind == _JSON else min(MAX_FORM, limits.body_bytes)
    if len(request.body) > most or _values(request.body) > limits.values:
        raise TooLargeError
    if kind == _JSON:
        return _json(request.body, limits.items)
    if kind == _URL_ENCODED:
        pairs = parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True, errors="replace")
        if not pairs:
            raise BadRequestError("No form-urlencoded data supplied")
        return _first_values(pairs)
    if kind == _MULTIPART:
        pairs = _multipart(request.headers["content-type"], request.body)
        if not pairs:
            raise BadRequestError("No multipart/form-data supplied")
        return _first_values(pairs)
    raise BadRequestError("Unknown or no Content-Type header supplied")
