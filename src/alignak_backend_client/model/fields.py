"""Fields that several resources have in common, and fields and values with special treatment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

AUTOMATIC: Final[dict[str, dict[str, Any]]] = {
    "_id": {"type": "objectid"},
    "_created": {"type": "datetime"},
    "_updated": {"type": "datetime"},
    "_etag": {"type": "string"},
}
"""Fields that the backend gives to every item that it stores, with their schemas."""

META: Final = frozenset({"_created", "_updated", "_etag", "_links", "_status"})
"""Fields that the backend adds to every item in its responses, and rejects in requests."""

TEMPLATE_FIELDS: Final = "_template_fields"
"""Field with the names of the fields whose values an item inherits from its templates."""

RARELY_SET: Final = frozenset(
    [
        "schema_version",
        "imported_from",
        "definition_order",
        "display_name",
        "icon_image",
        "icon_image_alt",
        "icon_set",
        "vrml_image",
        "statusmap_image",
        "2d_coords",
        "3d_coords",
        "custom_views",
        "trending_policies",
        "checkmodulations",
        "macromodulations",
        "resultmodulations",
        "business_impact_modulations",
        "service_overrides",
        "service_excludes",
        "service_includes",
        "trigger_name",
        "trigger_broker_raise_enabled",
        "duplicate_foreach",
        "default_value",
        "parallelize_check",
        "notificationways",
        "hosts_critical_threshold",
        "hosts_warning_threshold",
        "services_critical_threshold",
        "services_warning_threshold",
        "global_critical_threshold",
        "global_warning_threshold",
    ]
)
"""Fields that the backend sets or only stores for other programs. Documentation lists them after those people set."""

LIVE_STATE_PREFIX: Final = "ls_"
"""Prefix of the fields of hosts and services that check results update."""


COUNTER_FIELDS: Final = (
    "_realm",
    "_is_template",
    "active_checks_enabled",
    "passive_checks_enabled",
    "ls_acknowledged",
    "ls_downtimed",
    "ls_state",
    "ls_state_type",
)
"""The fields of hosts and services that determine their counter in the live synthesis."""


def known_values(schema: Mapping[str, Any]) -> list[Any]:
    """Return the allowed values of a field or of its elements; empty if any value is allowed."""
    allowed, default = schema.get("allowed"), schema.get("default")
    if not allowed:
        return []
    # One list has elements by default that are not allowed; the backend sends them, and so do dumps.
    return list(dict.fromkeys([*allowed, *(default if isinstance(default, list) else ())]))


def is_live_state(field: str) -> bool:
    """Return True for a field of hosts and services that check results update."""
    return field.startswith(LIVE_STATE_PREFIX) or field == "_overall_state_id"


def may_be_rejected_on_write(schema: dict[str, Any]) -> bool:
    """Return False for a field of which :func:`is_rejected_on_write` is never True."""
    return is_rejected_on_write(schema, "") or is_rejected_on_write(schema, schema.get("default"))


def is_rejected_on_write(schema: dict[str, Any], value: Any) -> bool:
    """Return True for a value that the backend sets itself, but rejects in requests.

    These are a default with elements that are not allowed (hostdependency), and the empty service name in the check
    result of a host.
    """
    if value == "":
        return "regex" in schema and not schema.get("required")
    if not isinstance(value, list) or not isinstance(allowed := schema.get("allowed"), list):
        return False
    return value == schema.get("default") and not set(value) <= set(allowed)
