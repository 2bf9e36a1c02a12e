"""Tables: columns as wide as their values need, within the width of the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from alignak_backend_client.output.layout import Column
from alignak_backend_client.output.text import cut, encodable, printable, width
from alignak_backend_client.output.values import cell, value_at

CHUNK: Final = 1000
"""Rows that are looked at together: columns become wider with the next ones, never narrower."""

_GAP: Final = "  "

_WIDEST: Final = 60
"""Cells of a column where nothing is cut: a longer value moves the rest of its own line only."""

_NARROWEST: Final = 8
"""Cells that are left of a text on a narrow terminal; before it gets less, columns at the end are omitted."""

_NARROWEST_KEY: Final = 20
"""Cells that are left of what tells which row it is, as long as other columns can be omitted for it."""

_RIGID: Final = 20
"""Values other than text are not cut, unless they are longer than they should ever be."""

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
    """A table, some rows at a time.

    Args:
        columns: its columns.
        limit: cells of a line; None cuts nothing.
        colours: True colours states and headings.
        headers: False leaves out the line of headings.
        encoding: what must be able to hold the text.

    Attributes:
        hidden: fields of the columns that found no room; known after the first line.
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
        self._mark = "…" if encodable("…", encoding) == "…" else "..."
        self._headings = [self._fit(column.heading or column.field).upper() for column in columns]
        self._natural = [width(heading) for heading in self._headings] if headers else [1] * len(columns)
        self._begun = not headers

    def lines(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
        """Yield the lines of the table, without line ends; no rows, no lines."""
        left = iter(rows)
        while chunk := list(islice(left, CHUNK)):
            texts = [
                [self._fit(cell(value_at(row, column.field), column.kind)) for column in self._columns] for row in chunk
            ]
            widths = self._widths(texts)
            if not self._begun:
                self._begun = True
                yield self._line(self._headings, widths, heading=True)
            for line in texts:
                yield self._line(line, widths)

    def _fit(self, text: str) -> str:
        return encodable(printable(text), self._encoding)

    def _widths(self, texts: list[list[str]]) -> list[int]:
        """Return the widths of the columns, and leave out those that find no room."""
        most = self._limit or _WIDEST
        for index in range(len(self._columns)):
            longest = max(width(line[index][: most + 1]) for line in texts)
            self._natural[index] = min(most, max(self._natural[index], longest))
        if self._limit is None:
            return self._natural
        least = [
            natural if column.kind != "text" and natural <= _RIGID else min(natural, _narrowest(column))
            for column, natural in zip(self._columns, self._natural, strict=True)
        ]
        kept = list(range(len(least)))
        while sum(least[index] for index in kept) > self._room(kept) and len(kept) > 1:
            kept.remove(next((index for index in reversed(kept) if not self._columns[index].key), kept[-1]))
        self._leave_out(kept, texts)
        return _shared([least[index] for index in kept], self._natural, max(self._room(kept), 1))

    def _room(self, columns: Sequence[int]) -> int:
        """Return the cells of a line that so many columns can use."""
        return (self._limit or 0) - len(_GAP) * (len(columns) - 1)

    def _leave_out(self, kept: list[int], texts: list[list[str]]) -> None:
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
            shown = text if self._limit is None else cut(text, room, self._mark)
            padding = " " * (room - width(shown))
            shown = self._coloured(shown, _BOLD if heading else _COLOURS.get(text) if column.kind == "state" else None)
            if column.kind == "number":
                shown = padding + shown
            elif index < last:
                shown += padding
            parts.append(shown)
        return _GAP.join(parts)

    def _coloured(self, text: str, colour: str | None) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if colour and self._colours else text


def _narrowest(column: Column) -> int:
    return _NARROWEST_KEY if column.key else _NARROWEST


def _shared(least: list[int], natural: list[int], room: int) -> list[int]:
    """Return widths that fit into the room: columns that need little get it, the others share what is left."""
    widths = [min(one, room) for one in least]
    spare = room - sum(widths)
    waiting = sorted(range(len(least)), key=lambda index: natural[index] - least[index])
    while waiting:
        index = waiting.pop(0)
        more = max(0, min(natural[index] - widths[index], spare // (len(waiting) + 1)))
        widths[index] += more
        spare -= more
    return widths
