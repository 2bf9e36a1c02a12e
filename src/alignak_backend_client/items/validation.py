"""Judging an item by the data model before it is sent, as the backend would. Used for dry runs."""

from __future__ import annotations

import copy
import functools
from typing import Any

import cerberus

from alignak_backend_client._ids import is_object_id
from alignak_backend_client.model import Resource, resources_by_name

_KEPT = ("type", "required", "nullable", "empty", "min", "max", "minlength", "maxlength", "allowed", "regex")

# The backend turns these texts into values before it judges them.
_TRUE, _FALSE = ("true", "1", "on"), ("false", "0", "off")


class _Validator(cerberus.Validator):  # type: ignore[misc]  # cerberus ships no types
    """Cerberus with the backend's own types."""

    types_mapping = cerberus.Validator.types_mapping.copy()

    def _check_with_objectid(self, field: str, value: Any) -> None:
        if not (isinstance(value, str) and is_object_id(value)):
            self._error(field, f"value {value!r} cannot be converted to a ObjectId")

    def _check_with_point(self, field: str, value: Any) -> None:
        valid = (
            isinstance(value, dict)
            and set(value) == {"type", "coordinates"}
            and value["type"] == "Point"
            and isinstance(value["coordinates"], list)
        )
        if not valid:
            self._error(field, f"Point not correct {value}")


def _rules(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a field's schema in the terms of Cerberus."""
    rules = {name: copy.copy(schema[name]) for name in _KEPT if name in schema}
    if rules["type"] in ("objectid", "point"):
        rules["check_with"] = rules.pop("type")
    if isinstance(schema.get("schema"), dict) and "type" in schema["schema"]:
        rules["schema"] = _rules(schema["schema"])
    return rules


@functools.cache
def _validator(resource: str) -> Any:
    model = resources_by_name()[resource]
    schema = {name: _rules(field) for name, field in model.fields.items()}
    schema.setdefault("_id", {"check_with": "objectid"})
    return _Validator(schema, allow_unknown=model.allow_unknown)


def issues(resource: Resource, data: dict[str, Any], *, update: bool) -> dict[str, Any]:
    """Return what the backend would find wrong with an item, by field; empty when nothing is.

    Args:
        resource: the item's resource.
        data: what would be sent: links are ids.
        update: True for a change, which needs no required fields.
    """
    validator = _validator(resource.name)
    filled = {name: _coerced(resource.fields.get(name, {}), value) for name, value in data.items()}
    required = {name for name, schema in resource.fields.items() if schema.get("required")}
    # Filled in by the backend, so their absence is no error.
    filled_in = {"host": {"_realm"}, "service": {"_realm"}, "user": _periods(data), "realm": set()}
    missing = set() if update else required - data.keys() - filled_in.get(resource.name, set())
    if missing and "_templates" in data and data["_templates"]:
        missing &= {"_realm", "name"}
    validator.validate(filled, update=True)
    found: dict[str, Any] = dict(validator.errors)
    return found | dict.fromkeys(sorted(missing), "required field")


def _periods(data: dict[str, Any]) -> set[str]:
    """Return the fields of a user that the backend fills in when the user has no templates."""
    return set() if data.get("_templates") else {"host_notification_period", "service_notification_period"}


def _coerced(schema: dict[str, Any], value: Any) -> Any:
    """Return a value as the backend reads it: texts that are numbers or truth values become such."""
    kind = schema.get("type")
    if kind == "integer" and isinstance(value, str | float):
        try:
            return int(value)
        except (ValueError, OverflowError):
            return value
    if kind == "boolean" and isinstance(value, str) and value.lower() in _TRUE + _FALSE:
        return value.lower() in _TRUE
    return value
