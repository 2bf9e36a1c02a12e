"""Shinken's expressions over groups and templates: ``linux&!(test|old)``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

_SIGNS: Final = re.compile(r"([&|()!])")
_OPERATORS: Final = re.compile(r"[&|()]")
_DEEPEST: Final = 50

Find = Callable[[str], Iterable[str] | None]


class ExpressionError(ValueError):
    """A text is no expression, or names what there is not."""


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
