"""The JSON Schema of the files of a site, for editors."""

from __future__ import annotations

from typing import Any

from alignak_backend_client.items.names.references import SERVICES
from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.model.descriptions import descriptions_by_resource
from alignak_backend_client.model.json_schema import field_schema
from alignak_backend_client.site.fields import EXCLUDED_SERVICES, OLD_NAME, RIGHTS, UNMERGED, managed
from alignak_backend_client.site.files.folder import site_types

Schema = dict[str, Any]

_NAMES: Schema = {"type": "array", "items": {"type": "string", "minLength": 1}}
_SECRET: Schema = {"type": "string", "pattern": r"^\$\{(env|file):[^{}\s]+\}$", "description": "Reference to a secret"}


def site_schema() -> Schema:
    """Return the schema of a file: a mapping of types to lists of items, with names in links."""
    definitions = {name: _item(resource) for name, resource in site_types().items()}
    right = resources_by_name()["userrestrictrole"]
    rights = [name for name in right.fields if name not in ("user", "schema_version")]
    definitions["userrestrictrole"] = _object(right, {name: field_schema(right, name, names=True) for name in rights})
    definitions["host"]["properties"] |= {
        SERVICES: _list("service", "The services of the host."),
        EXCLUDED_SERVICES: {
            **_NAMES,
            "description": "Services of the host's templates that the host does not get.",
        },
    }
    definitions["user"]["properties"][RIGHTS] = _list("userrestrictrole", "All rights of the user.")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A file of a site for alignak-backend-cli",
        "type": ["object", "null"],
        "properties": {name: _list(name, descriptions_by_resource()[name].description) for name in site_types()},
        "additionalProperties": False,
        "$defs": definitions,
    }


def _list(name: str, description: str) -> Schema:
    item = {"$ref": f"#/$defs/{name}"}
    return {
        "description": description,
        "type": ["array", "object", "null"],
        "items": item,
        "if": {"type": "object"},
        "then": item,
    }


def _item(resource: Resource) -> Schema:
    fields = [name for name in resource.fields if name in managed(resource.name)]
    found = _object(resource, {name: field_schema(resource, name, names=True) for name in fields})
    found["properties"] |= dict.fromkeys(resource.secrets - {"token"}, _SECRET)
    if resource.has_templates:
        words = "Fields whose value replaces the values of templates instead of being merged with them."
        found["properties"][UNMERGED] = {**_NAMES, "description": words}
    words = "The previous name: the item is renamed and otherwise kept."
    found["properties"][OLD_NAME] = {"type": "string", "minLength": 1, "description": words}
    found["required"] = ["name"]
    return found


def _object(resource: Resource, properties: Schema) -> Schema:
    description = descriptions_by_resource()[resource.name].description
    return {"type": "object", "description": description, "properties": properties, "additionalProperties": False}
