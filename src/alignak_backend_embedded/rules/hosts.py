"""Hosts take their services with them."""

from __future__ import annotations

from alignak_backend_embedded.domain.context import store
from alignak_backend_embedded.domain.events import Change, on
from alignak_backend_embedded.domain.persistence import change as change_item


@on("updated", "host")
def move_services(change: Change) -> None:
    """Move the services of a host with it when its realm changes."""
    if "_realm" in change.updates and change.updates["_realm"] != change.original.get("_realm"):
        for service in list(store().find("service", {"host": change.original["_id"]})):
            change_item("service", service, {"_realm": change.updates["_realm"]})
