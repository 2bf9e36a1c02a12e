"""Filters in Python-like syntax: ``name=="srv" and ls_state_id>=2``."""

from __future__ import annotations

import ast
from datetime import datetime
from typing import Any, Final

from alignak_backend_embedded.store.object_id import ObjectId

_MAX_LENGTH: Final = 20_000
_COMPARE: Final[dict[type[ast.cmpop], str]] = {
    ast.Gt: "$gt",
    ast.GtE: "$gte",
    ast.Lt: "$lt",
    ast.LtE: "$lte",
    ast.NotEq: "$ne",
}


def _value(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=str() | int() | float() | bool() | None):
            return node.value
        case ast.Name(id=("true" | "false") as name):
            return name == "true"
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return -number
        case ast.Call(func=ast.Name(id="ObjectId"), args=[ast.Constant(value=str() as text)]):
            return ObjectId(text)
        case ast.Call(func=ast.Name(id="datetime"), args=arguments):
            return datetime(*[_value(argument) for argument in arguments])
    raise ValueError("no value")


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=outer, attr=name):
            return f"{_name(outer)}.{name}"
        case ast.Constant(value=str() as name):
            return name
    raise ValueError("no name of a field")


def _filter(node: ast.expr) -> dict[str, Any]:
    match node:
        case ast.BoolOp(op=operator, values=values):
            return {"$and" if isinstance(operator, ast.And) else "$or": [_filter(value) for value in values]}
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
            return {_name(left): _value(right)}
        case ast.Compare(left=left, ops=[operator], comparators=[right]) if type(operator) in _COMPARE:
            return {_name(left): {_COMPARE[type(operator)]: _value(right)}}
    raise ValueError("no comparison")


def to_filter(text: str) -> dict[str, Any]:
    """Convert an expression to a filter.

    Raises:
        ValueError: it is not such an expression.
    """
    if len(text) > _MAX_LENGTH:
        raise ValueError("the expression is too long")
    try:
        return _filter(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, TypeError, RecursionError, MemoryError, OverflowError) as error:
        raise ValueError("no expression") from error
