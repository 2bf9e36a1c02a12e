"""References that the backend fills in when a new item names none."""

from __future__ import annotations

from bson import ObjectId

from alignak_backend_embedded.domain.context import caller_or_none, store
from alignak_backend_embedded.domain.events import on
from alignak_backend_embedded.store.access import Document


def _id_of(resource: str, name: str) -> ObjectId | None:
    found = store().find_one(resource, {"name": name}, {"_id": 1})
    return None if found is None else found["_id"]


def _fill(items: list[Document], field: str, resource: str, name: str) -> None:
    missing = [item for item in items if field not in item]
    found = _id_of(resource, name) if missing else None
    for item in missing:
        if found is not None:
            item[field] = found


def _own_realm(items: list[Document]) -> None:
    who = caller_or_none()
    if who is not None and who.user.get("_realm") is not None:
        for item in items:
            item.setdefault("_realm", who.user["_realm"])


@on("prepare", "host")
def host_defaults(items: list[Document]) -> None:
    """Give hosts the check command that says UP, and the caller's realm."""
    _fill(items, "check_command", "command", "_internal_host_up")
    _own_realm(items)


@on("prepare", "service")
def service_defaults(items: list[Document]) -> None:
    """Give services the check command that says OK, and the caller's realm."""
    _fill(items, "check_command", "command", "_echo")
    _own_realm(items)


@on("prepare", "hostescalation", "serviceescalation")
def escalation_defaults(items: list[Document]) -> None:
    """Let escalations happen at any time."""
    _fill(items, "escalation_period", "timeperiod", "24x7")
