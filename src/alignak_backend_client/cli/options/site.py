"""Common parts of ``diff`` and ``apply``: their options, and the validation of the folder."""

from __future__ import annotations

import functools
from collections import Counter
from pathlib import Path
from typing import Any, Final

import click

from alignak_backend_client.cli.command import FilePath, Function, access_options, option
from alignak_backend_client.cli.options.output import output_options
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.cli.text.counts import format_count
from alignak_backend_client.cli.text.problems import describe_problem
from alignak_backend_client.output.text import shorten_words
from alignak_backend_client.site.planning.plan import Options
from alignak_backend_client.site.validating import Validated, validate_folder

_FLAGS: Final = (
    ("prune", "delete items that the site owns and that are not in the folder"),
    ("merge", "keep the current values of fields that are not in the files"),
    ("take_over", "take over items that belong to another site"),
    ("allow_deletions", "with --prune: allow the deletion of more than 30 % of the site's items"),
    ("update_secrets", "also send the passwords and keys of existing items"),
)

_MAX_SAME: Final = 3


def site_options(function: Function) -> Function:
    """Add the FOLDER argument and the options; the command gets ``folder`` and ``options``."""

    @functools.wraps(function)
    def run(**values: Any) -> Any:
        options = Options(**{name: values.pop(name) for name, _ in _FLAGS}, protected_user=values["access"].username)
        return function(options=options, **values)

    declared: Function = access_options(run)
    declared = output_options(declared)
    for name, text in reversed(_FLAGS):
        declared = option(f"--{name.replace('_', '-')}", name, is_flag=True, help=text)(declared)
    return click.argument("folder", type=FilePath())(declared)


def read_valid_folder(console: Console, folder: Path) -> Validated | None:
    """Return the content of a folder; None if it is invalid, after printing the errors."""
    found = validate_folder(folder, partial=True)
    if not found.problems:
        return found
    print_problems(console, folder, found.problems)
    return None


def print_problems(console: Console, folder: Path, rows: list[dict[str, Any]]) -> None:
    """Print the errors in the files; of many with the same reason only the first, unless all are requested."""
    shown = Counter[str]()
    for row in rows:
        shown[row["reason"]] += 1
        if console.verbose or shown[row["reason"]] <= _MAX_SAME:
            console.error(describe_problem(folder, row) if row["file"] else str(row["reason"]))
    for reason, number in shown.items() if not console.verbose else ():
        if number > _MAX_SAME:
            console.error(f"and {number - _MAX_SAME} more: {shorten_words(reason)} (-v shows all)")
    files = len({row["file"] for row in rows})
    console.error(f"{format_count(len(rows), 'problem')} in {format_count(files, 'file')}; nothing was sent")
