"""The layout of output: format and columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple, get_args

from alignak_backend_client.output.suggestions import suggestion

Format = Literal["table", "wide", "json", "yaml", "csv", "ndjson", "name"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)

Kind = Literal["text", "number", "boolean", "time", "duration", "state"]


class UnknownColumn(ValueError):  # noqa: N818 - what it means: the command line is wrong
    """A column was requested that there is not. The message names the nearest."""


class UnknownFormat(ValueError):  # noqa: N818 - likewise
    """A format was requested that there is not. The message names the nearest."""


def parse_format(name: str) -> Format:
    """Return the format of a name.

    Raises:
        UnknownFormat: there is none with that name.
    """
    if name not in FORMATS:
        raise UnknownFormat(f"Unknown output format {name!r}: {suggestion(name, FORMATS, 'formats')}")
    return name


class Column(NamedTuple):
    """A column of a table.

    Attributes:
        field: the key of the value in a row; of ``a.b`` the key ``b`` in the dictionary ``a``, unless ``a.b`` is a key
            itself. CSV and JSON call the column so.
        heading: what tables call it; the field by default. It is shown in capitals.
        kind: how a table shows values. ``number``: aligned to the right; ``boolean``: yes or no; ``time``: seconds
            since 1970 or a date of HTTP, as local time; ``duration``: seconds, as ``2h 5m``; ``state``: in colour.
        wide: shown in the formats ``wide`` and ``csv`` only.
        key: it tells which row it is: on a narrow terminal, other columns are omitted before.
    """

    field: str
    heading: str = ""
    kind: Kind = "text"
    wide: bool = False
    key: bool = False


class Layout(NamedTuple):
    """How rows are shown.

    Attributes:
        format: one of ``FORMATS``.
        columns: fields to show, in this order; None for those that the command shows by itself.
        headers: False for tables and CSV without their first line.
    """

    format: Format = "table"
    columns: tuple[str, ...] | None = None
    headers: bool = True

    def chosen(self, columns: Sequence[Column]) -> list[Column]:
        """Return which of some columns are shown, in order.

        Raises:
            UnknownColumn: one was requested that is not among them.
        """
        if self.columns is None:
            return [column for column in columns if not column.wide or self.format in ("wide", "csv")]
        known = {column.field: column for column in columns}
        for field in self.columns:
            if field not in known:
                raise UnknownColumn(f"Unknown column {field!r}: {suggestion(field, known, 'columns')}")
        return [known[field] for field in dict.fromkeys(self.columns)]
