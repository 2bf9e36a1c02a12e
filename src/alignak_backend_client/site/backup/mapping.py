"""Existing items of a backend before a restore, and their ids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.catalog import check_items, read_types
from alignak_backend_client.items.names.references import full_name, show
from alignak_backend_client.items.writing.existing import generated_key, is_generated
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.model.start_documents import START_NAMES
from alignak_backend_client.site.backup.file import ORDER, Backup, Ids

ACTIONS: Final = {
    "actionacknowledge": ("ack.add", "ack.delete"),
    "actiondowntime": ("downtime.add", "downtime.delete"),
    "actionforcecheck": ("check.request",),
}
"""The history events that the backend creates with new actions, by resource."""
EVENTS: Final = frozenset(event for events in ACTIONS.values() for event in events)

_SHOWN: Final = 3
_COMPARED: Final = ("name", "host", "_parent", "_realm", "_is_template", "_templates_from_host_template")
_OWN_FIELDS: Final = ("user", "type", "logcheckresult")


class Mapping:
    """Maps the ids of a backup to those in the backend.

    Most items keep their ids. The exceptions are the items of every new backend, and existing items with the same name.

    Attributes:
        foreign: the number of items of each type that are not in the backup.
    """

    def __init__(self, writer: Writer, backup: Backup) -> None:
        """Read the ids and keys of both.

        Raises:
            BackendException: the request failed.
            ItemError: the response is not that of a backend.
        """
        self._backup = backup
        self._ids: dict[str, dict[str, str]] = {name: {} for name in ORDER}
        self._known: dict[str, Ids] = {name: Ids() for name in ORDER}
        self._keys: dict[str, dict[tuple[str, ...], str]] = {}
        self.foreign: dict[str, int] = {}
        self._names: list[str] = []
        self._is_source = False
        public = read_types(writer.backend)
        for name in ORDER:
            if name in public:
                self._read_existing(writer, resources_by_name()[name])
        for name in ORDER:
            if self._keys.get(name):
                self._match(resources_by_name()[name])

    def id(self, resource: str, identity: str) -> str:
        """Return the id in the backend of an item of the backup."""
        return self._ids[resource].get(identity, identity)

    def existed(self, resource: str, identity: str) -> bool:
        """Return True if the backend had an item with this id before."""
        return identity in self._known[resource]

    def is_moved(self, resource: str, identity: str) -> bool:
        """Return True if an item of the backup has another id in the backend."""
        return identity in self._ids[resource]

    def links_to(self, resource: str, identity: str) -> str | None:
        """Return the target of a link in the backend; None if it is not in the backup."""
        return self.id(resource, identity) if identity in self._backup.ids[resource] else None

    def moved(self, resource: str) -> set[str]:
        """Return the ids in the backend of items that do not keep their ids."""
        return set(self._ids[resource].values())

    def check_empty(self) -> None:
        """Reject a backend with items other than those of the backup and of every new backend.

        Raises:
            ItemError: there are such items.
        """
        if self.foreign:
            model = resources_by_name()
            counts = ", ".join(model[name].format_count(number) for name, number in self.foreign.items())
            raise ItemError(
                f"The backend is not empty: it has {counts} that the backup does not have"
                f"{' (' + ', '.join(self._names) + ')' if self._names else ''}; restore to an empty backend, or use "
                "--overwrite to keep these and reset the items of the backup"
            )

    def _read_existing(self, writer: Writer, resource: Resource) -> None:
        """Record the items of a resource in the backend."""
        name = resource.name
        own = self._backup.ids[name]
        foreign: list[Any] = []
        side_effects: list[Any] = []
        begun = False
        for item in self._list(writer, resource):
            identity = item["_id"]
            self._known[name].add(identity)
            if identity in own:
                begun = True
                # Other backends have another id for the root of the realms.
                self._is_source |= name == "realm" and item.get("_parent") is None
                continue
            key = _key(resource, item)
            # The automatic right of a new user is replaced by those of the backup.
            if key is not None and not (name == "userrestrictrole" and item.get("user") in self._backup.ids["user"]):
                self._keys.setdefault(name, {})[key] = identity
            if self._is_side_effect(name, item):
                side_effects.append(item.get("name"))
            elif not self._is_start_item(resource, item):
                foreign.append(item.get("name"))
        # An interrupted run removes side effects before it creates the first item of the type.
        if self._is_source or (begun and name != "history"):
            foreign += side_effects
        if foreign:
            self.foreign[name] = len(foreign)
            self._names += [show(one) for one in foreign if isinstance(one, str)][: _SHOWN - len(self._names)]

    def _list(self, writer: Writer, resource: Resource) -> Iterator[dict[str, Any]]:
        fields = {one for one in (*_COMPARED, *_OWN_FIELDS, *resource.made_by_backend) if one in resource.fields}
        projection = {} if resource.allow_unknown else {"projection": dict.fromkeys(sorted(fields), 1)}
        for page in writer.backend.pages(resource.name, projection):
            yield from check_items(resource.name, page.items())

    def _is_start_item(self, resource: Resource, item: dict[str, Any]) -> bool:
        """Return True for items of every new backend."""
        name = resource.name
        if name == "userrestrictrole":
            return item.get("user") in self._keys.get("user", {}).values()
        return (
            name == "livesynthesis"
            or (_key(resource, item) or ("",))[-1] in START_NAMES.get(name, ())
            or (resource.is_tree and item.get("_parent") is None)
        )

    def _is_side_effect(self, name: str, item: dict[str, Any]) -> bool:
        """Return True for items like those that the backend creates during a restore."""
        ids = self._backup.ids
        match name:
            case "userrestrictrole":
                return item.get("user") in ids["user"]
            case "service":
                return is_generated(item) and item.get("host") in ids["host"]
            case "history":
                return str(item.get("type")) in EVENTS or item.get("logcheckresult") in ids["logcheckresult"]
        return False

    def _match(self, resource: Resource) -> None:
        """Find the items of the backup that exist with other ids."""
        keys = self._keys[resource.name]
        for item in self._backup.items(resource.name):
            identity = item["_id"]
            if identity in self._known[resource.name]:
                continue
            key = _key(resource, self._with_mapped_key(resource, item))
            if key is not None and (there := keys.pop(key, None)) is not None:
                self._ids[resource.name][identity] = there

    def _with_mapped_key(self, resource: Resource, item: dict[str, Any]) -> dict[str, Any]:
        """Return an item with the ids of the backend in those links that are part of its key."""
        changed = dict(item)
        for field in (*resource.key, *resource.made_by_backend):
            if field in resource.links and isinstance(item.get(field), str):
                changed[field] = self.id(resource.links[field].resource, item[field])
        return changed


def _is_root(resource: Resource, item: dict[str, Any]) -> bool:
    return resource.is_tree and item.get("_parent", "") is None


def _key(resource: Resource, item: dict[str, Any]) -> tuple[str, ...] | None:
    """Return a key that identifies an item in any backend; None if only its id does."""
    if _is_root(resource, item):
        return ("", "")  # the root, whatever its name
    if resource.made_by_backend:
        return ("", generated_key(resource, item) or "")
    values = [value for field in resource.key if isinstance(value := item.get(field), str)]
    return tuple(values) if values and len(values) == len(resource.key) else None


def item_name(resource: Resource, item: dict[str, Any], hosts: dict[str, str]) -> str:
    """Return the name of an item of a backup for messages."""
    host = item.get("host")
    if resource.key == ("host", "name") and isinstance(host, str):
        item = {**item, "host": hosts.get(host, host)}
    return full_name(resource, item) if resource.key else str(item.get("name") or "")
