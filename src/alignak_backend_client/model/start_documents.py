"""The items that every new backend has, and that cannot be deleted."""

from __future__ import annotations

from typing import Any, Final

DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ROOT: Final = "All"
"""The name of the root of realms and groups."""
TEMPLATE_HOST: Final = "_dummy"
"""The host of service templates that belong to no host template."""
ADMINISTRATOR: Final = "admin"
FIRST_PASSWORD: Final = "admin"  # noqa: S105 - the documented one of the Alignak backend

_ALWAYS_UP: Final = "Host/service is always UP/OK"
_PLACE: Final[dict[str, Any]] = {"_realm": ROOT, "_sub_realm": True}

START_DOCUMENTS: Final[dict[str, tuple[dict[str, Any], ...]]] = {
    "realm": ({"name": ROOT, "alias": ROOT, "default": True, "_parent": None},),
    "usergroup": ({"name": ROOT, "alias": "All users", "_parent": None, **_PLACE},),
    "hostgroup": ({"name": ROOT, "alias": "All hosts", "_parent": None, **_PLACE},),
    "servicegroup": ({"name": ROOT, "alias": "All services", "_parent": None, **_PLACE},),
    "timeperiod": (
        {
            "name": "24x7",
            "alias": "All time default 24x7",
            "is_active": True,
            "dateranges": [{day: "00:00-24:00"} for day in DAYS],
            "exclude": [],
            **_PLACE,
        },
        {"name": "Never", "alias": "No time is a good time", "is_active": True, "dateranges": [], **_PLACE},
    ),
    "command": (
        {"name": "_internal_host_up", "alias": _ALWAYS_UP, "command_line": "_internal_host_up", **_PLACE},
        {"name": "_echo", "alias": _ALWAYS_UP, "command_line": "_echo", **_PLACE},
    ),
    "host": (
        {
            "name": TEMPLATE_HOST,
            "alias": "Dummy host for services templates",
            "_is_template": True,
            "_templates_with_services": False,
            "check_command": "_internal_host_up",
            **_PLACE,
        },
    ),
    "user": (
        {
            "name": ADMINISTRATOR,
            "alias": "Administrator",
            "back_role_super_admin": True,
            "is_admin": True,
            "can_update_livestate": True,
            "can_submit_commands": True,
            "skill_level": 2,
            "host_notification_period": "24x7",
            "service_notification_period": "24x7",
            "_templates": [],
            "_template_fields": [],
            **_PLACE,
        },
    ),
}
"""Fields of these items by resource, in the order of creation, with names in links; other fields have their default.

The administrator has the password :data:`FIRST_PASSWORD`, unless another one is given when the backend starts, and is
only created if there is no other super administrator.
"""

START_NAMES: Final = {
    resource: frozenset(document["name"] for document in documents) for resource, documents in START_DOCUMENTS.items()
}
"""The names of these items, by resource."""
