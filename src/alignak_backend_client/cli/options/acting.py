"""Common parts of ``ack``, ``unack``, ``downtime`` and ``recheck``: options, sending requests, reporting results."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import click

from alignak_backend_client.cli.access import Access
from alignak_backend_client.cli.command import Function, Seconds, access_options, option
from alignak_backend_client.cli.exit_codes import FAILED, OK
from alignak_backend_client.cli.grammar import FLAGS
from alignak_backend_client.cli.options.output import where_option
from alignak_backend_client.cli.reporting import Reporter
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.cli.text import messages
from alignak_backend_client.exceptions import BackendException
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.references import enumeration
from alignak_backend_client.items.query.fields import QueryError
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.monitoring.actions import (
    CHECK,
    CommentError,
    EngineProgress,
    RequestPlan,
    check_comment,
    missing_engine_reason,
    send_requests,
    wait_for_engine,
)
from alignak_backend_client.monitoring.naming import Selector, parse_selector

NAMES: Final = """\
Names:
  web-1         a host                 'web*'     hosts: * any text, ? one character
  web-1/http    a service              '*/http'   services with this name
  'web-1/*'     all services of a host
  Quote patterns, or the shell expands them. --where narrows the selection.
"""

EXIT_CODES: Final = """\
Exit codes:
  0   success: everything was requested, or is already in this state
  1   the backend cannot be reached, or rejects the user
  2   a request was rejected, or there is no such host or service; with --wait
      also: the engine did not process all requests in time
  64  wrong usage
  130 interrupted by Ctrl-C; the requests sent so far are reported
"""

_MANY: Final = 20
"""With more requests than this, only their number is printed, and those that failed."""

_SHOWN: Final = 5


class Request(NamedTuple):
    """The common part of the command line."""

    console: Console
    access: Access
    selector: Selector
    wait: float | None
    check: bool
    json: bool


def acting_options(function: Function) -> Function:
    """Add the names and the options; the command gets a ``Request`` as ``request``."""

    @functools.wraps(function)
    def run(**values: Any) -> Any:
        names, where, all_services = (values.pop(name) for name in ("names", "where", "all_services"))
        try:
            selector = parse_selector(names, where, all_services=all_services)
            given = {name: values.pop(name) for name in Request._fields if name != "selector"}
            return function(request=Request(selector=selector, **given), **values)
        except QueryError as error:
            raise click.UsageError(str(error)) from None

    declared = access_options(run)
    for decorate in (
        option(*FLAGS["json"], "json", is_flag=True, help="print one JSON object per request with its result"),
        option(*FLAGS["check"], "check", is_flag=True, help="dry run: show what would be requested; send nothing"),
        option(
            "--wait",
            "wait",
            metavar="[SECONDS]",
            type=Seconds(),
            bare="60",
            help="wait until the engine has processed the requests, up to SECONDS  [default: 60]",
        ),
        where_option,
        option(
            "--all-services", "all_services", is_flag=True, group="Selection", help="also all services of the hosts"
        ),
        click.argument("names", metavar="NAME...", nargs=-1),
    ):
        declared = decorate(declared)
    return declared


def comment_option(*, required: bool = False) -> Callable[[Function], Function]:
    """Return a decorator that adds ``-m``; the command gets its value as ``comment``."""
    return option(
        "-m",
        "--comment",
        "comment",
        metavar="TEXT",
        required=required,
        callback=_comment,
        help="comment, shown to other users",
    )


def _comment(_context: click.Context, _option: click.Parameter, text: str | None) -> str | None:
    if text is not None:
        try:
            check_comment(text)
        except CommentError as error:
            raise click.UsageError(str(error)) from None
    return text


def act(request: Request, plan: Callable[[Writer], RequestPlan], *, nothing: str = "") -> int:
    """Send requests to the engine, print their results, and return the exit code.

    Args:
        request: the command line.
        plan: returns the requests. It raises ItemError if having none is a failure.
        nothing: the message if there are none, and this is no failure.
    """
    if not request.selector.names:
        raise click.UsageError("Give at least one host, service (host/service), or pattern such as 'web*'")
    reporter = Reporter(
        request.console, json=request.json, brief=False, dry_run=request.check, sentence=messages.describe_request
    )
    with reporter.report_early_end(), request.access.open(request.console, dry_run=request.check) as backend:
        writer = Writer(backend, request.access.username, reporter, dry_run=request.check)
        reporter.report = report = writer.report
        asked = plan(writer)
        reporter.brief = len(asked.targets) > _MANY and not request.check
        sent = send_requests(writer, asked)
        if sent and not report.interrupted:
            _follow(request, writer, reporter, asked.kind, sent)
    if not asked.targets:
        request.console.note(nothing)
    many = len(asked.targets) > 1 or (report.ended and not report.reported)
    reporter.ended(messages.summarize_requests(report, asked.kind, asked.action, dry_run=request.check) if many else "")
    if report.interrupted:
        raise KeyboardInterrupt
    return OK if report.ok else FAILED


def _follow(request: Request, writer: Writer, reporter: Reporter, kind: str, sent: Mapping[str, str]) -> None:
    """Print the progress of the engine, or that no engine seems to run.

    Args:
        request: the command line.
        writer: the backend, and the report.
        reporter: receives the counts for the JSON summary.
        kind: the resource of the requests.
        sent: id of each request to the name of its target.
    """
    console = request.console
    # The requests were sent, so a failure to read the daemons is not an error.
    with contextlib.suppress(BackendException, ItemError):
        if why := missing_engine_reason(writer.backend):
            console.note(f"No engine seems to process requests: {why}")
    if request.wait is None:
        return
    progress = EngineProgress(set(), set())
    try:
        wait_for_engine(writer.backend, kind, sent, request.wait, progress)
    except KeyboardInterrupt:
        writer.report.interrupt()
    finally:
        reporter.more = {
            "processed": len(progress.processed),
            "notified": None if kind == CHECK else len(progress.notified),
        }
    left = [name for identity, name in sent.items() if identity not in progress.processed]
    confirmed = "" if kind == CHECK else f", {len(progress.notified)} confirmed"
    console.note(f"The engine has processed {len(progress.processed)} of {len(sent)}{confirmed}")
    if left and not writer.report.interrupted:
        console.error(f"Not processed within {request.wait:g} s: {enumeration(left, _SHOWN)}")
        writer.report.end("the engine did not process all requests in time", None, reported=True)
