"""Fields that items of several resources have in common, and values of fields that need care."""

from __future__ import annotations

from typing import Any, Final

AUTOMATIC: Final[dict[str, dict[str, Any]]] = {
    "_id": {"type": "objectid"},
    "_created": {"type": "datetime"},
    "_updated": {"type": "datetime"},
    "_etag": {"type": "string"},
}
"""Fields that the backend gives to every item that it stores, with their schemas."""

META: Final = frozenset({"_created", "_updated", "_etag", "_links", "_status"})
"""Fields that the backend adds to every item that it sends. It refuses them in what is sent to it."""

TEMPLATE_FIELDS: Final = "_template_fields"
"""The names of the fields in which an item follows its templates."""

LIVE_STATE_PREFIX: Final = "ls_"
"""How the fields of hosts and services begin that check results change."""


def is_live_state(field: str) -> bool:
    """Tell whether the monitoring changes a field of a host or service all the time: a dump has it as it was."""
    return field.startswith(LIVE_STATE_PREFIX) or field == "_overall_state_id"


def is_refused_back(schema: dict[str, Any], value: Any) -> bool:
    """Return True for a value that the backend gives to a field by itself, and refuses when it is sent back.

    These are a default with elements that are not allowed (hostdependency), and the empty name of no service in a
    check result.
    """
    if value == "":
        return "regex" in schema and not schema.get("required")
    default, allowed = schema.get("default"), schema.get("allowed")
    if not isinstance(default, list) or not isinstance(allowed, list):
        return False
    return value == default and not set(default) <= set(allowed)
