"""What is deleted together with items, and what still links to them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any, Final, NamedTuple

from alignak_backend_client.client import Backend
from alignak_backend_client.items.names.catalog import read_all
from alignak_backend_client.items.names.references import link_targets
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.model import Link, Resource, public_resources

_IDS_PER_QUERY: Final = 80
_QUERIES: Final = 10
_SHOWN: Final = 3


class User(NamedTuple):
    """An item that links to one that is deleted."""

    resource: Resource
    item: dict[str, Any]


class Usage:
    """What goes with items, and what uses them.

    Attributes:
        services: ids of the services that the backend deletes along, by the id of the item they go with.
        users: items that link to those that are deleted, by the id of the item that they link to. Of them, only
            configuration counts, and no rights.
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
            for item in _holding(writer.backend, other, links, gone):
                if item["_id"] not in leaving:
                    for one in _held(item, links) & gone:
                        self.users.setdefault(one, []).append(User(other, item))

    def _services(self, resource: Resource, items: Collection[dict[str, Any]]) -> set[str]:
        """Return the services that go with hosts, or follow service templates, over any number of levels."""
        service = public_resources()["service"]
        field = "host" if resource.name == "host" else "_templates"
        above = {item["_id"]: item["_id"] for item in items if field == "host" or item.get("_is_template")}
        found: set[str] = set()
        while above:
            below: dict[str, str] = {}
            for item in _holding(self._writer.backend, service, [field], above.keys()):
                if item["_id"] in found:
                    continue
                found.add(item["_id"])
                origin = next(above[one] for one in _held(item, [field]) if one in above)
                self.services.setdefault(origin, set()).add(item["_id"])
                if item.get("_is_template"):
                    below[item["_id"]] = origin
            field, above = "_templates", below
        return found

    def in_words(self, *ids: str) -> str:
        """Return what uses some items: numbers a type, up to three names of each; empty when nothing does."""
        kinds: dict[str, dict[str, User]] = {}
        for one in ids:
            for user in self.users.get(one, ()):
                kinds.setdefault(user.resource.name, {})[user.item["_id"]] = user
        parts = []
        for users in kinds.values():
            resource = next(iter(users.values())).resource
            self._writer.load_hosts(resource, [user.item for user in users.values()])
            names = [self._writer.name(resource, user.item) or identity for identity, user in users.items()]
            parts.append(counted_names(resource, names))
        return ", ".join(parts)


def counted_names(resource: Resource, names: Collection[str]) -> str:
    """Return how many items of a resource there are, with up to three of their names."""
    shown = ", ".join(sorted(names)[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
    return f"{resource.counted(len(names))} ({shown})"


def links_to(other: Resource, resource: Resource) -> list[Link]:
    """Return the links in which items of a resource use those of another one."""
    return [
        link
        for link in other.links.values()
        if link.resource == resource.name
        and link.field not in other.computed
        and link.field not in other.key  # a service goes with its host
        and not link.field.startswith("_users_")
    ]


def _holding(backend: Backend, other: Resource, links: list[str], ids: Collection[str]) -> Iterator[dict[str, Any]]:
    """Yield the items that hold one of some ids in their links, with names, links, and whether they are templates."""
    projection = {name: 1 for name in ("name", "host", "_is_template", *links) if name in other.fields}
    params = {"projection": json.dumps(projection)}
    wanted, size = sorted(ids), _IDS_PER_QUERY // len(links)
    if len(wanted) > size * _QUERIES:
        yield from (item for item in backend.iterate(other.name, params) if not _held(item, links).isdisjoint(ids))
        return
    for start in range(0, len(wanted), size):
        among = {"$in": wanted[start : start + size]}
        yield from read_all(backend, other.name, params | {"where": json.dumps({"$or": [{f: among} for f in links]})})


def _held(item: dict[str, Any], links: list[str]) -> set[str]:
    """Return the ids that an item holds in its links."""
    return {one for name in links for one in link_targets(item.get(name))}
