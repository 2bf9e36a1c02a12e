"""Expressions for names: those of Shinken, such as ``linux&!(test|old)``, and regular expressions of Nagios."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

_SIGNS: Final = re.compile(r"([&|()!])")
_OPERATORS: Final = re.compile(r"[&|()]")
_MAX_DEPTH: Final = 50
_SIMPLE: Final = re.compile(r"\^?(?:(?:[\w /:@,;=#~-]|\.|\\[^\w\s]|\[\^?[\w .:-]+\])[*+?]?)*\$?")
"""Regular expressions without groups and alternatives."""

_EDGES: Final = re.compile(r"\A\^?(?:\.\*)+|(?<!\\)(?:\.\*)+\$?\Z")
"""Parts that do not affect whether a name matches."""

_REPEATED: Final = re.compile(r"(?<!\\)[*+?]")
_MOST_REPEATED: Final = 2
_LONGEST: Final = 255
"""These limits bound the time of matching."""

Find = Callable[[str], Iterable[str] | None]


class ExpressionError(ValueError):
    """An expression is invalid, or has unknown names."""


def match_names(text: str, names: Iterable[str]) -> list[str] | None:
    """Return the names that contain a match of a regular expression; None if it is too complex."""
    text = _EDGES.sub("", text)
    if len(text) > _LONGEST or len(_REPEATED.findall(text)) > _MOST_REPEATED or not _SIMPLE.fullmatch(text):
        return None
    try:
        pattern = re.compile(text)
    except re.error:
        return None
    return [name for name in names if len(name) <= _LONGEST and pattern.search(name)]


def is_expression(text: str) -> bool:
    """Return True for a text with operators, rather than a plain name."""
    return _OPERATORS.search(text) is not None


def evaluate(text: str, find: Find, everything: Iterable[str]) -> set[str]:
    """Evaluate an expression.

    Args:
        text: names with ``&`` (and), ``|`` (or), ``!`` (not) and parentheses; ``&`` binds tighter.
        find: returns the elements for a name; None if it is unknown.
        everything: all elements, for ``!``.

    Raises:
        ExpressionError: the expression is invalid, or has unknown names.
    """
    parts = [part for piece in _SIGNS.split(text) if (part := piece.strip())]
    evaluation = _Evaluation(parts, find, set(everything))
    found = evaluation.union(0)
    if not evaluation.is_done:
        raise ExpressionError
    return found


class _Evaluation:
    def __init__(self, parts: list[str], find: Find, everything: set[str]) -> None:
        self._parts = parts
        self._find = find
        self._everything = everything
        self._at = 0

    @property
    def is_done(self) -> bool:
        return self._at >= len(self._parts)

    def _take(self, *signs: str) -> bool:
        """Consume the next part and return True if it is one of some signs."""
        if self.is_done or self._parts[self._at] not in signs:
            return False
        self._at += 1
        return True

    def union(self, depth: int) -> set[str]:
        found = self._intersection(depth)
        while self._take("|"):
            found = found | self._intersection(depth)
        return found

    def _intersection(self, depth: int) -> set[str]:
        found = self._single(depth)
        while self._take("&"):
            found = found & self._single(depth)
        return found

    def _single(self, depth: int) -> set[str]:
        if self.is_done or depth > _MAX_DEPTH:
            raise ExpressionError
        if self._take("!"):
            return self._everything - self._single(depth + 1)
        if self._take("("):
            found = self.union(depth + 1)
            if not self._take(")"):
                raise ExpressionError
            return found
        if self._take("&", "|", ")"):
            raise ExpressionError
        those = self._find(self._parts[self._at])
        self._at += 1
        if those is None:
            raise ExpressionError
        return set(those)
