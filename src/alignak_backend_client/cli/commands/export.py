"""Command ``export``: a backend as the files of a site."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from alignak_backend_client.cli.access import Access
from alignak_backend_client.cli.command import access_options, command, option
from alignak_backend_client.cli.commands.validate import counted, in_words
from alignak_backend_client.cli.console import Console
from alignak_backend_client.items.names.references import show
from alignak_backend_client.output.suggestions import suggestion
from alignak_backend_client.site.exporting import export as write_site
from alignak_backend_client.site.folder import site_types

_EPILOG: Final = """\
Written are names for ids, and only what differs from defaults and from what
templates give: no ids, live states, passwords, and nothing that every backend
has. A file a host with its services, one a template, other types together.
Files that say the same already stay as they are. docs/site.md says more.

Exit codes:
  0   the files were written, or are as they should be
  1   the backend cannot be reached, or refuses the user
  2   something could not be read or written
  64  the command line is wrong

Examples:
  alignak-backend-cli export site
  alignak-backend-cli export site -t command,timeperiod
  alignak-backend-cli export paris --realm Paris
"""


@command(epilog=_EPILOG)
@click.argument("folder", type=click.Path(path_type=Path))
@option("-t", "--type", "types", metavar="TYPES", help="only these, with commas between them; services go with hosts")
@option("--realm", metavar="REALM", help="only what belongs to this realm, or to those below it")
@access_options
def export(console: Console, access: Access, folder: Path, types: str | None, realm: str | None) -> None:
    """Write all that a backend is configured with to a folder, as YAML by names."""
    names = [name.strip() for name in types.split(",")] if types else []
    for name in names:
        if name not in site_types():
            raise click.UsageError(f"Unknown type {show(name)}: {suggestion(name, site_types(), 'types')}")
    with access.open(console) as backend:
        found = write_site(backend, folder, names, realm)
    for note in found.notes:
        console.note(note)
    for file in found.written:
        console.step(f"Written to {folder / file}")
    files = f"{counted(len(found.written), 'file')} written to {folder}, {found.unchanged} unchanged"
    console.result(f"{in_words(found.counts)}: {files}")
