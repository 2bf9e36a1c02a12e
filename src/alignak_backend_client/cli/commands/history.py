"""Command ``history``: events and check results of hosts and services."""

from __future__ import annotations

import time
from typing import Final

import click

from alignak_backend_client.cli.access import Access
from alignak_backend_client.cli.command import Number, access_options, command, option
from alignak_backend_client.cli.options.output import MOST_ROWS, output_options
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.items.query.times import TimeError, format_moment, parse_past
from alignak_backend_client.monitoring.history import HistoryQuery, matching_types, read_history
from alignak_backend_client.output.layout import Column, Layout
from alignak_backend_client.output.writing import write

_EPILOG: Final = """\
The newest events come last. Without names, history shows all hosts and services.
A host includes its services. 'explain history.type' lists the event types.

Exit codes:
  0   success, even if there are no events
  1   the backend cannot be reached, or rejects the user
  2   the request failed, or there is no such host or service
  64  wrong usage

Examples:
  alignak-backend-cli history
  alignak-backend-cli history web-1 db-1/disk --since 2h
  alignak-backend-cli history 'web*' --type 'downtime.*' --since 2026-11-01
  alignak-backend-cli history web-1 --checks --changes --limit 0 -o ndjson
"""

_COLUMNS: Final = (
    Column("time", kind="time"),
    Column("type"),
    Column("name", "host/service", key=True),
    Column("user"),
    Column("message", key=True),
    Column("host", wide=True),
    Column("service", wide=True),
)
_OF_CHECKS: Final = (
    Column("time", kind="time"),
    Column("state", kind="state"),
    Column("name", "host/service", key=True),
    Column("message", "output", key=True),
    Column("state_type", "kind", wide=True),
    Column("last_state", "before", kind="state", wide=True),
    Column("host", wide=True),
    Column("service", wide=True),
)


@command(epilog=_EPILOG)
@click.argument("names", metavar="[NAME]...", nargs=-1)
@option(
    "--since",
    metavar="TIME",
    default="1d",
    show_default=True,
    help="start: a time ago (2h, 90m, 1d12h), 18:00, 'yesterday 18:00', monday, 2026-11-27, '2026-11-27 18:00'",
)
@option("--until", metavar="TIME", help="end, in the same form  [default: now]")
@option(
    "--type", "types", metavar="TYPE", multiple=True, help="only events of this type; patterns such as 'ack.*' work"
)
@option("--checks", is_flag=True, help="show check results instead of events")
@option("--changes", is_flag=True, help="show only check results that changed the state")
@option(
    "--limit",
    metavar="NUMBER",
    type=Number(0, MOST_ROWS),
    default=100,
    show_default=True,
    help="only the last NUMBER events; 0 means no limit",
)
@output_options
@access_options
def history(
    console: Console,
    access: Access,
    layout: Layout,
    names: tuple[str, ...],
    since: str,
    until: str | None,
    types: tuple[str, ...],
    checks: bool,
    changes: bool,
    limit: int,
) -> None:
    """Show the events of hosts and services: acknowledgements, downtimes, comments and notifications."""
    checks = checks or changes
    if types and checks:
        raise click.UsageError("The option --type cannot be combined with --checks or --changes")
    columns = _OF_CHECKS if checks else _COLUMNS
    layout.select_columns(columns)
    query = HistoryQuery(names, *_period(since, until), matching_types(types), checks, changes)
    with access.open(console) as backend:
        found = read_history(backend, query, limit or None)
    rows = found.rows
    if layout.format in ("table", "wide"):
        rows = [{**row, "message": " ".join(str(row["message"]).split())} for row in rows]
    console.results(lambda stream: write(rows, columns, layout, stream, name=lambda row: str(row["name"])))
    if found.cut:
        total = "" if found.total is None else f" of {found.total}"
        console.note(f"Only the last {len(rows)}{total} are shown (--limit)")
    elif not rows:
        end = "" if query.until is None else f" until {format_moment(query.until)}"
        console.note(f"No events since {format_moment(query.since)}{end}")


def _period(since: str, until: str | None) -> tuple[int, int | None]:
    """Return begin and end of the period, in seconds since 1970."""
    now = int(time.time())
    try:
        start, end = parse_past(since, now), None if until is None else parse_past(until, now)
    except TimeError as error:
        raise click.UsageError(str(error)) from None
    if start > now:
        raise click.UsageError(f"The start is in the future: {format_moment(start)}")
    if end is not None and end < start:
        raise click.UsageError(f"The end, {format_moment(end)}, is before the start, {format_moment(start)}")
    return max(0, start), end
