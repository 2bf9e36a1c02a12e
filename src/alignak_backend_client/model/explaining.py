"""Documentation of types and fields as data: facts from the data model, descriptions in words."""

from __future__ import annotations

import functools
from typing import Any, Final

from alignak_backend_client.model.coercion import TEXT_IDS
from alignak_backend_client.model.descriptions import FieldDescription, descriptions_by_resource
from alignak_backend_client.model.fields import AUTOMATIC, RARELY_SET, is_live_state
from alignak_backend_client.model.resources import Resource
from alignak_backend_client.model.validation import validator

_LEAST: Final = ("min", "at_least")
_MOST: Final = ("max", "at_most")


@functools.cache
def mandatory_fields(resource: Resource) -> frozenset[str]:
    """Return the fields without a default that a new item must have, unless its templates supply them."""
    validate_new = validator(resource.name, TEXT_IDS).validate_new
    missing = {str(issue.path[0]) for issue in validate_new({}) if issue.code in ("required", "time_required")}
    missing |= {issue.rule for issue in validate_new({"name": "x"}) if issue.code == "dependency"}
    # The client fills in the realm of the user where one is required.
    return frozenset(missing.union(resource.key) - resource.auto_filled({}) - {"_realm"})


def describe_type(resource: Resource) -> dict[str, Any]:
    """Describe a type.

    Returns:
        ``type``, ``label``, ``plural``, ``kind`` (see :class:`Resource`), ``key`` (the fields that identify an item;
        empty for types whose items have only an ``_id``), ``templates`` (True if items of the type can be templates
        and use them), ``description``.
    """
    return {
        "type": resource.name,
        "label": resource.label,
        "plural": resource.plural,
        "kind": resource.kind,
        "key": list(resource.key),
        "templates": resource.has_templates,
        "description": descriptions_by_resource()[resource.name].description,
    }


def describe_fields(resource: Resource) -> list[dict[str, Any]]:
    """Return :func:`describe_field` of each field: in the order of the data model, rarely set ones last."""
    names = sorted(resource.fields, key=RARELY_SET.__contains__)
    return [describe_field(resource, name) for name in (*names, *AUTOMATIC)]


def describe_field(resource: Resource, name: str) -> dict[str, Any]:
    """Describe a field.

    Returns:
        ``field``; ``type`` (``string``, ``integer``, ``number``, ``boolean``, ``list``, ``object``, ``date``, or
        ``id`` for the id of the item and for links), ``link`` (the type of the linked items, else null), ``unit``
        (as in the descriptions; empty for none), ``default`` (null for none; for a link, a name), ``required`` (True
        if the data of a new item must have it), ``unique``, ``nullable``, ``minimum`` and ``maximum`` (null for
        none), ``values`` (value to meaning; empty if any value is allowed), ``templates`` (``value`` if an item
        inherits it from a template, ``merged`` if the values of the item and of all templates are combined, else
        null), ``set_by`` (``user``, ``backend``, or ``monitoring`` for live state), ``secret`` (True if it is never
        shown), ``description``.
    """
    words: FieldDescription = descriptions_by_resource()[resource.name].fields[name]
    schema = resource.fields.get(name) or AUTOMATIC[name]
    link = resource.links.get(name)
    return {
        "field": name,
        "type": _TYPES[schema["type"]],
        "link": None if link is None else link.resource,
        "unit": words.unit,
        "default": resource.default_items.get(name, schema.get("default")),
        "required": name in mandatory_fields(resource),
        "unique": bool(schema.get("unique")),
        "nullable": bool(schema.get("nullable")),
        "minimum": _first_present(schema, _LEAST),
        "maximum": _first_present(schema, _MOST),
        "values": words.values,
        "templates": _template_behaviour(resource, name),
        "set_by": _set_by(resource, name),
        "secret": name in resource.secrets,
        "description": words.description,
    }


_TYPES: Final = {
    "string": "string",
    "integer": "integer",
    "float": "number",
    "boolean": "boolean",
    "list": "list",
    "dict": "object",
    "point": "object",
    "objectid": "id",
    "datetime": "date",
}


def _first_present(schema: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((schema[name] for name in names if name in schema), None)


def _template_behaviour(resource: Resource, name: str) -> str | None:
    if not resource.has_templates or name not in resource.from_templates or name in resource.own:
        return None
    return "merged" if name in resource.cumulative else "value"


def _set_by(resource: Resource, name: str) -> str:
    if name in resource.computed or name in AUTOMATIC:
        return "backend"
    return "monitoring" if resource.has_templates and is_live_state(name) else "user"
