"""Command ``status``: numbers of hosts and services by state, and the daemons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from alignak_backend_client.cli.access import Access
from alignak_backend_client.cli.command import access_options, command, option
from alignak_backend_client.cli.options.output import output_options
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.cli.text.counts import format_count
from alignak_backend_client.monitoring.states import GOOD_STATE
from alignak_backend_client.monitoring.status import status as read_status
from alignak_backend_client.output.layout import Column, Layout
from alignak_backend_client.output.values import format_duration
from alignak_backend_client.output.writing import write, write_item

_EPILOG: Final = """\
The numbers of a realm do not include its sub-realms. PROBLEMS counts unhandled
problems, as listed by 'alignak-backend-cli problems'.

Exit codes:
  0   success, whatever the status is
  1   the backend cannot be reached, or rejects the user
  2   the request failed, or there is no such realm
  64  wrong usage

Examples:
  alignak-backend-cli status
  alignak-backend-cli status --realm Paris
  alignak-backend-cli status -o wide
  alignak-backend-cli status -o csv --columns realm,problems
  alignak-backend-cli status -o json
"""

_COLUMNS: Final = (
    Column("realm"),
    Column("problems", kind="number"),
    *(
        Column(f"hosts.{kind}", heading, kind="number", wide=not heading.isupper())
        for kind, heading in (
            ("total", "HOSTS"),
            ("up", "UP"),
            ("down", "DOWN"),
            ("unreachable", "hosts unreachable"),
            ("pending", "hosts pending"),
            ("acknowledged", "hosts acknowledged"),
            ("downtime", "hosts in downtime"),
            ("not_monitored", "hosts not monitored"),
        )
    ),
    *(
        Column(f"services.{kind}", heading, kind="number", wide=not heading.isupper())
        for kind, heading in (
            ("total", "SERVICES"),
            ("ok", "OK"),
            ("warning", "WARN"),
            ("critical", "CRIT"),
            ("unknown", "UNKN"),
            ("unreachable", "services unreachable"),
            ("pending", "services pending"),
            ("acknowledged", "services acknowledged"),
            ("downtime", "services in downtime"),
            ("not_monitored", "services not monitored"),
        )
    ),
)


@command(epilog=_EPILOG)
@option("--realm", "realms", metavar="NAME", multiple=True, help="only this realm and its sub-realms")
@output_options
@access_options
def status(console: Console, access: Access, layout: Layout, realms: tuple[str, ...]) -> None:
    """Count hosts and services by state in each realm, and show the state of the engine's daemons."""
    layout.select_columns(_COLUMNS)
    with access.open(console) as backend:
        found = read_status(backend, realms)
    if layout.is_whole:
        console.results(lambda stream: write_item(found, _COLUMNS, layout, stream))
        return
    rows = found["realms"]
    people = layout.format in ("table", "wide")
    if people:
        rows = [{**row, "realm": "  " * row["level"] + row["realm"]} for row in rows]
        if len(rows) > 1:
            rows.append({**found, "realm": "Total"})
    console.results(lambda stream: write(rows, _COLUMNS, layout, stream, name=lambda row: str(row["realm"])))
    if people:
        for line in _summary(found):
            console.result(line)


def _summary(found: dict[str, Any]) -> Iterator[str]:
    """Yield the lines below the table."""
    pending = [format_count(number, what) for what in GOOD_STATE if (number := found[f"{what}s"]["pending"])]
    if pending:
        yield f"Never checked: {' and '.join(pending)}"
    last = found["last_check"]
    yield f"Last check: {_ago(None if last is None else found['time'] - last)}"
    if not found["daemons"]:
        yield "Daemons: none; nothing is checked without a monitoring engine"
        return
    bad = [one for one in found["daemons"] if one["state"] != "alive"]
    yield f"Daemons: {len(found['daemons']) - len(bad)} of {len(found['daemons'])} are alive"
    for one in bad:
        yield f"  {one['type']} {one['name']} is {one['state']}; last seen: {_ago(one['age'])}"


def _ago(seconds: int | None) -> str:
    return "never" if seconds is None else f"{format_duration(seconds)} ago"
