"""MongoDB's order of values of all types: as sort keys of Python, and as SQLite scalars."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from typing import Any, Final

from alignak_backend_embedded.store.object_id import ObjectId

from .codec import MARK, Scalar, encode_date, encode_scalar


class _Missing:
    """The type of :data:`MISSING`."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
"""The value of a field that a document does not have."""

NULL, NUMBER, STRING, OBJECT, ARRAY, ID, BOOLEAN, DATE, OTHER = range(1, 10)


def rank(value: Any) -> int:
    """Return the rank of a value's type in MongoDB's order of types; a missing field is null."""
    if value is None or value is MISSING:
        return NULL
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, int | float):
        return NUMBER
    if isinstance(value, str):
        return STRING
    if isinstance(value, dict):
        return OBJECT
    if isinstance(value, list | tuple):
        return ARRAY
    if isinstance(value, ObjectId):
        return ID
    if isinstance(value, datetime):
        return DATE
    return OTHER


def order(value: Any) -> tuple[Any, ...]:
    """Return the sort key of a value: keys compare like the values in MongoDB, and are hashable."""
    place = rank(value)
    if place == NULL:
        return (place,)
    if place == OBJECT:
        return (place, tuple((rank(item), key, order(item)) for key, item in value.items()))
    if place == ARRAY:
        return (place, tuple(order(item) for item in value))
    if place == DATE:
        aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value
        return (place, aware.replace(microsecond=aware.microsecond // 1000 * 1000))
    if place == OTHER:
        return (place, repr(value))
    return (place, value)


_TYPE_LETTERS: Final = {
    NULL: "A", NUMBER: "B", STRING: "C", OBJECT: "D", ARRAY: "E", ID: "F", BOOLEAN: "G", DATE: "H", OTHER: "I",
}  # fmt: skip
_END: Final = "!"
"""Ends texts, objects and lists; smaller than any letter and digit, so that shorter values come first."""


def _number(value: float) -> str:
    """Return 16 hexadecimal digits that sort like the number: negative ones have all bits inverted."""
    bits = int.from_bytes(struct.pack(">d", float(value) + 0.0), "big")
    mask = 0xFFFFFFFFFFFFFFFF if bits >> 63 else 0x8000000000000000
    return f"{bits ^ mask:016x}"


def _as_text(value: Any) -> str:
    """Return text that sorts like the value; SQLite has no scalar for objects and lists."""
    place = rank(value)
    letter = _TYPE_LETTERS[place]
    if place == NUMBER:
        return letter + _number(value)
    if place == STRING:
        return f"{letter}{value.encode('utf-8', 'surrogatepass').hex()}{_END}"
    if place == OBJECT:
        parts = (_TYPE_LETTERS[rank(item)] + key.encode().hex() + _END + _as_text(item) for key, item in value.items())
        return letter + "".join(parts) + _END
    if place == ARRAY:
        return letter + "".join(map(_as_text, value)) + _END
    if place == DATE:
        return letter + encode_date(value)[2:]
    return letter if place == NULL else letter + str(value)


_NULL_KEY: Final = float("-inf")
"""Represents null: less than every number. NULL, which is less than this, represents the empty array."""


def sort_scalar(found: list[Any], direction: int) -> Scalar:
    """Return the SQLite scalar by which a document is sorted.

    An array counts as its smallest element, in descending order as its largest. Empty arrays come before null.

    Args:
        found: the values at the sort path (see :func:`.matcher.values_at`).
        direction: 1 or -1.
    """
    values: list[Any] = []
    some_empty = False
    for value in found:
        if isinstance(value, list):
            values += value
            some_empty = some_empty or not value
        else:
            values.append(value)
    if some_empty and (direction > 0 or not values):
        return None
    value = (min if direction > 0 else max)(values, key=order) if values else None
    place = rank(value)
    if place == NULL:
        return _NULL_KEY
    if place == OBJECT:
        return f"{MARK}a{_as_text(value)}"
    if place == ARRAY:
        return f"{MARK}b{_as_text(value)}"
    return encode_scalar(value)
