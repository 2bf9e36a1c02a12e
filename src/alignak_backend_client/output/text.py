"""Safe text for terminals: without control sequences, and of known width."""

from __future__ import annotations

from typing import Final

_MAX_WORD: Final = 120


def printable(text: str, allowed: str = "") -> str:
    r"""Return text that a terminal shows as it is: control and format characters become ``\x1b`` and the like."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char in allowed else char.encode("unicode_escape").decode() for char in text
    )


def printable_json(text: str, encoding: str) -> str:
    r"""Return the same JSON with ``\u009b`` and the like for what a terminal or an encoding does not show."""

    def shown(char: str) -> str:
        units = char.encode("utf-16-be", errors="surrogatepass")
        return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))

    def fits(char: str) -> bool:
        try:
            char.encode(encoding)
        except UnicodeEncodeError:
            return False
        return True

    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return "".join(char if char == "\n" or (char.isprintable() and fits(char)) else shown(char) for char in text)


def with_short_words(text: str) -> str:
    """Return text with words of at most 120 characters; longer ones are cut and end with ``…``."""
    return text if len(text) <= _MAX_WORD else " ".join(cut(word, _MAX_WORD) for word in text.split(" "))


def encodable(text: str, encoding: str) -> str:
    r"""Return text with ``\xe9`` and the like for characters that an encoding lacks."""
    return text if text.isascii() else text.encode(encoding, errors="backslashreplace").decode(encoding)


def width(text: str) -> int:
    """Return how many cells of a terminal printable text takes: two for a wide character, none for an accent."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def cut(text: str, limit: int, mark: str = "…") -> str:
    """Return text of at most so many cells, at least one; one that is cut ends with a mark."""
    if width(text) <= limit:
        return text
    left = limit - len(mark)
    if left <= 0:
        return mark[:limit]
    used = end = 0
    for end, char in enumerate(text):  # noqa: B007 - where it ended is what counts
        used += _cells(char)
        if used > left:
            break
    return text[:end] + mark


def _cells(char: str) -> int:
    if char.isascii():
        return 1
    # unicodedata and not the package wcwidth: that takes longer to import than a table takes to print.
    import unicodedata

    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
