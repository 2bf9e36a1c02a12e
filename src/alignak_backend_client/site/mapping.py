"""Existing items of a backend before a restore, and their ids."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.catalog import checked
from alignak_backend_client.items.names.references import full_name, show
from alignak_backend_client.items.writing.existing import twin
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.model.start_documents import START_NAMES
from alignak_backend_client.site.backup_file import ORDER, Backup, Ids

ACTIONS: Final = {
    "actionacknowledge": ("ack.add", "ack.delete", "ack.processed"),
    "actiondowntime": ("downtime.add", "downtime.delete", "downtime.processed"),
    "actionforcecheck": ("check.request", "check.requested"),
}
"""What the backend puts into the history for actions, by their resource."""
_EVENTS: Final = frozenset(event for events in ACTIONS.values() for event in events)

_SHOWN: Final = 3
_COMPARED: Final = ("name", "host", "_parent", "_realm", "_is_template", "_templates_from_host_template")
_OWN_FIELDS: Final = ("user", "type", "logcheckresult")


class Mapping:
    """Under which ids the items of a backup are in a backend, or will be.

    Most keep theirs. What every backend has got its own ids at the first start, and so have items of the same name
    where a backup is restored over others.

    Attributes:
        there: how many items each type had before.
        foreign: how many items of each type are there that the backup does not have.
    """

    def __init__(self, writer: Writer, backup: Backup) -> None:
        """Look at both.

        Raises:
            BackendException: the request failed.
            ItemError: the answer is not that of a backend.
        """
        self._backup = backup
        self._ids: dict[str, dict[str, str]] = {name: {} for name in ORDER}
        self._known: dict[str, Ids] = {name: Ids() for name in ORDER}
        self._keys: dict[str, dict[tuple[str, ...], str]] = {}
        self.there: dict[str, int] = {}
        self.foreign: dict[str, int] = {}
        self._names: list[str] = []
        public = {child["href"] for child in writer.backend.get_domains()}
        for name in ORDER:
            if name in public:
                self._look(writer, resources_by_name()[name])
        for name in ORDER:
            if self._keys.get(name):
                self._match(resources_by_name()[name])

    def id(self, resource: str, identity: str) -> str:
        """Return the id that an item of the backup has in the backend."""
        return self._ids[resource].get(identity, identity)

    def was_there(self, resource: str, identity: str) -> bool:
        """Return whether an item with this id of the backend was there before."""
        return identity in self._known[resource]

    def is_moved(self, resource: str, identity: str) -> bool:
        """Return whether an item of the backup has another id in the backend."""
        return identity in self._ids[resource]

    def links_to(self, resource: str, identity: Any) -> str | None:
        """Return where a link of the backup leads in the backend; None when the backup does not have it."""
        return self.id(resource, identity) if identity in self._backup.ids[resource] else None

    def moved(self, resource: str) -> set[str]:
        """Return the ids of the backend that items of the backup have in the place of theirs."""
        return set(self._ids[resource].values())

    def check_empty(self) -> None:
        """Reject a backend that has more than the backup, and what every backend has.

        Raises:
            ItemError: it has.
        """
        if self.foreign:
            model = resources_by_name()
            counts = ", ".join(model[name].counted(number) for name, number in self.foreign.items())
            raise ItemError(
                f"The backend is not empty: it has {counts} that the backup does not have"
                f"{' (' + ', '.join(self._names) + ')' if self._names else ''}; restore to an empty backend, or use "
                "--overwrite: then these stay, and what the backup has is made as it was"
            )

    def _look(self, writer: Writer, resource: Resource) -> None:
        """Record what the backend has of a resource."""
        name = resource.name
        own = self._backup.ids[name]
        for item in self._listed(writer, resource):
            identity = item["_id"]
            self.there[name] = self.there.get(name, 0) + 1
            self._known[name].add(identity)
            if identity in own:
                continue
            key = _key(resource, item)
            # A right that a new user got by itself gives way to those of the backup.
            if key is not None and not (name == "userrestrictrole" and item.get("user") in self._backup.ids["user"]):
                self._keys.setdefault(name, {})[key] = identity
            if not self._is_expected(resource, item):
                self.foreign[name] = self.foreign.get(name, 0) + 1
                if len(self._names) < _SHOWN and isinstance(item.get("name"), str):
                    self._names.append(show(item["name"]))

    def _listed(self, writer: Writer, resource: Resource) -> Iterator[dict[str, Any]]:
        fields = {one for one in (*_COMPARED, *_OWN_FIELDS, *resource.made_by_backend) if one in resource.fields}
        projection = {} if resource.allow_unknown else {"projection": json.dumps(dict.fromkeys(sorted(fields), 1))}
        for page in writer.backend.pages(resource.name, projection):
            yield from checked(resource.name, page.items())

    def _is_expected(self, resource: Resource, item: dict[str, Any]) -> bool:
        """Return whether every backend has an item, or makes it by itself while others are restored."""
        name, ids = resource.name, self._backup.ids
        if (_key(resource, item) or ("",))[-1] in START_NAMES.get(name, ()) or (
            resource.is_tree and item.get("_parent") is None
        ):
            return True
        match name:
            case "livesynthesis":
                return True
            case "userrestrictrole":
                user = item.get("user")
                return user in ids["user"] or user in list(self._keys.get("user", {}).values())
            case "service":
                made = item.get("_templates_from_host_template") is True and item.get("_is_template") is not True
                return made and item.get("host") in ids["host"]
            case "history":
                return str(item.get("type")) in _EVENTS or item.get("logcheckresult") in ids["logcheckresult"]
        return False

    def _match(self, resource: Resource) -> None:
        """Find the items of the backup that are there under other ids."""
        keys = self._keys[resource.name]
        for item in self._backup.items(resource.name):
            identity = item["_id"]
            if identity in self._known[resource.name]:
                continue
            key = _key(resource, self._mapped(resource, item))
            if key is not None and (there := keys.pop(key, None)) is not None:
                self._ids[resource.name][identity] = there

    def _mapped(self, resource: Resource, item: dict[str, Any]) -> dict[str, Any]:
        """Return an item with the links that are a part of its key as they are in the backend."""
        changed = dict(item)
        for field in (*resource.key, *resource.made_by_backend):
            if field in resource.links and isinstance(item.get(field), str):
                changed[field] = self.id(resource.links[field].resource, item[field])
        return changed


def _is_root(resource: Resource, item: dict[str, Any]) -> bool:
    return resource.is_tree and item.get("_parent", "") is None


def _key(resource: Resource, item: dict[str, Any]) -> tuple[str, ...] | None:
    """Return what tells an item from others of its type in any backend; None if only the id does."""
    if _is_root(resource, item):
        return ("", "")  # the root, whatever it is called
    if resource.made_by_backend:
        return ("", twin(resource, item) or "")
    values = [value for field in resource.key if isinstance(value := item.get(field), str)]
    return tuple(values) if values and len(values) == len(resource.key) else None


def named(resource: Resource, item: dict[str, Any], hosts: dict[str, str]) -> str:
    """Return how messages call an item of a backup."""
    host = item.get("host")
    if resource.key == ("host", "name") and isinstance(host, str):
        item = {**item, "host": hosts.get(host, host)}
    return full_name(resource, item) if resource.key else str(item.get("name") or "")
