"""The body of a request: JSON or a form."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl

import orjson

from alignak_backend_client.model.storable import nests_deeper
from alignak_backend_embedded.api.admission import SMALL
from alignak_backend_embedded.api.errors import BadRequestError, TooLargeError
from alignak_backend_embedded.api.http import Request
from alignak_backend_embedded.api.options import MAX_DEPTH, MAX_FORM, MAX_TEXT, Limits

_JSON: Final = "application/json"
_URL_ENCODED: Final = "application/x-www-form-urlencoded"
_MULTIPART: Final = "multipart/form-data"
#: Bytes of the headers of a field in a form: reading their parameters takes time that grows with its square.
_MAX_HEAD: Final = 1000
KNOWN_TYPES: Final = frozenset({_JSON, _URL_ENCODED, _MULTIPART})


def is_large(content: bytes) -> bool:
    """Return True if decoding a body takes much memory."""
    return len(content) > SMALL or _values(content) > SMALL // 64


def _values(content: bytes) -> int:
    """Estimate the number of values in JSON; each takes as much memory as fifty bytes of text."""
    return content.count(b",") + content.count(b"[") + content.count(b"{")


def _has_long_text(value: Any) -> bool:
    """Return whether a text in JSON is too long for any item. Writing it would take eight bytes for each letter."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, str):
            if len(found) > MAX_TEXT:
                return True
        elif isinstance(found, dict):
            waiting += found.keys()
            waiting += found.values()
        elif isinstance(found, list):
            waiting += found
    return False


def _json(content: bytes, items: int) -> Any:
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise BadRequestError from None
    if isinstance(value, list) and len(value) > items:
        raise TooLargeError
    if isinstance(value, dict | list) and nests_deeper(value, MAX_DEPTH):
        raise BadRequestError(f"The JSON is nested too deeply: {MAX_DEPTH} levels at most")
    if len(content) > MAX_TEXT and _has_long_text(value):
        raise BadRequestError(f"a text may have {MAX_TEXT >> 20} MiB at most")
    return value


def _first_values(pairs: list[tuple[str, str]]) -> dict[str, str]:
    return dict(reversed(pairs))


def _multipart(content_type: str, content: bytes) -> list[tuple[str, str]]:
    """Return the fields of a multipart form; files in it are ignored, and forms within it are text."""
    from email.parser import BytesHeaderParser

    parse = BytesHeaderParser().parsebytes
    boundary = parse(b"Content-Type: " + content_type.encode("latin-1", "replace")).get_boundary()
    fields = []
    for part in (b"\r\n" + content).split(b"\r\n--" + (boundary or "").encode(errors="surrogateescape"))[1:]:
        head, _, value = part.partition(b"\r\n\r\n")
        if part.startswith(b"--"):  # the end
            break
        if len(head) > _MAX_HEAD or b"name" not in head:
            continue
        headers = parse(head.lstrip())
        name = headers.get_param("name", header="content-disposition")
        if isinstance(name, str) and headers.get_filename() is None:
            fields.append((name, value.decode(errors="replace")))
    return fields


def media_type(request: Request) -> str:
    """Return the media type of the body, without parameters, in lower case."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def body(request: Request, limits: Limits) -> Any:
    """Return the decoded body of a request: the JSON value, or the fields of the form.

    Args:
        request: the request.
        limits: the limits of requests.

    Raises:
        TooLargeError: it is too large.
        BadRequestError: it is neither JSON nor a form, empty, or nested too deeply.
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
