"""Command ``tree``: hierarchies of realms, templates, hosts and groups."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, Final

import click

from alignak_backend_client.cli.access import Access
from alignak_backend_client.cli.command import access_options, command
from alignak_backend_client.cli.options.output import output_options
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.items.names.patterns import is_pattern
from alignak_backend_client.items.names.references import show
from alignak_backend_client.monitoring.trees import KINDS, Row, read_tree
from alignak_backend_client.output.layout import Column, Layout
from alignak_backend_client.output.suggestions import suggestion
from alignak_backend_client.output.text import escape_unencodable
from alignak_backend_client.output.writing import write, write_item

_EPILOG: Final = """\
KIND is one of:
  realm         realms; with NAME, also their hosts
  template      host templates; with NAME, also the hosts that use them and their
                service templates
  host          hosts below their parents; with NAME, also their services
  group         groups below their parent and below groups that include them;
                with NAME, also their members. group means hostgroup;
                servicegroup and usergroup work too

NAME can be a pattern such as 'web*'.

An item with several parents appears below each of them; its own children are
shown only the first time.

Exit codes:
  0   success
  1   the backend cannot be reached, or rejects the user
  2   the request failed, or there is no item with this name
  64  wrong usage

Examples:
  alignak-backend-cli tree realm
  alignak-backend-cli tree template
  alignak-backend-cli tree host 'web*' router
  alignak-backend-cli tree group All -o json
"""

_COLUMNS: Final = (
    Column("name"),
    Column("type"),
    Column("state", kind="state"),
    Column("level", kind="number", wide=True),
    Column("again", kind="boolean", wide=True),
)


class _Kind(click.Choice[str]):
    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in KINDS:
            raise click.UsageError(f"Unknown kind {show(value)}: {suggestion(value, KINDS, 'kinds')}")
        return super().convert(value, param, ctx)


@command(epilog=_EPILOG)
@click.argument("kind", metavar="KIND", type=_Kind(list(KINDS)))
@click.argument("names", metavar="[NAME]...", nargs=-1)
@output_options
@access_options
def tree(console: Console, access: Access, layout: Layout, kind: str, names: tuple[str, ...]) -> None:
    """Show realms, templates, hosts or groups as a tree; with NAME, these items and everything below them."""
    layout.select_columns(_COLUMNS)
    with access.open(console) as backend:
        rows = read_tree(backend, kind, names)
    if layout.is_whole:
        roots = nested(rows)
        if len(names) == 1 and not is_pattern(names[0]):
            console.results(lambda stream: write_item(roots[0], _COLUMNS, layout, stream))
        else:
            console.results(lambda stream: write(roots, _COLUMNS, layout, stream))
        return
    drawn = list(_drawn(rows)) if layout.format in ("table", "wide") else rows
    console.results(lambda stream: write(drawn, _COLUMNS, layout, stream, name=lambda row: str(row["name"])))
    if not rows:
        console.note("Nothing found that this user may read")


def nested(rows: list[Row]) -> list[dict[str, Any]]:
    """Return the top-level items, each with its descendants in ``children``."""
    roots: list[dict[str, Any]] = []
    path: list[dict[str, Any]] = []
    for row in rows:
        node = {**{key: value for key, value in row.items() if key != "level"}, "children": []}
        del path[row["level"] :]
        (path[-1]["children"] if path else roots).append(node)
        path.append(node)
    return roots


def _drawn(rows: list[Row]) -> Iterator[Row]:
    """Yield rows with names drawn as a tree."""
    signs = "│   ", "├── ", "└── "
    if sys.stdout is None or escape_unencodable(signs[0], sys.stdout.encoding or "utf-8") != signs[0]:
        signs = "|   ", "|-- ", "`-- "
    # Computed from the end: whether another item follows on a level.
    follows: list[bool] = []
    lines: list[Row] = []
    for row in reversed(rows):
        level = row["level"]
        del follows[level + 1 :]
        follows += [False] * (level + 1 - len(follows))
        stem = "".join(signs[0] if one else "    " for one in follows[1:level])
        branch = (signs[1] if follows[level] else signs[2]) if level else ""
        follows[level] = True
        lines.append({**row, "name": f"{stem}{branch}{row['name']}{' (see above)' if row['again'] else ''}"})
    return reversed(lines)
