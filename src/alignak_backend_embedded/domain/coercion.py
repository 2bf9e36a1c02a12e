"""Values of request bodies, turned into the types that the data model gives their fields."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from bson import ObjectId
from bson.errors import InvalidId

_INT64: Final = 2**63
_BOOLEANS: Final = {"1": True, "true": True, "0": False, "false": False}


def expand_dotted(document: dict[str, Any]) -> None:
    """Turn ``{"customs.a": 1}`` into ``{"customs": {"a": 1}}``, in place, at every depth."""
    for name in list(document):
        value = document[name]
        if isinstance(value, dict):
            expand_dotted(value)
        if "." in name:
            *outer, last = name.split(".")
            target = document
            for part in outer:
                inner = target.get(part)
                if not isinstance(inner, dict):
                    inner = target[part] = {}
                target = inner
            target[last] = document.pop(name)


def _object_id(value: Any) -> Any:
    return ObjectId(value) if value else None


def _integer(value: Any) -> int:
    number = int(value)
    if not -_INT64 <= number < _INT64:
        raise OverflowError
    return number


def _float(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _boolean(value: Any) -> bool:
    return _BOOLEANS[str(value).lower()]


_COERCE: Final[dict[str, Callable[[Any], Any]]] = {
    "objectid": _object_id,
    "integer": _integer,
    "float": _float,
    "boolean": _boolean,
}


def _coerced(kind: str, value: Any) -> Any:
    try:
        return _COERCE[kind](value)
    except (TypeError, ValueError, KeyError, OverflowError, InvalidId):
        return value  # the validation says what is wrong with it


def coerce(document: dict[str, Any], schema: dict[str, dict[str, Any]]) -> None:
    """Turn the values of a document into the types of its schema where that is possible, in place.

    Ids come as text, numbers and booleans may. What cannot be turned stays as it is.
    """
    expand_dotted(document)
    for name, value in document.items():
        rules = schema.get(name)
        if rules is None or value is None:
            continue
        kind = rules["type"]
        if kind in _COERCE:
            document[name] = _coerced(kind, value)
        elif kind == "list" and isinstance(value, list) and "schema" in rules:
            inner = rules["schema"]["type"]
            if inner in _COERCE:
                document[name] = [item if item is None else _coerced(inner, item) for item in value]
