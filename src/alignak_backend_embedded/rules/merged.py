"""Fields that are merged with templates: custom variables by key, tags and some links by element.

The same rule applies to all of them. For each part, the nearest definition takes precedence: the item's own, or else
that of its first template with this part. Parts set on an item are its own, and are kept whatever its templates do; the
others are inherited, and removed when no template has them any longer. An item can exclude parts of its templates: with
null in an object, or by setting a list without the element.

Items are stored with the complete values. The own parts of an item can be derived from them, except for parts that are
the same in a current or former template: these are recorded in ``ownvalues``.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.store.access import Document
from alignak_backend_embedded.store.object_id import ObjectId

Parts = dict[Any, Any]
"""The keys of an object with their values, or the elements of a list with True; None excludes a part."""

Own = dict[str, Parts]
"""The own parts of an item by field."""


def is_mergeable(value: Any) -> bool:
    """Return True if an unvalidated value has parts."""
    if isinstance(value, list):
        return all(isinstance(element, (str, ObjectId)) for element in value)
    return value is None or isinstance(value, dict)


def to_parts(value: Any) -> Parts:
    """Return the parts of a value."""
    if isinstance(value, dict):
        return copy.deepcopy(value)
    return dict.fromkeys(value, True) if isinstance(value, list) else {}


def from_parts(field: str, found: Parts) -> Any:
    """Return the value with these parts."""
    return found if field == "customs" else list(found)


def inherited_parts(field: str, templates: Iterable[Document | None]) -> Parts:
    """Return the parts that an item inherits from its templates, given in its order."""
    found: Parts = {}
    for template in reversed([template for template in templates if template is not None]):
        found.update(to_parts(template.get(field)))
    return found


def join_parts(own: Parts, given: Parts) -> Parts:
    """Return the parts of an item from its own and the inherited ones."""
    return {part: value for part, value in {**given, **own}.items() if value is not None}


def derive_own_parts(recorded: Parts, present: Parts, given: Parts) -> Parts:
    """Return the own parts of an item.

    Args:
        recorded: the recorded own parts.
        present: all parts of the item.
        given: the parts of its templates.
    """
    kept = {part: value for part, value in recorded.items() if _is_same(present.get(part), value)}
    known = {**given, **kept}
    differing = {
        part: present.get(part) for part in [*known, *present] if not _is_same(known.get(part), present.get(part))
    }
    return {**kept, **differing}


def parts_differ(one: Parts, other: Parts) -> bool:
    """Return True if two values have different parts."""
    return one.keys() != other.keys() or any(not _is_same(value, other[part]) for part, value in one.items())


def _is_same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other


def read_own_parts(context: Context, resource: str, items: Iterable[ObjectId]) -> dict[ObjectId, Own]:
    """Return the recorded own parts of some items."""
    wanted = list(items)
    found = context.store.find("ownvalues", {"_id": {"$in": wanted}}) if wanted else ()
    return {
        record["_id"]: {field: dict(map(_pair, pairs)) for field, pairs in record["own"].get(resource, {}).items()}
        for record in found
    }


def save_own_parts(context: Context, resource: str, own: Mapping[ObjectId, Own]) -> None:
    """Replace the recorded own parts of some items; nothing is stored for empty ones."""
    if own:
        context.store.delete("ownvalues", {"_id": {"$in": list(own)}})
    new = [
        {"_id": item, "own": {resource: {field: _pairs(found) for field, found in fields.items()}}}
        for item, fields in own.items()
        if fields
    ]
    if new:
        context.store.insert("ownvalues", new)


def _pairs(found: Parts) -> list[Document]:
    """Return parts as they are stored: keys may be ids, or have dots."""
    return [{"part": part, "value": value} for part, value in found.items()]


def _pair(stored: Any) -> tuple[Any, Any]:
    # Databases made before release 2.0.0 have lists of two.
    return (stored["part"], stored["value"]) if isinstance(stored, dict) else (stored[0], stored[1])


def parts_to_save(own: Parts, given: Parts) -> Parts:
    """Return the own parts that must be recorded: none if they can be derived from the item."""
    return {} if derive_own_parts({}, join_parts(own, given), given).keys() == own.keys() else own
