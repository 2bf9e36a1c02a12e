"""The ids and names of all items of a backend, in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final, NamedTuple

from alignak_backend_client.client import Backend
from alignak_backend_client.items.names.catalog import check_items, read_types
from alignak_backend_client.model import Resource, public_resources, resources_by_name

PAGE: Final = 1000
"""Items in memory at a time."""

CHECKED: Final = tuple(
    name
    for name, resource in public_resources().items()
    if resource.kind == "configuration" or name in ("livesynthesis", "alignakdaemon", "alignak")
)
"""The checked types. Events and requests may refer to deleted items."""

MEMBERS: Final = {"hostgroup": "hostgroups", "servicegroup": "servicegroups", "usergroup": "usergroups"}
"""The link of each type of groups to nested groups."""


class Known(NamedTuple):
    """Name and host of an item."""

    name: str
    host: str


class Inventory:
    """The items of a backend.

    Attributes:
        items: the items by type and id.
        types: the checked types that the backend has.
    """

    def __init__(self, backend: Backend) -> None:
        """Read the ids and names.

        Raises:
            BackendException: the request failed.
            ItemError: the response is not that of a backend.
        """
        self._backend = backend
        there = read_types(backend)
        self.types = [name for name in CHECKED if name in there]
        self.items: dict[str, dict[str, Known]] = {}
        for name in self.types:
            known = self.items[name] = {}
            for item in self.read(name, ("name", "host")):
                known[item["_id"]] = Known(str(item.get("name") or ""), str(item.get("host") or ""))

    def read(
        self, name: str, fields: Collection[str] | None = None, where: dict[str, Any] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Yield items of a type, with some fields or all."""
        resource = resources_by_name()[name]
        params: dict[str, Any] = {"max_results": PAGE}
        if fields is not None and not resource.allow_unknown:
            wanted = [field for field in fields if field in resource.fields] or ["schema_version"]
            params["projection"] = dict.fromkeys(wanted, 1)
        if where is not None:
            params["where"] = where
        for page in self._backend.pages(name, params):
            yield from check_items(name, page.items())

    def has(self, resource: str, identity: Any) -> bool:
        """Return True if an item exists; always for types that are not checked."""
        return resource not in self.items or identity in self.items[resource]

    def name(self, resource: Resource, identity: str) -> str:
        """Return the full name of an item; for a service without a host, only its name."""
        known = self.items.get(resource.name, {}).get(identity)
        if known is None:
            return ""
        if resource.key != ("host", "name"):
            return known.name if resource.key or resource.has_name else ""
        host = self.items["host"].get(known.host)
        return f"{host.name}/{known.name}" if host else known.name
