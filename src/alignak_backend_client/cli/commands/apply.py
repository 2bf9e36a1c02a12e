"""Command ``apply``: change a backend to match a folder of files."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any, Final

import click

from alignak_backend_client.cli.access import Access
from alignak_backend_client.cli.command import command, option
from alignak_backend_client.cli.exit_codes import FAILED, OK
from alignak_backend_client.cli.options.output import print_requested
from alignak_backend_client.cli.options.site import print_problems, read_valid_folder, site_options
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.cli.text.plans import (
    COLUMNS,
    describe_failure,
    describe_unpruned,
    lines,
    summarize,
    summarize_results,
)
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.output.layout import Column, Layout
from alignak_backend_client.site.applying.apply import apply as carry_out
from alignak_backend_client.site.applying.secrets import Secrets, resolve_secrets
from alignak_backend_client.site.planning.compute import compute_plan
from alignak_backend_client.site.planning.permissions import forbidden_changes
from alignak_backend_client.site.planning.plan import Options, Plan
from alignak_backend_client.site.rows import change_rows, outcome_row, with_field_names
from alignak_backend_client.site.validating import Validated, problem_rows

_EPILOG: Final = """\
apply shows the plan, as diff does, and asks for confirmation before it sends
anything. If a change fails, it continues with the others. Run it again after a
failure or an interruption. Afterwards, diff shows no differences. See
docs/site.md.

Exit codes:
  0   the backend matches the files
  1   the backend cannot be reached, or rejects the user
  2   something failed or was rejected
  64  wrong usage, or no terminal for the confirmation and no --yes
  130 interrupted by Ctrl-C; the changes so far are reported

Examples:
  alignak-backend-cli apply site
  alignak-backend-cli apply site --prune --yes
  alignak-backend-cli apply site --plan 707e6c436c7ac9ef --yes
      Apply the plan only if it is still the one that diff showed
"""

_COLUMNS: Final = (Column("status"), *COLUMNS)

_SHOWN: Final = 500
"""Lines of a plan that are shown before it is carried out."""


@command(epilog=_EPILOG)
@site_options
@option(
    "--plan", "checksum", metavar="CHECKSUM", help="apply the plan only if it has this checksum, as printed by diff"
)
@option("-y", "--yes", "yes", is_flag=True, help="apply without confirmation")
def apply(
    console: Console, access: Access, layout: Layout, folder: Path, options: Options, checksum: str | None, yes: bool
) -> int:
    """Change a backend to match a folder of files."""
    layout.select_columns(_COLUMNS)
    if not yes and not console.can_ask:
        raise click.UsageError("No terminal for the confirmation: check the plan with 'diff', and use --yes")
    found = read_valid_folder(console, folder)
    if found is None:
        return FAILED
    with access.open(console, creates=True) as backend:
        plan = compute_plan(backend, found.site, options, console.progress)
        plan.refusals.extend(forbidden_changes(backend, access.username, plan))
        secrets = _prepare(console, found, plan, checksum)
        if secrets is None:
            return FAILED
        if plan.changes:
            _show(console, found, plan)
            question = f"{summarize(plan.counts, plan.unchanged)}. Apply this?"
            if not yes and not console.confirm(question):
                raise ItemError("Cancelled: nothing was sent")
        done = carry_out(backend, access.username, found.site, plan, secrets, console.progress)
    row = outcome_row(found.folder, plan, done, whole=layout.is_requested)
    _print_results(console, layout, folder, row)
    if row["interrupted"]:
        raise KeyboardInterrupt
    return OK if row["ok"] else FAILED


def _prepare(console: Console, found: Validated, plan: Plan, checksum: str | None) -> Secrets | None:
    """Return the secrets that a plan needs; None if it cannot be carried out, after a message."""
    secrets, missing = resolve_secrets(found.folder.path, plan.changes)
    if problems := [*plan.problems, *missing]:
        print_problems(console, found.folder.path, problem_rows(found.folder, problems))
        return None
    for refusal in plan.refusals:
        console.error(f"Rejected: {refusal}")
    if plan.refusals:
        return None
    if checksum is not None and checksum != plan.checksum:
        console.error(f"The plan is now {plan.checksum}, not {checksum}: check it with 'diff' again; nothing was sent")
        return None
    if plan.unpruned:
        console.note(describe_unpruned(plan.unpruned))
    return secrets


def _show(console: Console, found: Validated, plan: Plan) -> None:
    """Show a plan; of a very long one only the beginning, unless all is requested."""
    rows = lines(change_rows(found.folder, plan))
    for line in rows if console.verbose else islice(rows, _SHOWN):
        console.note(line)
    if next(rows, None) is not None:
        console.note("… (run 'diff' for the whole plan)")


def _print_results(console: Console, layout: Layout, folder: Path, row: dict[str, Any]) -> None:
    """Show the outcome of each change; of many only the failures, unless all are requested."""
    for one in row["results"]:
        if one["status"] == "failed":
            console.error(describe_failure(folder, one))
    if row["reason"] and not row["interrupted"]:
        console.error(f"Stopped: {row['reason']}")
    if not print_requested(console, layout, _COLUMNS, row, map(with_field_names, row["results"])) and row["ok"]:
        console.result(summarize_results(row["counts"], row["unchanged"]))
    if not row["ok"]:
        console.error(summarize_results(row["counts"], row["unchanged"]))
