"""``$set`` and ``$inc`` on one document, with its values as the database holds them (see :func:`.codec.stored`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from alignak_backend_embedded.store.errors import DocumentError, QueryError

from .codec import MAX_DEPTH, check_name, encode_scalar, stored
from .matcher import path


def _constant(value: Any) -> Callable[[Any], Any]:
    return lambda _old: value


def _change(document: dict[str, Any], field: str, new: Callable[[Any], Any]) -> None:
    """Replace what a dotted name points to by ``new(old)``; objects on the way are made."""
    *parents, last = path(field)
    level: Any = document
    for part in parents:
        if isinstance(level, list):
            level = level[_index(level, part, field)]
        elif isinstance(level, dict):
            level = level.setdefault(part, {})
    if isinstance(level, dict):
        level[last] = new(level.get(last))
    elif isinstance(level, list):
        index = _index(level, last, field)
        level[index] = new(level[index])
    else:
        raise QueryError(f"the field {field!r} cannot be set: there is no object to hold it")


def _index(level: list[Any], part: str, field: str) -> int:
    if not (part.isascii() and part.isdigit()) or int(part[:9]) >= len(level):
        raise QueryError(f"the field {field!r} cannot be set: the list has no such element")
    return int(part[:9])


Change = Callable[[dict[str, Any]], None]
"""Changes a document in place."""


def top_names(fields: Mapping[str, Any]) -> set[str]:
    """Return the fields of a document that dotted names reach into."""
    return {field.partition(".")[0] for field in fields}


def _checked(field: str) -> int:
    """Return how many levels a dotted name goes down."""
    parts = path(field)
    if len(parts) > MAX_DEPTH:
        raise DocumentError(f"a document may be nested {MAX_DEPTH} levels deep at most")
    for part in parts:
        check_name(part)
    return len(parts)


def setting(fields: Mapping[str, Any]) -> Change:
    """Return what sets fields; dotted names reach into objects and, by index, into lists.

    Raises:
        DocumentError: a value cannot be stored.
        QueryError: a name is none; from the change: it leads nowhere, or would change ``_id``.
    """
    dotted = any("." in field for field in fields)
    values = {field: stored(value, _checked(field)) for field, value in fields.items()} if dotted else stored(fields, 0)

    def change(document: dict[str, Any]) -> None:
        if "_id" in values and values["_id"] != document.get("_id"):
            raise QueryError("the field '_id' cannot be changed")
        if not dotted:
            document.update(values)
            return
        for field, value in values.items():
            _change(document, field, _constant(value))

    return change


def incrementing(amounts: Mapping[str, float]) -> Change:
    """Return what adds to number fields; a missing one counts from 0.

    Raises:
        QueryError: a name is none; from the change: a field holds something else than a number.
        DocumentError: from the change: the sum is too large.
    """
    for field in amounts:
        _checked(field)

    def change(document: dict[str, Any]) -> None:
        for field, amount in amounts.items():

            def added(old: Any, field: str = field, amount: float = amount) -> Any:
                if old is None:
                    return encode_scalar(amount)
                if not isinstance(old, int | float):
                    raise QueryError(f"the field {field!r} is not a number")
                return encode_scalar(old + amount)

            _change(document, field, added)

    return change
