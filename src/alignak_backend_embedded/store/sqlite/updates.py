"""``$set`` and ``$inc`` on one document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from alignak_backend_embedded.store.errors import QueryError

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


def set_fields(document: dict[str, Any], fields: Mapping[str, Any]) -> None:
    """Set fields in place; dotted names reach into objects and, by index, into lists.

    Raises:
        QueryError: a name leads nowhere, or would change ``_id``.
    """
    for field, value in fields.items():
        if field == "_id" and value != document.get("_id"):
            raise QueryError("the field '_id' cannot be changed")
        if "." in field:
            _change(document, field, _constant(value))
        else:
            document[field] = value


def increment(document: dict[str, Any], amounts: Mapping[str, float]) -> None:
    """Add to number fields in place; a missing one counts from 0.

    Raises:
        QueryError: a field holds something else than a number.
    """
    for field, amount in amounts.items():

        def added(old: Any, field: str = field, amount: float = amount) -> Any:
            if old is None:
                return amount
            if isinstance(old, bool) or not isinstance(old, int | float):
                raise QueryError(f"the field {field!r} is not a number")
            return old + amount

        _change(document, field, added)
