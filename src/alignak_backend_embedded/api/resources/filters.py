"""The ``where`` and ``sort`` of a request: validated, with ids and dates converted, before the store uses them.

Filters use MongoDB's language. Operators that run code, unknown operators and invalid operands are rejected, and so are
fields that the caller may not read: a filter or an order by a password hash would reveal it, a character at a time.
"""

from __future__ import annotations

import json
import math
from typing import Any, Final, NoReturn

from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.model.ids import is_object_id
from alignak_backend_client.model.storable import INTEGERS, has_lone_surrogate
from alignak_backend_embedded.api.errors import BadRequestError
from alignak_backend_embedded.api.options import MAX_DEPTH
from alignak_backend_embedded.domain.json_values import parse_date
from alignak_backend_embedded.store.object_id import ObjectId

_LOGICAL: Final = frozenset({"$or", "$and", "$nor"})
_LISTS: Final = frozenset({"$in", "$nin", "$all"})
_PLAIN: Final = frozenset({"$gt", "$gte", "$lt", "$lte", "$ne", "$eq", "$exists", "$options", "$type"})
#: Supported by MongoDB only, which checks their operands.
_OF_MONGODB: Final = frozenset({"$geoWithin", "$geoIntersects", "$near", "$nearSphere", "$maxDistance", "$minDistance"})
_DATES: Final = frozenset({"_created", "_updated"})
_MAX_DEPTH: Final = 32


def _reject() -> NoReturn:
    raise BadRequestError


class _Where:
    """Validates a filter of one resource."""

    def __init__(self, resource: Resource, hidden: frozenset[str]) -> None:
        self._resource = resource
        self._hidden = hidden
        self._size = 0  # total size of the regular expressions

    def read(self, query: Any, depth: int = 0) -> dict[str, Any]:
        """Return the validated filter."""
        if not isinstance(query, dict) or depth > _MAX_DEPTH:
            _reject()
        found: dict[str, Any] = {}
        for key, value in query.items():
            if key in _LOGICAL:
                if not isinstance(value, list) or not value:
                    _reject()
                found[key] = [self.read(inner, depth + 1) for inner in value]
            elif key == "$text":
                found[key] = value
            elif not _is_path(key) or key.split(".")[0] in self._hidden:
                _reject()
            elif _is_condition(value):
                found[key] = self._condition(key, value, depth + 1)
            else:
                found[key] = self._value(key, value, depth + 1)
        return found

    def _condition(self, field: str, operators: dict[str, Any], depth: int) -> dict[str, Any]:
        if depth > _MAX_DEPTH:
            _reject()
        if "$regex" in operators:
            self._count_regex(operators["$regex"], operators.get("$options", ""))
        return {operator: self._operand(field, operator, value, depth) for operator, value in operators.items()}

    def _count_regex(self, pattern: Any, options: Any) -> None:
        """Check a regular expression, and their total size."""
        from alignak_backend_embedded.store.patterns import check_size, size_of

        if not isinstance(pattern, str) or has_lone_surrogate(pattern):
            _reject()
        self._size += size_of(pattern, options)
        check_size(self._size)

    def _operand(self, field: str, operator: str, value: Any, depth: int) -> Any:
        if operator in _PLAIN:
            return self._value(field, value, depth)
        if operator in _LISTS:
            return self._value(field, value, depth) if isinstance(value, list) else _reject()
        if operator in _OF_MONGODB:
            return value
        if operator == "$regex":
            return value
        if operator == "$size":
            return value if _is_integer(value) and value >= 0 else _reject()
        if operator == "$mod":
            return _mod(value)
        if operator == "$not" and isinstance(value, dict) and value:
            return self._condition(field, value, depth + 1)
        if operator == "$elemMatch" and isinstance(value, dict) and value:
            if _is_condition(value):
                return self._condition(field, value, depth + 1)
            return self.read(value, depth + 1)
        _reject()

    def _value(self, field: str, value: Any, depth: int) -> Any:
        """Convert a value that a field is compared with: text becomes an id or a date, by the type of the field."""
        if depth > _MAX_DEPTH:
            _reject()
        if isinstance(value, str):
            return _reject() if has_lone_surrogate(value) else self._typed(field, value)
        if isinstance(value, list):
            return [self._value(field, item, depth + 1) for item in value]
        if isinstance(value, dict):
            if any(key.startswith("$") or has_lone_surrogate(key) for key in value):
                _reject()
            return {key: self._value(f"{field}.{key}", item, depth + 1) for key, item in value.items()}
        if isinstance(value, float) and not math.isfinite(value):
            _reject()
        if isinstance(value, int) and value not in INTEGERS:
            _reject()
        return value

    def _typed(self, field: str, text: str) -> Any:
        name = field.partition(".")[0]
        if name == "_id" or name in self._resource.links:
            return ObjectId(text) if is_object_id(text) else text
        return (parse_date(text) or text) if field in _DATES else text


def _is_condition(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and next(iter(value)).startswith("$")


def _is_path(name: str) -> bool:
    """Return True for the name of a field, or of one inside it; documents do not nest deeper."""
    is_name = not name.startswith("$") and "\0" not in name and not has_lone_surrogate(name)
    return is_name and name.count(".") < MAX_DEPTH


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _mod(value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) != 2 or not all(isinstance(part, (int, float)) for part in value):
        _reject()
    if not all(math.isfinite(part) and int(part) in INTEGERS for part in value) or not int(value[0]):
        _reject()
    return value


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        _reject()
    except ValueError:
        from alignak_backend_embedded.api.resources.expressions import to_filter

        try:
            return to_filter(text)
        except ValueError:
            _reject()


def where(text: str, resource: str, hidden: frozenset[str], own_token: str | None) -> dict[str, Any]:
    """Return the caller's validated filter.

    Args:
        text: JSON, or an expression in Python-like syntax.
        resource: the requested resource.
        hidden: its fields that the caller may not read.
        own_token: the caller's token. Programs find their own user by it, so a top-level ``{"token": <it>}``, and only
            that, matches the caller's own document.

    Raises:
        BadRequestError: it is malformed, is rejected, or uses a secret field.
    """
    query = _parsed(text)
    me = resource == "user" and own_token and isinstance(query, dict) and query.get("token") == own_token
    if me:
        query = {name: value for name, value in query.items() if name != "token"}
    found = _Where(resources_by_name()[resource], hidden).read(query)
    return {"$and": [found, {"token": own_token}]} if me else found


def sort(text: str, hidden: frozenset[str]) -> list[tuple[str, int]]:
    """Return the sort order: ``-name,alias`` or ``[("name", -1)]``.

    Raises:
        BadRequestError: it is malformed, or sorts by a secret field.
    """
    found: Any
    if text.lstrip()[:1] in ("[", "(", "{"):
        import ast

        try:
            found = ast.literal_eval(text.strip())
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            _reject()
    else:
        found = [(name.lstrip("-"), -1 if name.startswith("-") else 1) for name in map(str.strip, text.split(","))]
        if any(" " in name or name.isdigit() for name, _ in found):
            _reject()
    if isinstance(found, dict):
        found = list(found.items())
    if not isinstance(found, (list, tuple)):
        _reject()
    order = []
    for pair in found:
        match pair:
            case (str() as name, (1 | -1) as direction) if name and _is_path(name):
                if name.split(".")[0] in hidden:
                    _reject()
                order.append((name, int(direction)))
            case _:
                _reject()
    return order
