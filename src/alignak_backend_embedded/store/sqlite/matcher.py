"""Evaluating MongoDB filters in Python on one document, for what SQL cannot express."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from alignak_backend_embedded.store.errors import QueryError

from . import budget
from .ordering import ARRAY, BOOLEAN, DATE, ID, MISSING, NUMBER, OBJECT, STRING, order, rank
from .regexes import BoundedPattern

Predicate = Callable[[Any], bool]
_MAX_DEPTH: Final = 40
MAX_NAME: Final = 1000


class _Exact(list[Any]):
    """An array element given by its index, whose elements MongoDB does not match."""


def values_at(value: Any, parts: tuple[str, ...], at: int = 0) -> list[Any]:
    """Return the values at a path: one, several through arrays, or :data:`MISSING`.

    Args:
        value: a document, or a part of one.
        parts: the path, see :func:`path`.
        at: the number of parts that lead to ``value``.
    """
    if at == len(parts):
        return [value]
    part = parts[at]
    if isinstance(value, dict):
        return values_at(value[part], parts, at + 1) if part in value else [MISSING]
    if not isinstance(value, list):
        return [MISSING]
    found: list[Any] = []
    if part.isascii() and part.isdigit() and int(part[:9]) < len(value):
        item = value[int(part[:9])]
        if at + 1 == len(parts):
            found.append(_Exact(item) if isinstance(item, list) else item)
        elif isinstance(item, dict | list):
            found += values_at(item, parts, at + 1)
    for item in value:
        if isinstance(item, dict):
            found += values_at(item, parts, at)
    return found


def _with_elements(values: list[Any]) -> list[Any]:
    """Return the values at a path, and the elements of those that are arrays."""
    found: list[Any] = []
    for value in values:
        if type(value) is list:
            found += value
        found.append(list(value) if isinstance(value, _Exact) else value)
    return found


# --- one value -----------------------------------------------------------------------------------------------------


def _equal(operand: Any) -> Predicate:
    if isinstance(operand, re.Pattern):
        return _regex(operand, "")
    wanted = order(operand)
    return lambda value: order(value) == wanted


def _compare(operator: str, operand: Any) -> Predicate:
    place, wanted = rank(operand), order(operand)
    if isinstance(operand, float) and math.isnan(operand):
        return lambda _value: False
    if operator == "$gt":
        return lambda value: rank(value) == place and order(value) > wanted
    if operator == "$gte":
        return lambda value: rank(value) == place and order(value) >= wanted
    if operator == "$lt":
        return lambda value: rank(value) == place and order(value) < wanted
    return lambda value: rank(value) == place and order(value) <= wanted


def _regex(pattern: Any, options: Any) -> Predicate:
    compiled = BoundedPattern(pattern, options)
    return lambda value: isinstance(value, str) and compiled.search(value)


def _in(operand: Any) -> Predicate:
    if not isinstance(operand, list | tuple):
        raise QueryError("$in and $nin need a list")
    wanted, patterns = set(), []
    for item in operand:
        if isinstance(item, re.Pattern):
            patterns.append(_regex(item, ""))
        elif isinstance(item, dict) and any(str(key).startswith("$") for key in item):
            raise QueryError("$in and $nin take values, no operators")
        else:
            wanted.add(order(item))
    return lambda value: order(value) in wanted or any(test(value) for test in patterns)


def _integer(value: Any, operator: str) -> int:
    """Return a number without its fraction, as MongoDB reads the operands of ``$mod``."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise QueryError(f"{operator} needs numbers")
    return int(value)


def _mod(operand: Any) -> Predicate:
    if not isinstance(operand, list | tuple) or len(operand) != 2:
        raise QueryError("$mod needs a list of divisor and remainder")
    divisor, remainder = (_integer(number, "$mod") for number in operand)
    if divisor == 0:
        raise QueryError("$mod: the divisor must not be 0")

    def test(value: Any) -> bool:
        if rank(value) != NUMBER:
            return False
        number = int(value)  # truncates toward zero, with the sign of the dividend, as in C
        return (abs(number) % abs(divisor)) * (-1 if number < 0 else 1) == remainder

    return test


