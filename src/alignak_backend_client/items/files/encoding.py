"""The JSON of dumps."""

from __future__ import annotations

import json
import math
import re
from typing import IO, Any


def as_json(value: Any, *, many: bool = False) -> bytes:
    """Return the JSON of a dump: UTF-8, indented by 4, keys sorted; null for what is no number, as NaN is.

    Args:
        value: what is dumped.
        many: True for what may be long: then a faster encoder is worth its import.
    """
    return _fast_json(value) if many else _json(value)


def _fast_json(value: Any) -> bytes:
    import msgspec.json

    try:
        return msgspec.json.format(msgspec.json.Encoder(order="sorted").encode(value), indent=4)
    except ValueError:
        # It holds half of a character, which can stand in JSON, but not in UTF-8.
        return _json(value)


def _json(value: Any) -> bytes:
    try:
        text = json.dumps(value, indent=4, sort_keys=True, ensure_ascii=False, allow_nan=False)
    except ValueError:
        text = json.dumps(_without_nan(value), indent=4, sort_keys=True, ensure_ascii=False)
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text).encode()


def _without_nan(value: Any) -> Any:
    """Return a value with null in the place of NaN and Infinity, which Python servers send, and JSON does not have."""
    if isinstance(value, dict):
        return {name: _without_nan(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


class ListWriter:
    """Writes a list of items, some at a time; the file is that of the whole list."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._empty = True

    def add(self, text: bytes) -> None:
        """Write some more items: a list of them, as :func:`as_json` returns it."""
        if text != b"[]":
            self._file.write(b"[\n" if self._empty else b",\n")
            # Without the brackets, each on a line of its own.
            self._file.write(memoryview(text)[2:-2])
            self._empty = False

    def end(self) -> None:
        """Write the end of the list."""
        self._file.write(b"[]\n" if self._empty else b"\n]\n")
