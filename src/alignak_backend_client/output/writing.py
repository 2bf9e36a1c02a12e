"""Writing rows in the requested format while they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, Final, NamedTuple, TextIO

from alignak_backend_client.output import json_text
from alignak_backend_client.output.layout import Column, Layout
from alignak_backend_client.output.sink import Sink
from alignak_backend_client.output.text import escape_unprintable
from alignak_backend_client.output.values import format_plain, get_value

Row = Mapping[str, Any]

_CHUNK: Final = 200
"""Number of rows that are encoded together."""


class WriteSummary(NamedTuple):
    """Summary of the output.

    Attributes:
        rows: the number of rows.
        hidden: fields of the columns omitted since the terminal is too narrow.
    """

    rows: int
    hidden: tuple[str, ...] = ()


def row_name(row: Row) -> str:
    """Return the name of the item of a row: ``host/name``, its name, or its id."""
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
    name: Callable[[Row], str] = row_name,
) -> WriteSummary:
    """Write rows in chunks, so that memory is bounded.

    Tables and CSV have the columns of the layout. JSON, YAML and NDJSON have whole rows, unless the layout names
    columns.

    Args:
        rows: the rows; an iterator is consumed while writing.
        columns: all columns.
        layout: the format and the columns to show.
        stream: the destination.
        name: returns the name of a row, for the format ``name``.

    Raises:
        UnknownColumnError: the layout names an unknown column; nothing was written.
        OSError: writing to the stream failed.
    """
    chosen = layout.select_columns(columns)
    sink = Sink(stream)
    counting = _CountingRows(rows)
    hidden: tuple[str, ...] = ()
    if layout.format in ("table", "wide"):
        hidden = _write_table(counting, chosen, layout, sink)
    elif layout.format == "csv":
        _write_csv(counting, chosen, sink, headers=layout.headers)
    elif layout.format == "name":
        for row in counting:
            sink.write_line(escape_unprintable(name(row)))
    else:
        whole = layout.columns is None
        shown = iter(counting) if whole else (_select_fields(row, chosen) for row in counting)
        _STREAM_WRITERS[layout.format](shown, sink)
    return WriteSummary(counting.count, hidden)


def write_item(
    row: Row,
    columns: Sequence[Column],
    layout: Layout,
    stream: TextIO,
    *,
    name: Callable[[Row], str] = row_name,
) -> WriteSummary:
    """Write one row; as JSON and YAML, it is an object instead of a list.

    Arguments and errors are those of :func:`write`.
    """
    if layout.format not in ("json", "yaml"):
        return write([row], columns, layout, stream, name=name)
    chosen = layout.select_columns(columns)
    shown = row if layout.columns is None else _select_fields(row, chosen)
    sink = Sink(stream)
    if layout.format == "json":
        sink.write_json(json_text.to_json(shown, sort=False) + b"\n")
    else:
        from alignak_backend_client.output import yaml_text

        sink.write_yaml(yaml_text.to_yaml(shown))
    return WriteSummary(1)


class _CountingRows:
    """Counts rows while iterating."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.count += 1
            yield row


def _select_fields(row: Row, columns: Sequence[Column]) -> dict[str, Any]:
    return {column.field: get_value(row, column.field) for column in columns}


def _write_table(rows: Iterable[Row], columns: Sequence[Column], layout: Layout, sink: Sink) -> tuple[str, ...]:
    """Write a table, and return the fields of the omitted columns."""
    from alignak_backend_client.output.table import Table

    limit = sink.width if layout.format == "table" else None
    table = Table(columns, limit=limit, colours=sink.colours, headers=layout.headers, encoding=sink.encoding)
    for line in table.lines(rows):
        sink.write_line(line)
    return table.hidden


def _write_csv(rows: Iterable[Row], columns: Sequence[Column], sink: Sink, *, headers: bool) -> None:
    import csv
    import io

    lines: Iterator[list[str]] = ([format_plain(get_value(row, column.field)) for column in columns] for row in rows)
    if headers:
        lines = chain([[column.field for column in columns]], lines)
    while chunk := list(islice(lines, _CHUNK)):
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(chunk)
        sink.write_csv(text.getvalue())


def _write_json(rows: Iterator[Row], sink: Sink) -> None:
    writer = json_text.ListWriter(sink.write_json)
    while chunk := list(islice(rows, _CHUNK)):
        # For fewer rows, importing a faster encoder does not pay off.
        writer.add(json_text.to_json(chunk, many=len(chunk) == _CHUNK, sort=False))
    writer.end()


def _write_ndjson(rows: Iterator[Row], sink: Sink) -> None:
    for row in rows:
        sink.write_json(json_text.to_json_line(row))


def _write_yaml(rows: Iterator[Row], sink: Sink) -> None:
    from alignak_backend_client.output import yaml_text

    empty = True
    while chunk := list(islice(rows, _CHUNK)):
        empty = False
        sink.write_yaml(yaml_text.to_yaml(chunk))
    if empty:
        sink.write_yaml(yaml_text.to_yaml([]))


_STREAM_WRITERS: Final = {"json": _write_json, "ndjson": _write_ndjson, "yaml": _write_yaml}
