"""Command ``why``: where the values of an item come from."""

from __future__ import annotations

from typing import Any, Final

import click

from alignak_backend_client.cli.access import Access
from alignak_backend_client.cli.command import access_options, command, option
from alignak_backend_client.cli.console import Console
from alignak_backend_client.cli.exit_codes import OK
from alignak_backend_client.cli.grammar import VALUES
from alignak_backend_client.cli.output_options import output_options
from alignak_backend_client.cli.types import type_named
from alignak_backend_client.client import Backend
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.catalog import Catalog
from alignak_backend_client.items.names.finding import ambiguous, find
from alignak_backend_client.items.names.references import label, show
from alignak_backend_client.items.query.fields import QueryError, parse_field
from alignak_backend_client.items.query.origins import Origin, origins, read_ancestry
from alignak_backend_client.model import DEFAULT_TYPE, Resource, public_resources
from alignak_backend_client.output.layout import Column, Layout
from alignak_backend_client.output.values import plain
from alignak_backend_client.output.writing import Row, write

_EPILOG: Final = """\
Columns:
  VALUE      what the item has; links by name
  SOURCE     own         set on the item itself
             template    taken from TEMPLATES, the nearest first; the last one has set it
             merged      its own, and those of TEMPLATES together
             default     nobody has set it
             backend     the backend computes it
             monitoring  check results change it
  WITHOUT    what it would be without the item's own value, from TEMPLATES
  NOTE       templates that say something else by now, or whose value does not win

Exit codes:
  0   it was told
  1   no access to the backend
  2   there is no such item, or several have that name
  64  there is no such type or field, or the command line is wrong

Examples:
  alignak-backend-cli why web-01
      The fields of a host that somebody has set: there, or in templates
  alignak-backend-cli why web-01/http check_interval
      One field of a service
  alignak-backend-cli why -t user alice --all -o wide
      All fields of a user
"""

_COLUMNS: Final = (
    Column("field"),
    Column("value"),
    Column("source"),
    Column("templates"),
    Column("without"),
    Column("note"),
    Column("now", wide=True),
    Column("outdated", kind="boolean", wide=True),
)


@command(epilog=_EPILOG)
@click.argument("name", metavar="NAME")
@click.argument("fields", metavar="[FIELD]...", nargs=-1)
@option(*VALUES["type"], "type_", metavar="TYPE", help="type of the item  [default: host; service for host/service]")
@option("--all", "everything", is_flag=True, help="all fields, those that nobody has set, too")
@output_options
@access_options
def why(
    console: Console,
    access: Access,
    layout: Layout,
    name: str,
    fields: tuple[str, ...],
    type_: str | None,
    everything: bool,
) -> int:
    """Say where the values of an item come from: the item itself, a template, or nobody."""
    given = None if type_ is None else type_named(type_)
    host, service = (public_resources()[each] for each in (DEFAULT_TYPE, "service"))
    kinds = [given] if given else [host, service] if "/" in name else [host]
    for each in kinds[-1:]:
        _names(each, fields)  # what is wrong is told before anything is asked
    with access.open(console) as backend:
        catalog = Catalog(backend)
        resource, item = _found(backend, catalog, kinds, name)
        wanted = _names(resource, fields) or [one for one in resource.fields if one not in resource.hidden]
        ancestry = read_ancestry(backend, catalog, resource, item, wanted)
    found = list(origins(resource, ancestry, wanted))
    if not (fields or everything):
        found = [one for one in found if one.source in ("own", "template", "merged") or _note(resource, one)]
    rows = [_row(resource, one) for one in found]
    # In a table there is more room for the others where one of these is empty.
    columns = [
        column._replace(wide=column.wide or not any(row[column.field] for row in rows))
        if column.field in ("without", "note")
        else column
        for column in _COLUMNS
    ]
    console.results(lambda stream: write(rows, columns, layout, stream, name=_field))
    if ancestry.missing:
        console.note(f"Templates that do not exist, or that you may not see: {', '.join(ancestry.missing)}")
    if left_out := len(wanted) - len(found):
        console.note(f"{left_out} more fields have their default, or are set by backend and monitoring (--all)")
    return OK


def _found(backend: Backend, catalog: Catalog, kinds: list[Resource], name: str) -> tuple[Resource, dict[str, Any]]:
    """Return the item that is meant: of the first type that has one of that name.

    Raises:
        ItemError: there is none, or there are several.
    """
    for resource in kinds:
        items = find(backend, catalog, resource, name)
        if len(items) > 1:
            raise ItemError(f"{show(name)}: {ambiguous(catalog, resource, items)}")
        if items:
            return resource, items[0]
    raise ItemError(f"There is no {label(kinds[-1].name, name)}", 404)


def _names(resource: Resource, paths: tuple[str, ...]) -> list[str]:
    """Return the fields of an item that are asked for, each once.

    Raises:
        click.UsageError: there is none of that name.
    """
    try:
        fields = [parse_field(resource, path) for path in paths]
    except QueryError as error:
        raise click.UsageError(str(error)) from None
    for field in fields:
        if field.steps or field.name.partition(".")[0] not in resource.fields:
            raise click.UsageError(f"{show(field.path)} is not a field of the item itself")
    return list(dict.fromkeys(field.name.partition(".")[0] for field in fields))


def _row(resource: Resource, origin: Origin) -> dict[str, Any]:
    return {**origin._asdict(), "templates": list(origin.templates), "note": _note(resource, origin)}


def _field(row: Row) -> str:
    return str(row["field"])


def _note(resource: Resource, origin: Origin) -> str:
    """Return what is odd about the value of a field, in words; empty when nothing is."""
    if origin.source == "own" and origin.templates and not origin.outdated:
        return "the same as in its template" if resource.is_same(origin.field, origin.value, origin.now) else ""
    notes = [f"{name} says {_shown(value)}, but a later template wins" for name, value in origin.overruled.items()]
    if origin.outdated and origin.field in resource.cumulative:
        notes.append(f"its templates give {_shown(origin.now)}: left out here in part, or not passed on")
    elif origin.outdated and origin.source == "own":
        notes.append(f"set here, or left from before {origin.templates[0]} changed")
    elif origin.outdated and origin.templates:
        notes.append(f"{origin.templates[-1]} says {_shown(origin.now)} now")
    elif origin.outdated:
        notes.append("copied from a template that is none of its templates now")
    return "; ".join(notes)


def _shown(value: Any) -> str:
    return "nothing" if value in (None, "", [], {}) else plain(value)
