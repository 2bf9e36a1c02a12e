"""What the backend does by itself for some resources, and what therefore is not sent or not shown."""

from __future__ import annotations

from typing import Any, Final

META: Final = frozenset({"_created", "_updated", "_etag", "_links", "_status"})
"""Fields that the backend adds to every item. It refuses them in what is sent."""

SECRETS: Final = {"user": frozenset({"password", "token"})}
"""Fields that are never shown or dumped: the hash of a password is of no use, a token is a login."""

COMPUTED: Final = {
    "realm": frozenset({"_level", "_tree_parents", "_children", "_all_children"}),
    "hostgroup": frozenset({"_level", "_tree_parents"}),
    "servicegroup": frozenset({"_level", "_tree_parents"}),
    "usergroup": frozenset({"_level", "_tree_parents"}),
    "alignakretention": frozenset({"_user"}),
}
"""Fields that the backend computes from others. Sending them is refused, or does harm."""

START_DOCUMENTS: Final = {
    "realm": frozenset({"All"}),
    "hostgroup": frozenset({"All"}),
    "servicegroup": frozenset({"All"}),
    "usergroup": frozenset({"All"}),
    "timeperiod": frozenset({"24x7", "Never"}),
    "command": frozenset({"_internal_host_up", "_echo"}),
    "host": frozenset({"_dummy"}),
    "user": frozenset({"admin"}),
}
"""Items that every backend has from its first start and does not let anybody delete."""

TEMPLATE_FIELDS: Final = "_template_fields"
"""The names of the fields in which an item follows its templates."""

CUMULATIVE: Final = {
    "host": ("tags", "users", "usergroups", "customs"),
    "service": ("tags", "users", "usergroups", "customs"),
    "user": ("tags", "host_notification_commands", "service_notification_commands", "customs"),
}
"""Fields of a new item that the backend merges with those of its templates, whatever was sent."""

MADE_BY_BACKEND: Final = {
    "userrestrictrole": ("user", "realm", "sub_realm", "resource", "crud"),
    "livesynthesis": ("_realm",),
}
"""Resources without names whose items the backend makes with others, and the fields that tell them apart.

It makes a restriction role with each user, and a live synthesis with the first host of a realm.
"""

REALM_FILLED_IN: Final = frozenset({"host", "service"})
"""Resources whose missing ``_realm`` the backend fills in with the realm of the user."""

TEMPLATE_HOST: Final = "_dummy"
"""The host of service templates that belong to no host template."""


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
