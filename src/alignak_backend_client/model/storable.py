"""Limits of what databases can store, and JSON and UTF-8 can express."""

from __future__ import annotations

import math
from typing import Any, Final

MAX_DEPTH: Final = 100
"""How deep the values of an item may nest: as deep as MongoDB takes them."""

MAX_LEVELS: Final = 64
"""How many templates, realms or groups may stand above each other; nobody has ten."""

INTEGERS: Final = range(-(2**63), 2**63)
"""The integers that a database stores."""


def unstorable(value: Any) -> tuple[str, Any] | None:
    """Return the code and the place of the first thing that keeps a value from being stored; None when nothing does."""
    if isinstance(value, str):
        return ("surrogate", value) if not value.isascii() and _is_broken(value) else None
    if isinstance(value, int):
        return ("range", value) if value not in INTEGERS else None
    if isinstance(value, float):
        return ("finite", value) if not math.isfinite(value) else None
    return _unstorable_inside(value) if value and isinstance(value, dict | list) else None


def _unstorable_inside(value: Any) -> tuple[str, Any] | None:
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for outer in level:
            if isinstance(outer, dict) and (wrong := next(filter(is_wrong_key, outer), None)) is not None:
                return "key", wrong
            for one in outer.values() if isinstance(outer, dict) else outer:
                if isinstance(one, dict | list):
                    below.append(one)
                elif found := unstorable(one):
                    return found
        if not below:
            return None
        level = below
    return "depth", MAX_DEPTH


def nests_deeper(value: Any, levels: int) -> bool:
    """Return True if objects and lists of decoded JSON or YAML are nested more than so many levels deep."""
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


def is_wrong_key(key: str) -> bool:
    """Return whether a store may take a key for an operator, or cannot keep it."""
    return not key or key[0] == "$" or "\0" in key or (not key.isascii() and _is_broken(key))


def _is_broken(text: str) -> bool:
    """Return whether a text holds half of a character, as JSON can name it, and UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def dotted_key(value: Any) -> str | None:
    """Return the first key with a dot inside of a value; None when there is none.

    The Alignak backend makes objects of such keys, at any depth, and loses values where one is there already.
    """
    if isinstance(value, dict):
        wrong = next((key for key in value if "." in key), None)
        return wrong or next(filter(None, map(dotted_key, value.values())), None)
    return next(filter(None, map(dotted_key, value)), None) if isinstance(value, list) else None
