"""Fields that are merged with templates: custom variables by key, tags and some links by element.

One rule for all of them. Of each part the nearest definition counts: the item's own, else that of its first template
which has it. What is set on an item is its own, and stays whatever its templates do; the rest follows them, and goes
when no template gives it any longer. An item may leave out what its templates give: null in an object, or an element
that is missing from the list that somebody sets.

Items are stored with the whole values. What of them is the item's own follows from them, but for parts that coincide
with those of a template, or of one that it once had: these are recorded in ``ownvalues``.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.store.access import Document
from alignak_backend_embedded.store.object_id import ObjectId

Parts = dict[Any, Any]
"""The keys of an object with their values, or the elements of a list with True; None leaves a part out."""

Own = dict[str, Parts]
"""What is an item's own, by field."""


def is_mergeable(value: Any) -> bool:
    """Return whether a value, unchecked, is one that has parts."""
    if isinstance(value, list):
        return all(isinstance(element, (str, ObjectId)) for element in value)
    return value is None or isinstance(value, dict)


def parts(value: Any) -> Parts:
    """Return the parts of a value."""
    if isinstance(value, dict):
        return copy.deepcopy(value)
    return dict.fromkeys(value, True) if isinstance(value, list) else {}


def value_of(field: str, found: Parts) -> Any:
    """Return the value that has these parts."""
    return found if field == "customs" else list(found)


def inherited(field: str, templates: Iterable[Document | None]) -> Parts:
    """Return what templates, in the order in which an item names them, give to it."""
    found: Parts = {}
    for template in reversed([template for template in templates if template is not None]):
        found.update(parts(template.get(field)))
    return found


def joined(own: Parts, given: Parts) -> Parts:
    """Return what an item has of its own parts and of those that its templates give."""
    return {part: value for part, value in {**given, **own}.items() if value is not None}


def own_parts(recorded: Parts, present: Parts, given: Parts) -> Parts:
    """Return which parts are an item's own.

    Args:
        recorded: those of which it is known.
        present: all that the item has.
        given: what its templates give.
    """
    kept = {part: value for part, value in recorded.items() if _same(present.get(part), value)}
    known = {**given, **kept}
    differing = {
        part: present.get(part) for part in [*known, *present] if not _same(known.get(part), present.get(part))
    }
    return {**kept, **differing}


def differ(one: Parts, other: Parts) -> bool:
    """Return whether two values have different parts."""
    return one.keys() != other.keys() or any(not _same(value, other[part]) for part, value in one.items())


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other


def recorded(context: Context, resource: str, items: Iterable[ObjectId]) -> dict[ObjectId, Own]:
    """Return what is recorded of some items."""
    wanted = list(items)
    found = context.store.find("ownvalues", {"_id": {"$in": wanted}}) if wanted else ()
    return {
        record["_id"]: {field: dict(map(_pair, pairs)) for field, pairs in record["own"].get(resource, {}).items()}
        for record in found
    }


def record(context: Context, resource: str, own: Mapping[ObjectId, Own]) -> None:
    """Record what is some items' own, in the place of what was; nothing where it is empty."""
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


def to_record(own: Parts, given: Parts) -> Parts:
    """Return what must be recorded of an item's own parts: nothing when the item tells it itself."""
    return {} if own_parts({}, joined(own, given), given).keys() == own.keys() else own
