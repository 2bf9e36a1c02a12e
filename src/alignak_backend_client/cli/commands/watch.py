"""Command ``watch``: a list of unhandled problems that is kept up to date."""

from __future__ import annotations

import sys
import threading
import time
from typing import Any, Final, NoReturn

import click

from alignak_backend_client.cli.access import Access
from alignak_backend_client.cli.command import Number, access_options, command, option
from alignak_backend_client.cli.options.problems import (
    COLUMNS,
    problem_options,
    state_summary,
    with_one_line_output,
)
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.cli.terminal.screen import Screen, can_draw
from alignak_backend_client.cli.text.counts import format_count
from alignak_backend_client.client import display_url
from alignak_backend_client.monitoring.problems import Problems, Selection
from alignak_backend_client.monitoring.watching import View, Watch
from alignak_backend_client.output.json_text import to_json_line
from alignak_backend_client.output.layout import Column
from alignak_backend_client.output.sink import Sink
from alignak_backend_client.output.table import Table
from alignak_backend_client.output.text import escape_unprintable, truncate
from alignak_backend_client.output.values import format_duration

_EPILOG: Final = """\
On a terminal, watch shows a table and refreshes it: + marks problems that are
new within the last minute, ! marks changed ones. Press q to quit, and the space
bar to refresh now. Elsewhere, watch prints the current problems, and then one
line per change: new, changed or gone; lost when the backend becomes unreachable,
back when it returns. 'problems -h' defines what a problem is.

Exit codes:
  0    quit with q
  1    the backend cannot be reached at the start, or rejects the user
  2    the first request failed, or there is no such host, service or realm
  64   wrong usage
  130  interrupted by Ctrl-C

Examples:
  alignak-backend-cli watch
  alignak-backend-cli watch -n 30 --realm All --state down
  alignak-backend-cli watch -o ndjson | while read -r change; do ...; done
"""

_MARKS: Final = {"new": "+", "changed": "!", "": " "}
_TABLE: Final = (Column("mark", " "), *(column for column in COLUMNS if not column.wide))
_ALARM: Final = "\x1b[7m"  # terminal codes for inverse text
_USUAL: Final = "\x1b[0m"


@command(epilog=_EPILOG)
@option(
    "-n",
    "--interval",
    metavar="SECONDS",
    type=Number(1, 86_400),
    default=10,
    show_default=True,
    help="refresh interval",
)
@option(
    "-o",
    "--output",
    metavar="FORMAT",
    type=click.Choice(["table", "ndjson"]),
    default="table",
    show_default=True,
    help="table, or ndjson: one object per change",
)
@problem_options
@access_options
def watch(console: Console, access: Access, interval: int, output: str, selection: Selection, **listed: Any) -> None:
    """Show unhandled problems, and keep the list up to date."""
    with access.open(console) as backend:
        # The first failure is an error at once, since there is nothing to show yet.
        backend.retries = access.retries or 0
        watched = Watch(lambda: Problems(backend, selection, **listed))
        first = watched.refresh()
        if output == "table" and can_draw() and not console.quiet:
            _draw(watched, interval, display_url(backend.url_endpoint_root))
        else:
            _print(watched, interval, first, console, as_json=output == "ndjson")


def _print(
    watched: Watch, interval: int, changes: list[dict[str, Any]], console: Console, *, as_json: bool
) -> NoReturn:
    """Print a line for each change, until interrupted."""
    while True:
        for change in changes:
            if as_json:
                console.json(to_json_line(change).decode())
            else:
                console.result(_line(change))
        if sys.stdout is not None:
            sys.stdout.flush()
        _wait(interval)
        changes = watched.refresh()


def _wait(seconds: int) -> None:
    """Wait for some seconds, or until the reader closes the output, which would otherwise go unnoticed.

    Raises:
        BrokenPipeError: the reader has closed the output.
    """
    import select

    try:
        poll = select.poll()
        poll.register(sys.stdout.fileno(), 0)
    except (AttributeError, OSError, ValueError):  # no poll (Windows), or the output is closed
        time.sleep(seconds)
        return
    if poll.poll(seconds * 1000):
        raise BrokenPipeError


def _line(change: dict[str, Any]) -> str:
    """Return a change for people: ``2026-11-27 18:00:05 new CRITICAL db/disk: /var is 98 % full``."""
    begin = f"{time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(change['time']))} {change['change']}"
    if "name" not in change:
        return f"{begin}: {change['reason']}" if "reason" in change else begin
    flags = "".join(f" ({flag})" for flag in change["flags"])
    return f"{begin} {change['state']} {change['name']}{flags}: {' '.join(change['output'].split()) or '-'}"


def _draw(watched: Watch, interval: int, place: str) -> None:
    """Redraw the table until interrupted."""
    failures: list[Exception] = []
    at_once, ended = threading.Event(), threading.Event()

    def read() -> None:
        try:
            while True:
                at_once.wait(interval)
                at_once.clear()
                if ended.is_set():
                    return
                watched.refresh()
                screen.wake()
        except Exception as error:  # noqa: BLE001 - the main thread reports it
            failures.append(error)
            screen.wake()

    with Screen() as screen:
        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        try:
            key = ""
            while key not in ("q", "Q") and not failures:
                size = screen.size()
                screen.draw(page(watched.view, time.time(), size.columns, size.lines, f"{place}, every {interval} s"))
                key = screen.key(1.0)
                if key == " ":
                    at_once.set()
        finally:
            ended.set()
            at_once.set()
            reader.join(1.0)  # a hanging request ends with the process
    for failure in failures:
        raise failure


def page(view: View, now: float, width: int, height: int, title: str) -> list[str]:
    """Return the lines of the page, cut to the size of the terminal."""
    sink = Sink(sys.stdout)
    head = [_fit(f"{time.strftime('%H:%M:%S', time.localtime(now))}  {title}  (q quits)", width), ""]
    if view.lost is not None:
        message = _fit(f"No data for {format_duration(now - view.at)}: {view.lost}", width)
        head[1] = f"{_ALARM}{message}{_USUAL}" if sink.colours else message
    elif view.rows:
        head[1] = _fit(f"{format_count(len(view.rows), 'problem')}: {state_summary(view.rows)}", width)
    else:
        head[1] = "No problems"
    foot = [_fit(f"Resolved: {', '.join(str(row['name']) for row in view.gone)}", width)] if view.gone else []
    room = max(0, height - len(head) - len(foot) - 1)
    rows = view.rows
    if len(rows) > room:
        rows = rows[: max(0, room - 1)]
        foot.insert(0, _fit(f"... and {len(view.rows) - len(rows)} more", width))
    table = Table(_TABLE, limit=width, colours=sink.colours, encoding=sink.encoding)
    shown = (
        {**with_one_line_output(row), "mark": _MARKS[row["change"]], "duration": _current_duration(row, now)}
        for row in rows
    )
    return [*head, *table.lines(shown), *foot][:height]


def _current_duration(row: dict[str, Any], now: float) -> int | None:
    return None if row["since"] is None else int(now) - int(row["since"])


def _fit(text: str, width: int) -> str:
    return truncate(escape_unprintable(text), width, "...")
