"""Command ``problems``: unhandled problems of hosts and services."""

from __future__ import annotations

from typing import Any, Final

from alignak_backend_client.cli.access import Access
from alignak_backend_client.cli.command import access_options, command
from alignak_backend_client.cli.options.output import limit_option, output_options
from alignak_backend_client.cli.options.problems import (
    COLUMNS,
    flag_summary,
    problem_options,
    state_summary,
    with_one_line_output,
)
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.cli.text.counts import format_count
from alignak_backend_client.monitoring.problems import Problems, Selection
from alignak_backend_client.monitoring.states import PENDING
from alignak_backend_client.output.layout import Layout
from alignak_backend_client.output.writing import write

_EPILOG: Final = """\
An unhandled problem is a host that is not UP, or a service that is not OK, in a
hard (confirmed) state, not acknowledged, not in a downtime, and not on a host
that is down. The worst states come first, and within a state the oldest.
Hosts and services without active and passive checks are not problems.

Exit codes:
  0   success, even if there are problems
  1   the backend cannot be reached, or rejects the user
  2   the request failed, or there is no such host, service or realm
  64  wrong usage

Examples:
  alignak-backend-cli problems
  alignak-backend-cli problems --realm All --state critical --state down
  alignak-backend-cli problems --all --host 'web*' -o wide
  alignak-backend-cli problems --acknowledged --limit 10 -o json
  alignak-backend-cli problems -o name
      Print only names, as input for other commands
"""


@command(epilog=_EPILOG)
@problem_options
@limit_option
@output_options
@access_options
def problems(
    console: Console, access: Access, layout: Layout, limit: int | None, selection: Selection, **listed: Any
) -> None:
    """List unhandled problems, worst first."""
    layout.select_columns(COLUMNS)
    with access.open(console) as backend:
        found = Problems(backend, selection, **listed)
        rows = found.rows[: limit or None]
        is_table = layout.format in ("table", "wide")
        notes = _summary(found) if is_table or not found.rows else []
    shown = [with_one_line_output(row) for row in rows] if is_table else rows
    console.results(lambda stream: write(shown, COLUMNS, layout, stream, name=lambda row: str(row["name"])))
    if len(rows) < len(found.rows):
        console.note(f"Showing only the first {len(rows)} of {len(found.rows)} problems (--limit)")
    for line in notes:
        console.note(line)


def _summary(found: Problems) -> list[str]:
    """Return the line below a table."""
    wrong = [row for row in found.rows if row["state"] != PENDING]
    if wrong:
        lines = [f"{format_count(len(wrong), 'problem')}: {state_summary(wrong)}"]
    else:
        among = " and ".join(format_count(number, resource) for resource, number in found.count_selected().items())
        lines = [f"No problems among {among}"]
    if found.hidden:
        lines.append(f"{len(found.hidden)} more: {flag_summary(found.hidden)} (--all)")
    if pending := found.count_pending():
        lines.append(f"{pending} never checked (--pending)")
    return lines
