"""The inherited values and defaults of items, as the backend fills them in."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from alignak_backend_client.model import Resource
from alignak_backend_client.model.resources import resources_by_name
from alignak_backend_client.model.start_documents import ROOT, START_DOCUMENTS, START_NAMES
from alignak_backend_client.site.fields import UNMERGED, managed

Data = Mapping[str, Any]

ALL_RIGHTS = ["create", "read", "update", "delete"]


def inherited_values(
    resource: Resource, data: Data, templates: Sequence[Data], realm: str | None = None
) -> dict[str, Any]:
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
                merge_values([template.get(name) for template in templates], found.get(name))
                if templates
                else found.get(name)
            )
    return found | start_values(resource, data.get("name"))


def start_values(resource: Resource, name: Any) -> dict[str, Any]:
    """Return the values of a built-in item, which do not depend on templates; empty for all other names."""
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
        self._known: dict[tuple[Any, ...], tuple[dict[str, Any], bool]] = {}

    def of(
        self,
        name: Any,
        followed: tuple[str, ...],
        templates: Callable[[], Sequence[Data]],
        realm: str | None = None,
        *,
        from_host_templates: bool = False,
    ) -> dict[str, Any]:
        """Return the inherited values of an item; those that are the default of their field are omitted.

        Args:
            name: its name.
            followed: the names of its templates.
            templates: returns these templates with all their values; they must be the same for the same names.
            realm: the realm of its host.
            from_host_templates: True for a service from the templates of its host that has only its template.
        """
        resource = self._resource
        named = name if name in START_NAMES.get(resource.name, ()) else None
        key = followed, realm, from_host_templates, named
        if key not in self._known:
            above = templates()
            found, plain = inherited_values(resource, {"name": name}, above, realm), defaults(resource.name)
            if from_host_templates:
                found |= {"_templates": [*followed], "_templates_from_host_template": True}
            values = {field: value for field, value in found.items() if value != plain.get(field)}
            self._known[key] = values, resource.alias_is_name and not above and named is None
        base, is_alias_its_name = self._known[key]
        return {**base, "alias": name} if is_alias_its_name else base


def merge_values(values: Iterable[Any], empty: Any = None) -> Any:
    """Merge lists or objects like the backend: the first value of a key takes precedence."""
    objects: dict[str, Any] = {}
    elements: list[Any] = []
    for value in values:
        if isinstance(value, dict):
            objects = value | objects
        elif isinstance(value, list):
            elements = list(dict.fromkeys([*value, *elements]))
    return objects or elements or empty


def own_fields(resource: Resource, item: Data, base: Data, *, templates: bool) -> dict[str, Any]:
    """Return an item's own fields: those that differ from the inherited values.

    Args:
        resource: the resource of the item.
        item: its values; missing fields have their defaults.
        base: the inherited values, see :class:`Bases`; missing fields have their defaults.
        templates: True if it has templates, with which some fields are merged.
    """
    found: dict[str, Any] = {}
    whole: list[str] = []
    places, plain = _positions(resource.name), defaults(resource.name)
    names = [name for name, value in item.items() if (name not in base or value != base[name]) and name in places]
    names += [name for name in base if name not in item and name in places]
    for name in sorted(names, key=places.__getitem__):
        value, default = item.get(name, plain.get(name)), base.get(name, plain.get(name))
        if resource.is_same(name, value, default):
            continue
        if value in (None, [], {}) and default in (None, [], {}) and not (value == [] and name in resource.required):
            continue
        if templates and name in resource.cumulative and default and type(value) is type(default):
            part = _part_to_merge(value, default)
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


@functools.cache
def _positions(name: str) -> dict[str, int]:
    """Return the fields in which items can differ, with their positions in the data model."""
    resource = resources_by_name()[name]
    fields = [field for field in resource.fields if field in managed(name) and field not in resource.key]
    return {field: place for place, field in enumerate(fields)}


def _part_to_merge(value: Any, default: Any) -> Any:
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
