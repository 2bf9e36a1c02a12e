"""Differences between an item and its desired state; there are none after they have been applied."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from alignak_backend_client.items.names.references import show
from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.model.fields import TEMPLATE_FIELDS
from alignak_backend_client.site.fields import NOBODY, OWNER, RIGHTS, managed
from alignak_backend_client.site.inheriting import first_right
from alignak_backend_client.site.planning.wanted import Wanted
from alignak_backend_client.site.reading import Stored

Data = Mapping[str, Any]

NOTHING: Final[Data] = {"string": "", "list": [], "dict": {}}
"""What stands for no value of a type that cannot be null."""


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


def differing(
    wanted: Wanted, there: Data, stored: Stored, owner: str | None, *, merge: bool = False
) -> Iterator[Field]:
    """Yield the fields in which an item of the backend differs from its desired state.

    Args:
        wanted: the desired state.
        there: its fields in the backend, with names in links.
        stored: further facts about the item.
        owner: the desired owner; None to keep the current one.
        merge: True to keep the values of fields that are not in the files.
    """
    resource = wanted.item.resource
    for field in values(resource, wanted.sparse, there, wanted.own.keys() if merge else None):
        if field.old is not None or not _is_unknown(field.field, wanted, stored):
            yield field
    if stored.followed and wanted.said and (kept := sorted(_not_its_own(wanted, there, stored))):
        yield Field(TEMPLATE_FIELDS, kept, [])
    if owner is not None and OWNER in resource.fields:
        belongs = stored.owner == owner or (owner in NOBODY and stored.owner in NOBODY)
        if not belongs or (wanted.given is None and OWNER in stored.followed):
            yield Field(OWNER, stored.owner, owner)


def values(resource: Resource, wanted: Data, there: Data, only: Iterable[str] | None = None) -> list[Field]:
    """Return the fields whose values differ, ``only`` some of them; what one of the two lacks is its default."""
    defaults = _defaults(resource.name)
    found: dict[str, Field] = {}
    for name in {**there, **wanted}:
        if name not in defaults or (only is not None and name not in only):
            continue
        default = defaults[name]
        old, new = there.get(name, default), wanted.get(name, default)
        if old == new and type(old) is type(new):
            continue
        if not same(resource, name, default if old is None else old, default if new is None else new):
            found[name] = Field(name, old, new)
    return [found[name] for name in defaults if name in found] if found else []


def same(resource: Resource, name: str, one: Any, other: Any) -> bool:
    """Return True for equivalent values: null, missing and empty values, and unordered lists."""
    return resource.is_same(name, present(one), present(other))


def present(value: Any) -> Any:
    """Return a value without null keys in objects; None for empty values."""
    if isinstance(value, dict):
        value = {key: present(inner) for key, inner in value.items() if inner is not None}
    return None if value in ("", [], {}) else value


def keys_gone(old: Data, new: Data) -> list[str]:
    """Return the keys that an object loses."""
    left = present(new) or ()
    return [key for key in present(old) or () if key not in left]


def cannot_become(resource: Resource, field: Field, removes_keys: Callable[[], bool]) -> str | None:
    """Return why the backend does not change a field of an item like this, and what to do instead; None if it does.

    Args:
        resource: of the item.
        field: with its values.
        removes_keys: returns True when the backend removes keys of objects.
    """
    name, old, new = field
    schema = resource.fields[name]
    if new is None and not schema.get("nullable") and schema["type"] not in NOTHING:
        return "the backend cannot remove it from an item; set another value"
    if name == "_is_template" and resource.name == "service" and old is True and new is not True:
        return "the backend cannot turn a service template into a service: give the service another name"
    if isinstance(old, dict) and isinstance(new, dict) and (gone := keys_gone(old, new)) and not removes_keys():
        keys = ", ".join(map(show, gone))
        return f"this backend cannot remove {keys}: keep it in the files, or set it to another value"
    return None


def _is_unknown(name: str, wanted: Wanted, stored: Stored) -> bool:
    """Return True for a link to unreadable items, unless both the files and the response have its value."""
    return name in stored.hidden and (name not in wanted.own or not stored.hidden[name])


def _not_its_own(wanted: Wanted, there: Data, stored: Stored) -> Iterator[str]:
    """Yield the fields that the file sets to the value of the templates, and that the item still inherits."""
    resource = wanted.item.resource
    defaults = _defaults(resource.name)
    for name in wanted.own:
        if (
            name in stored.followed
            and name in resource.from_templates
            and name not in resource.cumulative
            and name not in resource.key
            and resource.is_same(name, wanted.base.get(name, defaults.get(name)), wanted.own[name])
            and resource.is_same(name, there.get(name, defaults.get(name)), wanted.own[name])
        ):
            yield name


def right(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a right in normalized form."""
    return {
        "realm": given.get("realm"),
        "sub_realm": given.get("sub_realm") is True,
        "resource": given.get("resource") or "*",
        "crud": sorted(set(given.get("crud") or ["read"])),
    }


def wanted_rights(wanted: Wanted) -> list[dict[str, Any]]:
    """Return the desired rights of a user."""
    said = wanted.item.data.get(RIGHTS)
    return unique([right(one) for one in ([first_right(wanted.whole)] if said is None else said)])


def unique(rights: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rights sorted by their text, each once."""
    return [one for _, one in sorted({repr(one): one for one in rights}.items())]
