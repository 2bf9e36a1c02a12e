"""Eve's description of the resources, made from the data model that the client uses too."""

from __future__ import annotations

from typing import Any

from alignak_backend_client.model import Resource, resources_by_name


def _settings(found: Resource) -> dict[str, Any]:
    settings: dict[str, Any] = {
        # Eve reads names and types; values are checked by the validation of this package.
        "schema": {name: {"type": rules["type"]} for name, rules in found.fields.items()},
        "resource_methods": [] if found.internal else list(found.collection_methods),
        "item_methods": [] if found.internal else list(found.item_methods),
        "internal_resource": found.internal,
        "allow_unknown": found.allow_unknown,
        "item_title": found.item_title,
        # Links are made by this package: Eve adds those of all linked items.
        "hateoas": False,
    }
    if found.hidden:
        settings["datasource"] = {"projection": dict.fromkeys(sorted(found.hidden), 0)}
    return settings


def domain() -> dict[str, dict[str, Any]]:
    """Return Eve's ``DOMAIN``: every resource, in alphabetical order."""
    return {name: _settings(found) for name, found in sorted(resources_by_name().items())}
