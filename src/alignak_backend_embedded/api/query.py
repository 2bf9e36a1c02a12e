"""The caller's ``where`` and ``sort``: checked before the store sees them.

The store is asked with MongoDB's filter language. Operators that run code, that the Alignak backend does not know or
whose operands make no sense are refused, and so is every question about a field that the caller may not see: whoever
can filter or sort by a password hash can read it, a character at a time.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, NoReturn

from bson import ObjectId
from bson.errors import InvalidId

from alignak_backend_embedded.api.errors import BadRequestError
from alignak_backend_embedded.domain.json_values import DATE_FORMAT

_LOGICAL: Final = frozenset({"$or", "$and", "$nor"})
_LISTS: Final = frozenset({"$in", "$nin", "$all"})
_PLAIN: Final = frozenset({"$gt", "$gte", "$lt", "$lte", "$ne", "$eq", "$exists", "$options", "$type"})
_FREE: Final = frozenset(
    {"$text", "$search", "$language", "$geoWithin", "$geoIntersects", "$near", "$nearSphere", "$centerSphere"}
    | {"$geometry", "$maxDistance", "$minDistance", "$box", "$center"}
)
_MAX_EXPRESSION: Final = 20_000
_MAX_DEPTH: Final = 32
_COMPARE: Final[dict[type[ast.cmpop], str]] = {
    ast.Gt: "$gt",
    ast.GtE: "$gte",
    ast.Lt: "$lt",
    ast.LtE: "$lte",
    ast.NotEq: "$ne",
}


def _bad() -> NoReturn:
    raise BadRequestError


def _check_regex(value: Any) -> None:
    if not isinstance(value, str):
        _bad()
    try:
        re.compile(value)
    except (re.error, RecursionError, OverflowError):
        _bad()


def _check_size(value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        _bad()


def _check_mod(value: Any) -> None:
    if not isinstance(value, list) or len(value) != 2 or not all(isinstance(part, (int, float)) for part in value):
        _bad()
    if not int(value[0]):
        _bad()


def _check_list(value: Any) -> None:
    if not isinstance(value, list):
        _bad()


_OPERANDS: Final[dict[str, Callable[[Any], None]]] = {
    **dict.fromkeys(_LISTS, _check_list),
    "$regex": _check_regex,
    "$size": _check_size,
    "$mod": _check_mod,
}


def _operand(operator: str, value: Any, hidden: frozenset[str], depth: int) -> None:
    if operator in _OPERANDS:
        _OPERANDS[operator](value)
    elif operator in ("$not", "$elemMatch"):
        if not isinstance(value, dict) or not value:
            _bad()
        (_condition if _is_condition(value) else _check)(value, hidden, depth + 1)
    elif operator not in _PLAIN and operator not in _FREE:
        _bad()


def _is_condition(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and next(iter(value)).startswith("$")


def _condition(value: dict[str, Any], hidden: frozenset[str], depth: int) -> None:
    if depth > _MAX_DEPTH:
        _bad()
    for operator, operand in value.items():
        _operand(operator, operand, hidden, depth)


def _check(query: dict[str, Any], hidden: frozenset[str], depth: int = 0) -> None:
    if depth > _MAX_DEPTH:
        _bad()
    for key, value in query.items():
        if key in _LOGICAL:
            if not isinstance(value, list) or not value or not all(isinstance(inner, dict) for inner in value):
                _bad()
            for inner in value:
                _check(inner, hidden, depth + 1)
        elif key.startswith("$"):
            if key not in _FREE:
                _bad()
        elif "\0" in key or key.split(".")[0] in hidden:
            _bad()
        elif _is_condition(value):
            _condition(value, hidden, depth + 1)


def _value(node: ast.expr) -> Any:
    """Return the value of one side of a comparison in the text form."""
    match node:
        case ast.Constant(value=str() | int() | float() | bool() | None):
            return node.value
        case ast.Name(id=("true" | "false") as name):
            return name == "true"
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return -number
        case ast.Call(func=ast.Name(id="ObjectId"), args=[ast.Constant(value=str() as text)]):
            return str(ObjectId(text))
        case ast.Call(func=ast.Name(id="datetime"), args=arguments):
            return datetime(*[_value(argument) for argument in arguments]).strftime(DATE_FORMAT)
    _bad()


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=outer, attr=name):
            return f"{_name(outer)}.{name}"
        case ast.Constant(value=str() as name):
            return name
    _bad()


def _expression(node: ast.expr) -> dict[str, Any]:
    match node:
        case ast.BoolOp(op=operator, values=values):
            return {"$and" if isinstance(operator, ast.And) else "$or": [_expression(value) for value in values]}
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
            return {_name(left): _value(right)}
        case ast.Compare(left=left, ops=[operator], comparators=[right]) if type(operator) in _COMPARE:
            return {_name(left): {_COMPARE[type(operator)]: _value(right)}}
    _bad()


def _from_text(text: str) -> dict[str, Any]:
    """Return the filter of ``name=="srv" and ls_state_id>=2``."""
    if len(text) > _MAX_EXPRESSION:
        _bad()
    try:
        return _expression(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, TypeError, InvalidId, RecursionError, MemoryError, OverflowError):
        _bad()


def where(text: str, resource: str, hidden: frozenset[str], own_token: str | None = None) -> dict[str, Any]:
    """Return the caller's filter, checked. Ids and dates in it are still text.

    Args:
        text: JSON, or a comparison in the manner of Python.
        resource: the resource asked.
        hidden: its fields that the caller may not ask about.
        own_token: the caller's token. Programs look themselves up by it, so ``{"token": <it>}`` at the top, and only
            that, stands for the caller's own document.

    Raises:
        BadRequestError: it cannot be read, is refused, or asks about a secret field.
    """
    try:
        query = json.loads(text)
    except RecursionError:
        _bad()
    except ValueError:
        query = _from_text(text)
    if not isinstance(query, dict):
        _bad()
    me = False
    if resource == "user" and own_token and query.get("token") == own_token:
        query = {name: value for name, value in query.items() if name != "token"}
        me = True
    _check(query, hidden)
    if me:
        # The token is indexed by the store and was checked to be the caller's: the id is added by who calls.
        query = {"$and": [query, {"token": own_token}]} if query else {"token": own_token}
    return query


def sort(text: str, hidden: frozenset[str]) -> list[tuple[str, int]]:
    """Return the caller's order: ``-name,alias`` or ``[("name", -1)]``.

    Raises:
        BadRequestError: it cannot be read, or sorts by a secret field.
    """
    try:
        found = ast.literal_eval(text)
    except ValueError:
        found = [(part.lstrip("-"), -1 if part.startswith("-") else 1) for part in map(str.strip, text.split(","))]
    except (SyntaxError, TypeError, RecursionError, MemoryError):
        _bad()
    if isinstance(found, dict):
        found = list(found.items())
    if not isinstance(found, (list, tuple)):
        _bad()
    order = []
    for pair in found:
        match pair:
            case (str() as name, (1 | -1) as direction) if name and "\0" not in name and not name.startswith("$"):
                if name.split(".")[0] in hidden:
                    _bad()
                order.append((name, int(direction)))
            case _:
                _bad()
    return order
