"""The destination of output: a terminal with a width and perhaps colours, or a file or program."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final, TextIO

from alignak_backend_client.output.text import escape_json, escape_unencodable, escape_unprintable

_DEFAULT_WIDTH: Final = 80


class Sink:
    """A stream for results.

    Attributes:
        width: the width of the terminal in cells; None if the stream is not a terminal.
        colours: True on a terminal with colours, unless the user disables them (``NO_COLOR``).
        encoding: the encoding of the stream.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.encoding = stream.encoding or "utf-8"
        self.width = _terminal_width(stream)
        self.colours = (
            self.width is not None and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"
        )

    def write_line(self, text: str) -> None:
        """Write a line of text; characters that the encoding lacks are escaped."""
        self._stream.write(escape_unencodable(text, self.encoding) + "\n")

    def write_json(self, data: bytes | memoryview) -> None:
        """Write JSON; on a terminal, unprintable characters are escaped."""
        self._write_data(data, lambda text: escape_json(text, self.encoding))

    def write_csv(self, text: str) -> None:
        """Write CSV; on a terminal, unprintable characters are escaped."""
        self._write_data(text.encode(errors="backslashreplace"), lambda escape: escape_unprintable(escape, "\n"))

    def write_yaml(self, text: str) -> None:
        """Write YAML, in which unprintable characters are escaped already."""
        self._write_data(text.encode(), str)

    def _write_data(self, data: bytes | memoryview, escape: Callable[[str], str]) -> None:
        """Write data for programs: as UTF-8 whatever the locale, or as escaped text on a terminal."""
        buffer = getattr(self._stream, "buffer", None)
        if self.width is None and buffer is not None:
            self._stream.flush()  # text written before must come first
            buffer.write(data)
        else:
            self._stream.write(escape_unencodable(escape(str(data, "utf-8")), self.encoding))


def _terminal_width(stream: TextIO) -> int | None:
    if not stream.isatty():
        return None
    columns = os.environ.get("COLUMNS", "")[:6]
    if columns.isascii() and columns.isdigit() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _DEFAULT_WIDTH
    except (OSError, ValueError):
        return _DEFAULT_WIDTH
