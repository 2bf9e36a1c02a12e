"""The fields that belong to a site, and additional keys of its files."""

from __future__ import annotations

import functools
import re
from typing import Any, Final

from alignak_backend_client.items.names.references import SERVICES
from alignak_backend_client.model import Resource
from alignak_backend_client.model.fields import META, TEMPLATE_FIELDS, is_live_state

OWNER: Final = "imported_from"
"""The field with the name of the site that owns an item."""

NO_OWNER: Final = ("", "unknown", None)
"""The values of this field in items without an owner."""

RIGHTS: Final = "_rights"
"""The rights of a user; by default, those that the backend grants to each new user."""

EXCLUDED_SERVICES: Final = "_without_services"
"""The names of the services from templates that a host does not get."""

UNMERGED: Final = "_unmerged"
"""The names of fields whose value is not merged with those of templates."""

OLD_NAME: Final = "was"
"""The previous name of an item: it is renamed, and keeps its id, its services and its history."""

_UNMANAGED: Final = {
    OWNER: "the name in site.yml sets the owner of the items",
    "schema_version": "the backend maintains it",
    "ui_preferences": "the user interface maintains them",
    "token": "the backend creates it",
    TEMPLATE_FIELDS: "it follows from other fields",
}

_REFERENCE: Final = re.compile(r"\$\{(env|file):([^{}\s]+)\}")


@functools.cache
def managed(name: str) -> frozenset[str]:
    """Return the fields of a resource that files contain and that are compared; without secrets."""
    from alignak_backend_client.model import resources_by_name

    resource = resources_by_name()[name]
    return frozenset(
        field
        for field in resource.fields
        if field not in resource.computed
        and field not in resource.secrets
        and field not in _UNMANAGED
        and not is_live_state(field)
    )


def additional_keys(resource: Resource) -> tuple[str, ...]:
    """Return the additional keys of items of a resource in files."""
    return _ADDITIONAL_KEYS.get(resource.name, (OLD_NAME,))


_ADDITIONAL_KEYS: Final = {
    "host": (SERVICES, EXCLUDED_SERVICES, UNMERGED, OLD_NAME),
    "service": (UNMERGED, OLD_NAME),
    "user": (RIGHTS, UNMERGED, OLD_NAME),
}


def why_not_allowed(resource: Resource, field: str) -> str | None:
    """Return why a field does not belong in files; None if it is allowed."""
    if field in managed(resource.name) or field in additional_keys(resource):
        return None
    if field in _UNMANAGED and field in resource.fields:
        return f"it does not belong in site files: {_UNMANAGED[field]}"
    if field == "_id" or field in META or field in resource.computed or is_live_state(field):
        return "it does not belong in site files: the backend maintains it"
    return None


def secret_variable(name: str, field: str) -> str:
    """Return the environment variable that files refer to for a secret of an item: ``OPS_PASSWORD``."""
    return "".join(char if char.isalnum() else "_" for char in f"{name}_{field}").upper()


def secret_reference(value: Any) -> tuple[str, str] | None:
    """Parse a secret reference: ``("env", name)`` or ``("file", path)``; None for other values."""
    found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return (found[1], found[2]) if found else None
