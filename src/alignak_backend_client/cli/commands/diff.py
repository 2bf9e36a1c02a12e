"""Command ``diff``: compare the files of a folder with a backend."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alignak_backend_client.cli.access import Access
from alignak_backend_client.cli.command import command
from alignak_backend_client.cli.exit_codes import DIFFERS, FAILED, OK
from alignak_backend_client.cli.options.output import print_requested
from alignak_backend_client.cli.options.site import print_problems, read_valid_folder, site_options
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.cli.text.counts import format_count
from alignak_backend_client.cli.text.plans import COLUMNS, describe_unpruned, lines, summarize
from alignak_backend_client.output.layout import Layout
from alignak_backend_client.site.planning.compute import compute_plan
from alignak_backend_client.site.planning.plan import Options, Plan
from alignak_backend_client.site.rows import plan_row, with_field_names

_EPILOG: Final = """\
diff validates the files first; links may refer to items that only the backend
has. It shows each item that apply would create (+), update (~) with its fields,
old and new values, or delete (-). Secrets are masked. See docs/site.md.

Exit codes:
  0   no differences
  1   the backend cannot be reached, or rejects the user
  2   the files are invalid, or something could not be read
  3   there are differences
  64  wrong usage

Examples:
  alignak-backend-cli diff site
  alignak-backend-cli diff site --prune
      Also show deletions
  alignak-backend-cli diff site -o json
"""


@command(epilog=_EPILOG)
@site_options
def diff(console: Console, access: Access, layout: Layout, folder: Path, options: Options) -> int:
    """Show what a folder of files would change in a backend."""
    layout.select_columns(COLUMNS)
    found = read_valid_folder(console, folder)
    if found is None:
        return FAILED
    with access.open(console) as backend:
        plan = compute_plan(backend, found.site, options, console.progress)
    row = plan_row(found.folder, plan)
    if not print_requested(console, layout, COLUMNS, row, map(with_field_names, row["changes"])):
        for line in lines(row["changes"]):
            console.result(line)
        console.result(_ending(plan))
    print_notes(console, plan)
    if plan.problems:
        print_problems(console, folder, row["problems"])
        return FAILED
    return DIFFERS if plan.changes else OK


def _ending(plan: Plan) -> str:
    if not plan.changes:
        verb = "matches" if plan.unchanged == 1 else "match"
        return f"No differences: {format_count(plan.unchanged, 'item')} {verb} the files"
    return f"{summarize(plan.counts, plan.unchanged)}; plan {plan.checksum}"


def print_notes(console: Console, plan: Plan) -> None:
    """Print what a plan does not include: items that --prune would delete, and expected rejections."""
    if plan.unpruned:
        console.note(describe_unpruned(plan.unpruned))
    for refusal in plan.refusals:
        console.note(f"Would be rejected: {refusal}")