_SUPPORTED_TYPES: Final[dict[tuple[str | int, ...], Predicate]] = {
    (1, "double"): lambda value: isinstance(value, float),
    (2, "string"): lambda value: rank(value) == STRING,
    (3, "object"): lambda value: rank(value) == OBJECT,
    (4, "array"): lambda value: rank(value) == ARRAY,
    (7, "objectId"): lambda value: rank(value) == ID,
    (8, "bool"): lambda value: rank(value) == BOOLEAN,
    (9, "date"): lambda value: rank(value) == DATE,
    (10, "null"): lambda value: value is None,
    (16, "int"): lambda value: rank(value) == NUMBER and isinstance(value, int) and -(2**31) <= value < 2**31,
    (18, "long"): lambda value: rank(value) == NUMBER and isinstance(value, int) and not -(2**31) <= value < 2**31,
    ("number",): lambda value: rank(value) == NUMBER,
}
_OTHER_TYPES: Final = (
    *(5, "binData", 6, "undefined", 11, "regex", 12, "dbPointer", 13, "javascript", 14, "symbol"),
    *(15, "javascriptWithScope", 17, "timestamp", 19, "decimal", -1, "minKey", 127, "maxKey"),
)
"""Types of MongoDB that no stored value has."""
_TYPES: Final[dict[str | float, Predicate]] = {
    **{name: test for names, test in _SUPPORTED_TYPES.items() for name in names},
    **dict.fromkeys(_OTHER_TYPES, lambda _value: False),
}


def _type(operand: Any) -> Predicate:
    names = operand if isinstance(operand, list | tuple) else [operand]
    tests = []
    for name in names:
        if isinstance(name, bool) or not isinstance(name, int | float | str) or name not in _TYPES:
            raise QueryError(f"$type: unknown type {name!r}")
        tests.append(_TYPES[name])
    if not tests:
        raise QueryError("$type needs at least one type")
    return lambda value: any(test(value) for test in tests)


# --- the values at a path ------------------------------------------------------------------------------------------


def _anywhere(test: Predicate) -> Predicate:
    return lambda found: any(test(value) for value in _with_elements(found))


def _negated(test: Predicate) -> Predicate:
    return lambda found: not test(found)


def _size(operand: Any) -> Predicate:
    size = _integer(operand, "$size")
    if size < 0 or size != operand:
        raise QueryError("$size needs a whole number from 0 on")
    return lambda found: any(isinstance(value, list) and len(value) == size for value in found)


def truth(operand: Any) -> bool:
    """Return the operand of ``$exists`` as a boolean, like MongoDB."""
    return operand is not None and operand is not False and operand != 0


def _elem_match(operand: Any, depth: int) -> Predicate:
    if not isinstance(operand, Mapping):
        raise QueryError("$elemMatch needs an object")
    if is_operators(operand) and next(iter(operand)) not in ("$and", "$or", "$nor"):
        test = condition(operand, depth + 1)

        def element(value: Any) -> bool:
            budget.check()
            return test([_Exact(value) if isinstance(value, list) else value])

    else:
        inside = compile_filter(operand, depth + 1)

        def element(value: Any) -> bool:
            budget.check()
            if isinstance(value, list):
                value = {str(index): item for index, item in enumerate(value)}
            return isinstance(value, dict) and inside(value)

    return lambda found: any(isinstance(value, list) and any(element(item) for item in value) for value in found)


def _all(operand: Any, depth: int) -> Predicate:
    if not isinstance(operand, list | tuple):
        raise QueryError("$all needs a list")
    tests: list[Predicate] = []
    for item in operand:
        if isinstance(item, dict) and any(str(key).startswith("$") for key in item):
            if set(item) != {"$elemMatch"}:
                raise QueryError("$all takes values or $elemMatch")
            tests.append(_elem_match(item["$elemMatch"], depth))
        else:
            tests.append(_anywhere(_equal(item)))
    return lambda found: bool(tests) and all(test(found) for test in tests)


def _not(operand: Any, depth: int) -> Predicate:
    if isinstance(operand, re.Pattern):
        return _negated(_anywhere(_regex(operand, "")))
    if not isinstance(operand, Mapping) or not operand or not is_operators(operand):
        raise QueryError("$not needs an object of operators or a regular expression")
    return _negated(condition(operand, depth + 1))


