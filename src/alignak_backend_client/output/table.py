"""Tables: columns as wide as their values need, within the width of the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from alignak_backend_client.output.layout import Column
from alignak_backend_client.output.text import display_width, escape_unencodable, escape_unprintable, truncate
from alignak_backend_client.output.values import format_cell, get_value

CHUNK: Final = 1000
"""Rows whose widths are computed together. Columns may become wider for the next ones, never narrower."""

_SEPARATOR: Final = "  "

_MAX_WIDTH: Final = 60
"""Maximum width if nothing is truncated: a longer value shifts only the rest of its own line."""

_MIN_WIDTH: Final = 8
"""Minimum width of a text on a narrow terminal: the last columns are omitted before it becomes narrower."""

_MIN_KEY_WIDTH: Final = 20
"""Minimum width of a key column, as long as other columns can be omitted instead."""

_MAX_UNCUT_WIDTH: Final = 20
"""Values other than text are not truncated up to this width."""

_BOLD: Final = "1"
_COLOURS: Final = {
    "UP": "32",
    "OK": "32",
    "WARNING": "33",
    "DOWN": "31",
    "CRITICAL": "31",
    "UNREACHABLE": "35",
    "UNKNOWN": "35",
}


class Table:
    """A table that is computed in chunks of rows.

    Args:
        columns: its columns.
        limit: the maximum width of a line in cells; None to truncate nothing.
        colours: True to colour states and headings.
        headers: False to omit the headings.
        encoding: the encoding of the output.

    Attributes:
        hidden: fields of the omitted columns; set after the first line.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        limit: int | None = None,
        colours: bool = False,
        headers: bool = True,
        encoding: str = "utf-8",
    ) -> None:
        self.hidden: tuple[str, ...] = ()
        self._columns = list(columns)
        self._limit = limit
        self._colours = colours
        self._encoding = encoding
        self._mark = "…" if escape_unencodable("…", encoding) == "…" else "..."
        self._headings = [self._cell_text(column.heading or column.field).upper() for column in columns]
        self._natural = [display_width(heading) for heading in self._headings] if headers else [1] * len(columns)
        self._has_heading = not headers

    def lines(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
        """Yield the lines of the table, without line ends; no lines if there are no rows."""
        left = iter(rows)
        while chunk := list(islice(left, CHUNK)):
            texts = [
                [self._cell_text(format_cell(get_value(row, column.field), column.kind)) for column in self._columns]
                for row in chunk
            ]
            widths = self._column_widths(texts)
            if not self._has_heading:
                self._has_heading = True
                yield self._line(self._headings, widths, heading=True)
            for line in texts:
                yield self._line(line, widths)

    def _cell_text(self, text: str) -> str:
        return escape_unencodable(escape_unprintable(text), self._encoding)

    def _column_widths(self, texts: list[list[str]]) -> list[int]:
        """Return the widths of the columns, and hide columns for which the line is too short."""
        most = self._limit or _MAX_WIDTH
        for index in range(len(self._columns)):
            longest = max(display_width(line[index][: most + 1]) for line in texts)
            self._natural[index] = min(most, max(self._natural[index], longest))
        if self._limit is None:
            return self._natural
        least = [
            natural if column.kind != "text" and natural <= _MAX_UNCUT_WIDTH else min(natural, _min_width(column))
            for column, natural in zip(self._columns, self._natural, strict=True)
        ]
        kept = list(range(len(least)))
        while sum(least[index] for index in kept) > self._available_width(kept) and len(kept) > 1:
            kept.remove(next((index for index in reversed(kept) if not self._columns[index].key), kept[-1]))
        self._hide_columns(kept, texts)
        return _distribute([least[index] for index in kept], self._natural, max(self._available_width(kept), 1))

    def _available_width(self, columns: Sequence[int]) -> int:
        """Return the cells of a line that are available for the values of some columns."""
        return (self._limit or 0) - len(_SEPARATOR) * (len(columns) - 1)

    def _hide_columns(self, kept: list[int], texts: list[list[str]]) -> None:
        if len(kept) < len(self._columns):
            fields = [column.field for index, column in enumerate(self._columns) if index not in kept]
            self.hidden = (*fields, *self.hidden)
            self._columns = [self._columns[index] for index in kept]
            self._natural = [self._natural[index] for index in kept]
            for values in (self._headings, *texts):
                values[:] = [values[index] for index in kept]

    def _line(self, texts: list[str], widths: list[int], *, heading: bool = False) -> str:
        parts = []
        last = len(texts) - 1
        for index, (text, column, room) in enumerate(zip(texts, self._columns, widths, strict=True)):
            shown = text if self._limit is None else truncate(text, room, self._mark)
            padding = " " * (room - display_width(shown))
            shown = self._colour(shown, _BOLD if heading else _COLOURS.get(text) if column.kind == "state" else None)
            if column.kind == "number":
                shown = padding + shown
            elif index < last:
                shown += padding
            parts.append(shown)
        return _SEPARATOR.join(parts)

    def _colour(self, text: str, colour: str | None) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if colour and self._colours else text


def _min_width(column: Column) -> int:
    return _MIN_KEY_WIDTH if column.key else _MIN_WIDTH


def _distribute(least: list[int], natural: list[int], room: int) -> list[int]:
    """Return widths that fit into the room: narrow columns get what they need, the others share the rest."""
    widths = [min(one, room) for one in least]
    spare = room - sum(widths)
    waiting = sorted(range(len(least)), key=lambda index: natural[index] - least[index])
    while waiting:
        index = waiting.pop(0)
        more = max(0, min(natural[index] - widths[index], spare // (len(waiting) + 1)))
        widths[index] += more
        spare -= more
    return widths
