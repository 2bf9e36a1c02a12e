"""A command line as bash passes it: one string, possibly with an open quote."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Final

PROGRAM: Final = "alignak-backend-cli"

_PLAIN: Final = re.compile(r"([^\w@%+=:,./-])")


class BashLine:
    """A command line up to the cursor.

    Attributes:
        words: the words before the last one, without the name of the program.
        current: the last word, which may be empty, without its quotes.

    Args:
        text: the line.
        breaks: characters at which bash begins a new word to complete, though arguments go on: ``COMP_WORDBREAKS``.
    """

    def __init__(self, text: str, breaks: str) -> None:
        words: list[str] = []
        self._quote = ""
        self._start = 0
        current, begun = "", False
        characters = iter(text)
        for char in characters:
            if char == self._quote:
                self._quote = ""
            elif char == "\\" and self._quote != "'":
                current += next(characters, "")
                begun = True
            elif self._quote:
                current += char
            elif char in "'\"":
                self._quote, self._start, begun = char, len(current), True
            elif char.isspace():
                if begun:
                    words.append(current)
                current, begun, self._start = "", False, 0
            else:
                current += char
                begun = True
                if char in breaks:
                    self._start = len(current)
        program = next((at for at, word in enumerate(words) if PurePath(word).name == PROGRAM), 0)
        self.words, self.current = words[program + 1 :], current

    def replacement(self, word: str) -> str:
        """Return the replacement for what bash takes for the last word, quoted as necessary."""
        rest = word[self._start :]
        if self._quote == "'":
            return rest.replace("'", "'\\''")
        return re.sub(r'(["\\$`])', r"\\\1", rest) if self._quote else _PLAIN.sub(r"\\\1", rest)
