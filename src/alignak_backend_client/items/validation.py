"""Judging an item by the data model before it is sent, as the backend would. Used for dry runs."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, Final

from alignak_backend_client.items.names.references import show
from alignak_backend_client.model import Resource
from alignak_backend_client.model.ids import is_object_id

_INTEGERS: Final = range(-(2**63), 2**63)
"""Numbers that the backend's database can store."""

# The backend turns these texts into values before it judges them.
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}


class _Issue(Exception):  # noqa: N818 - never leaves this module
    """What is wrong with a value."""


def issues(resource: Resource, data: dict[str, Any], *, update: bool) -> dict[str, Any]:
    """Return what the backend would find wrong with an item, by field; empty when nothing is.

    Args:
        resource: the item's resource.
        data: what would be sent: links are ids.
        update: True for a change, which needs no required fields.
    """
    found: dict[str, Any] = {}
    for name, value in data.items():
        if name in resource.fields:
            if issue := _issue(resource.fields[name], value):
                found[name] = issue
        elif not resource.allow_unknown and name != "_id":
            found[name] = "unknown field"
    missing = set() if update else _missing(resource, data)
    return found | dict.fromkeys(sorted(missing), "required field")


def harmful(resource: Resource, data: dict[str, Any]) -> dict[str, Any]:
    """Return the values that the backend cannot store, or could not read any more: it would answer 500 from then on."""
    found = {}
    for name, value in data.items():
        if resource.fields.get(name, {}).get("type") == "float" and not math.isfinite(_float(value, 0.0)):
            found[name] = "a finite number is needed"
        elif harm := _harm(value):
            found[name] = harm
    return found


def _harm(value: Any) -> str | None:
    """Return what no database stores of a value, or of what it holds; None when it stores all."""
    if isinstance(value, str):
        return None if value.isascii() or _is_whole(value) else "it holds half of a character"
    if isinstance(value, dict):
        for key in value:
            if key.startswith("$") or "\0" in key or not _is_whole(key):
                return f"{show(key)} cannot be a key"
        value = list(value.values())
    if isinstance(value, list):
        return next((harm for one in value if (harm := _harm(one))), None)
    return "the number is too large" if isinstance(value, int) and value not in _INTEGERS else None


def _is_whole(text: str) -> bool:
    """Return False for a text with halves of characters in it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _missing(resource: Resource, data: dict[str, Any]) -> set[str]:
    """Return the required fields that are not there, and that the backend does not fill in."""
    missing = {name for name in resource.required if name not in data}
    if resource.name in ("host", "service"):
        missing -= {"_realm"}
    if resource.has_templates and data.get("_templates"):
        return missing & {"_realm", "name"}
    if resource.name == "user":
        missing -= {"host_notification_period", "service_notification_period"}
    return missing


def _issue(schema: dict[str, Any], value: Any) -> Any:
    """Return what is wrong with a value: a text, or texts by index; None when nothing is."""
    if value is None and schema.get("nullable"):
        return None
    try:
        value = _CONVERTERS[schema["type"]](value)
        if value is None:
            return None if schema.get("nullable") else "null value not allowed"
        if isinstance(value, list):
            return _list_issues(schema, value)
        _check_rules(schema, value)
    except _Issue as issue:
        return str(issue)
    return None


def _list_issues(schema: dict[str, Any], values: list[Any]) -> Any:
    """Return what is wrong with the elements of a list."""
    if "allowed" in schema and (wrong := [value for value in values if value not in schema["allowed"]]):
        return f"unallowed values {wrong}"
    if isinstance(schema.get("schema"), dict):
        by_index = {str(index): _issue(schema["schema"], value) for index, value in enumerate(values)}
        return {index: issue for index, issue in by_index.items() if issue} or None
    return None


def _check_rules(schema: dict[str, Any], value: Any) -> None:
    """Judge a value of the right type."""
    if isinstance(value, str):
        if value == "" and schema.get("empty") is False:
            raise _Issue("empty values not allowed")
        if "regex" in schema and not re.match(schema["regex"], value):
            raise _Issue(f"value does not match regex '{schema['regex']}'")
        if len(value) < schema.get("minlength", 0):
            raise _Issue(f"min length is {schema['minlength']}")
        if len(value) > schema.get("maxlength", math.inf):
            raise _Issue(f"max length is {schema['maxlength']}")
    if "allowed" in schema and value not in schema["allowed"]:
        raise _Issue(f"unallowed value {value}")
    if isinstance(value, int) and not isinstance(value, bool):
        if value < schema.get("min", -math.inf):
            raise _Issue(f"min value is {schema['min']}")
        if value > schema.get("max", math.inf):
            raise _Issue(f"max value is {schema['max']}")
        if value not in _INTEGERS:
            raise _Issue("the number is too large")


def _text(value: Any) -> Any:
    if not isinstance(value, str):
        raise _Issue("must be of string type")
    return value


def _integer(value: Any) -> Any:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise _Issue("must be of integer type") from error


def _float(value: Any, default: float | None = None) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf
    except (TypeError, ValueError) as error:
        if default is not None:
            return default
        raise _Issue("must be of float type") from error


def _boolean(value: Any) -> Any:
    known = _BOOLEANS.get(str(value).lower()) if isinstance(value, str | int) else None
    if known is None:
        raise _Issue("must be of boolean type")
    return known


def _list(value: Any) -> Any:
    if not isinstance(value, list):
        raise _Issue("must be of list type")
    return value


def _dict(value: Any) -> Any:
    if not isinstance(value, dict):
        raise _Issue("must be of dict type")
    return value


def _object_id(value: Any) -> Any:
    if not value:
        return None
    if not (isinstance(value, str) and is_object_id(value)):
        raise _Issue(f"value {value!r} cannot be converted to a ObjectId")
    return value


def _point(value: Any) -> Any:
    if not (
        isinstance(value, dict)
        and set(value) == {"type", "coordinates"}
        and value["type"] == "Point"
        and isinstance(value["coordinates"], list)
        and all(isinstance(one, int | float) for one in value["coordinates"])
    ):
        raise _Issue(f"Point not correct {value}")
    return value


_CONVERTERS: Final[dict[str, Callable[[Any], Any]]] = {
    "string": _text,
    "integer": _integer,
    "float": _float,
    "boolean": _boolean,
    "list": _list,
    "dict": _dict,
    "objectid": _object_id,
    "point": _point,
}
"""What turns a value into one of a type of the data model, or raises an issue."""
