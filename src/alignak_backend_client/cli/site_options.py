"""What ``diff`` and ``apply`` share: their options, and the judgement before anything is asked."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, Final

import click

from alignak_backend_client.cli.command import Function, access_options, option
from alignak_backend_client.cli.commands.validate import counted, text_of
from alignak_backend_client.cli.console import Console
from alignak_backend_client.cli.output_options import output_options
from alignak_backend_client.site.plan import Options
from alignak_backend_client.site.validating import Validated, validated

_FLAGS: Final = (
    ("prune", "delete what the site owns and the folder does not hold"),
    ("merge", "leave alone the fields that files leave out"),
    ("take_over", "take items that belong to another site"),
    ("allow_deletions", "with --prune: more than 30 % of what the site owns, too"),
    ("update_secrets", "send passwords and keys of items that are there, too"),
)


def site_options(function: Function) -> Function:
    """Add the folder and how it is applied; the command gets ``folder`` and ``options``."""

    @functools.wraps(function)
    def run(**values: Any) -> Any:
        options = Options(**{name: values.pop(name) for name, _ in _FLAGS}, keeps=values["access"].username)
        return function(options=options, **values)

    declared: Function = access_options(run)
    declared = output_options(declared)
    for name, text in reversed(_FLAGS):
        declared = option(f"--{name.replace('_', '-')}", name, is_flag=True, help=text)(declared)
    return click.argument("folder", type=click.Path(path_type=Path))(declared)


def judged(console: Console, folder: Path) -> Validated | None:
    """Return what a folder holds; None when something is wrong with it, which is told then."""
    found = validated(folder, partial=True)
    if not found.problems:
        return found
    tell_problems(console, folder, found.problems)
    return None


def tell_problems(console: Console, folder: Path, rows: list[dict[str, Any]]) -> None:
    """Tell all that is wrong with the files."""
    for row in rows:
        console.error(text_of(folder, row) if row["file"] else str(row["reason"]))
    files = len({row["file"] for row in rows})
    console.error(f"{counted(len(rows), 'problem')} in {counted(files, 'file')}; nothing was sent")
