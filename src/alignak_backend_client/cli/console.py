"""What the command prints: results on standard output, everything else on standard error."""

from __future__ import annotations

import sys
from typing import TextIO

_ALLOWED = "\n\t"


def printable(text: str) -> str:
    r"""Return text that a terminal shows as it is: control and format characters become ``\x1b`` and the like."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char in _ALLOWED else char.encode("unicode_escape").decode() for char in text
    )


class Console:
    """Where messages go.

    Attributes:
        quiet: print nothing at all.
        verbose: print steps, too.
    """

    def __init__(self, *, quiet: bool = False, verbose: bool = False) -> None:
        self.quiet = quiet
        self.verbose = verbose

    def result(self, text: str) -> None:
        """Print what was asked for."""
        self._print(text, sys.stdout)

    def error(self, text: str) -> None:
        """Print what went wrong."""
        self._print(text, sys.stderr)

    def note(self, text: str) -> None:
        """Print what the user should know, but did not ask for."""
        self._print(text, sys.stderr)

    def step(self, text: str) -> None:
        """Print what is done, when the user wants to know."""
        if self.verbose:
            self._print(text, sys.stderr)

    # The verbs over items tell these.

    def done(self, text: str) -> None:
        """Print that an item was written."""
        self.result(text[:1].upper() + text[1:])

    def failed(self, text: str) -> None:
        """Print that an item was not written, and why."""
        self.error(text[:1].upper() + text[1:])

    def _print(self, text: str, stream: TextIO) -> None:
        if self.quiet:
            return
        shown = printable(text.rstrip("\n"))
        encoding = stream.encoding or "utf-8"
        print(shown.encode(encoding, errors="backslashreplace").decode(encoding), file=stream)