def is_operators(operand: Any) -> bool:
    """Return True if a condition is an object of operators, False if it is a value.

    Raises:
        QueryError: it mixes both.
    """
    if not isinstance(operand, Mapping) or not operand:
        return False
    marked = [isinstance(key, str) and key.startswith("$") for key in operand]
    if any(marked) and not all(marked):
        raise QueryError("a condition must not mix operators and fields")
    return marked[0]


def _operator(operator: str, operand: Any, depth: int) -> Predicate:  # noqa: C901 - one case each
    match operator:
        case "$eq":
            return _anywhere(_equal(operand))
        case "$ne":
            return _negated(_anywhere(_equal(operand)))
        case "$gt" | "$gte" | "$lt" | "$lte":
            if isinstance(operand, re.Pattern):
                raise QueryError(f"{operator} does not take a regular expression")
            return _anywhere(_compare(operator, operand))
        case "$in":
            return _anywhere(_in(operand))
        case "$nin":
            return _negated(_anywhere(_in(operand)))
        case "$mod":
            return _anywhere(_mod(operand))
        case "$type":
            return _anywhere(_type(operand))
        case "$exists":
            wanted = truth(operand)
            return lambda found: any(value is not MISSING for value in found) is wanted
        case "$size":
            return _size(operand)
        case "$all":
            return _all(operand, depth)
        case "$elemMatch":
            return _elem_match(operand, depth)
        case "$not":
            return _not(operand, depth)
        case _:
            raise QueryError(f"the operator {operator} is not supported")


def check_depth(depth: int) -> None:
    """Check the nesting of a filter.

    Raises:
        QueryError: it nests too deep.
    """
    if depth > _MAX_DEPTH:
        raise QueryError(f"a filter may nest {_MAX_DEPTH} levels at most")


def condition(operand: Any, depth: int = 0) -> Predicate:
    """Return the predicate of a condition for the values at a path (see :func:`values_at`).

    Raises:
        QueryError: the condition is malformed, not supported or nests too deep.
    """
    check_depth(depth)
    if not is_operators(operand):
        return _anywhere(_equal(operand))
    tests: list[Predicate] = []
    for operator, value in operand.items():
        if operator == "$regex":
            tests.append(_anywhere(_regex(value, operand.get("$options", ""))))
        elif operator == "$options":
            if "$regex" not in operand:
                raise QueryError("$options needs $regex")
        else:
            tests.append(_operator(operator, value, depth))
    return lambda found: all(test(found) for test in tests)


def path(field: Any) -> tuple[str, ...]:
    """Return the parts of a dotted field name.

    Raises:
        QueryError: the name is invalid.
    """
    if isinstance(field, str) and field.isidentifier() and len(field) <= MAX_NAME:
        return (field,)  # most are
    if not isinstance(field, str) or "\x00" in field or len(field) > MAX_NAME:
        raise QueryError(f"a field name must be text of {MAX_NAME} characters at most")
    return tuple(field.split("."))


def branches(operator: str, operand: Any) -> list[Mapping[str, Any]]:
    """Return the operands of ``$and``, ``$or`` or ``$nor``.

    Raises:
        QueryError: they are not a list of filters, or the list is empty.
    """
    if not isinstance(operand, list | tuple) or not operand or not all(isinstance(item, Mapping) for item in operand):
        raise QueryError(f"{operator} needs a list of filters")
    return list(operand)


def compile_filter(where: Mapping[str, Any], depth: int = 0) -> Predicate:
    """Return a predicate over documents.

    Raises:
        QueryError: the filter is malformed, not supported or nests too deep.
    """
    check_depth(depth)
    tests: list[Predicate] = []
    for field, operand in where.items():
        if field in ("$and", "$or", "$nor"):
            inner = [compile_filter(item, depth + 1) for item in branches(field, operand)]
            tests.append(_joined(field, inner))
        elif isinstance(field, str) and field.startswith("$"):
            raise QueryError(f"the operator {field} is not supported")
        else:
            tests.append(_at(path(field), condition(operand, depth + 1)))
    return lambda document: all(test(document) for test in tests)


def _joined(operator: str, inner: list[Predicate]) -> Predicate:
    if operator == "$and":
        return lambda document: all(test(document) for test in inner)
    wanted = operator == "$or"
    return lambda document: any(test(document) for test in inner) is wanted


def _at(parts: tuple[str, ...], test: Predicate) -> Predicate:
    return lambda document: test(values_at(document, parts))
