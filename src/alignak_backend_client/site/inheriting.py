"""What an item has where its file says nothing: from its templates, or by default, as the backend fills it in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from alignak_backend_client.model import Resource
from alignak_backend_client.model.start_documents import ROOT, START_DOCUMENTS
from alignak_backend_client.site.fields import UNMERGED, managed

Data = Mapping[str, Any]

ALL_RIGHTS = ["create", "read", "update", "delete"]


def inherited(resource: Resource, data: Data, templates: Sequence[Data], realm: str | None = None) -> dict[str, Any]:
    """Return the values of an item without its own; fields without any are missing.

    Args:
        resource: of the item.
        data: its own fields: its name counts.
        templates: the items that it follows, with all that they have, in order.
        realm: the realm of its host.
    """
    fields = managed(resource.name)
    found = {
        name: schema["default"] for name, schema in resource.fields.items() if "default" in schema and name in fields
    }
    if not templates:
        found |= resource.default_items
        if resource.alias_is_name:
            found["alias"] = data.get("name")
    if "_realm" in fields:
        found["_realm"] = realm or ROOT
    if resource.has_templates:
        for template in templates:
            # The last one wins, even with what is only its default.
            for name in resource.from_templates:
                if name in template and name in fields and name not in resource.own and name != "name":
                    found[name] = template[name]
        for name in resource.cumulative:
            found[name] = (
                merged([template.get(name) for template in templates], found.get(name))
                if templates
                else found.get(name)
            )
    for document in START_DOCUMENTS.get(resource.name, ()):
        if document["name"] == data.get("name") and resource.key == ("name",):
            found |= {name: value for name, value in document.items() if name in fields}
    return found


def merged(values: Iterable[Any], empty: Any = None) -> Any:
    """Return what the backend makes of the lists or objects of several items: of a key, the first one counts."""
    objects: dict[str, Any] = {}
    elements: list[Any] = []
    for value in values:
        if isinstance(value, dict):
            objects = value | objects
        elif isinstance(value, list):
            elements = list(dict.fromkeys([*value, *elements]))
    return objects or elements or empty


def own(resource: Resource, item: Data, base: Data, *, templates: bool) -> dict[str, Any]:
    """Return the fields in which an item differs from what it has without its own.

    Args:
        resource: of the item.
        item: all that it has.
        base: what it has without its own, see :func:`inherited`.
        templates: True when it follows templates, with which some fields are merged.
    """
    found: dict[str, Any] = {}
    whole: list[str] = []
    for name in resource.fields:
        if name not in managed(resource.name) or name in resource.key:
            continue
        value, default = item.get(name), base.get(name)
        if resource.is_same(name, value, default):
            continue
        if value in (None, [], {}) and default in (None, [], {}) and not (value == [] and name in resource.required):
            continue
        if templates and name in resource.cumulative and default and type(value) is type(default):
            part = _part(value, default)
            if part is None:
                whole.append(name)
            else:
                value = part
        elif value is None and not resource.fields[name].get("nullable"):
            continue  # an old item lacks the field: it cannot be sent
        found[name] = value
    if whole:
        found[UNMERGED] = whole
    return found


def _part(value: Any, default: Any) -> Any:
    """Return what is to be merged with a value to get another one; None when nothing does."""
    if isinstance(value, dict):
        return (
            {key: one for key, one in value.items() if default.get(key) != one}
            if default.keys() <= value.keys()
            else None
        )
    return [one for one in value if one not in default] if all(one in value for one in default) else None


def first_right(user: Data) -> dict[str, Any]:
    """Return the right that the backend gives to a new user."""
    admin = user.get("back_role_super_admin") is True
    return {
        "realm": user.get("_realm"),
        "sub_realm": user.get("_sub_realm", True),
        "resource": "*",
        "crud": ALL_RIGHTS if admin else ["read"],
    }
