"""History entries: missing fields are filled in from the host, the service and the user."""

from __future__ import annotations

from typing import Any

from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.events import Batch
from alignak_backend_embedded.domain.persistence import insert
from alignak_backend_embedded.store.access import Document


def _find(context: Context, resource: str, entry: Document, **more: Any) -> Document | None:
    """Return the item that an entry names, by its id or else by its name."""
    if entry.get(resource) is not None:
        return context.store.find_one(resource, {"_id": entry[resource]})
    if entry.get(f"{resource}_name"):
        return context.store.find_one(resource, {"name": entry[f"{resource}_name"], **more})
    return None


def _complete(context: Context, entry: Document) -> None:
    host = _find(context, "host", entry)
    if host is None:
        return
    entry.update(host=host["_id"], host_name=host["name"])
    entry.update(_realm=host["_realm"], _sub_realm=host.get("_sub_realm", True))
    service = _find(context, "service", entry, host=host["_id"])
    if service is not None and service.get("host") == host["_id"]:
        entry.update(service=service["_id"], service_name=service["name"])
    user = _find(context, "user", entry)
    if user is not None:
        entry.update(user=user["_id"], user_name=user["name"])
    elif not entry.get("user_name"):
        entry.update(user=None, user_name="Alignak")


def complete(context: Context, entries: Batch) -> None:
    """Complete entries whose host is known; others are kept as they are."""
    for entry in entries:
        _complete(context, entry)


def write(context: Context, kind: str, host: Any, service: Any, message: str, **more: Any) -> None:
    """Add an entry to the history.

    Args:
        context: of the request.
        kind: the type of the entry, such as ``ack.add``.
        host: id of the host.
        service: id of the service, or None.
        message: its text.
        **more: further fields.
    """
    entry = {"type": kind, "host": host, "service": service, "message": message, **more}
    if service is None:
        entry["service_name"] = ""
    insert(context, "history", [entry])
