"""Preparing the items to add: names, links and order, before anything is sent."""

from __future__ import annotations

import graphlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names import links
from alignak_backend_client.items.names.catalog import Catalog
from alignak_backend_client.items.names.finding import split_service
from alignak_backend_client.items.names.references import (
    SERVICES,
    full_name,
    get_reference,
    link_targets,
    service_splits,
    show,
)
from alignak_backend_client.items.writing.batch import Pending
from alignak_backend_client.items.writing.results import Status
from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.model.fields import META, TEMPLATE_FIELDS, is_rejected_on_write
from alignak_backend_client.model.ids import derive_object_id, is_object_id, new_object_id
from alignak_backend_client.model.start_documents import START_NAMES, TEMPLATE_HOST


class Entry(Pending):
    """An item to add.

    Attributes:
        position: its position in the list, from 0.
        data: its fields; links are names, and ids after they were resolved.
        needs: positions of the items that must be written before it.
        exists: the id of the existing item with its name.
        template_fields: the inherited fields, if the data is a dump.
        services: the services in the data of a host.
        filled: fields that the client has filled in.
        error: why it cannot be written.
        skip: True for an item of every new backend.
    """

    def __init__(self, position: int, data: dict[str, Any], name: str, id: str = "") -> None:  # noqa: A002 - its name
        super().__init__(name, id, position + 1)
        self.position = position
        self.data = data
        self.needs: set[int] = set()
        self.exists: str | None = None
        self.template_fields: list[str] | None = None
        self.services: Any = []
        self.filled: set[str] = set()
        self.error: str | None = None
        self.skip = False

    def known_id(self, status: Status, *, dry_run: bool) -> str:
        """Return the id of the item if it exists or was created."""
        created = not dry_run and (status != "failed" or self.unfinished_reason)
        return self.exists or (self.id if created else "")


def prepare(
    catalog: Catalog,
    resource: Resource,
    items: list[dict[str, Any]],
    *,
    templates: list[str] | None,
    own_realm: Callable[[], str],
) -> list[list[Entry]]:
    """Return the items to add in groups, such that each item only links to items of earlier groups.

    Items that cannot be added have an error.

    Args:
        catalog: names and ids.
        resource: what is added.
        items: the data; links are names, ids, or the linked items.
        templates: names of the templates to use instead of those in the data; None to use the latter.
        own_realm: returns the id of the user's realm, for items that need a realm and have none.

    Raises:
        BackendException: the request failed.
    """
    named, unclear = _with_hosts(catalog, resource, items)
    entries = [_entry(resource, position, item, templates) for position, item in enumerate(named)]
    for position, reason in unclear.items():
        entries[position].error = reason
    _look_up(catalog, resource, entries)
    _identify(catalog, resource, entries)
    by_id = {entry.id: entry.position for entry in entries if entry.error is None and not entry.skip}
    for entry in entries:
        if entry.error is None and not entry.skip:
            _resolve(catalog, resource, entry, by_id, own_realm)
    groups, circular = waves({entry.position: entry.needs for entry in entries})
    for position in circular:
        entries[position].error = entries[position].error or "it refers to itself, directly or through other items"
    return [[entries[position] for position in group] for group in [*groups, sorted(circular)] if group]


def waves(needs: Mapping[int, set[int]]) -> tuple[list[list[int]], set[int]]:
    """Return positions in as few groups as possible, each after those it needs, otherwise in the given order.

    Args:
        needs: maps the position of each item to the positions of the items that must come before it.

    Returns:
        The groups, and the positions that are part of a cycle, or need one that is.
    """
    circular: set[int] = set()
    while True:
        sorter = graphlib.TopologicalSorter({one: before for one, before in needs.items() if one not in circular})
        try:
            sorter.prepare()
        except graphlib.CycleError as error:
            circular |= set(error.args[1])
        else:
            break
    groups: list[list[int]] = []
    while sorter.is_active():
        ready = sorter.get_ready()
        sorter.done(*ready)
        # Each comes after those it needs, so one pass is enough.
        circular |= {one for one in ready if needs[one] & circular}
        groups.append(sorted(set(ready) - circular))
    return [group for group in groups if group], circular


def _with_hosts(
    catalog: Catalog, resource: Resource, items: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], dict[int, str]]:
    """Return items with the hosts from names such as ``host/service``; and why some are ambiguous, by position."""
    if resource.key != ("host", "name"):
        return items, {}
    names = [item["name"] for item in items if isinstance(item.get("name"), str) and not item.get("host")]
    catalog.load("host", {host for name in names for host, _ in service_splits(name)})
    named, unclear = list(items), {}
    for position, item in enumerate(items):
        try:
            named[position] = _with_host(catalog, item)
        except ItemError as error:
            unclear[position] = str(error)
    return named, unclear


def _with_host(catalog: Catalog, item: dict[str, Any]) -> dict[str, Any]:
    name = item.get("name")
    if item.get("host") or not isinstance(name, str) or not (splits := service_splits(name)):
        return item
    split = split_service(catalog, name)
    if split is None and item.get("_is_template") is True:
        return item  # it belongs to the host for service templates
    host, service = split or splits[0]
    return {**item, "host": host, "name": service}


