"""Differences between an item and its desired state; there are none after they have been applied."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from alignak_backend_client.items.names.references import show
from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.model.fields import TEMPLATE_FIELDS
from alignak_backend_client.site.fields import NO_OWNER, OWNER, RIGHTS, managed
from alignak_backend_client.site.inheriting import first_right
from alignak_backend_client.site.planning.desired import DesiredItem
from alignak_backend_client.site.reading import Stored

Data = Mapping[str, Any]

EMPTY_VALUES: Final[Data] = {"string": "", "list": [], "dict": {}}
"""The empty values of types that cannot be null."""


class Field(NamedTuple):
    """A field that differs.

    Attributes:
        field: its name.
        old: the value in the backend; None if there is none.
        new: the desired value; for secrets, the reference.
    """

    field: str
    old: Any
    new: Any


@functools.cache
def _defaults(resource: str) -> dict[str, Any]:
    """Return the fields that are compared, in the order of the data model, with their defaults."""
    fields = resources_by_name()[resource].fields
    return {name: schema.get("default") for name, schema in fields.items() if name in managed(resource)}


def differences(
    desired: DesiredItem, there: Data, stored: Stored, owner: str | None, *, merge: bool = False
) -> Iterator[Field]:
    """Yield the fields in which an item of the backend differs from its desired state.

    Args:
        desired: the desired state.
        there: the fields of the item in the backend, with names in links.
        stored: further facts about the item.
        owner: the desired owner; None to keep the current one.
        merge: True to keep the values of fields that are not in the files.
    """
    resource = desired.item.resource
    for field in value_differences(resource, desired.sparse, there, desired.own.keys() if merge else None):
        if field.old is not None or not _is_unreadable(field.field, desired, stored):
            yield field
    if stored.followed and desired.in_files and (kept := sorted(_still_inherited(desired, there, stored))):
        yield Field(TEMPLATE_FIELDS, kept, [])
    if owner is not None and OWNER in resource.fields:
        belongs = stored.owner == owner or (owner in NO_OWNER and stored.owner in NO_OWNER)
        if not belongs or (desired.service_template is None and OWNER in stored.followed):
            yield Field(OWNER, stored.owner, owner)


def value_differences(resource: Resource, desired: Data, there: Data, only: Iterable[str] | None = None) -> list[Field]:
    """Return the fields whose values differ, of ``only`` some fields if given; missing fields have their defaults."""
    defaults = _defaults(resource.name)
    found: dict[str, Field] = {}
    for name in {**there, **desired}:
        if name not in defaults or (only is not None and name not in only):
            continue
        default = defaults[name]
        old, new = there.get(name, default), desired.get(name, default)
        if old == new and type(old) is type(new):
            continue
        if not is_equivalent(resource, name, default if old is None else old, default if new is None else new):
            found[name] = Field(name, old, new)
    return [found[name] for name in defaults if name in found] if found else []


def is_equivalent(resource: Resource, name: str, one: Any, other: Any) -> bool:
    """Return True for equivalent values: null, missing and empty values, and unordered lists."""
    return resource.is_same(name, without_nulls(one), without_nulls(other))


def without_nulls(value: Any) -> Any:
    """Return a value without null keys in objects; None for empty values."""
    if isinstance(value, dict):
        value = {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    return None if value in ("", [], {}) else value


def removed_keys(old: Data, new: Data) -> list[str]:
    """Return the keys that only the old object has."""
    left = without_nulls(new) or ()
    return [key for key in without_nulls(old) or () if key not in left]


def why_not_changeable(resource: Resource, field: Field, removes_keys: Callable[[], bool]) -> str | None:
    """Return why the backend cannot make a change, and what to do instead; None if it can.

    Args:
        resource: the resource of the item.
        field: the change.
        removes_keys: returns True if the backend can remove keys from objects.
    """
    name, old, new = field
    schema = resource.fields[name]
    if new is None and not schema.get("nullable") and schema["type"] not in EMPTY_VALUES:
        return "the backend cannot remove it from an item; set another value"
    if name == "_is_template" and resource.name == "service" and old is True and new is not True:
        return "the backend cannot turn a service template into a service: give the service another name"
    if isinstance(old, dict) and isinstance(new, dict) and (gone := removed_keys(old, new)) and not removes_keys():
        keys = ", ".join(map(show, gone))
        return f"this backend cannot remove {keys}: keep it in the files, or set it to another value"
    return None


def _is_unreadable(name: str, desired: DesiredItem, stored: Stored) -> bool:
    """Return True for a link to unreadable items, unless both the files and the response have its value."""
    return name in stored.hidden and (name not in desired.own or not stored.hidden[name])


def _still_inherited(desired: DesiredItem, there: Data, stored: Stored) -> Iterator[str]:
    """Yield the fields that the file sets to the value of the templates, and that the item still inherits."""
    resource = desired.item.resource
    defaults = _defaults(resource.name)
    for name in desired.own:
        if (
            name in stored.followed
            and name in resource.from_templates
            and name not in resource.cumulative
            and name not in resource.key
            and resource.is_same(name, desired.base.get(name, defaults.get(name)), desired.own[name])
            and resource.is_same(name, there.get(name, defaults.get(name)), desired.own[name])
        ):
            yield name


def normalize_right(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a right in normalized form."""
    return {
        "realm": data.get("realm"),
        "sub_realm": data.get("sub_realm") is True,
        "resource": data.get("resource") or "*",
        "crud": sorted(set(data.get("crud") or ["read"])),
    }


def desired_rights(desired: DesiredItem) -> list[dict[str, Any]]:
    """Return the desired rights of a user."""
    own = desired.item.data.get(RIGHTS)
    return sort_rights([normalize_right(one) for one in ([first_right(desired.whole)] if own is None else own)])


def sort_rights(rights: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rights in a defined order, without duplicates."""
    return [one for _, one in sorted({repr(one): one for one in rights}.items())]
