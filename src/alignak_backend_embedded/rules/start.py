"""The documents that the backend needs: made at the start when they are missing."""

from __future__ import annotations

from typing import Any, Final

from bson import ObjectId

from alignak_backend_embedded.domain.context import store
from alignak_backend_embedded.domain.persistence import insert
from alignak_backend_embedded.rules.livesynthesis import ensure
from alignak_backend_embedded.store.access import Document

_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_GROUPS: Final = {"usergroup": "All users", "hostgroup": "All hosts", "servicegroup": "All services"}
_ALWAYS_UP: Final = "Host/service is always UP/OK"


def _ensure(resource: str, name: str, **fields: Any) -> ObjectId:
    """Return the id of the item of this name, made now when it is missing."""
    found = store().find_one(resource, {"name": name}, {"_id": 1})
    if found is None:
        found = insert(resource, [{"name": name, **fields}])[0]
    identifier: ObjectId = found["_id"]
    return identifier


def _ensure_admin(fields: Document, period: ObjectId, password: str) -> None:
    if store().find_one("user", {"back_role_super_admin": True}, {"_id": 1}) is not None:
        return
    insert(
        "user",
        [
            {
                **fields,
                "name": "admin",
                "alias": "Administrator",
                "password": password,
                "back_role_super_admin": True,
                "is_admin": True,
                "can_update_livestate": True,
                "can_submit_commands": True,
                "skill_level": 2,
                "host_notification_period": period,
                "service_notification_period": period,
                "_templates": [],
                "_template_fields": [],
            }
        ],
    )


def _make_missing(admin_password: str) -> None:
    realm = _ensure("realm", "All", default=True, _parent=None)
    fields = {"_realm": realm, "_sub_realm": True}
    for resource, alias in _GROUPS.items():
        _ensure(resource, "All", alias=alias, _parent=None, **fields)
    ranges = [{day: "00:00-24:00"} for day in _DAYS]
    always = _ensure(
        "timeperiod", "24x7", alias="All time default 24x7", is_active=True, dateranges=ranges, exclude=[], **fields
    )
    _ensure("timeperiod", "Never", alias="No time is a good time", is_active=True, dateranges=[], **fields)
    up = _ensure("command", "_internal_host_up", alias=_ALWAYS_UP, command_line="_internal_host_up", **fields)
    _ensure("command", "_echo", alias=_ALWAYS_UP, command_line="_echo", **fields)
    _ensure(
        "host",
        "_dummy",
        alias="Dummy host for services templates",
        _is_template=True,
        _templates_with_services=False,
        check_command=up,
        **fields,
    )
    _ensure_admin(fields, always, admin_password)
    ensure(found["_id"] for found in store().find("realm", {}, projection={"_id": 1}))


def start(admin_password: str) -> None:
    """Make what is missing, in one transaction."""
    with store().transaction():
        _make_missing(admin_password)
