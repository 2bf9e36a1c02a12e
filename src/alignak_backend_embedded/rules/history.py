"""History entries: missing fields are filled in from the host, the service and the user."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.events import Batch
from alignak_backend_embedded.domain.persistence import insert
from alignak_backend_embedded.rules.services import find_by_keys
from alignak_backend_embedded.store.access import Document

Name = Any
"""The key of an item without its id: its name; for a service, its host and its name."""

_FIELDS: Final = {
    "host": {"name": 1, "_realm": 1, "_sub_realm": 1},
    "service": {"name": 1, "host": 1},
    "user": {"name": 1},
}


class _LinkedItems:
    """The items of entries by id or by name, read with one query each."""

    def __init__(self, context: Context, resource: str, entries: Iterable[tuple[Document, Name]]) -> None:
        ids, names = set(), set()
        for entry, name in entries:
            if entry.get(resource) is not None:
                ids.add(entry[resource])
            elif entry.get(f"{resource}_name"):
                names.add(name)
        self._resource = resource
        self.by_id: dict[Any, Document] = {}
        self.by_name: dict[Any, Document] = {}
        fields = _FIELDS[resource]
        if ids:
            found = context.store.find(resource, {"_id": {"$in": list(ids)}}, projection=fields)
            self.by_id = {item["_id"]: item for item in found}
        if names and resource == "service":
            self.by_name = find_by_keys(context, names, fields)
        elif names:
            found = context.store.find(resource, {"name": {"$in": list(names)}}, projection=fields)
            for item in found:
                self.by_name.setdefault(item["name"], item)

    def get(self, entry: Document, name: Name) -> Document | None:
        """Return the item of an entry."""
        if entry.get(self._resource) is not None:
            return self.by_id.get(entry[self._resource])
        return self.by_name.get(name)


def complete(context: Context, entries: Batch) -> None:
    """Complete entries whose host is known; others are not changed."""
    _complete(context, [entry for entry, _ in entries.valid_items()])


def _complete(context: Context, entries: Sequence[Document]) -> None:
    hosts = _LinkedItems(context, "host", ((entry, entry.get("host_name")) for entry in entries))
    placed = [(entry, host) for entry in entries if (host := hosts.get(entry, entry.get("host_name")))]
    keys = [(entry, (host["_id"], entry.get("service_name"))) for entry, host in placed]
    services = _LinkedItems(context, "service", keys)
    users = _LinkedItems(context, "user", ((entry, entry.get("user_name")) for entry, _ in placed))
    for (entry, host), (_, key) in zip(placed, keys, strict=True):
        service, user = services.get(entry, key), users.get(entry, entry.get("user_name"))
        entry.update(host=host["_id"], host_name=host["name"])
        entry.update(_realm=host["_realm"], _sub_realm=host.get("_sub_realm", True))
        if service is not None and service.get("host") == host["_id"]:
            entry.update(service=service["_id"], service_name=service["name"])
        if user is not None:
            entry.update(user=user["_id"], user_name=user["name"])
        elif not entry.get("user_name"):
            entry.update(user=None, user_name="Alignak")


def new_entry(kind: str, host: Any, service: Any, message: str, **more: Any) -> Document:
    """Return an entry of the history.

    Args:
        kind: its type, such as ``ack.add``.
        host: id of the host.
        service: id of the service, or None.
        message: its text.
        **more: further fields.
    """
    entry = {"type": kind, "host": host, "service": service, "message": message, **more}
    if service is None:
        entry["service_name"] = ""
    return entry


def add_entries(context: Context, entries: Sequence[Document]) -> None:
    """Complete entries, and add them to the history."""
    if entries:
        _complete(context, entries)
        insert(context, "history", entries)
