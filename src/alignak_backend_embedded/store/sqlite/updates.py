"""``$set`` and ``$inc`` on one document, with its values as the database holds them (see :func:`.codec.stored`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from alignak_backend_client.model.storable import MAX_DEPTH
from alignak_backend_embedded.store.errors import DocumentError, QueryError

from .codec import check_name, encode_scalar, stored
from .matcher import path


def _constant(value: Any) -> Callable[[Any], Any]:
    return lambda _old: value


def _change(document: dict[str, Any], field: str, new: Callable[[Any], Any]) -> None:
    """Replace the value at a dotted name by ``new(old)``; missing objects on the path are created."""
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
    """Return the top-level fields of dotted names."""
    return {field.partition(".")[0] for field in fields}


def _check_name(field: str) -> int:
    """Check a dotted name, and return the number of its levels."""
    parts = path(field)
    if len(parts) > MAX_DEPTH:
        raise DocumentError(f"a document may be nested {MAX_DEPTH} levels deep at most")
    for part in parts:
        check_name(part)
    return len(parts)


def make_set(fields: Mapping[str, Any]) -> Change:
    """Return a change that sets fields; dotted names select parts of objects and, by index, elements of lists.

    Raises:
        DocumentError: a value cannot be stored.
        QueryError: a name is invalid; from the change: it has no such position, or would change ``_id``.
    """
    dotted = any("." in field for field in fields)
    values = (
        {field: stored(value, _check_name(field)) for field, value in fields.items()} if dotted else stored(fields, 0)
    )

    def change(document: dict[str, Any]) -> None:
        if "_id" in values and values["_id"] != document.get("_id"):
            raise QueryError("the field '_id' cannot be changed")
        if not dotted:
            document.update(values)
            return
        for field, value in values.items():
            _change(document, field, _constant(value))

    return change


def make_increment(amounts: Mapping[str, float]) -> Change:
    """Return a change that adds to number fields; missing ones count as 0.

    Raises:
        QueryError: a name is invalid; from the change: the value of a field is not a number.
        DocumentError: from the change: the sum is too large.
    """
    for field in amounts:
        _check_name(field)

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
