"""Command ``export``: write the configuration of a backend as site files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from alignak_backend_client.cli.access import Access
from alignak_backend_client.cli.command import FilePath, access_options, command, option
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.cli.text.counts import format_count, format_counts
from alignak_backend_client.items.names.references import enumeration, show
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.output.suggestions import suggestion
from alignak_backend_client.site.exporting import Exported
from alignak_backend_client.site.exporting import export as write_site
from alignak_backend_client.site.files.folder import site_types

_EPILOG: Final = """\
The files use names instead of ids, and have only values that differ from
defaults and templates. They have no ids, live states or passwords, and no items
that every new backend has. Each host has a file with its services, and so has
each host template; other types have one file per type. Items that a file of the
folder has already stay in that file. Files whose content is up to date are not
touched. See docs/site.md.

Exit codes:
  0   the files were written, or are up to date
  1   the backend cannot be reached, or rejects the user
  2   something could not be read or written
  64  wrong usage
  130 interrupted by Ctrl-C; run it again to write the remaining files

Examples:
  alignak-backend-cli export site
  alignak-backend-cli export site -t command,timeperiod
  alignak-backend-cli export paris --realm Paris
"""


@command(epilog=_EPILOG)
@click.argument("folder", type=FilePath())
@option(
    "-t", "--type", "types", metavar="TYPES", help="only these types, separated by commas; hosts include their services"
)
@option("--realm", metavar="REALM", help="only items of this realm and its sub-realms")
@access_options
def export(console: Console, access: Access, folder: Path, types: str | None, realm: str | None) -> None:
    """Write the configuration of a backend to a folder, as YAML files with names instead of ids."""
    names = [name.strip() for name in types.split(",")] if types else []
    for name in names:
        if name not in site_types():
            raise click.UsageError(f"Unknown type {show(name)}: {suggestion(name, site_types(), 'types')}")
    with access.open(console) as backend:
        found = write_site(backend, folder, names, realm, console.progress)
    for note in notes(found, folder):
        console.note(note)
    for file in found.written:
        console.step(f"Written to {folder / file}")
    files = f"{format_count(len(found.written), 'file')} written to {folder}, {found.unchanged} unchanged"
    console.result(f"{format_counts(found.counts)}: {files}")


def notes(found: Exported, folder: Path) -> Iterator[str]:
    """Yield lines about what was skipped, and what is obsolete."""
    for name, number in found.unnamed.items():
        owner = " or a host" if name == "service" else ""
        yield f"{number} {name} without a name{owner}: skipped, since only ids identify them"
    for name, names in found.ambiguous.items():
        plural = resources_by_name()[name].plural
        for full in names:
            yield (
                f"Several {plural} are called {show(full)}: left out, since only ids identify them; "
                "rename or delete one"
            )
    if found.dangling:
        these = ", or one of these" if found.ambiguous else ""
        yield f"Links to items that are missing or not readable{these}: {found.dangling} skipped"
    if found.lacks_rights:
        yield (
            "Only super administrators can read the rights of users: skipped; whoever applies these files as one "
            "resets them to the rights of new users"
        )
    if found.left:
        obsolete = enumeration([folder / file for file in found.left])
        yield f"Files whose items are not in the backend; delete what is obsolete: {obsolete}"
    if found.removed:
        yield f"Removed from the files, since they are missing or not readable: {enumeration(found.removed)}"
