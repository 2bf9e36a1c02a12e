"""Expressions for several names: Shinken's ``linux&!(test|old)``, and regular ones of Nagios: ``^web.*``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

_SIGNS: Final = re.compile(r"([&|()!])")
_OPERATORS: Final = re.compile(r"[&|()]")
_DEEPEST: Final = 50
_SIMPLE: Final = re.compile(r"\^?(?:(?:[\w /:@,;=#~-]|\.|\\[^\w\s]|\[\^?[\w .:-]+\])[*+?]?)*\$?")
"""Regular expressions without groups and alternatives."""

_EDGES: Final = re.compile(r"\A\^?(?:\.\*)+|(?<!\\)(?:\.\*)+\$?\Z")
"""What says nothing of where a match is."""

_REPEATED: Final = re.compile(r"(?<!\\)[*+?]")
_MOST_REPEATED: Final = 2
_LONGEST: Final = 255
"""With these limits, no text can keep the matching busy."""

Find = Callable[[str], Iterable[str] | None]


class ExpressionError(ValueError):
    """A text is no expression, or names what there is not."""


def matching(text: str, names: Iterable[str]) -> list[str] | None:
    """Return the names in which a regular expression matches somewhere; None for one that is too complicated."""
    text = _EDGES.sub("", text)
    if len(text) > _LONGEST or len(_REPEATED.findall(text)) > _MOST_REPEATED or not _SIMPLE.fullmatch(text):
        return None
    try:
        pattern = re.compile(text)
    except re.error:
        return None
    return [name for name in names if len(name) <= _LONGEST and pattern.search(name)]


def is_expression(text: str) -> bool:
    """Return True for a text that may be one, and is not just a name."""
    return _OPERATORS.search(text) is not None


def evaluate(text: str, find: Find, everything: Iterable[str]) -> set[str]:
    """Return what an expression means.

    Args:
        text: names with ``&`` (both), ``|`` (either), ``!`` (not) and parentheses; ``&`` binds tighter.
        find: returns what a name means, None for one that there is not.
        everything: what ``!`` takes away from.

    Raises:
        ExpressionError: it is none.
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
        """Return True when the next part is one of some signs, and pass it."""
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
        if self.is_done or depth > _DEEPEST:
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
