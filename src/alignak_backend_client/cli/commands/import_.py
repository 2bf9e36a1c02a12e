"""Command ``import``: convert Nagios, Naemon, Shinken or Alignak configuration to site files, without a backend."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from alignak_backend_client.cli.command import FilePath, command, option
from alignak_backend_client.cli.exit_codes import DIFFERS, FAILED, OK
from alignak_backend_client.cli.grammar import FLAGS
from alignak_backend_client.cli.options.output import output_options, print_requested
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.cli.text.counts import format_count, format_counts
from alignak_backend_client.items.names.references import enumeration, show
from alignak_backend_client.output.layout import Column, Layout
from alignak_backend_client.site.cfg.findings import Finding
from alignak_backend_client.site.cfg.importing import Imported, import_files

_EPILOG: Final = """\
FILES are main files (nagios.cfg, shinken.cfg), object files, or folders with
object files. The cfg_file, cfg_dir and resource_file settings of main files are
followed. import needs no backend and no monitoring engine. Templates and names
are kept, unless the backend does not allow a name. Changes, and anything that
cannot be converted, are reported with file and line. The result is a site folder
for validate, diff and apply. See docs/import.md for the conversion rules.

Exit codes:
  0   everything was converted
  2   something could not be read; the rest was written
  3   something could not be converted; the rest was written
  64  wrong usage
  130 interrupted by Ctrl-C; run it again to write the remaining files

Examples:
  alignak-backend-cli import /etc/nagios4/nagios.cfg --to site
  alignak-backend-cli import -c /etc/shinken/shinken.cfg
      Show what cannot be converted; write nothing
  alignak-backend-cli import hosts.cfg services.cfg --to site -o json
"""

_COLUMNS: Final = (
    Column("kind"),
    Column("file"),
    Column("line", kind="number"),
    Column("type"),
    Column("name"),
    Column("reason"),
)

_HEADINGS: Final = {
    "changed": "Converted with changes",
    "lost": "Not converted",
    "exposed": "Perhaps secrets, and in the files",
    "error": "Cannot be read",
}


@command(epilog=_EPILOG)
@click.argument("files", metavar="FILES...", nargs=-1, required=True, type=FilePath())
@option("--to", "folder", metavar="FOLDER", type=FilePath(), help="folder for the site files")
@option(*FLAGS["check"], "check", is_flag=True, help="dry run: show the result; write nothing")
@output_options
def import_(console: Console, layout: Layout, files: tuple[Path, ...], folder: Path | None, check: bool) -> int:
    """Convert configuration files of Nagios, Naemon, Shinken or Alignak to site files."""
    layout.select_columns(_COLUMNS)
    if folder is None and not check:
        raise click.UsageError("Missing option --to FOLDER; use -c for a dry run")
    found = import_files(files, None if check else folder, console.progress)
    rows: list[dict[str, Any]] = [finding._asdict() for finding in found.findings]
    whole = {
        "problems": rows,
        "items": found.counts,
        "files": found.read,
        "written": found.written,
        "unchanged": found.unchanged,
        "left": found.left,
        "removed": found.removed,
    }
    if not print_requested(console, layout, _COLUMNS, whole, rows, name=lambda row: str(row["name"])):
        _print_findings(console, found)
    for file in found.written or ():
        console.step(f"Written to {(folder or Path()) / file}")
    if not layout.is_requested:
        console.result(_summary(found, folder))
    kinds = {finding.kind for finding in found.findings}
    return FAILED if "error" in kinds else DIFFERS if "lost" in kinds else OK


def _print_findings(console: Console, found: Imported) -> None:
    for kind, heading in _HEADINGS.items():
        those = [finding for finding in found.findings if finding.kind == kind]
        if those:
            console.error(f"{heading} ({len(those)}):")
        for finding in those:
            console.error(f"  {describe_finding(finding)}")
    if found.omitted:
        console.error(f"and {found.omitted} more")
    if found.left:
        obsolete = enumeration(found.left)
        console.note(f"Files whose items are not in the configuration; delete what is obsolete: {obsolete}")
    if found.removed:
        console.note(
            f"Removed from the files, since the configuration does not have them: {enumeration(found.removed)}"
        )


def describe_finding(finding: Finding) -> str:
    """Return a finding in one line: file, line, definition and message."""
    where = f"{finding.file}:{finding.line}" if finding.line else finding.file
    item = f"{finding.type} {show(finding.name)}: " if finding.name else f"{finding.type}: " if finding.type else ""
    return f"{where}: {item}{finding.reason}" if where else f"{item}{finding.reason}"


def _summary(found: Imported, folder: Path | None) -> str:
    items = f"{format_counts(found.counts)} from {format_count(found.read, 'file')}"
    if found.written is None:
        return f"{items}: nothing written"
    return f"{items}: {format_count(len(found.written), 'file')} written to {folder}, {found.unchanged} unchanged"
