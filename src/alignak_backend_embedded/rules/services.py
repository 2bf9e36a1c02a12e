"""Services: allowed hosts, unique names on a host, and moving with the host."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.errors import NotAllowedError, RuleError
from alignak_backend_embedded.domain.events import Batch, Change
from alignak_backend_embedded.domain.persistence import change as change_item
from alignak_backend_embedded.domain.rights import Action
from alignak_backend_embedded.store.access import Document, Projection
from alignak_backend_embedded.store.object_id import ObjectId

Key = tuple[Any, str]
"""The host and the name of a service, which are unique together."""


def drop_null_host(_context: Context, items: Batch) -> None:
    """Report null as a host as missing."""
    for item in items:
        if item.get("host", "") is None:
            del item["host"]


def _check_hosts(context: Context, ids: Iterable[Any], right: Action) -> None:
    """Reject services on hosts outside the realms where the caller may write services.

    A service template on a host template affects every host that uses it.
    """
    caller = context.caller
    if caller is None or caller.is_super_admin:
        return
    wanted = [item for item in set(ids) if item is not None]
    hosts = context.store.find("host", {"_id": {"$in": wanted}}, projection={"_realm": 1})
    if not {host.get("_realm") for host in hosts} <= caller.realms("service", right):
        raise NotAllowedError("You have no rights in the realm of the host")


def check_bulk(context: Context, items: Batch) -> None:
    """Reject services with the same host and name in one request."""
    _check_hosts(context, (item.get("host") for item in items if isinstance(item.get("host"), ObjectId)), "create")
    seen = set()
    for item, issues in items.valid_items():
        key = (item["host"], item["name"])
        if key in seen:
            issues["name"] = f"value '{item['name']}' is not unique"
        seen.add(key)


def _find_keys(context: Context, keys: Iterable[Key], fields: Projection | None) -> Iterable[Document]:
    wanted = [{"host": host, "name": name} for host, name in keys]
    return context.store.find("service", {"$or": wanted}, projection=fields) if wanted else ()


def find_by_keys(context: Context, keys: Iterable[Key], fields: Projection | None = None) -> dict[Key, Document]:
    """Return services by host and name.

    Args:
        context: the context of the request.
        keys: any number of hosts and names.
        fields: the fields to read, including host and name; None for all.
    """
    found: dict[Key, Document] = {}
    for service in _find_keys(context, keys, fields):
        found.setdefault((service["host"], service["name"]), service)
    return found


def reject_taken_names(context: Context, pairs: set[Key], exclude: ObjectId | None = None) -> None:
    """Reject services whose name is already used on their host.

    Raises:
        RuleError: a name is used.
    """
    if pairs and any(found["_id"] != exclude for found in _find_keys(context, pairs, {"_id": 1})):
        raise RuleError("The host already has a service with this name")


def check_place(context: Context, documents: Batch) -> None:
    """Reject real services on template hosts, and names that are taken."""
    hosts = {document["host"] for document in documents if document.get("host") is not None}
    templates = {
        host["_id"]
        for host in context.store.find(
            "host", {"_id": {"$in": list(hosts)}, "_is_template": True}, projection={"_id": 1}
        )
    }
    for document in documents:
        if document["host"] in templates and not document.get("_is_template"):
            raise RuleError("A host template can only have service templates")
    reject_taken_names(context, {(document["host"], document["name"]) for document in documents})


def check_change(context: Context, change: Change) -> None:
    """Reject the conversion of a template to a service, and names that are taken."""
    if change.original.get("_is_template") and change.updates.get("_is_template") is False:
        raise RuleError("A service template cannot become a service")
    if "host" in change.posted and not change.inherited and change.updates["host"] != change.original.get("host"):
        _check_hosts(context, [change.updates["host"]], "update")
    key = (change.after("host"), change.after("name"))
    if key != (change.original.get("host"), change.original.get("name")):
        reject_taken_names(context, {key}, change.original["_id"])


def move_services(context: Context, change: Change) -> None:
    """Move the services of a host when its realm changes."""
    if change.has_new("_realm"):
        for service in list(context.store.find("service", {"host": change.original["_id"]})):
            change_item(context, "service", service, {"_realm": change.updates["_realm"]})
