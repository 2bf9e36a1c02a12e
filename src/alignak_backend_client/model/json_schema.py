"""The data model as JSON Schema (2020-12): for items in responses, and for data files with names."""

from __future__ import annotations

import copy
from typing import Any, Final

from alignak_backend_client.model.descriptions import descriptions_by_resource
from alignak_backend_client.model.explaining import mandatory_fields
from alignak_backend_client.model.fields import AUTOMATIC, known_values
from alignak_backend_client.model.resources import Resource, resources_by_name

Schema = dict[str, Any]

ID: Final[Schema] = {"type": "string", "pattern": "^[0-9a-f]{24}$"}

_TYPES: Final[dict[str, Schema]] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "float": {"type": "number"},
    "boolean": {"type": "boolean"},
    "datetime": {"type": "string", "description": "RFC 1123 date, UTC"},
    "dict": {"type": "object"},
    "list": {"type": "array", "items": {}},
    "objectid": ID,
    "point": {
        "type": "object",
        "properties": {
            "type": {"type": "string", "enum": ["Point"]},
            "coordinates": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 3},
        },
    },
}
_LIMITS: Final = {
    "min": "minimum",
    "max": "maximum",
    "at_least": "minimum",
    "at_most": "maximum",
    "minlength": "minLength",
    "maxlength": "maxLength",
    "regex": "pattern",
}


def field_schema(resource: Resource, name: str, *, names: bool = False) -> Schema:
    """Return the schema of a field.

    Args:
        resource: the resource that has it.
        name: of the field.
        names: True for names in links, as data files have them; else they are ids.
    """
    rules = resource.fields.get(name) or AUTOMATIC[name]
    link, inner = resource.links.get(name), rules.get("schema")
    kind: Schema = {"type": "string", "minLength": 1} if names else ID
    found: Schema = copy.deepcopy(kind if link and not link.many else _TYPES[rules["type"]])
    if rules["type"] == "list" and isinstance(inner, dict):
        found["items"] = copy.deepcopy(kind if link else _TYPES[inner["type"]])
    found |= {theirs: rules[ours] for ours, theirs in _LIMITS.items() if ours in rules}
    default = resource.default_items.get(name) if names else None
    default = rules.get("default") if default is None else default
    if default is not None:
        found["default"] = copy.deepcopy(default)
    if "allowed" in rules:
        (found if rules["type"] != "list" else found["items"])["enum"] = known_values(rules)
    if rules.get("empty") is False and rules["type"] == "string":
        found["minLength"] = 1
    if "regex" in rules and not rules.get("required"):
        # As the backend sends what a check result has no service for.
        found["pattern"] = f"^$|{rules['regex']}"
    # The root of a tree has no parent, and a parent that the caller may not see is not shown.
    if rules.get("nullable") or name == "_parent":
        found["type"] = [found["type"], "null"]
    if name in resource.computed or name in ("_created", "_updated", "_etag"):
        found["readOnly"] = True
    found["description"] = _description(resource, name, names=names)
    return found


def _description(resource: Resource, name: str, *, names: bool) -> str:
    words, link = descriptions_by_resource()[resource.name].fields[name], resource.links.get(name)
    parts = [words.description]
    if words.unit:
        parts.append(f"In {words.unit}.")
    if words.values:
        parts.append("; ".join(f"`{value}`: {meaning}" for value, meaning in words.values.items()) + ".")
    if link is not None:
        what = "name" if names else "id"
        parts.append(f"The {what}s of {link.resource} items." if link.many else f"The {what} of a {link.resource}.")
    return " ".join(parts)


def item_schema(resource: Resource, *, names: bool = False) -> Schema:
    """Return the schema of an item, whole or in part: no field is required.

    Args:
        resource: of the item.
        names: True for names in links, as data files have them; else they are ids.
    """
    fields = (*resource.fields, *AUTOMATIC)
    return {
        "type": "object",
        "description": descriptions_by_resource()[resource.name].description,
        "properties": {name: field_schema(resource, name, names=names) for name in fields},
    }


def data_file_schema(resource: Resource) -> Schema:
    """Return the schema of data files, as ``add`` takes them: an item, or a list of items with their names.

    Fields that are misspelt do not fit; those that templates give, or the command line, may be missing.
    """
    definitions = {resource.name: _entry(resource)}
    if resource.name == "host":
        definitions["service"] = _entry(resources_by_name()["service"])
        services = {"type": "array", "items": {"$ref": "#/$defs/service"}, "description": "The services of the host."}
        definitions["host"]["properties"]["_services"] = services
    entry = {"$ref": f"#/$defs/{resource.name}"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Data of {resource.plural} for alignak-backend-cli",
        "if": {"type": "array"},
        "then": {"items": {**entry, "required": sorted(set(resource.key) - {"host"})}},
        "else": entry,
        "examples": [descriptions_by_resource()[resource.name].example],
        "$defs": definitions,
    }


def _entry(resource: Resource) -> Schema:
    found = item_schema(resource, names=True)
    found["additionalProperties"] = resource.allow_unknown
    required = sorted(mandatory_fields(resource) - set(resource.key))
    if required:
        found["required"] = required
    return found
