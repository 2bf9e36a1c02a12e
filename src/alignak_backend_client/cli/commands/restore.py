"""Command ``restore``: load a backup into a backend."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, Final

import click

from alignak_backend_client._text import error_text
from alignak_backend_client.cli.access import Access
from alignak_backend_client.cli.command import FilePath, access_options, command, option
from alignak_backend_client.cli.commands.backup import SQLITE, listed
from alignak_backend_client.cli.exit_codes import FAILED, OK
from alignak_backend_client.cli.grammar import FLAGS
from alignak_backend_client.cli.places import database_of
from alignak_backend_client.cli.reporting import Reporter
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.cli.text.counts import format_counts
from alignak_backend_client.client import EMBEDDED_MISSING
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.writing.results import Report
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.site.backup.file import Backup
from alignak_backend_client.site.backup.restoring import Restored
from alignak_backend_client.site.backup.restoring import restore as restore_items

_EPILOG: Final = """\
restore verifies the whole file before it sends anything, and rejects truncated
or modified files. The backend must be empty except for the items of a new
backend. Ids, links and live states are restored. After Ctrl-C or a connection
failure, run the command again to continue.

A database copy ('backup' of embedded:FILE) is restored to a new database; this
needs no login.

Exit codes:
  0   everything was restored
  1   the backend cannot be reached, or rejects the user
  2   the file, the backend or some items were rejected
  64  wrong usage
  130 interrupted by Ctrl-C; the restored items are reported

Examples:
  alignak-backend-cli restore site.backup
  alignak-backend-cli -b embedded:new.db restore site-copy.db
  alignak-backend-cli -b https://backend.example.org restore --overwrite site.backup
      Reset existing items to the backup, and keep all others
"""


@command(epilog=_EPILOG)
@click.argument("file", type=FilePath(allow_dash=True))
@option("--overwrite", is_flag=True, help="allow existing items: reset those of the backup, and keep all others")
@option("-y", "--yes", is_flag=True, help="overwrite without confirmation")
@option(*FLAGS["json"], "json", is_flag=True, help="print one JSON object per item with its result")
@access_options
def restore(console: Console, access: Access, file: Path, overwrite: bool, yes: bool, json: bool) -> int:
    """Load a backup into a backend."""
    with _opened(file) as stream:
        begin = stream.read(len(SQLITE))
        if begin == SQLITE:
            _restore_database(console, access, file)
            return OK
        backup = Backup(stream, "Standard input" if str(file) == "-" else str(file), begin)
    try:
        if overwrite and not yes and console.can_ask and not console.confirm(_question(backup)):
            raise ItemError("Cancelled: nothing was restored")
        return _restore(console, access, backup, overwrite=overwrite, json=json)
    finally:
        backup.close()


def _question(backup: Backup) -> str:
    return f"Reset {sum(backup.counts.values())} items to their state at {backup.header.get('created')}?"


def _opened(file: Path) -> AbstractContextManager[IO[bytes]]:
    """Open a file for reading; standard input is not closed afterwards."""
    if str(file) == "-":
        if sys.stdin is None or sys.stdin.isatty():
            raise click.UsageError("Not reading a backup from a terminal: give a file name")
        return nullcontext(sys.stdin.buffer)
    try:
        if file.exists() and not file.is_file():
            raise ItemError(f"Cannot read {str(file)!r}: it is not a file")
        return file.open("rb")
    except (OSError, ValueError) as error:
        raise ItemError(f"Cannot read {str(file)!r}: {error_text(error)}") from error


def _restore_database(console: Console, access: Access, file: Path) -> None:
    database = database_of(access.backend_url)
    if database is None:
        raise ItemError(
            f"{str(file)!r} is a database copy: restore it to a new one with -b embedded:NEW.db; for another "
            f"backend, make a backup of that with 'backup --portable'"
        )
    if str(file) == "-":
        raise click.UsageError("A database copy cannot be read from standard input: give its file name")
    try:
        from alignak_backend_embedded.inprocess import default_database, restore_database
        from alignak_backend_embedded.store.errors import StoreError
    except ModuleNotFoundError as error:
        raise ItemError(f"{EMBEDDED_MISSING} ({error.name} is missing)") from error
    try:
        restore_database(file, database, console.progress)
    except StoreError as error:
        raise ItemError(str(error)) from error
    console.result(f"{file} restored to {database or default_database()}")


def _restore(console: Console, access: Access, backup: Backup, *, overwrite: bool, json: bool) -> int:
    reporter = Reporter(console, json=json, brief=True, dry_run=False)
    with reporter.report_early_end(), access.open(console, creates=True) as backend:
        writer = Writer(backend, access.username, reporter)
        reporter.report = report = writer.report
        found = restore_items(writer, backup, overwrite=overwrite)
    _print_notes(console, found)
    reporter.ended(_summary(report, backup))
    if report.interrupted:
        raise KeyboardInterrupt
    return OK if report.ok else FAILED


def _summary(report: Report, backup: Backup) -> str:
    restored = {name: report.count("created", "updated", resource=name) for name in backup.counts}
    parts = [f"{format_counts(restored)} restored"]
    if unchanged := report.count("unchanged"):
        parts.append(f"{unchanged} unchanged")
    if failed := report.count("failed"):
        parts.append(f"{failed} failed")
    left = sum(backup.counts.values()) - report.count("created", "updated", "unchanged", "failed")
    if left > 0 and report.ended:
        parts.append(f"{left} not restored, as far as is known; run the command again to finish")
    return ", ".join(parts)


def _print_notes(console: Console, found: Restored) -> None:
    """Report what was not restored."""
    if found.lost:
        console.note(f"Links to items that are not in the backup: {found.lost} dropped")
    if found.unknown:
        console.note(f"Fields that this release does not know: {listed(found.unknown)} dropped")
    if found.passwords:
        console.note(
            f"New users have random passwords: {listed(found.passwords)}. To set one: "
            'echo \'{"password": "..."}\' | alignak-backend-cli -t user -d stdin update NAME'
        )
