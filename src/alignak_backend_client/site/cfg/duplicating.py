"""Shinken's ``duplicate_foreach``: one service for each element of a list in a custom variable of the host.

``_DISKS  C, D$(80%)$$(90%)$, Port [1-3]`` has the keys C, D, Port 1, Port 2 and Port 3; ``$(...)$`` are their values.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_ELEMENT: Final = re.compile(r"((?:[^,$]|\$(?!\())*)((?:\$\([^$]*?\)\$)*)\s*(?:,|$)")
_VALUES: Final = re.compile(r"\$\(([^$]*?)\)\$")
_RANGE: Final = re.compile(r"\[(\d{1,6})-(\d{1,6})\]")
_MACRO: Final = re.compile(r"\$(KEY|VALUE(\d{0,2}))\$", re.ASCII)
_MAX_ELEMENTS: Final = 10_000


class Element(NamedTuple):
    """An element of a list: its key, and any number of values."""

    key: str
    values: tuple[str, ...]


class TooManyElementsError(ValueError):
    """A list has too many elements."""


def parse_elements(text: str, default: str = "") -> list[Element]:
    """Parse the elements of a list; duplicate keys are ignored.

    Args:
        text: the value of the custom variable.
        default: the values of elements without values, such as ``$(80%)$``.

    Raises:
        ValueError: the list is invalid.
        TooManyElementsError: it has more elements than anybody checks.
    """
    ordinary = tuple(_VALUES.findall(default))
    found: dict[str, Element] = {}
    at = 0
    while at < len(text):
        match = _ELEMENT.match(text, at)
        if match is None or match.end() == at:
            raise ValueError
        at = match.end()
        values = tuple(_VALUES.findall(match[2])) or ordinary
        for key in _expand_ranges(match[1].strip()):
            if key:
                found.setdefault(key, Element(key, values))
            if len(found) > _MAX_ELEMENTS:
                raise TooManyElementsError
    return list(found.values())


def _expand_ranges(text: str) -> Iterator[str]:
    """Yield the keys of a text with ranges such as ``[1-48]``."""
    parts = _RANGE.split(text)
    if len(parts) == 1:
        yield text
        return
    ranges = [range(int(parts[at]), int(parts[at + 1]) + 1) for at in range(1, len(parts), 3)]
    texts = parts[::3]
    if math.prod(map(len, ranges)) > _MAX_ELEMENTS:
        raise TooManyElementsError
    for numbers in itertools.product(*ranges):
        yield "".join(f"{before}{number}" for before, number in zip(texts, numbers, strict=False)) + texts[-1]


def expand_macros(text: str, element: Element) -> str:
    """Replace ``$KEY$``, ``$VALUE$`` and ``$VALUE1$`` to ``$VALUE16$`` by those of an element."""

    def of(match: re.Match[str]) -> str:
        if match[1] == "KEY":
            return element.key
        number = int(match[2] or 1)
        return element.values[number - 1] if 0 < number <= len(element.values) else ""

    return _MACRO.sub(of, text)
