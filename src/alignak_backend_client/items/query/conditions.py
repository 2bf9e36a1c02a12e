"""Conditions: comparing a field with a value given as text."""

from __future__ import annotations

import math
import time
from typing import Any, Final

from alignak_backend_client.items.names.catalog import name_filter
from alignak_backend_client.items.names.references import show
from alignak_backend_client.items.query.fields import Field, QueryError, is_time
from alignak_backend_client.model.fields import known_values
from alignak_backend_client.model.ids import is_object_id
from alignak_backend_client.output.suggestions import suggestion

ORDERED: Final = {"<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}
_LONGEST_NUMBER: Final = 40
_BOOLEANS: Final = {"true": True, "yes": True, "false": False, "no": False}
_EMPTY: Final = {"string": "", "list": [], "dict": {}}


def build_condition(field: Field, operator: str, text: str) -> dict[str, Any]:
    """Return the filter of the backend for a comparison.

    Args:
        field: of the item itself; a link only with an empty text.
        operator: ``=``, ``!=``, ``~``, ``<``, ``<=``, ``>`` or ``>=``.
        text: the value; empty for null, empty strings and empty lists.

    Raises:
        QueryError: the value is invalid for the field, or the field has no order.
    """
    name = field.name
    if operator == "~":
        if field.schema.get("type", "string") not in ("string", "list"):
            raise QueryError(f"{field.path} is not text: ~ works only with text")
        return {name: {"$regex": text}}
    if not text:
        if operator in ORDERED:
            raise QueryError(f"{field.path}{operator} needs a value")
        return _empty_condition(field) if operator == "=" else {"$nor": [_empty_condition(field)]}
    value = parse_value(field, text)
    # Parts of objects have no schema: the value may be text or a number.
    number = None if field.schema else _number(text)
    if operator in ORDERED:
        if isinstance(value, bool) or field.schema.get("type") in ("list", "dict", "point"):
            raise QueryError(f"{field.path} has no order: only = and != work with it")
        return {name: {ORDERED[operator]: value if number is None else number}}
    if number is not None:
        return {name: {"$in" if operator == "=" else "$nin": [text, number]}}
    # The backend converts strings that look like ids and dates; for these types, that is right.
    typed = field.schema.get("type") in ("datetime", "objectid")
    equal = name_filter(value) if isinstance(value, str) and not typed else value
    if operator == "=":
        return {name: equal}
    return {name: {"$not": equal} if isinstance(equal, dict) else {"$ne": equal}}


def _empty_condition(field: Field) -> dict[str, Any]:
    nothing = _EMPTY.get(field.schema.get("type", "string"))
    return {field.name: None} if nothing is None else {"$or": [{field.name: None}, {field.name: nothing}]}


def parse_value(field: Field, text: str) -> Any:
    """Parse the value of a field.

    Raises:
        QueryError: the value is invalid for the field.
    """
    kind = field.schema.get("type")
    if kind in ("dict", "point"):
        raise QueryError(f"{field.path} is an object: compare a part of it, such as {field.path}.KEY")
    if kind == "boolean":
        if text.lower() not in _BOOLEANS:
            raise QueryError(f"{field.path} is true or false, not {show(text)}")
        return _BOOLEANS[text.lower()]
    if kind in ("integer", "float"):
        number = _number(text)
        if number is None and is_time(field):
            number = _seconds(field, text)
        if number is None:
            raise QueryError(f"{field.path} is a number, not {show(text)}")
        return number
    if kind == "datetime":
        from email.utils import formatdate

        return formatdate(_seconds(field, text), usegmt=True)
    if kind == "objectid":
        if not is_object_id(text):
            raise QueryError(f"{field.path} is an id of 24 hexadecimal digits, not {show(text)}")
        return text.lower()
    known = known_values(field.schema)
    if known and text not in known:
        raise QueryError(f"{field.path}: invalid value {show(text)}: {suggestion(text, known, 'values')}")
    return text


def _number(text: str) -> int | float | None:
    """Parse a number; None for a text that is not a number, or is out of the range of JSON and MongoDB."""
    if not text.isascii() or "_" in text or len(text) > _LONGEST_NUMBER:
        return None
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        return number if math.isfinite(number) and abs(number) < 2**63 else None
    return None


def _seconds(field: Field, text: str) -> int:
    from alignak_backend_client.items.query.times import TimeError, parse_past

    try:
        return parse_past(text, int(time.time()))
    except TimeError as error:
        raise QueryError(f"{field.path}: {error}") from None
