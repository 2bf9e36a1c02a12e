"""Command ``problems``: what is wrong now."""

from __future__ import annotations

from typing import Any, Final

from alignak_backend_client.cli.access import Access
from alignak_backend_client.cli.command import access_options, command
from alignak_backend_client.cli.console import Console
from alignak_backend_client.cli.output_options import limit_option, output_options
from alignak_backend_client.cli.problem_options import (
    COLUMNS,
    counted,
    for_people,
    problem_options,
    told_by_flag,
    told_by_state,
)
from alignak_backend_client.monitoring.problems import Problems, Selection
from alignak_backend_client.monitoring.states import PENDING
from alignak_backend_client.output.layout import Layout
from alignak_backend_client.output.writing import write

_EPILOG: Final = """\
A problem is a host that is not UP or a service that is not OK, as a check has
found and confirmed, that nobody has acknowledged, that is in no downtime, and
whose host is not down itself. The worst come first, then those that last
longest. What is checked neither actively nor passively is none.

Exit codes:
  0   problems were listed, or there are none
  1   the backend cannot be reached, or refuses the user
  2   the backend does not tell, or there is no such host, service or realm
  64  the command line is wrong

Examples:
  alignak-backend-cli problems
  alignak-backend-cli problems --realm All --state critical --state down
  alignak-backend-cli problems --all --host 'web*' -o wide
  alignak-backend-cli problems --acknowledged --limit 10 -o json
  alignak-backend-cli problems -o name
      Names only, as other commands take them
"""


@command(epilog=_EPILOG)
@problem_options
@limit_option
@output_options
@access_options
def problems(
    console: Console, access: Access, layout: Layout, limit: int | None, selection: Selection, **listed: Any
) -> None:
    """List what is wrong now: problems that nobody has taken, worst first."""
    layout.chosen(COLUMNS)
    with access.open(console) as backend:
        found = Problems(backend, selection, **listed)
        rows = found.rows[: limit or None]
        tells = layout.format in ("table", "wide")
        told = _summary(found) if tells or not found.rows else []
    shown = [for_people(row) for row in rows] if tells else rows
    console.results(lambda stream: write(shown, COLUMNS, layout, stream, name=lambda row: str(row["name"])))
    if len(rows) < len(found.rows):
        console.note(f"Only the first {len(rows)} of {len(found.rows)} problems are shown (--limit)")
    for line in told:
        console.note(line)


def _summary(found: Problems) -> list[str]:
    """Return what stands below a table."""
    wrong = [row for row in found.rows if row["state"] != PENDING]
    if wrong:
        lines = [f"{counted(len(wrong), 'problem')}: {told_by_state(wrong)}"]
    else:
        among = " and ".join(counted(number, resource) for resource, number in found.looked_at().items())
        lines = [f"No problems among {among}"]
    if found.left_out:
        lines.append(f"{len(found.left_out)} more: {told_by_flag(found.left_out)} (--all)")
    if pending := found.pending():
        lines.append(f"{pending} never checked (--pending)")
    return lines
