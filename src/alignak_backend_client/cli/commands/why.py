"""Command ``why``: the sources of an item's values: the item itself, templates or defaults."""

from __future__ import annotations

from typing import Any, Final

import click

from alignak_backend_client.cli.access import Access
from alignak_backend_client.cli.command import access_options, command, option
from alignak_backend_client.cli.exit_codes import OK
from alignak_backend_client.cli.grammar import VALUES
from alignak_backend_client.cli.options.output import output_options
from alignak_backend_client.cli.options.types import type_named
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.client import Backend
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.catalog import Catalog
from alignak_backend_client.items.names.finding import ambiguity_error, find, suggest_name
from alignak_backend_client.items.names.references import label, show
from alignak_backend_client.items.query.fields import QueryError, parse_field
from alignak_backend_client.items.query.origins import Origin, find_origins, read_ancestry
from alignak_backend_client.model import DEFAULT_TYPE, Resource, public_resources
from alignak_backend_client.output.layout import Column, Layout
from alignak_backend_client.output.values import format_plain
from alignak_backend_client.output.writing import Row, write

_EPILOG: Final = """\
Columns:
  VALUE      the current value; links by name
  SOURCE     own         set on the item itself
             template    inherited through TEMPLATES, nearest first; the last one sets it
             merged      the item's own values and those of TEMPLATES combined
             default     not set anywhere
             backend     computed by the backend
             monitoring  updated by check results
  WITHOUT    the value that TEMPLATES would give without the item's own value
  NOTE       template values that have changed since, or that are overridden

Exit codes:
  0   success
  1   the backend cannot be reached, or rejects the user
  2   there is no such item, or several items have this name
  64  wrong usage, or there is no such type or field

Examples:
  alignak-backend-cli why web-01
      Show the fields of a host that are set on the host or by its templates
  alignak-backend-cli why web-01/http check_interval
      Show one field of a service
  alignak-backend-cli why -t user alice --all -o wide
      Show all fields of a user
"""

_COLUMNS: Final = (
    Column("field", key=True),
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
@option("--all", "everything", is_flag=True, help="show all fields, including those that are not set")
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
    """Show where the values of an item come from: the item itself, a template or a default."""
    given = None if type_ is None else type_named(type_)
    host, service = (public_resources()[each] for each in (DEFAULT_TYPE, "service"))
    kinds = [given] if given else [host, service] if "/" in name else [host]
    for each in kinds[-1:]:
        _names(each, fields)  # errors are reported before any request
    with access.open(console) as backend:
        catalog = Catalog(backend)
        resource, item = _find_first(backend, catalog, kinds, name)
        wanted = _names(resource, fields) or [one for one in resource.fields if one not in resource.hidden]
        ancestry = read_ancestry(backend, catalog, resource, item, wanted)
    found = list(find_origins(resource, ancestry, wanted))
    if not (fields or everything):
        found = [one for one in found if one.source in ("own", "template", "merged") or _note(resource, one)]
    rows = [_row(resource, one) for one in found]
    # In a table, empty columns are omitted.
    columns = [
        column._replace(wide=column.wide or not any(row[column.field] for row in rows))
        if column.field in ("without", "note")
        else column
        for column in _COLUMNS
    ]
    console.results(lambda stream: write(rows, columns, layout, stream, name=_field))
    if ancestry.missing:
        console.note(f"Templates that do not exist, or that you may not read: {', '.join(ancestry.missing)}")
    if left_out := len(wanted) - len(found):
        console.note(f"{left_out} more fields have default values, or are set by the backend or the monitoring (--all)")
    return OK


def _find_first(
    backend: Backend, catalog: Catalog, kinds: list[Resource], name: str
) -> tuple[Resource, dict[str, Any]]:
    """Return the item with a name, of the first type that has one.

    Raises:
        ItemError: there is none, or there are several.
    """
    for resource in kinds:
        items = find(backend, catalog, resource, name)
        if len(items) > 1:
            raise ItemError(f"{show(name)}: {ambiguity_error(catalog, resource, items)}")
        if items:
            return resource, items[0]
    near = suggest_name(backend, catalog, kinds[-1], name, {})
    raise ItemError(f"There is no {label(kinds[-1].name, name)}{near}", 404)


def _names(resource: Resource, paths: tuple[str, ...]) -> list[str]:
    """Return the requested fields of an item, each once.

    Raises:
        click.UsageError: there is none with that name.
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
    """Return a remark about the value of a field; empty if there is none."""
    if origin.source == "own" and origin.templates and not origin.outdated:
        return "same value as in its template" if resource.is_same(origin.field, origin.value, origin.now) else ""
    notes = [
        f"{name} has {_shown(value)}, but a later template takes precedence" for name, value in origin.overruled.items()
    ]
    if origin.outdated and origin.field in resource.cumulative:
        notes.append(f"its templates have {_shown(origin.now)}: not all of it was inherited")
    elif origin.outdated and origin.source == "own":
        notes.append(f"set here, or inherited before {origin.templates[0]} changed")
    elif origin.outdated and origin.templates:
        notes.append(f"{origin.templates[-1]} now has {_shown(origin.now)}")
    elif origin.outdated:
        notes.append("inherited from a template that the item no longer uses")
    return "; ".join(notes)


def _shown(value: Any) -> str:
    return "nothing" if value in (None, "", [], {}) else format_plain(value)
