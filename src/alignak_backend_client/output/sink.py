"""The destination of output: a terminal with a width and perhaps colours, or a file or program."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final, TextIO

from alignak_backend_client.output.text import encodable, printable, printable_json

_DEFAULT_WIDTH: Final = 80


class Sink:
    """A stream for results.

    Attributes:
        width: how many cells a line of the terminal has; None if it is no terminal.
        colours: True on a terminal that shows colours, unless the user wants none (``NO_COLOR``).
        encoding: that of the stream.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.encoding = stream.encoding or "utf-8"
        self.width = _width(stream)
        self.colours = (
            self.width is not None and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"
        )

    def line(self, text: str) -> None:
        """Write a line for people, which is safe on a terminal."""
        self._stream.write(encodable(text, self.encoding) + "\n")

    def json(self, data: bytes | memoryview) -> None:
        """Write JSON; on a terminal with an escape for each character that is not shown there."""
        self._data(data, lambda text: printable_json(text, self.encoding))

    def csv(self, text: str) -> None:
        """Write CSV; a terminal shows escapes for what could act there."""
        self._data(text.encode(errors="backslashreplace"), lambda shown: printable(shown, "\n"))

    def yaml(self, text: str) -> None:
        """Write YAML, in which all that could act on a terminal has an escape already."""
        self._data(text.encode(), str)

    def _data(self, data: bytes | memoryview, shown: Callable[[str], str]) -> None:
        """Write what programs read: as UTF-8 in any locale, and as text on a terminal."""
        buffer = getattr(self._stream, "buffer", None)
        if self.width is None and buffer is not None:
            self._stream.flush()  # what was written as text before
            buffer.write(data)
        else:
            self._stream.write(encodable(shown(str(data, "utf-8")), self.encoding))


def _width(stream: TextIO) -> int | None:
    if not stream.isatty():
        return None
    given = os.environ.get("COLUMNS", "")[:6]
    if given.isascii() and given.isdigit() and int(given):
        return int(given)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _DEFAULT_WIDTH
    except (OSError, ValueError):
        return _DEFAULT_WIDTH
