"""Suggestions for misspelt words."""

from __future__ import annotations

from collections.abc import Iterable

_LONGEST = 80
"""Comparing takes time that grows with the square of the length."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most like another one; None when none is."""
    import difflib

    return next(iter(difflib.get_close_matches(word[:_LONGEST], list(known), 1)), None)


def suggestion(word: str, known: Iterable[str], what: str) -> str:
    """Return the end of a message about an unknown word: the nearest one, or all that there are.

    Args:
        word: what was written.
        known: what could have been meant.
        what: what these are, such as ``columns``.
    """
    words = list(known)
    near = nearest(word, words)
    return f"did you mean {near!r}?" if near else f"the {what} are: {', '.join(words)}"


def one_slip(word: str, other: str) -> bool:
    """Return whether two words are one slip apart: a letter too many, too few, wrong, or two swapped."""
    same = 0
    while same < min(len(word), len(other)) and word[same] == other[same]:
        same += 1
    left, right = word[same:], other[same:]
    return (
        left[1:] == right[1:]
        or left[1:] == right
        or left == right[1:]
        or (len(left) > 1 and left[:2] == right[:2][::-1] and left[2:] == right[2:])
    )
