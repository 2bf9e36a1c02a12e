"""Suggestions for misspelt words."""

from __future__ import annotations

from collections.abc import Iterable

_LONGEST = 80
"""Comparing takes time that grows with the square of the length."""


_LEAST = 0.599
"""Words that are less similar are not suggested."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most similar to another, the first one in the alphabet; None if none is similar."""
    import difflib

    matcher = difflib.SequenceMatcher(b=word[:_LONGEST])
    found, best = None, _LEAST
    for one in sorted(known):
        matcher.set_seq1(one)
        if matcher.real_quick_ratio() > best and matcher.quick_ratio() > best and (ratio := matcher.ratio()) > best:
            found, best = one, ratio
    return found


def suggestion(word: str, known: Iterable[str], what: str) -> str:
    """Return the end of a message about an unknown word: the most similar known word, or all known words.

    Args:
        word: the unknown word.
        known: the known words.
        what: what the known words are, such as ``columns``.
    """
    words = list(known)
    near = nearest(word, words)
    return f"did you mean {near!r}?" if near else f"the {what} are: {', '.join(words)}"


def is_one_edit_apart(word: str, other: str) -> bool:
    """Return True if two words differ by one letter (added, removed or replaced), or by two swapped letters."""
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