def _entry(resource: Resource, position: int, item: dict[str, Any], templates: list[str] | None) -> Entry:
    """Return an item without computed fields, before lookups."""
    omitted = META | resource.computed
    data = {
        name: value
        for name, value in item.items()
        if name not in omitted and not is_rejected_on_write(resource.fields.get(name, {}), value)
    }
    if templates is not None:
        data["_templates"] = list(templates)
    entry = Entry(position, data, full_name(resource, data), id=str(data.get("_id") or ""))
    data.pop("_id", None)
    fields = data.pop(TEMPLATE_FIELDS, None)
    if isinstance(fields, list) and data.get("_templates"):
        entry.template_fields = [name for name in fields if isinstance(name, str)]
    if resource.name == "host" and SERVICES in data:
        entry.services = data.pop(SERVICES)
    if "_parent" in data and data["_parent"] is None:
        # Only the root of a tree has no parent, and it exists already.
        del data["_parent"]
    if resource.key == ("host", "name") and not data.get("host") and data.get("_is_template") is True:
        data["host"] = TEMPLATE_HOST
    if resource.name == "logcheckresult" and not (data.get("service") or data.get("service_name")):
        data.setdefault("last_state", "UP")  # with the default, a state of services, backends keep the host as it is
    _check_key(resource, entry)
    return entry


def _check_key(resource: Resource, entry: Entry) -> None:
    """Set the error of an item whose name is incomplete."""
    name = entry.data.get("name")
    if "name" in resource.key and not (isinstance(name, str) and name.strip()):
        entry.error = "it has no name" if name is None else f"its name is {show(name)}: a text is needed"
    elif "host" in resource.key and not entry.data.get("host"):
        entry.error = f"a service needs a host: use the name host/{name}, or give its host in the data"
    if entry.id and not is_object_id(entry.id):
        entry.id = ""


def _look_up(catalog: Catalog, resource: Resource, entries: list[Entry]) -> None:
    """Look up everything that the items need in one step."""
    usable = [entry for entry in entries if entry.error is None]
    if resource.key:
        names = {entry.data["name"] for entry in usable}
        # Services on many hosts may share a name: look up each name once.
        catalog.load(resource.name, names)
    catalog.load_ids(resource.name, (entry.id for entry in usable if entry.id))
    links.load(catalog, resource, (entry.data for entry in usable))


def _identify(catalog: Catalog, resource: Resource, entries: list[Entry]) -> None:
    """Find out which items exist, and assign ids to the others."""
    seen: dict[tuple[Any, ...], Entry] = {}
    given = {entry.id for entry in entries}
    for entry in entries:
        if entry.error is not None:
            continue
        try:
            key = _key(catalog, resource, entry)
        except ItemError as error:
            entry.error = f"host: {error}"
            continue
        if key and key in seen:
            entry.error = f"it appears twice in the data, first as entry {seen[key].position + 1}"
            continue
        existing = _existing(catalog, resource, entry, key)
        if existing is not None:
            entry.exists = existing
            entry.skip = bool(key) and key[-1] in START_NAMES.get(resource.name, ())
            entry.id = existing
            continue
        if not entry.id or catalog.find(resource.name, entry.id):
            entry.id = new_id(resource, key)
            if entry.id in given:
                entry.id = new_object_id()
        if key:
            seen[key] = entry
            host = key[0] if resource.key == ("host", "name") else None
            catalog.remember(resource.name, {**entry.data, "_id": entry.id, "host": host})


def _key(catalog: Catalog, resource: Resource, entry: Entry) -> tuple[Any, ...]:
    """Return the key of an item; for a service, the id of its host and its name."""
    if resource.key == ("host", "name"):
        reference = get_reference(resources_by_name()["host"], entry.data["host"])
        return catalog.resolve("host", reference).id, entry.data["name"]
    return (entry.data["name"],) if resource.key else ()


def new_id(resource: Resource, key: Sequence[str]) -> str:
    """Return the id for a new item: derived from its key, but random for users and realms.

    Rights and other references to a deleted user or realm must not apply to a new one of the same name.
    """
    return derive_object_id(resource.name, *key) if key and resource.name not in ("realm", "user") else new_object_id()


def random_password() -> str:
    """Return the password of a new user without one; the default password of the backend is public."""
    import secrets  # takes 2 ms, and few items are users

    return secrets.token_urlsafe(24)


def find_existing_ids(catalog: Catalog, resource: Resource, entries: list[Entry]) -> dict[int, str]:
    """Return the ids of existing items with the names of resolved entries, by position.

    Args:
        catalog: an empty catalog.
        resource: of the entries.
        entries: what is looked up.
    """
    if resource.key:
        catalog.load(resource.name, {entry.data["name"] for entry in entries})
    catalog.load_ids(resource.name, (entry.id for entry in entries))
    found = {}
    for entry in entries:
        key = tuple(entry.data[name] for name in resource.key)
        if there := _existing(catalog, resource, entry, key):
            found[entry.position] = there
    return found


def _existing(catalog: Catalog, resource: Resource, entry: Entry, key: tuple[Any, ...]) -> str | None:
    """Return the id of the existing item with the name of an entry."""
    if not key:
        found = catalog.find(resource.name, entry.id) if entry.id else []
        return found[0].id if found else None
    there = catalog.find_by_name(resource.name, key[0]) if len(key) == 1 else catalog.on_host(*key)
    return there[0].id if there else None


def _resolve(
    catalog: Catalog,
    resource: Resource,
    entry: Entry,
    new: dict[str, int],
    own_realm: Callable[[], str],
) -> None:
    """Replace the names in an entry by ids, and record which entries must be written before it."""
    try:
        entry.data = links.to_ids(catalog, resource, entry.data)
    except ItemError as error:
        entry.error = str(error)
        return
    if "_realm" in resource.fields and not entry.data.get("_realm") and not resource.callers_realm:
        entry.data["_realm"] = own_realm()
        entry.filled.add("_realm")
    for name, value in entry.data.items():
        if name in resource.links and resource.links[name].resource == resource.name:
            entry.needs |= {new[identity] for identity in link_targets(value) if identity in new}
