"""JSON output: UTF-8, indented by 4 or one item per line; null for values that are not numbers, such as NaN."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any


def to_json(value: Any, *, many: bool = False, sort: bool = True) -> bytes:
    """Encode a value as JSON, indented by 4.

    Args:
        value: the value.
        many: True if it may be large, so that importing a faster encoder pays off.
        sort: True to sort keys, as in dumps.
    """
    return _fast_json(value, indent=4, sort=sort) if many else _json(value, indent=4, sort=sort)


def to_json_line(value: Any, *, many: bool = False, sort: bool = False) -> bytes:
    """Encode a value as a line of JSON, including the line end.

    Args:
        value: the value.
        many: True if there may be many lines, so that importing a faster encoder pays off.
        sort: True to sort keys.
    """
    return (_fast_json(value, indent=None, sort=sort) if many else _json(value, indent=None, sort=sort)) + b"\n"


def _fast_json(value: Any, *, indent: int | None, sort: bool) -> bytes:
    import msgspec.json

    try:
        encoded = msgspec.json.Encoder(order="sorted" if sort else None).encode(value)
        return msgspec.json.format(encoded, indent=indent or 0)
    except ValueError:
        # It has a lone surrogate, which is valid in JSON, but not in UTF-8.
        return _json(value, indent=indent, sort=sort)


def _json(value: Any, *, indent: int | None, sort: bool) -> bytes:
    try:
        text = json.dumps(value, indent=indent, sort_keys=sort, ensure_ascii=False, allow_nan=False)
    except ValueError:
        text = json.dumps(replace_nan(value), indent=indent, sort_keys=sort, ensure_ascii=False)
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text).encode()


def replace_nan(value: Any) -> Any:
    """Replace NaN and Infinity by null: Python servers send them, but they are not valid JSON."""
    if isinstance(value, dict):
        return {name: replace_nan(one) for name, one in value.items()}
    if isinstance(value, list):
        return [replace_nan(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


class ListWriter:
    """Writes a list of items in chunks; the output is the same as for the whole list.

    Args:
        write: called with each part of the output.
    """

    def __init__(self, write: Callable[[bytes | memoryview], Any]) -> None:
        self._write = write
        self._empty = True

    def add(self, text: bytes) -> None:
        """Write a chunk: a list of items, as returned by :func:`to_json`."""
        if text != b"[]":
            self._write(b"[\n" if self._empty else b",\n")
            # Without the brackets, each on a line of its own.
            self._write(memoryview(text)[2:-2])
            self._empty = False

    def end(self) -> None:
        """Write the end of the list."""
        self._write(b"[]\n" if self._empty else b"\n]\n")
