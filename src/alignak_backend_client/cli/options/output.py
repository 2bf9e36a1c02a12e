"""Output options for click commands: format, columns, filters, order and limit. ``get`` and ``list`` have the same."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import click

from alignak_backend_client.cli.command import Function, Number, option
from alignak_backend_client.cli.grammar import FLAGS, VALUES
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.items.query.fields import QueryError
from alignak_backend_client.output.layout import (
    FORMATS,
    Column,
    Layout,
    UnknownColumnError,
    UnknownFormatError,
    parse_format,
)
from alignak_backend_client.output.writing import Row, row_name, write, write_item

_OUTPUT: Final = "Output"
_SELECTION: Final = "Selection"
MOST_ROWS: Final = 999_999_999


def output_options(function: Function) -> Function:
    """Add ``-o``, ``--columns`` and ``--no-headers``; the command gets a ``Layout`` as ``layout``.

    Unknown columns, fields and filters (``UnknownColumnError``, ``QueryError``) are reported as usage errors.
    """

    @functools.wraps(function)
    def run(**values: Any) -> Any:
        output, columns, no_headers = values.pop("output"), values.pop("columns"), values.pop("no_headers")
        try:
            picked = None if columns is None else _names(columns)
            if picked and output == "name":
                raise click.UsageError("The option --columns cannot be combined with -o name")
            shape = parse_format("table" if output is None else output)
            is_requested = output is not None or picked is not None
            return function(layout=Layout(shape, picked, not no_headers, is_requested), **values)
        except (QueryError, UnknownColumnError, UnknownFormatError) as error:
            raise click.UsageError(str(error)) from None

    declared: Function = run
    for names, more in reversed(_OPTIONS):
        declared = option(*names, group=_OUTPUT, **more)(declared)
    return declared


def print_requested(
    console: Console,
    layout: Layout,
    columns: Sequence[Column],
    whole: Row,
    rows: Iterable[Row],
    *,
    name: Callable[[Row], str] = row_name,
) -> bool:
    """Print results in the requested format; return False if there is none, and the command prints text.

    Args:
        console: the output.
        layout: the format.
        columns: all columns.
        whole: all results as one object, for JSON and YAML.
        rows: the results as rows, for the other formats.
        name: returns the name of a row.
    """
    if not layout.is_requested:
        return False
    if layout.is_whole:
        console.results(lambda stream: write_item(whole, columns, layout, stream))
    else:
        console.results(lambda stream: write(rows, columns, layout, stream, name=name))
    return True


_OPTIONS: Final[tuple[tuple[tuple[str, ...], dict[str, Any]], ...]] = (
    (
        (*VALUES["output"], "output"),
        {
            "metavar": "FORMAT",
            "help": f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}  [default: table]",
        },
    ),
    ((*VALUES["columns"], "columns"), {"metavar": "NAMES", "help": "columns to show, separated by commas"}),
    ((*FLAGS["no_headers"], "no_headers"), {"is_flag": True, "help": "omit the header line"}),
)

where_option = option(
    *VALUES["where"],
    "where",
    group=_SELECTION,
    metavar="FILTER",
    multiple=True,
    help="only items that match: FIELD=VALUE, !=, ~, <, <=, >, >=, or JSON; repeat it to combine filters (all must "
    "match)",
)
"""Adds ``--where``; the command gets its values as ``where``, for ``items.query.where.parse_where``."""

limit_option = option(
    *VALUES["limit"],
    "limit",
    group=_SELECTION,
    metavar="NUMBER",
    type=Number(0, MOST_ROWS),
    help="only the first NUMBER rows; 0 means no limit",
)
"""Adds ``--limit``; the command gets its value as ``limit``, None if it was not given."""


def _names(columns: str) -> tuple[str, ...]:
    """Return the names of columns.

    Raises:
        click.UsageError: there are none.
    """
    names = tuple(name for part in columns.split(",") if (name := part.strip()))
    if not names:
        raise click.UsageError("--columns is empty: give column names, separated by commas")
    return names
