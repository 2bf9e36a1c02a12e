"""The services deleted together with items, and the items that still link to them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final, NamedTuple

from alignak_backend_client.client import Backend
from alignak_backend_client.items.names.catalog import read_all
from alignak_backend_client.items.names.finding import IDS_PER_QUERY, QUERIES
from alignak_backend_client.items.names.references import link_targets
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.model import Link, Resource, public_resources

_SHOWN: Final = 3


class User(NamedTuple):
    """An item that links to one that is deleted."""

    resource: Resource
    item: dict[str, Any]


class Usage:
    """The services deleted with items, and the users of the items.

    Attributes:
        services: ids of the services that the backend also deletes, by the id of the deleted item.
        users: the configuration items that link to deleted ones, by the id of the latter; without rights.
    """

    def __init__(self, writer: Writer, resource: Resource, items: Collection[dict[str, Any]]) -> None:
        self._writer = writer
        self.services: dict[str, set[str]] = {}
        self.users: dict[str, list[User]] = {}
        gone = {item["_id"] for item in items}
        services = self._services(resource, items) if resource.name in ("host", "service") else set()
        for other in public_resources().values():
            links = [link.field for link in links_to(other, resource)]
            if other.kind != "configuration" or other.made_by_backend or not links:
                continue
            leaving = (gone if other.name == resource.name else set()) | (
                services if other.name == "service" else set()
            )
            for item in _read_linking(writer.backend, other, links, gone):
                if item["_id"] not in leaving:
                    for one in _linked_ids(item, links) & gone:
                        self.users.setdefault(one, []).append(User(other, item))

    def _services(self, resource: Resource, items: Collection[dict[str, Any]]) -> set[str]:
        """Return the services of hosts, or those that use service templates, over any number of levels."""
        service = public_resources()["service"]
        field = "host" if resource.name == "host" else "_templates"
        above = {item["_id"]: item["_id"] for item in items if field == "host" or item.get("_is_template")}
        found: set[str] = set()
        while above:
            below: dict[str, str] = {}
            for item in _read_linking(self._writer.backend, service, [field], above.keys()):
                if item["_id"] in found:
                    continue
                found.add(item["_id"])
                origin = next(above[one] for one in _linked_ids(item, [field]) if one in above)
                self.services.setdefault(origin, set()).add(item["_id"])
                if item.get("_is_template"):
                    below[item["_id"]] = origin
            field, above = "_templates", below
        return found

    def describe(self, *ids: str) -> str:
        """Return the users of some items in words: the number for each type, and up to three names."""
        kinds: dict[str, dict[str, User]] = {}
        for one in ids:
            for user in self.users.get(one, ()):
                kinds.setdefault(user.resource.name, {})[user.item["_id"]] = user
        parts = []
        for users in kinds.values():
            resource = next(iter(users.values())).resource
            self._writer.load_hosts(resource, [user.item for user in users.values()])
            names = [self._writer.name(resource, user.item) or identity for identity, user in users.items()]
            parts.append(format_names(resource, names))
        return ", ".join(parts)


def format_names(resource: Resource, names: Collection[str]) -> str:
    """Return how many items of a resource there are, with up to three of their names."""
    shown = ", ".join(sorted(names)[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
    return f"{resource.format_count(len(names))} ({shown})"


def links_to(other: Resource, resource: Resource) -> list[Link]:
    """Return the links in which items of a resource use those of another one."""
    return [
        link
        for link in other.links.values()
        if link.resource == resource.name
        and link.field not in other.computed
        and link.field not in other.key  # a service is deleted with its host
        and not link.field.startswith("_users_")
    ]


def _read_linking(
    backend: Backend, other: Resource, links: list[str], ids: Collection[str]
) -> Iterator[dict[str, Any]]:
    """Yield the items with one of the ids in their links: names, links, and whether they are templates."""
    projection = {name: 1 for name in ("name", "host", "_is_template", *links) if name in other.fields}
    params = {"projection": projection}
    wanted, size = sorted(ids), IDS_PER_QUERY // len(links)
    if len(wanted) > size * QUERIES:
        yield from (
            item for item in backend.iterate(other.name, params) if not _linked_ids(item, links).isdisjoint(ids)
        )
        return
    for start in range(0, len(wanted), size):
        among = {"$in": wanted[start : start + size]}
        yield from read_all(backend, other.name, params | {"where": {"$or": [{f: among} for f in links]}})


def _linked_ids(item: dict[str, Any], links: list[str]) -> set[str]:
    """Return the ids in some links of an item."""
    return {one for name in links for one in link_targets(item.get(name))}
