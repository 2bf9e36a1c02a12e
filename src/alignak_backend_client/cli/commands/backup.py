"""Command ``backup``: save a whole backend to one file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO, Final

import click

from alignak_backend_client._text import error_text
from alignak_backend_client.cli.access import Access
from alignak_backend_client.cli.command import FilePath, access_options, command, option
from alignak_backend_client.cli.places import database_of
from alignak_backend_client.cli.reporting import Reporter
from alignak_backend_client.cli.terminal.console import Console, OutputError
from alignak_backend_client.cli.text.counts import format_counts
from alignak_backend_client.client import EMBEDDED_MISSING
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.files.dumpfile import atomic_path, open_atomic
from alignak_backend_client.items.names.references import enumeration, show
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.site.backup.file import is_backup
from alignak_backend_client.site.backup.saving import BackedUp, back_up

_EPILOG: Final = """\
For embedded:FILE, the backup is a copy of the database with everything in it:
passwords, tokens and the history. It is consistent even while the database is
in use, and needs no login. Only the owner can read the copy; keep it safe.

For all other backends, and with --portable, the backup contains what the user
may read: items with their ids and live states. 'restore' loads it into any kind
of backend. Backends do not reveal passwords and tokens. See docs/backup.md.

Exit codes:
  0   the file was written
  1   the backend cannot be reached, or rejects the user
  2   something could not be read or written; the file is unchanged
  64  wrong usage
  130 interrupted by Ctrl-C; the file is unchanged

Examples:
  alignak-backend-cli backup site.backup
  alignak-backend-cli backup --history - | ssh vault 'umask 077; cat > site.backup'
  alignak-backend-cli -b embedded:site.db backup site-copy.db
      Copy a database, even while 'serve --database site.db' runs
"""

SQLITE: Final = b"SQLite format 3\x00"
_NAMED: Final = 20


@command(epilog=_EPILOG)
@click.argument("file", type=FilePath(allow_dash=True))
@option("--history", is_flag=True, help="include the history and check results")
@option("--portable", is_flag=True, help="for embedded:FILE: save items for any kind of backend, not a database copy")
@access_options
def backup(console: Console, access: Access, file: Path, history: bool, portable: bool) -> None:
    """Save a whole backend to one file, for 'restore'."""
    database = database_of(access.backend_url)
    if database is not None and not portable:
        if str(file) == "-":
            raise click.UsageError("A database copy needs a file name; use --portable to write to standard output")
        _copy(console, database, file)
        return
    if str(file) == "-":
        _to_output(console, access, history=history)
        return
    _check_target(file)
    with access.open(console) as backend:
        writer = Writer(backend, access.username, _reporter(console))
        with open_atomic(file) as stream:
            found = back_up(writer, stream, history=history, progress=console.progress)
    _print_notes(console, found)
    console.result(f"{format_counts(found.counts)} written to {file}")


def _copy(console: Console, database: str, file: Path) -> None:
    """Copy the database of an embedded backend."""
    try:
        from alignak_backend_embedded.inprocess import copy_database, default_database
        from alignak_backend_embedded.store.errors import StoreError
    except ModuleNotFoundError as error:
        raise ItemError(f"{EMBEDDED_MISSING} ({error.name} is missing)") from error
    source = Path(database or default_database())
    _check_target(file)
    try:
        with atomic_path(file) as part:
            copy_database(database, part, console.progress)
    except StoreError as error:
        raise ItemError(str(error)) from error
    console.result(f"{source} copied to {file}: it contains passwords and tokens, keep it safe")


def _to_output(console: Console, access: Access, *, history: bool) -> None:
    stream: IO[bytes] | None = None if sys.stdout is None else sys.stdout.buffer
    if stream is None or stream.isatty():
        raise click.UsageError("Not writing a backup to a terminal: give a file name, or redirect the output")
    with access.open(console) as backend:
        writer = Writer(backend, access.username, _reporter(console))
        try:
            found = back_up(writer, stream, history=history, progress=console.progress)
            stream.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(f"The output cannot be written: {error.strerror}") from error
    _print_notes(console, found)
    console.note(f"{format_counts(found.counts)} written")


def _check_target(file: Path) -> None:
    """Refuse to replace a file that is not a backup.

    Raises:
        ItemError: it is none.
    """
    try:
        if not file.exists():
            return
        if not file.is_file():
            raise ItemError(f"Cannot write {str(file)!r}: it is not a file")
        with file.open("rb") as there:
            begin = there.read(100)
            # A copy has SQLite's format of rollback journals and our application id; a database in use has a WAL.
            is_copy = begin.startswith(SQLITE) and begin[18:20] == b"\1\1" and begin[68:72] == b"ALGB"
            replaceable = not begin or is_copy or is_backup(there, begin)
    except (OSError, ValueError) as error:
        raise ItemError(f"Cannot write {str(file)!r}: {error_text(error)}") from error
    if not replaceable:
        raise ItemError(f"{str(file)!r} exists, and is not a backup: use another file name")


def _reporter(console: Console) -> Reporter:
    return Reporter(console, json=False, brief=True, dry_run=False)


def _print_notes(console: Console, found: BackedUp) -> None:
    """Report what the file does not contain."""
    if not found.complete:
        console.note("Incomplete: only items that this user may read; a super administrator can read everything")
    console.note(f"Passwords are not included: {listed(found.passwords)} will need new ones")
    for name, items in found.hidden.items():
        console.note(f"Not readable for this user: the credentials of {name} {listed(items)}")


def listed(names: list[str]) -> str:
    """Return names as an enumeration."""
    return enumeration([show(name) for name in names], _NAMED)
