"""YAML output that YAML 1.1 and 1.2 readers understand in the same way, written line by line.

A text is quoted unless it is plainly one: readers of YAML 1.1 take ``no``, ``1:30``, ``2026-08-01`` and ``1_000`` for
something else. The emitters at hand leave some of these bare, and take three times as long (PyYAML) or all items at
once.
"""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Mapping
from typing import Any, Final

from alignak_backend_client.output.json_text import without_nan

_PLAIN: Final = re.compile(r"[^\W\d](?:[\w./@+-]|[:=](?=\w)| (?=[\w/(])|[()](?=[\w ]|$))*")
"""Begins with a letter; no other sign than these, of which none means something there."""

_WORDS: Final = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
"""What YAML 1.1 or 1.2 reads as something other than text, whatever the case."""

_LONGEST_KEY: Final = 1000
"""Longer ones need a sign of their own (YAML 1.2, 7.4.2)."""

_DEPTH: Final = 40
"""Values that nest deeper are written as JSON, which is YAML, too."""


def as_yaml(value: Any) -> str:
    """Return YAML in block style, with its last line end."""
    lines: list[str] = []
    if _is_flat(value, 0):
        lines.append(_flat(value))
    else:
        _add(lines, value, "", "", 0)
    return "\n".join(lines) + "\n"


def _add(lines: list[str], value: Any, start: str, indent: str, depth: int) -> None:
    """Add the lines of a list or mapping that is not empty; ``start`` is what the first one begins with."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            start += _key(str(key), indent)
            if type(inner) is str:
                lines.append(f"{start} {_text(inner)}")
            elif _is_flat(inner, depth):
                lines.append(f"{start} {_flat(inner)}")
            else:
                lines.append(start)
                below = indent + "  " if isinstance(inner, Mapping) else indent
                _add(lines, inner, below, below, depth + 1)
            start = indent
        return
    below = indent + "  "
    for inner in value:
        start += "- "
        if _is_flat(inner, depth):
            lines.append(start + _flat(inner))
        else:
            _add(lines, inner, start, below, depth + 1)
        start = indent


def _key(key: str, indent: str) -> str:
    text = _text(key)
    return f"{text}:" if len(text) <= _LONGEST_KEY else f"? {text}\n{indent}:"


def _is_flat(value: Any, depth: int) -> bool:
    return not value or not isinstance(value, dict | list | Mapping) or depth >= _DEPTH


def _flat(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, float):
        text = repr(value) if math.isfinite(value) else "null"  # as in JSON
        return text.replace("e", ".0e") if "." not in text else text  # YAML 1.1 takes no number without
    return _printable(json.dumps(without_nan(value), ensure_ascii=False))


@functools.lru_cache(4096)
def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.isprintable() and text.lower() not in _WORDS:
        return text
    return _printable(json.dumps(text, ensure_ascii=False))


def _printable(text: str) -> str:
    """Return quoted text with an escape for each character that not everything shows."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(ord(char)) for char in text)


def _escape(code: int) -> str:
    return f"\\u{code:04x}" if code < 1 << 16 else f"\\U{code:08x}"
