"""Command ``explain``: documentation of types and fields. It needs no backend."""

from __future__ import annotations

import sys
from typing import Final

import click

from alignak_backend_client.cli.command import command, option
from alignak_backend_client.cli.exit_codes import OK
from alignak_backend_client.cli.options.output import output_options
from alignak_backend_client.cli.options.types import type_named
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.cli.text import explanations
from alignak_backend_client.items.names.references import show
from alignak_backend_client.items.query.fields import QueryError, parse_field
from alignak_backend_client.model import Resource, public_resources
from alignak_backend_client.model.descriptions import descriptions_by_resource
from alignak_backend_client.model.explaining import describe_field, describe_fields, describe_type
from alignak_backend_client.model.fields import AUTOMATIC
from alignak_backend_client.output.json_text import to_json
from alignak_backend_client.output.layout import Column, Layout
from alignak_backend_client.output.sink import Sink
from alignak_backend_client.output.writing import Row, write, write_item

_EPILOG: Final = """\
Without -o, explain prints text. With -o, tables and CSV have one row per type or
field; JSON and YAML have all details, for one type including its fields and an
example. docs/understanding.md describes the keys.

Plurals and former names of types work as well. Use dots for a field of a linked
item.

Exit codes:
  0   success
  64  wrong usage, or there is no such type or field

Examples:
  alignak-backend-cli explain
      List all types
  alignak-backend-cli explain service
      Describe services: their fields, and an example
  alignak-backend-cli explain host.check_interval
      Describe one field
  alignak-backend-cli explain service.host.address
      Describe a field of a linked item
  alignak-backend-cli explain host --schema > host.schema.json
      Print a JSON Schema, with which editors complete and check data files
  alignak-backend-cli explain --schema > site.schema.json
      Print the JSON Schema for the files of a site
  alignak-backend-cli explain host -o csv --columns field,type,unit,default
      Print the fields of hosts for a spreadsheet
"""

_TYPES: Final = (Column("type"), Column("kind"), Column("description"), Column("key", wide=True))
_FIELDS: Final = (
    Column("field", key=True),
    Column("type"),
    Column("link"),
    Column("default"),
    Column("description"),
    Column("unit", wide=True),
    Column("required", kind="boolean", wide=True),
    Column("unique", kind="boolean", wide=True),
    Column("nullable", kind="boolean", wide=True),
    Column("minimum", kind="number", wide=True),
    Column("maximum", kind="number", wide=True),
    Column("values", wide=True),
    Column("templates", wide=True),
    Column("set_by", wide=True),
    Column("secret", kind="boolean", wide=True),
)


@command(epilog=_EPILOG)
@click.argument("topic", metavar="[TYPE[.FIELD]]", required=False)
@option("--schema", is_flag=True, help="print a JSON Schema for editors: of data files of this type, or of site files")
@output_options
def explain(console: Console, layout: Layout, topic: str | None, schema: bool) -> int:
    """Describe types and fields: purpose, allowed values, units and defaults."""
    as_text = not layout.is_requested and layout.headers
    if schema:
        return _print_schema(console, topic, shaped=not as_text)
    width = Sink(sys.stdout).width if sys.stdout is not None else None
    if topic is None:
        types = [describe_type(resource) for resource in public_resources().values()]
        if as_text:
            console.text(explanations.describe_types(types, width))
        else:
            console.results(lambda stream: write(types, _TYPES, layout, stream, name=_name))
        return OK
    word, _, path = topic.partition(".")
    resource = type_named(word)
    if path:
        resource, name = _field(resource, path)
        field = describe_field(resource, name)
        if as_text:
            console.text(explanations.describe_field_facts(resource.name, field, width))
        else:
            console.results(lambda stream: write_item(field, _FIELDS, layout, stream, name=_name))
        return OK
    whole = {
        **describe_type(resource),
        "example": descriptions_by_resource()[resource.name].example,
        "fields": describe_fields(resource),
    }
    if as_text:
        console.text(explanations.describe_type_fields(whole, width))
    elif layout.is_whole:
        console.results(lambda stream: write_item(whole, _TYPES, layout, stream))
    else:
        console.results(lambda stream: write(whole["fields"], _FIELDS, layout, stream, name=_name))
    return OK


def _print_schema(console: Console, topic: str | None, *, shaped: bool) -> int:
    """Print the JSON Schema of the data files of a type; without a type, that of site files.

    Raises:
        click.UsageError: a field or another option is given.
    """
    if shaped or (topic is not None and "." in topic):
        raise click.UsageError("The option --schema takes a type, such as 'explain host --schema', and no other option")
    if topic is None:
        from alignak_backend_client.site.files.schema import site_schema

        schema = site_schema()
    else:
        from alignak_backend_client.model.json_schema import data_file_schema

        schema = data_file_schema(type_named(topic))
    text = to_json(schema, sort=False).decode()
    console.json(text)
    return OK


def _name(row: Row) -> str:
    return str(row.get("field") or row["type"])


def _field(resource: Resource, path: str) -> tuple[Resource, str]:
    """Return the field for a path; for a part of an object, the object.

    Raises:
        click.UsageError: there is none.
    """
    try:
        field = parse_field(resource, path, secrets=True)
    except QueryError as error:
        raise click.UsageError(str(error)) from None
    name = field.name.partition(".")[0]
    if name not in (*field.resource.fields, *AUTOMATIC):
        raise click.UsageError(f"{show(name)} is not a field of the data model: engines may keep such fields")
    return field.resource, name
