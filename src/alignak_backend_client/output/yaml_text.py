"""YAML output that YAML 1.1 and 1.2 parsers read in the same way.

Strings are quoted unless they are unambiguous: YAML 1.1 parsers convert ``no``, ``1:30``, ``2026-08-01`` and ``1_000``.
Existing emitters leave some of these unquoted, and take three times as long (PyYAML) or need all items at once.
"""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Mapping
from typing import Any, Final

from alignak_backend_client.output.json_text import replace_nan

_PLAIN: Final = re.compile(r"[^\W\d](?:[\w./@+-]|[:=](?=\w)| (?=[\w/(])|[()](?=[\w ]|$))*")
"""Starts with a letter, followed by characters without a meaning in YAML at this place."""

_RESERVED_WORDS: Final = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
"""Words that YAML 1.1 or 1.2 does not read as strings, in any case."""

_LONGEST_KEY: Final = 1000
"""Longer keys need the indicator ``?`` (YAML 1.2, 7.4.2)."""

_DEPTH: Final = 40
"""More deeply nested values are written as JSON, which is valid YAML."""


def to_yaml(value: Any) -> str:
    """Encode a value as YAML in block style, including the last line end."""
    lines: list[str] = []
    if _is_flat(value, 0):
        lines.append(_format_scalar(value))
    else:
        _append(lines, value, "", "", 0)
    return "\n".join(lines) + "\n"


def _append(lines: list[str], value: Any, start: str, indent: str, depth: int) -> None:
    """Append the lines of a non-empty list or mapping; ``start`` is the prefix of the first line."""
    if value.__class__ is dict or isinstance(value, Mapping):
        for key, inner in value.items():
            start += _format_key(str(key), indent)
            if type(inner) is str:
                lines.append(f"{start} {_quote_if_needed(inner)}")
            elif _is_flat(inner, depth):
                lines.append(f"{start} {_format_scalar(inner)}")
            else:
                lines.append(start)
                below = indent + "  " if isinstance(inner, Mapping) else indent
                _append(lines, inner, below, below, depth + 1)
            start = indent
        return
    below = indent + "  "
    for inner in value:
        start += "- "
        if _is_flat(inner, depth):
            lines.append(start + _format_scalar(inner))
        else:
            _append(lines, inner, start, below, depth + 1)
        start = indent


@functools.lru_cache(4096)
def _format_key(key: str, indent: str) -> str:
    text = _quote_if_needed(key)
    return f"{text}:" if len(text) <= _LONGEST_KEY else f"? {text}\n{indent}:"


def _is_flat(value: Any, depth: int) -> bool:
    return not value or not isinstance(value, dict | list | Mapping) or depth >= _DEPTH


def _format_scalar(value: Any) -> str:
    if isinstance(value, str):
        return _quote_if_needed(value)
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, float):
        text = repr(value) if math.isfinite(value) else "null"  # as in JSON
        return text.replace("e", ".0e") if "." not in text else text  # YAML 1.1 takes no number without
    return _escape_unprintable(json.dumps(replace_nan(value), ensure_ascii=False))


@functools.lru_cache(4096)
def _quote_if_needed(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.isprintable() and text.lower() not in _RESERVED_WORDS:
        return text
    return _escape_unprintable(json.dumps(text, ensure_ascii=False))


def _escape_unprintable(text: str) -> str:
    """Escape unprintable characters in quoted text."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(ord(char)) for char in text)


def _escape(code: int) -> str:
    return f"\\u{code:04x}" if code < 1 << 16 else f"\\U{code:08x}"
