"""Limits of what databases can store, and JSON and UTF-8 can express."""

from __future__ import annotations

import math
from typing import Any, Final

MAX_DEPTH: Final = 100
"""Maximum nesting of the values of an item, as in MongoDB."""

MAX_LEVELS: Final = 64
"""Maximum depth of trees of templates, realms or groups; real ones have fewer than ten levels."""

INTEGERS: Final = range(-(2**63), 2**63)
"""The integers that a database stores."""


def find_unstorable(value: Any) -> tuple[str, Any] | None:
    """Return the first reason why a value cannot be stored, as issue code and value; None if it can be stored."""
    if isinstance(value, str):
        return ("surrogate", value) if not value.isascii() and has_lone_surrogate(value) else None
    if isinstance(value, int):
        return ("range", value) if value not in INTEGERS else None
    if isinstance(value, float):
        return ("finite", value) if not math.isfinite(value) else None
    return _find_unstorable_in(value) if value and isinstance(value, dict | list) else None


def _find_unstorable_in(value: Any) -> tuple[str, Any] | None:
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for outer in level:
            if isinstance(outer, dict) and (wrong := next(filter(is_invalid_key, outer), None)) is not None:
                return "key", wrong
            for one in outer.values() if isinstance(outer, dict) else outer:
                if isinstance(one, dict | list):
                    below.append(one)
                elif found := find_unstorable(one):
                    return found
        if not below:
            return None
        level = below
    return "depth", MAX_DEPTH


def nests_deeper(value: Any, levels: int) -> bool:
    """Return True if objects and lists of decoded JSON or YAML are nested more than ``levels`` deep."""
    level = [value]
    for _ in range(levels):
        level = [
            one
            for outer in level
            for one in (outer.values() if outer.__class__ is dict else outer)
            if one.__class__ is dict or one.__class__ is list
        ]
        if not level:
            return False
    return True


def is_invalid_key(key: str) -> bool:
    """Return True for a key that a database may interpret as an operator, or cannot store."""
    return not key or key[0] == "$" or "\0" in key or (not key.isascii() and has_lone_surrogate(key))


def has_lone_surrogate(text: str) -> bool:
    """Return True for a text with a lone surrogate, which is valid in JSON, but not in UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def find_dotted_key(value: Any) -> str | None:
    """Return the first key with a dot in a value, at any depth; None if there is none.

    The Alignak backend converts such keys to nested objects, and may lose values.
    """
    if isinstance(value, dict):
        wrong = next((key for key in value if "." in key), None)
        return wrong or next(filter(None, map(find_dotted_key, value.values())), None)
    return next(filter(None, map(find_dotted_key, value)), None) if isinstance(value, list) else None
