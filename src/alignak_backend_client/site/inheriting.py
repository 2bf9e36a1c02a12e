"""Inherited values of an item: from its templates, or defaults, as the backend fills them in."""

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
    """Return the values of an item without its own; fields without any are missing.

    Args:
        resource: of the item.
        data: its own fields: its name counts.
        templates: the items that it follows, with all that they have, in order.
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


@functools.cache
def defaults(name: str) -> Mapping[str, Any]:
    """Return the values of the data model for the fields of a resource, by its name."""
    fields = resources_by_name()[name].fields
    return {
        field: fields[field]["default"] for field in fields if "default" in fields[field] and field in managed(name)
    }


class Bases:
    """What items of a resource have without their own values, worked out once for all that follow the same templates.

    Args:
        resource: of the items.
    """

    def __init__(self, resource: Resource) -> None:
        self._resource = resource
        self._known: dict[tuple[tuple[str, ...], str | None, bool], tuple[dict[str, Any], dict[str, Any]]] = {}

    def own(
        self, item: Data, templates: Sequence[Data], realm: str | None = None, *, given: bool = False
    ) -> dict[str, Any]:
        """Return the same as :func:`own` of an item without what is its default.

        Args:
            item: the item; fields that it lacks have their default.
            templates: those that it follows, with all that they have; those of a name are always the same.
            realm: the realm of its host.
            given: True for a service that templates of its host give, and that follows those only.
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
            base["alias"] = item.get("name")  # all else is the same for all of them
        # What neither of them names is the default of both.
        whole = {**changed, **item}
        return _own(resource, whole, base, _different(resource.name, whole, base), templates=bool(templates))


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
    """Return the fields of a resource, by its name, whose values in an item are not equal to those in its base."""
    places, get = _places(name), base.get
    # A hundred fields an item, and tens of thousands of items: nearly all values are equal.
    return [field for field, value in item.items() if value != get(field) and field in places]


@functools.cache
def _places(name: str) -> dict[str, int]:
    """Return the fields of a resource in which items can differ, with their places in the data model."""
    resource = resources_by_name()[name]
    fields = [field for field in resource.fields if field in managed(name) and field not in resource.key]
    return {field: place for place, field in enumerate(fields)}


@functools.cache
def _nullable(name: str) -> tuple[str, ...]:
    resource = resources_by_name()[name]
    return tuple(field for field in _places(name) if resource.fields[field].get("nullable"))


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
