"""The body of a request, from bytes to values of the right types."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import orjson
from bson import ObjectId
from bson.errors import InvalidId
from flask import request
from werkzeug.exceptions import BadRequest

from alignak_backend_embedded.api.settings import MAX_DEPTH

_INT64: Final = 2**63
_BOOLEANS: Final = {"1": True, "true": True, "0": False, "false": False}


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            if isinstance(outer, (dict, list))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return
    message = "The JSON of the request nests too deep"
    raise BadRequest(message)


def json_body() -> Any:
    """Return the JSON of the request.

    Raises:
        BadRequest: it is no JSON, or nests too deep.
    """
    try:
        value = orjson.loads(request.get_data())
    except orjson.JSONDecodeError:
        raise BadRequest from None
    _check_depth(value)
    return value


def body() -> Any:
    """Return the body of a write request: JSON or a form.

    Raises:
        BadRequest: it is neither, or empty.
    """
    kind = request.mimetype
    if kind == "application/json":
        return json_body()
    if kind == "application/x-www-form-urlencoded":
        if not request.form:
            message = "No form-urlencoded data supplied"
            raise BadRequest(message)
        return request.form.to_dict()
    if kind == "multipart/form-data":
        if not request.form:
            message = "No multipart/form-data supplied"
            raise BadRequest(message)
        return request.form.to_dict()
    message = "Unknown or no Content-Type header supplied"
    raise BadRequest(message)


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
