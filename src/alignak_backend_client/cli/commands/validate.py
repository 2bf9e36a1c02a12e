"""Command ``validate``: check the files of a site. It needs no backend."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from alignak_backend_client.cli.command import FilePath, command, option
from alignak_backend_client.cli.exit_codes import FAILED, OK
from alignak_backend_client.cli.options.output import output_options, print_requested
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.cli.text.counts import format_count, format_counts
from alignak_backend_client.cli.text.problems import describe_problem
from alignak_backend_client.output.layout import Column, Layout
from alignak_backend_client.site.validating import validate_folder

_EPILOG: Final = """\
validate reads all YAML (*.yml, *.yaml) and JSON files in the folder and its
subfolders. It checks fields, values, links, duplicates and cycles, and reports
all errors at once. See docs/site.md for the file format.

Exit codes:
  0   the files are valid
  2   there are errors, or the folder cannot be read
  64  wrong usage

Examples:
  alignak-backend-cli validate site
  alignak-backend-cli validate site --partial
      Allow links to items that are not in the folder
  alignak-backend-cli validate site -o json
"""

_COLUMNS: Final = (
    Column("file"),
    Column("line", kind="number"),
    Column("type"),
    Column("name"),
    Column("reason"),
)


@command(epilog=_EPILOG)
@click.argument("folder", type=FilePath())
@option("--partial", is_flag=True, help="allow links to items that are not in the folder")
@output_options
def validate(console: Console, layout: Layout, folder: Path, partial: bool) -> int:
    """Check the files of a site without a backend."""
    layout.select_columns(_COLUMNS)
    found = validate_folder(folder, partial=partial)
    rows: list[dict[str, Any]] = found.problems
    whole = {"problems": rows, "items": found.counts, "files": found.files}
    if not print_requested(console, layout, _COLUMNS, whole, rows, name=lambda row: str(row["file"])):
        for row in rows:
            console.error(describe_problem(folder, row))
    if rows:
        files = len({row["file"] for row in rows})
        console.error(f"{format_count(len(rows), 'problem')} in {format_count(files, 'file')}")
        return FAILED
    if not layout.is_requested:
        console.result(f"Valid: {format_counts(found.counts)} in {format_count(found.files, 'file')}")
    return OK
