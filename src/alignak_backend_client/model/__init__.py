"""The data model of the Alignak backend: resources, fields, types, defaults, links and unique keys.

``datamodel.json`` is the one description of it. It is read once a process, when first asked for.
"""

from __future__ import annotations

import functools
import json
import os
from typing import Any, Final, NamedTuple

DEFAULT_TYPE: Final = "host"


class Link(NamedTuple):
    """A field that holds the id of another item, or a list of such ids.

    Attributes:
        field: name of the field, such as ``check_command`` or ``_templates``.
        resource: the resource it points to, such as ``command``.
        many: True for a list of ids.
        nullable: True when the backend takes null for "none".
    """

    field: str
    resource: str
    many: bool
    nullable: bool


class Resource(NamedTuple):
    """One resource (an endpoint) of the backend.

    Attributes:
        name: endpoint and resource name, such as ``host``.
        key: fields that name an item together: ``("name",)``, ``("host", "name")`` for services, ``()`` for
            resources whose items have only an ``_id``.
        fields: field name to its schema, in the terms of Cerberus and Eve.
        links: field name to :class:`Link`.
        internal: True for resources without a URL.
        allow_unknown: True when items may hold fields that the schema does not know.
    """

    name: str
    key: tuple[str, ...]
    fields: dict[str, dict[str, Any]]
    links: dict[str, Link]
    internal: bool
    allow_unknown: bool
    unique: tuple[str, ...]
    required: tuple[str, ...]
    raw: dict[str, Any]

    def __repr__(self) -> str:
        return f"<Resource {self.name}>"

    @property
    def has_templates(self) -> bool:
        """True for host, service and user: their items can be templates."""
        return "_is_template" in self.fields

    @property
    def has_name(self) -> bool:
        """True when items carry a ``name``."""
        return "name" in self.fields


def _link(name: str, schema: dict[str, Any]) -> Link | None:
    """Return the link that a field's schema describes, or None for plain data."""
    many = schema["type"] == "list" and isinstance(schema.get("schema"), dict)
    relation = (schema["schema"] if many else schema).get("data_relation")
    if relation is None:
        return None
    return Link(name, relation["resource"], many, bool(schema.get("nullable", False)))


@functools.cache
def resources_by_name() -> dict[str, Resource]:
    """Return every resource of the data model, internal ones included, by name."""
    # By its path: importlib.resources takes 10 ms to import.
    with open(f"{os.path.dirname(__file__)}/datamodel.json", "rb") as file:  # noqa: PTH123, PTH120 - and pathlib 4
        model: dict[str, dict[str, Any]] = json.load(file)
    return {
        name: Resource(
            name=name,
            key=tuple(raw["key"]),
            fields=raw["fields"],
            links={
                field_name: link
                for field_name, schema in raw["fields"].items()
                if (link := _link(field_name, schema)) is not None
            },
            internal=raw["internal"],
            allow_unknown=raw["allow_unknown"],
            unique=tuple(raw["unique"]),
            required=tuple(raw["required"]),
            raw=raw,
        )
        for name, raw in model.items()
    }


def public_resources() -> dict[str, Resource]:
    """Return the resources that have a URL, by name, in alphabetical order."""
    return {name: found for name, found in sorted(resources_by_name().items()) if not found.internal}
