"""Command ``check``: inconsistencies in a backend."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby, islice
from typing import Any, Final

import click

from alignak_backend_client.cli.access import Access
from alignak_backend_client.cli.command import access_options, command, option
from alignak_backend_client.cli.exit_codes import DIFFERS, FAILED, OK
from alignak_backend_client.cli.options.output import output_options, print_requested
from alignak_backend_client.cli.reporting import Reporter
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.cli.text.counts import format_count, format_counts
from alignak_backend_client.cli.text.findings import deletion_question, describe_finding, fix_command, item_label
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.output.layout import Column, Layout
from alignak_backend_client.output.text import escape_unprintable
from alignak_backend_client.site.checking.checks import Checked
from alignak_backend_client.site.checking.checks import check as check_site
from alignak_backend_client.site.checking.findings import Delete
from alignak_backend_client.site.checking.repairing import Repaired, repair

_EPILOG: Final = """\
Problems are dangling links, services without a host, rights of deleted users,
cycles of realms, groups or templates, duplicate names, values that differ from
the template they follow, and wrong counters of the live synthesis. Hints are
users without rights, and hosts whose problems notify nobody.

--repair removes dangling links, resets values to those of their templates, and
recomputes counters. It asks before it deletes anything, such as services without
a host. Problems that need a decision are not repaired.

Of each kind of finding, the first five are shown; -v and -o show all.

Exit codes:
  0   no problems, or all were repaired; there may be hints
  1   the backend cannot be reached, or rejects the user
  2   the check or a repair failed
  3   there are problems
  64  wrong usage
  130 interrupted by Ctrl-C; what was repaired is reported

Examples:
  alignak-backend-cli check
  alignak-backend-cli check -o json
  alignak-backend-cli check --repair --yes
"""

_SHOWN: Final = 5
"""Number of findings of a kind that are shown, unless all are requested."""

_COLUMNS: Final = (
    Column("severity"),
    Column("check"),
    Column("type"),
    Column("name"),
    Column("id", wide=True),
    Column("field", wide=True),
    Column("reason"),
    Column("fix", "FIX"),
    Column("repair"),
)


@command(epilog=_EPILOG)
@option("--repair", "with_repair", is_flag=True, help="repair problems that need no decision")
@option("-y", "--yes", is_flag=True, help="--repair: delete without confirmation")
@output_options
@access_options
def check(console: Console, access: Access, layout: Layout, with_repair: bool, yes: bool) -> int:
    """Find inconsistencies in a backend, each with a solution."""
    if yes and not with_repair:
        raise click.UsageError("The option --yes goes with --repair")
    columns = _COLUMNS if with_repair else _COLUMNS[:-1]
    layout.select_columns(columns)
    with access.open(console) as backend:
        reporter = Reporter(console, json=False, brief=True, dry_run=False)
        writer = Writer(backend, access.username, reporter)
        found = check_site(writer, console.progress)
        results = [Repaired(finding, done=False) for finding in found.findings]
        if with_repair and any(one.repair is not None for one in found.findings):
            doomed = any(isinstance(one.repair, Delete) for one in found.findings)
            delete = doomed and (yes or (console.can_ask and console.confirm(deletion_question(found.findings))))
            results = repair(writer, found.findings, console.progress, delete=delete)
    _show(console, layout, columns, found, results, with_repair=with_repair)
    if writer.report.interrupted:
        raise KeyboardInterrupt
    if writer.report.ended:
        raise ItemError(f"Stopped: {writer.report.reason}")
    return _exit_code(results)


def _exit_code(results: list[Repaired]) -> int:
    left = [one for one in results if not one.done and not one.finding.is_hint]
    if any(one.reason and not isinstance(one.finding.repair, Delete) for one in left):
        return FAILED
    return DIFFERS if left else OK


def _show(
    console: Console,
    layout: Layout,
    columns: tuple[Column, ...],
    found: Checked,
    results: list[Repaired],
    *,
    with_repair: bool,
) -> None:
    rows = [_row(one, with_repair=with_repair) for one in results]
    whole = {
        "problems": [row for row in rows if row["severity"] == "problem"],
        "hints": [row for row in rows if row["severity"] == "hint"],
        "items": found.counts,
    }
    if not print_requested(console, layout, columns, whole, rows, name=lambda row: str(row["name"])):
        for line in _lines(results, with_repair=with_repair, limit=None if console.verbose else _SHOWN):
            console.text(line)
        if sys.stdout is not None:
            sys.stdout.flush()  # before the last line, which goes to standard error
    hints = sum(one.finding.is_hint for one in results)
    problems = len(results) - hints
    summary = f"{format_count(problems, 'problem')}, {format_count(hints, 'hint')}" if results else "No problems"
    repaired = f", {sum(one.done for one in results)} repaired" if with_repair and problems else ""
    console.note(f"{summary}{repaired}; checked: {format_counts(found.counts)}")


def _row(one: Repaired, *, with_repair: bool) -> dict[str, Any]:
    finding = one.finding
    row: dict[str, Any] = {
        "severity": "hint" if finding.is_hint else "problem",
        "check": finding.kind,
        "type": finding.type,
        "name": finding.name,
        "id": finding.id,
        "field": finding.field,
        "reason": describe_finding(finding),
        "fix": fix_command(finding),
    }
    return row | {"repair": _outcome(one)} if with_repair else row


def _outcome(one: Repaired) -> str:
    """Return the outcome of a finding, in words."""
    if one.done:
        return "deleted" if isinstance(one.finding.repair, Delete) else "repaired"
    if one.finding.repair is None:
        return "" if one.finding.is_hint else "needs a decision"
    return f"not repaired: {one.reason}"


def _lines(results: list[Repaired], *, with_repair: bool, limit: int | None) -> Iterator[str]:
    """Yield results for people: the first ones of each kind, and the number of further ones."""

    def kind(one: Repaired) -> tuple[str, ...]:
        return one.finding.kind, one.finding.type, _outcome(one) if with_repair else ""

    for (_, resource, _), alike in groupby(results, kind):
        shown = [_text(one, with_repair=with_repair) for one in islice(alike, limit)]
        yield from shown
        if more := sum(1 for _ in alike):
            yield f"… and {resources_by_name()[resource].format_count(more)} like these (-v shows all)"


def _text(one: Repaired, *, with_repair: bool) -> str:
    finding = one.finding
    begin = f"{'Hint: ' if finding.is_hint else ''}{item_label(finding)}: {describe_finding(finding)}"
    text = escape_unprintable(begin[:1].upper() + begin[1:])
    if with_repair and (one.done or one.reason):
        return f"{text}: {_outcome(one)}"
    return f"{text}\n    {fix_command(finding)}"
