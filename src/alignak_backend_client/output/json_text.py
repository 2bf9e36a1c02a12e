"""JSON output: UTF-8, indented by 4 or one item per line; null for values that are not numbers, such as NaN."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any


def as_json(value: Any, *, many: bool = False, sort: bool = True) -> bytes:
    """Return JSON, indented by 4.

    Args:
        value: what is written.
        many: True for what may be long: then a faster encoder is worth its import.
        sort: True sorts the keys; dumps are sorted.
    """
    return _fast_json(value, sort=sort) if many else _json(value, indent=4, sort=sort)


def as_line(value: Any, *, sort: bool = False) -> bytes:
    """Return JSON in one line, with its line end."""
    return _json(value, indent=None, sort=sort) + b"\n"


def _fast_json(value: Any, *, sort: bool) -> bytes:
    import msgspec.json

    try:
        encoded = msgspec.json.Encoder(order="sorted" if sort else None).encode(value)
        return msgspec.json.format(encoded, indent=4)
    except ValueError:
        # It holds half of a character, which can stand in JSON, but not in UTF-8.
        return _json(value, indent=4, sort=sort)


def _json(value: Any, *, indent: int | None, sort: bool) -> bytes:
    try:
        text = json.dumps(value, indent=indent, sort_keys=sort, ensure_ascii=False, allow_nan=False)
    except ValueError:
        text = json.dumps(without_nan(value), indent=indent, sort_keys=sort, ensure_ascii=False)
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text).encode()


def without_nan(value: Any) -> Any:
    """Return a value with null in the place of NaN and Infinity, which Python servers send, and JSON does not have."""
    if isinstance(value, dict):
        return {name: without_nan(one) for name, one in value.items()}
    if isinstance(value, list):
        return [without_nan(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


class ListWriter:
    """Writes a list of items, some at a time; the text is that of the whole list.

    Args:
        write: takes the text, piece by piece.
    """

    def __init__(self, write: Callable[[bytes | memoryview], Any]) -> None:
        self._write = write
        self._empty = True

    def add(self, text: bytes) -> None:
        """Write some more items: a list of them, as :func:`as_json` returns it."""
        if text != b"[]":
            self._write(b"[\n" if self._empty else b",\n")
            # Without the brackets, each on a line of its own.
            self._write(memoryview(text)[2:-2])
            self._empty = False

    def end(self) -> None:
        """Write the end of the list."""
        self._write(b"[]\n" if self._empty else b"\n]\n")
