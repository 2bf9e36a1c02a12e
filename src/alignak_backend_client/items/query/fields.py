"""Paths of fields: of an item, of linked items, and of objects."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from alignak_backend_client.items.names.references import show
from alignak_backend_client.model import Link, Resource, resources_by_name
from alignak_backend_client.model.fields import AUTOMATIC
from alignak_backend_client.output.suggestions import nearest

_MOST_STEPS: Final = 5


class QueryError(ValueError):
    """A filter, an order or a list of fields is wrong. The message says what, and what would be right."""


class Field(NamedTuple):
    """A field of an item, or of an item that it links to.

    Attributes:
        path: as it was written, such as ``ls_state``, ``host.address``, ``customs._OS``.
        steps: the links that lead to it; empty for a field of the item itself.
        resource: the resource that has it.
        name: its name there; with dots where it is part of an object.
        schema: what the data model says of it; empty for parts of objects, and for fields that it does not know.
    """

    path: str
    steps: tuple[Link, ...]
    resource: Resource
    name: str
    schema: dict[str, Any]

    @property
    def link(self) -> Link | None:
        """The link that the field is, if it is one."""
        return self.resource.links.get(self.name)


def parse_field(resource: Resource, path: str, *, secrets: bool = False) -> Field:
    """Return the field that a path such as ``name`` or ``host.address`` leads to.

    Args:
        resource: where the path begins.
        path: names of fields with dots between them.
        secrets: True when a field that is never shown will do.

    Raises:
        QueryError: there is none, or nobody may see it.
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
    """Return the fields of a list with commas, each once.

    Raises:
        QueryError: one of them does not exist, or there are none.
    """
    paths = dict.fromkeys(part.strip() for part in text.split(","))
    paths.pop("", None)
    if not paths:
        raise QueryError("No fields given: use field names, separated by commas")
    return tuple(parse_field(resource, path) for path in paths)


def is_time(field: Field) -> bool:
    """Return True for a number that counts seconds since 1970."""
    from alignak_backend_client.model.descriptions import descriptions_by_resource

    described = descriptions_by_resource()[field.resource.name].fields.get(field.name)
    return described is not None and described.unit == "epoch seconds"


def _schema(resource: Resource, name: str, *, secrets: bool) -> dict[str, Any]:
    """Return what the data model says of a field.

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
