"""The layout of output: format and columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple, get_args

from alignak_backend_client.output.suggestions import suggestion

Format = Literal["table", "wide", "json", "yaml", "csv", "ndjson", "name"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)

Kind = Literal["text", "number", "boolean", "time", "duration", "state"]


class UnknownColumnError(ValueError):
    """A requested column does not exist. The message suggests a similar one."""


class UnknownFormatError(ValueError):
    """A requested format does not exist. The message suggests a similar one."""


def parse_format(name: str) -> Format:
    """Parse the name of a format.

    Raises:
        UnknownFormatError: there is no such format.
    """
    if name not in FORMATS:
        raise UnknownFormatError(f"Unknown output format {name!r}: {suggestion(name, FORMATS, 'formats')}")
    return name


class Column(NamedTuple):
    """A column of a table.

    Attributes:
        field: the key of the value in a row, and the name of the column in CSV and JSON. ``a.b`` is the key ``b`` of
            the dictionary ``a``, unless ``a.b`` is a key itself.
        heading: the heading in tables, shown in capitals; the field by default.
        kind: the format of values in tables. ``number``: aligned to the right; ``boolean``: yes or no; ``time``:
            epoch seconds or an HTTP date, as local time; ``duration``: seconds, as ``2h 5m``; ``state``: in colour.
        wide: True to show it only in the formats ``wide`` and ``csv``.
        key: True if it identifies the row: on a narrow terminal, other columns are omitted first.
    """

    field: str
    heading: str = ""
    kind: Kind = "text"
    wide: bool = False
    key: bool = False


class Layout(NamedTuple):
    """The layout of rows.

    Attributes:
        format: one of ``FORMATS``.
        columns: fields of the columns to show, in this order; None for the default ones.
        headers: False to omit the headings of tables and CSV.
        is_requested: True if the user gave the format or the columns. Otherwise, some commands print text for people.
    """

    format: Format = "table"
    columns: tuple[str, ...] | None = None
    headers: bool = True
    is_requested: bool = False

    @property
    def is_whole(self) -> bool:
        """True for JSON and YAML without selected columns: a result can be one object instead of rows."""
        return self.format in ("json", "yaml") and self.columns is None

    def select_columns(self, columns: Sequence[Column]) -> list[Column]:
        """Return those of the given columns that are shown, in order.

        Raises:
            UnknownColumnError: a requested column is not among them.
        """
        if self.columns is None:
            return [column for column in columns if not column.wide or self.format in ("wide", "csv")]
        known = {column.field: column for column in columns}
        for field in self.columns:
            if field not in known:
                raise UnknownColumnError(f"Unknown column {field!r}: {suggestion(field, known, 'columns')}")
        return [known[field] for field in dict.fromkeys(self.columns)]
