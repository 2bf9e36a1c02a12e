"""Paths of fields: of an item, of linked items, and of objects."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from alignak_backend_client.items.names.references import show
from alignak_backend_client.model import Link, Resource, resources_by_name
from alignak_backend_client.model.fields import AUTOMATIC
from alignak_backend_client.output.suggestions import nearest

_MOST_STEPS: Final = 5


class QueryError(ValueError):
    """A filter, an order or a list of fields is invalid. The message includes a suggestion."""


class Field(NamedTuple):
    """A field of an item, or of an item that it links to.

    Attributes:
        path: as given, such as ``ls_state``, ``host.address``, ``customs._OS``.
        steps: the links to follow; empty for a field of the item itself.
        resource: the resource that has it.
        name: its name there, with dots for a part of an object.
        schema: its schema in the data model; empty for parts of objects and unknown fields.
    """

    path: str
    steps: tuple[Link, ...]
    resource: Resource
    name: str
    schema: dict[str, Any]

    @property
    def link(self) -> Link | None:
        """The link, if the field is one."""
        return self.resource.links.get(self.name)


def parse_field(resource: Resource, path: str, *, secrets: bool = False) -> Field:
    """Return the field for a path such as ``name`` or ``host.address``.

    Args:
        resource: the resource in which the path starts.
        path: field names, separated by dots.
        secrets: True to allow fields that are never shown.

    Raises:
        QueryError: there is no such field, or it is never shown.
    """
    steps: list[Link] = []
    rest = path
    while True:
        name, dot, rest = rest.partition(".")
        schema = _schema(resource, name, secrets=secrets)
        link = resource.links.get(name)
        if not dot:
            return Field(path, tuple(steps), resource, name, schema)
        if not rest or len(steps) == _MOST_STEPS:
            raise QueryError(f"{show(path)} does not name a field")
        if link is None:
            if schema and schema["type"] not in ("dict", "point"):
                raise QueryError(f"{show(path)}: {name} has no fields of its own")
            return Field(path, tuple(steps), resource, f"{name}.{rest}", {})
        steps.append(link)
        resource = resources_by_name()[link.resource]


def parse_fields(resource: Resource, text: str) -> tuple[Field, ...]:
    """Return the fields of a comma-separated list, each once.

    Raises:
        QueryError: one of them does not exist, or there are none.
    """
    paths = dict.fromkeys(part.strip() for part in text.split(","))
    paths.pop("", None)
    if not paths:
        raise QueryError("No fields given: use field names, separated by commas")
    return tuple(parse_field(resource, path) for path in paths)


def is_time(field: Field) -> bool:
    """Return True for a number of seconds since 1970."""
    from alignak_backend_client.model.descriptions import descriptions_by_resource

    described = descriptions_by_resource()[field.resource.name].fields.get(field.name)
    return described is not None and described.unit == "epoch seconds"


def _schema(resource: Resource, name: str, *, secrets: bool) -> dict[str, Any]:
    """Return the schema of a field.

    Raises:
        QueryError: there is no such field, or it is never shown.
    """
    if name in resource.hidden and not secrets:
        raise QueryError(f"The field {show(name)} of {resource.plural} is a secret, which is never shown")
    schema = resource.fields.get(name) or AUTOMATIC.get(name)
    if schema is None:
        if resource.allow_unknown and name:
            return {}
        known = [field for field in (*resource.fields, *AUTOMATIC) if field not in resource.hidden]
        near = nearest(name, known)
        hint = f"did you mean {near!r}?" if near else f"'explain {resource.name}' lists the fields"
        raise QueryError(f"{_capital(resource.plural)} have no field {show(name)}: {hint}")
    return schema


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
