"""Text of others in messages: of servers, and of the operating system."""

from __future__ import annotations

import re


def plain_text(text: str, limit: int = 300) -> str:
    """Return text or HTML as one line of plain text, at most ``limit`` characters, no control characters."""
    if re.search(r"<(!doctype|html|head|body|title|h1|p)\b", text[:2000], re.IGNORECASE):
        import html

        # Both take linear time for any text.
        text = re.sub(r"<(script|style|title)\b.*?(</\1\s*>|\Z)", " ", text, flags=re.IGNORECASE | re.DOTALL)
        text = html.unescape(re.sub(r"<[^<>]*>", " ", text))
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def error_text(error: Exception) -> str:
    """Return the reason of an error without its number and path, such as ``No such file or directory``."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
