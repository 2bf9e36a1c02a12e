"""Command ``restore``: a backup into a backend."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, Final

import click

from alignak_backend_client.cli import explained
from alignak_backend_client.cli.access import Access, NoAccess
from alignak_backend_client.cli.command import access_options, command, option
from alignak_backend_client.cli.commands.backup import counted, database_of, listed
from alignak_backend_client.cli.console import Console
from alignak_backend_client.cli.exit_codes import FAILED, OK
from alignak_backend_client.cli.grammar import FLAGS
from alignak_backend_client.cli.telling import Teller
from alignak_backend_client.client import EMBEDDED_MISSING
from alignak_backend_client.exceptions import BackendException
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.writing.results import Report
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.site.backup_file import Backup
from alignak_backend_client.site.restoring import Restored
from alignak_backend_client.site.restoring import restore as restore_items

_EPILOG: Final = """\
The file is read to its end before anything is sent: one that was cut off or
changed is refused. So is a backend that has more than what every backend has.
Ids, links and live states are as they were. After Ctrl-C, or when the backend
went away, run it again: what is there stays.

A copy of a database ('backup' of embedded:FILE) becomes a new database; it asks
for no login.

Exit codes:
  0   all of it is there
  1   the backend cannot be reached, or refuses the user
  2   the file or the backend is refused, or some items are
  64  the command line is wrong
  130 ended by Ctrl-C; what was restored is told

Examples:
  alignak-backend-cli restore site.backup
  alignak-backend-cli -b embedded:new.db restore site-copy.db
  alignak-backend-cli -b https://backend.example.org restore --overwrite site.backup
      What the backup has becomes as it was, other items stay
"""

_SQLITE: Final = b"SQLite format 3\x00"


@command(epilog=_EPILOG)
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@option("--overwrite", is_flag=True, help="the backend may have items: those of the backup are made as they were")
@option("-y", "--yes", is_flag=True, help="do not ask before something is overwritten")
@option(*FLAGS["json"], "json", is_flag=True, help="print what became of each item as JSON, one a line")
@access_options
def restore(console: Console, access: Access, file: Path, overwrite: bool, yes: bool, json: bool) -> int:
    """Put what 'backup' has written into a backend."""
    with _opened(file) as stream:
        begin = stream.read(len(_SQLITE))
        if begin == _SQLITE:
            _restore_database(console, access, file)
            return OK
        backup = Backup(stream, "Standard input" if str(file) == "-" else str(file), begin)
    try:
        if overwrite and not yes and console.asks and not console.confirmed(_question(backup)):
            raise ItemError("Cancelled: nothing was restored")
        return _restore(console, access, backup, overwrite=overwrite, json=json)
    finally:
        backup.close()


def _question(backup: Backup) -> str:
    return f"Make {sum(backup.counts.values())} items as they were at {backup.header.get('created')}?"


def _opened(file: Path) -> AbstractContextManager[IO[bytes]]:
    """Return a file that is read; standard input stays open."""
    if str(file) == "-":
        if sys.stdin is None or sys.stdin.isatty():
            raise click.UsageError("A backup does not come from a terminal: name a file")
        return nullcontext(sys.stdin.buffer)
    try:
        if file.exists() and not file.is_file():
            raise ItemError(f"Cannot read {str(file)!r}: it is not a file")
        return file.open("rb")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ItemError(f"Cannot read {str(file)!r}: {reason}") from error


def _restore_database(console: Console, access: Access, file: Path) -> None:
    database = database_of(access)
    if database is None:
        raise ItemError(
            f"{str(file)!r} is a copy of a database: restore it to a new one with -b embedded:NEW.db; another backend "
            f"takes what 'backup --portable' of that writes"
        )
    if str(file) == "-":
        raise click.UsageError("A copy of a database is read from a file: name it")
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
    teller = Teller(console, json=json, brief=True, dry_run=False)
    try:
        with access.open(console, creates=True) as backend:
            writer = Writer(backend, access.username, teller)
            teller.report = report = writer.report
            found = restore_items(writer, backup, overwrite=overwrite)
    except KeyboardInterrupt:
        teller.cut_off("interrupted", interrupted=True)
        raise
    except (NoAccess, ItemError, BackendException) as error:
        teller.cut_off(explained(error)[0])
        raise
    _tell(console, found)
    teller.ended(_summary(report, backup))
    if report.interrupted:
        raise KeyboardInterrupt
    return OK if report.ok else FAILED


def _summary(report: Report, backup: Backup) -> str:
    """Return how it ended."""
    restored = {name: report.count("created", "updated", resource=name) for name in backup.counts}
    parts = [f"{counted(restored)} restored"]
    if unchanged := report.count("unchanged"):
        parts.append(f"{unchanged} unchanged")
    if failed := report.count("failed"):
        parts.append(f"{failed} failed")
    left = sum(backup.counts.values()) - report.count("created", "updated", "unchanged", "failed")
    if left > 0 and report.ended:
        parts.append(f"{left} not restored, as far as is known; run the command again to finish")
    return ", ".join(parts)


def _tell(console: Console, found: Restored) -> None:
    """Tell what did not come along."""
    if found.lost:
        console.note(f"Links to what the backup does not have: {found.lost} left out")
    if found.unknown:
        console.note(f"Fields that this release does not know: {listed(found.unknown)} left out")
    if found.passwords:
        console.note(
            f"Nobody knows the passwords of new users: {listed(found.passwords)}. To set one: "
            'echo \'{"password": "..."}\' | alignak-backend-cli -t user -d stdin update NAME'
        )
