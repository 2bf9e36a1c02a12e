"""The fields of items that belong to a site, and additional keys of its files."""

from __future__ import annotations

import functools
import re
from typing import Any, Final

from alignak_backend_client.items.names.references import SERVICES
from alignak_backend_client.model import Resource
from alignak_backend_client.model.fields import META, TEMPLATE_FIELDS, is_live_state

OWNER: Final = "imported_from"
"""The field of the backend that holds the name of the site that an item belongs to."""

NOBODY: Final = ("", "unknown", None)
"""What it holds of items that belong to no site."""

RIGHTS: Final = "_rights"
"""Of a user, all that it may do; without it, what the backend gives to each new user."""

WITHOUT: Final = "_without_services"
"""Of a host, the names of services that its templates would give it, and that it shall not have."""

UNMERGED: Final = "_unmerged"
"""The names of fields whose value is whole, where those of templates would be merged with it otherwise."""

WAS: Final = "was"
"""The name that an item had before: it is renamed, and keeps its id, its services and its history."""

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
    """Return the fields of a resource, by its name, that files say and that are compared; secrets are not."""
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


def beside(resource: Resource) -> tuple[str, ...]:
    """Return what files say of items of a resource next to their fields."""
    return _BESIDE.get(resource.name, (WAS,))


_BESIDE: Final = {
    "host": (SERVICES, WITHOUT, UNMERGED, WAS),
    "service": (UNMERGED, WAS),
    "user": (RIGHTS, UNMERGED, WAS),
}


def refused(resource: Resource, field: str) -> str | None:
    """Return why a field of the resource does not stand in files; None for one that may."""
    if field in managed(resource.name) or field in beside(resource):
        return None
    if field in _UNMANAGED and field in resource.fields:
        return f"it does not belong in site files: {_UNMANAGED[field]}"
    if field == "_id" or field in META or field in resource.computed or is_live_state(field):
        return "it does not belong in site files: the backend maintains it"
    return None


def secret_reference(value: Any) -> tuple[str, str] | None:
    """Return where a secret comes from, ``("env", name)`` or ``("file", path)``; None for what is no reference."""
    found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return (found[1], found[2]) if found else None
