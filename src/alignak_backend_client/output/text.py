"""Safe text for terminals: without control sequences, and of known width."""

from __future__ import annotations

from typing import Final

_MAX_WORD_LENGTH: Final = 120


def escape_unprintable(text: str, allowed: str = "") -> str:
    r"""Replace control and format characters by escapes such as ``\x1b``, except for the ``allowed`` ones."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char in allowed else char.encode("unicode_escape").decode() for char in text
    )


def escape_json(text: str, encoding: str) -> str:
    r"""Replace characters in JSON that are unprintable or not in an encoding by escapes such as ``\u009b``."""

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


def shorten_words(text: str) -> str:
    """Truncate words of more than 120 characters; these end with ``…``."""
    return (
        text
        if len(text) <= _MAX_WORD_LENGTH
        else " ".join(truncate(word, _MAX_WORD_LENGTH) for word in text.split(" "))
    )


def escape_unencodable(text: str, encoding: str) -> str:
    r"""Replace characters that an encoding lacks by escapes such as ``\xe9``."""
    return text if text.isascii() else text.encode(encoding, errors="backslashreplace").decode(encoding)


def display_width(text: str) -> int:
    """Return the number of terminal cells of printable text: two for a wide character, none for an accent."""
    return len(text) if text.isascii() else sum(map(_char_width, text))


def truncate(text: str, limit: int, mark: str = "…") -> str:
    """Truncate text to a number of cells, at least one; truncated text ends with a mark."""
    if display_width(text) <= limit:
        return text
    left = limit - len(mark)
    if left <= 0:
        return mark[:limit]
    used = end = 0
    for end, char in enumerate(text):  # noqa: B007 - where it ended is what counts
        used += _char_width(char)
        if used > left:
            break
    return text[:end] + mark


def _char_width(char: str) -> int:
    if char.isascii():
        return 1
    # Importing wcwidth takes longer than printing a table.
    import unicodedata

    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
