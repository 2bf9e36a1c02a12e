"""Descriptions of the data model in words: purpose, unit and values of resources and fields.

``descriptions.json`` has three sections: ``automatic`` fields, which every item has; ``common`` fields, which mean the
same wherever they occur; and ``resources``, whose own ``fields`` go before the common ones.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any, NamedTuple

from alignak_backend_client.model import resources_by_name


class FieldDescription(NamedTuple):
    """One field in words.

    Attributes:
        description: one or two sentences; names of fields and values are in backticks.
        unit: ``minutes``, ``seconds``, ``epoch seconds`` (since 1970, UTC), ``percent``, ``bytes``, or empty.
        values: what each value means, by ``str()`` of the value; empty for fields that take any value.
    """

    description: str
    unit: str
    values: dict[str, str]


class ResourceDescription(NamedTuple):
    """One resource in words.

    Attributes:
        description: one or two sentences.
        example: a small item as data files hold it, with links by name. None for resources without a URL.
        fields: those of the data model, in its order, then those that the backend adds to every item.
    """

    description: str
    example: dict[str, Any] | None
    fields: dict[str, FieldDescription]


def _fields(section: dict[str, dict[str, Any]]) -> dict[str, FieldDescription]:
    return {
        name: FieldDescription(entry["description"], entry.get("unit", ""), entry.get("values", {}))
        for name, entry in section.items()
    }


@functools.cache
def descriptions_by_resource() -> dict[str, ResourceDescription]:
    """Return every resource of the data model in words, internal ones included, by name."""
    words = json.loads(Path(__file__).with_name("descriptions.json").read_bytes())
    automatic, common = _fields(words["automatic"]), _fields(words["common"])
    found = {}
    for name, resource in resources_by_name().items():
        entry = words["resources"][name]
        described = common | _fields(entry["fields"])
        fields = {field: described[field] for field in resource.fields} | automatic
        found[name] = ResourceDescription(entry["description"], entry.get("example"), fields)
    return found
