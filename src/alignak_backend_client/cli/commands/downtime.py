"""Command ``downtime``: schedule, list and cancel downtimes."""

from __future__ import annotations

import time
from typing import Final

import click

from alignak_backend_client.cli.command import command, option
from alignak_backend_client.cli.exit_codes import OK
from alignak_backend_client.cli.grammar import FLAGS
from alignak_backend_client.cli.options.acting import EXIT_CODES, NAMES, Request, act, acting_options, comment_option
from alignak_backend_client.cli.options.output import output_options
from alignak_backend_client.cli.text.counts import format_count
from alignak_backend_client.items.names.catalog import Catalog
from alignak_backend_client.items.names.filters import EVERYTHING
from alignak_backend_client.items.query.times import TimeError
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.monitoring.actions import DOWNTIME, RequestPlan, plan_cancellations, select_targets
from alignak_backend_client.monitoring.downtimes import Times, parse_window, read_downtimes, resolve_downtime_ids
from alignak_backend_client.monitoring.naming import read_targets
from alignak_backend_client.monitoring.realms import Realms
from alignak_backend_client.monitoring.states import NOT_TEMPLATE
from alignak_backend_client.monitoring.targets import count_items
from alignak_backend_client.output.layout import Column, Layout
from alignak_backend_client.output.writing import write

_EPILOG: Final = f"""\
{NAMES}
Times: 18:00 (the next one), 6:30pm, 'tomorrow 6:00', 'monday 22:00',
'2026-12-24 18:00', 2026-12-24T18:00Z, +2h, now. Times without a zone are local.
Durations: 90m, 2h30m, 1d, 1w. The resulting times are printed before anything
is sent.

The engine can only cancel all downtimes of a host or service together.

{EXIT_CODES}
Examples:
  alignak-backend-cli downtime web-1 --all-services --for 2h -m 'New disk'
  alignak-backend-cli downtime 'db*' --from 22:00 --until 6:00 -m Upgrade
  alignak-backend-cli downtime web-1/http --for 8h --flexible 30m -m Restarts
  alignak-backend-cli downtime --list -o wide
  alignak-backend-cli downtime --remove web-1 --all-services
"""

_COLUMNS: Final = (
    Column("status"),
    Column("name", "host/service", key=True),
    Column("start", kind="time"),
    Column("end", kind="time"),
    Column("user", "by"),
    Column("comment", key=True),
    Column("duration", kind="duration", wide=True),
    Column("fixed", kind="boolean", wide=True),
    Column("id", wide=True),
)

_WHEN: Final = "Time"
_SPELLED: Final = {"duration": "--for", "start": "--from", "end": "--until", "flexible": "--flexible"}


@command(epilog=_EPILOG)
@option("--for", "duration", metavar="TIME", group=_WHEN, help="duration, such as 2h or 90m")
@option("--until", "end", metavar="WHEN", group=_WHEN, help="end, such as 18:00 or 'tomorrow 6:00'")
@option("--from", "start", metavar="WHEN", group=_WHEN, help="start  [default: now]")
@option(
    "--flexible",
    metavar="SECONDS",
    group=_WHEN,
    help="flexible downtime: it starts with the first problem between the two times, and lasts this long (seconds, or "
    "30m, 2h)",
)
@comment_option()
@option(*FLAGS["listed"], "listed", is_flag=True, help="list the downtimes of NAMEs, or all downtimes")
@option("--remove", is_flag=True, help="cancel the downtimes of NAMEs, or the downtimes with these ids")
@acting_options
@output_options
def downtime(
    request: Request, layout: Layout, comment: str | None, listed: bool, remove: bool, **when: str | None
) -> int:
    """Schedule downtimes: periods without notifications for hosts and services. --list and --remove manage them."""
    given = [_SPELLED[name] for name, value in when.items() if value is not None]
    if listed:
        others = {
            "--remove": remove,
            "-m": comment,
            "--json": request.json,
            "-c": request.check,
            "--wait": request.wait,
        }
        given += [name for name, value in others.items() if value]
    if given and (listed or remove):
        hint = "; use -o json for JSON" if "--json" in given else ""
        raise click.UsageError(
            f"The option {given[0]} cannot be combined with {'--list' if listed else '--remove'}{hint}"
        )
    if listed:
        return _list(request, layout)
    if layout.is_requested or not layout.headers:
        raise click.UsageError("The options -o, --columns and --no-headers need --list; for results as JSON use --json")
    return _remove(request, comment or "") if remove else _add(request, comment, when)


def _add(request: Request, comment: str | None, when: dict[str, str | None]) -> int:
    try:
        window = parse_window(int(time.time()), Times(**when))
    except TimeError as error:
        raise click.UsageError(str(error)) from None
    if comment is None:
        raise click.UsageError("A downtime needs a comment: give the reason with -m")
    if request.selector.names:
        request.console.note(window.describe())
    fields = {**window.fields, "comment": comment}
    return act(request, lambda writer: RequestPlan(DOWNTIME, "add", select_targets(writer, request.selector), fields))


def _remove(request: Request, comment: str) -> int:
    def plan(writer: Writer) -> RequestPlan:
        rows = read_downtimes(writer.backend, writer.catalog, int(time.time()))
        by_id, names = resolve_downtime_ids(rows, request.selector.names)
        selector = request.selector._replace(names=tuple(names))
        targets = by_id + (read_targets(writer.backend, writer.catalog, selector) if names else [])
        return plan_cancellations(targets, (row["place"] for row in rows), {"comment": comment})

    return act(request, plan, nothing="Nothing to cancel: none of the selected hosts and services is in a downtime")


def _list(request: Request, layout: Layout) -> int:
    layout.select_columns(_COLUMNS)
    with request.access.open(request.console) as backend:
        catalog = Catalog(backend)
        rows = read_downtimes(backend, catalog, int(time.time()))
        among = "all hosts and services"
        if request.selector.names:
            targets = read_targets(backend, catalog, request.selector)
            places = {target.place for target in targets}
            rows = [row for row in rows if row["place"] in places]
            among = format_count(len(targets), "host or service").replace("host or services", "hosts and services")
        elif not rows:
            numbers = {one: count_items(backend, one, EVERYTHING, NOT_TEMPLATE) for one in ("host", "service")}
            if not any(numbers.values()):
                Realms.read(backend).require_read_access()
            among = " and ".join(format_count(number, one) for one, number in numbers.items())
    shown = [{key: value for key, value in row.items() if key != "place"} for row in rows]
    request.console.results(lambda stream: write(shown, _COLUMNS, layout, stream, name=lambda row: str(row["name"])))
    if not rows:
        request.console.note(f"No downtimes of {among}")
    return OK
