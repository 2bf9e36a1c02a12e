"""The inherited values and defaults of items, as the backend fills them in."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from alignak_backend_client.model import Resource
from alignak_backend_client.model.resources import resources_by_name
from alignak_backend_client.model.start_documents import ROOT, START_DOCUMENTS, START_NAMES
from alignak_backend_client.site.fields import UNMERGED, managed

Data = Mapping[str, Any]

ALL_RIGHTS = ["create", "read", "update", "delete"]


def inherited(resource: Resource, data: Data, templates: Sequence[Data], realm: str | None = None) -> dict[str, Any]:
    """Return the values that an item would have without its own; fields without a value are omitted.

    Args:
        resource: the resource of the item.
        data: its own fields, of which only the name matters.
        templates: its templates with all their values, in order.
        realm: the realm of its host.
    """
    fields = managed(resource.name)
    found = dict(defaults(resource.name))
    if not templates:
        found |= resource.default_items
        if resource.alias_is_name:
            found["alias"] = data.get("name")
    if "_realm" in fields:
        found["_realm"] = realm or ROOT
    if resource.has_templates:
        for template in templates:
            # The last one takes precedence, even with a default value.
            for name in resource.from_templates:
                if name in template and name in fields and name not in resource.own and name != "name":
                    found[name] = template[name]
        for name in resource.cumulative:
            found[name] = (
                merged([template.get(name) for template in templates], found.get(name))
                if templates
                else found.get(name)
            )
    return found | start_values(resource, data.get("name"))


def start_values(resource: Resource, name: Any) -> dict[str, Any]:
    """Return what a new backend's item with this name has, whatever its templates say; nothing for all other names."""
    documents = START_DOCUMENTS.get(resource.name, ()) if resource.key == ("name",) else ()
    found = next((document for document in documents if document["name"] == name), {})
    return {field: value for field, value in found.items() if field in managed(resource.name)}


@functools.cache
def defaults(name: str) -> Mapping[str, Any]:
    """Return the defaults of the fields of a resource."""
    fields = resources_by_name()[name].fields
    return {
        field: fields[field]["default"] for field in fields if "default" in fields[field] and field in managed(name)
    }


class Bases:
    """The inherited values of items, computed once for all items with the same templates.

    Args:
        resource: the resource of the items.
    """

    def __init__(self, resource: Resource) -> None:
        self._resource = resource
        self._known: dict[tuple[tuple[str, ...], str | None, bool], tuple[dict[str, Any], dict[str, Any]]] = {}

    def own(
        self, item: Data, templates: Sequence[Data], realm: str | None = None, *, given: bool = False
    ) -> dict[str, Any]:
        """Like :func:`own`, for an item in which fields with default values are omitted.

        Args:
            item: the item; missing fields have their defaults.
            templates: its templates with all their values; always the same ones for the same names.
            realm: the realm of its host.
            given: True for a service from the templates of its host that has only its template.
        """
        resource = self._resource
        key = tuple(item.get("_templates") or ()), realm, given
        named = item.get("name") in START_NAMES.get(resource.name, ())
        known = None if named else self._known.get(key)
        if known is None:
            base, plain = inherited(resource, item, templates, realm), defaults(resource.name)
            if given:
                base |= {"_templates": item.get("_templates"), "_templates_from_host_template": True}
            known = base, {name: plain.get(name) for name in base if base[name] != plain.get(name)}
            if not named:
                self._known[key] = known
        base, changed = known
        if resource.alias_is_name and not templates and not named:
            base["alias"] = item.get("name")  # all other values are the same for all items
        # Fields that are in neither have the default in both.
        whole = {**changed, **item}
        return _own(resource, whole, base, _different(resource.name, whole, base), templates=bool(templates))


def merged(values: Iterable[Any], empty: Any = None) -> Any:
    """Merge lists or objects like the backend: the first value of a key takes precedence."""
    objects: dict[str, Any] = {}
    elements: list[Any] = []
    for value in values:
        if isinstance(value, dict):
            objects = value | objects
        elif isinstance(value, list):
            elements = list(dict.fromkeys([*value, *elements]))
    return objects or elements or empty


def own(resource: Resource, item: Data, base: Data, *, templates: bool) -> dict[str, Any]:
    """Return an item's own fields: those that differ from the inherited values.

    Args:
        resource: the resource of the item.
        item: all its values.
        base: the inherited values, see :func:`inherited`.
        templates: True if it has templates, with which some fields are merged.
    """
    names = _different(resource.name, item, base)
    names += [name for name in _nullable(resource.name) if name not in item and base.get(name) is not None]
    return _own(resource, item, base, names, templates=templates)


def _own(resource: Resource, item: Data, base: Data, names: list[str], *, templates: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    whole: list[str] = []
    places = _places(resource.name)
    for name in sorted(names, key=places.__getitem__) if names[1:] else names:
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


def _different(name: str, item: Data, base: Data) -> list[str]:
    """Return the fields whose values in an item differ from those in its base."""
    places, get = _places(name), base.get
    # A hundred fields an item, and tens of thousands of items: nearly all values are equal.
    return [field for field, value in item.items() if value != get(field) and field in places]


@functools.cache
def _places(name: str) -> dict[str, int]:
    """Return the fields in which items can differ, with their positions in the data model."""
    resource = resources_by_name()[name]
    fields = [field for field in resource.fields if field in managed(name) and field not in resource.key]
    return {field: place for place, field in enumerate(fields)}


@functools.cache
def _nullable(name: str) -> tuple[str, ...]:
    resource = resources_by_name()[name]
    return tuple(field for field in _places(name) if resource.fields[field].get("nullable"))


def _part(value: Any, default: Any) -> Any:
    """Return the part that yields a value when merged with the default; None if that is not possible."""
    if isinstance(value, dict):
        return (
            {key: one for key, one in value.items() if default.get(key) != one}
            if default.keys() <= value.keys()
            else None
        )
    return [one for one in value if one not in default] if all(one in value for one in default) else None


def first_right(user: Data) -> dict[str, Any]:
    """Return the right that the backend grants to a new user."""
    admin = user.get("back_role_super_admin") is True
    return {
        "realm": user.get("_realm"),
        "sub_realm": user.get("_sub_realm", True),
        "resource": "*",
        "crud": ALL_RIGHTS if admin else ["read"],
    }
