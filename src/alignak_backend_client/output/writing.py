"""Writing rows in the requested format, as they arrive."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, Final, NamedTuple, TextIO

from alignak_backend_client.output import json_text
from alignak_backend_client.output.layout import Column, Layout
from alignak_backend_client.output.sink import Sink
from alignak_backend_client.output.text import printable
from alignak_backend_client.output.values import plain, value_at

Row = Mapping[str, Any]

_CHUNK: Final = 200
"""Rows that are encoded together."""


class Written(NamedTuple):
    """What was written.

    Attributes:
        rows: how many rows.
        hidden: fields of the columns for which the terminal has no room.
    """

    rows: int
    hidden: tuple[str, ...] = ()


def name_of(row: Row) -> str:
    """Return how people name the item of a row: ``host/name``, its name, or its id."""
    name, host = row.get("name"), row.get("host")
    if not isinstance(name, str) or not name:
        return str(row.get("_id", ""))
    return f"{host}/{name}" if isinstance(host, str) and host else name


def write(
    rows: Iterable[Row],
    columns: Sequence[Column],
    layout: Layout,
    stream: TextIO,
    *,
    name: Callable[[Row], str] = name_of,
) -> Written:
    """Write rows, in memory a few at a time.

    Tables and CSV show the columns that the layout chooses. JSON, YAML and NDJSON hold the rows whole, unless the
    layout names columns.

    Args:
        rows: the rows; they may be made while they are written.
        columns: the columns that there are.
        layout: how to show them.
        stream: where to.
        name: the name of a row, for the format ``name``.

    Raises:
        UnknownColumn: the layout names a column that there is not; nothing was written.
        OSError: the stream cannot be written.
    """
    chosen = layout.chosen(columns)
    sink = Sink(stream)
    counted = _Counted(rows)
    hidden: tuple[str, ...] = ()
    if layout.format in ("table", "wide"):
        hidden = _table(counted, chosen, layout, sink)
    elif layout.format == "csv":
        _csv(counted, chosen, sink, headers=layout.headers)
    elif layout.format == "name":
        for row in counted:
            sink.line(printable(name(row)))
    else:
        whole = layout.columns is None
        shown = iter(counted) if whole else (_picked(row, chosen) for row in counted)
        _FOR_PROGRAMS[layout.format](shown, sink)
    return Written(counted.count, hidden)


def write_item(
    row: Row,
    columns: Sequence[Column],
    layout: Layout,
    stream: TextIO,
    *,
    name: Callable[[Row], str] = name_of,
) -> Written:
    """Write one row; as JSON and YAML it is an object, and not a list with one in it.

    Arguments and errors are those of :func:`write`.
    """
    if layout.format not in ("json", "yaml"):
        return write([row], columns, layout, stream, name=name)
    chosen = layout.chosen(columns)
    shown = row if layout.columns is None else _picked(row, chosen)
    sink = Sink(stream)
    if layout.format == "json":
        sink.json(json_text.as_json(shown, sort=False) + b"\n")
    else:
        from alignak_backend_client.output import yaml_text

        sink.yaml(yaml_text.as_yaml(shown))
    return Written(1)


class _Counted:
    """Rows that are counted while they pass."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.count += 1
            yield row


def _picked(row: Row, columns: Sequence[Column]) -> dict[str, Any]:
    return {column.field: value_at(row, column.field) for column in columns}


def _table(rows: Iterable[Row], columns: Sequence[Column], layout: Layout, sink: Sink) -> tuple[str, ...]:
    """Write a table, and return the columns that found no room."""
    from alignak_backend_client.output.table import Table

    limit = sink.width if layout.format == "table" else None
    table = Table(columns, limit=limit, colours=sink.colours, headers=layout.headers, encoding=sink.encoding)
    for line in table.lines(rows):
        sink.line(line)
    return table.hidden


def _csv(rows: Iterable[Row], columns: Sequence[Column], sink: Sink, *, headers: bool) -> None:
    import csv
    import io

    lines: Iterator[list[str]] = ([plain(value_at(row, column.field)) for column in columns] for row in rows)
    if headers:
        lines = chain([[column.field for column in columns]], lines)
    while chunk := list(islice(lines, _CHUNK)):
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(chunk)
        sink.csv(text.getvalue())


def _json(rows: Iterator[Row], sink: Sink) -> None:
    writer = json_text.ListWriter(sink.json)
    while chunk := list(islice(rows, _CHUNK)):
        # For fewer, it is not worth to import a faster encoder.
        writer.add(json_text.as_json(chunk, many=len(chunk) == _CHUNK, sort=False))
    writer.end()


def _ndjson(rows: Iterator[Row], sink: Sink) -> None:
    for row in rows:
        sink.json(json_text.as_line(row))


def _yaml(rows: Iterator[Row], sink: Sink) -> None:
    from alignak_backend_client.output import yaml_text

    empty = True
    while chunk := list(islice(rows, _CHUNK)):
        empty = False
        sink.yaml(yaml_text.as_yaml(chunk))
    if empty:
        sink.yaml(yaml_text.as_yaml([]))


_FOR_PROGRAMS: Final = {"json": _json, "ndjson": _ndjson, "yaml": _yaml}
