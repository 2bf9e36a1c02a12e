"""Hosts take their services with them."""

from __future__ import annotations

from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.events import Change
from alignak_backend_embedded.domain.persistence import change as change_item


def move_services(context: Context, change: Change) -> None:
    """Move the services of a host with it when its realm changes."""
    if "_realm" in change.updates and change.updates["_realm"] != change.original.get("_realm"):
        for service in list(context.store.find("service", {"host": change.original["_id"]})):
            change_item(context, "service", service, {"_realm": change.updates["_realm"]})
