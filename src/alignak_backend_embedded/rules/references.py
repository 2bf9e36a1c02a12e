"""Links in requests must refer to readable items, or they would reveal the content of others.

A new host inherits from its templates, an action affects its host, and a realm with the id of a deleted one would get
the rights and items that still refer to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from alignak_backend_client.model import resources_by_name
from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.errors import NotAllowedError
from alignak_backend_embedded.domain.events import Batch, Change
from alignak_backend_embedded.domain.rights import ACTIONS
from alignak_backend_embedded.store.object_id import ObjectId

CHECKED_LINKS: Final[dict[str, tuple[str, ...]]] = {
    "host": ("_templates",),
    "service": ("_templates",),
    **dict.fromkeys(sorted(ACTIONS), ("host", "service")),
}
_IN_REALMS: Final = {"userrestrictrole": "realm"} | {
    name: "_realm" for name, found in resources_by_name().items() if "_realm" in found.fields
}


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _check_readable(context: Context, resource: str, field: str, ids: Iterable[Any]) -> None:
    linked = resources_by_name()[resource].links[field].resource
    if context.caller is not None and context.caller.find_unreadable(linked, ids):
        raise NotAllowedError("You have no rights on an item that the request refers to")


def check_new(context: Context, items: Batch) -> None:
    """Reject new items with links that the caller may not read."""
    sound = [item for item, _ in items.valid_items()]
    for field in CHECKED_LINKS[items.resource]:
        _check_readable(
            context, items.resource, field, [value for item in sound for value in _as_list(item.get(field))]
        )


def check_change(context: Context, change: Change) -> None:
    """Reject new links to items that the caller may not read; existing links may stay."""
    if change.inherited:
        return
    for field in CHECKED_LINKS[change.resource]:
        if field in change.posted:
            known = _as_list(change.original.get(field))
            new = [item for item in _as_list(change.updates[field]) if item not in known]
            _check_readable(context, change.resource, field, new)


def check_reused_ids(context: Context, realms: Batch) -> None:
    """Reject a new realm with the id of a deleted one to which rights or items still refer."""
    if context.caller is None or context.caller.is_super_admin:
        return
    ids = [realm["_id"] for realm, _ in realms.valid_items() if isinstance(realm.get("_id"), ObjectId)]
    store = context.store
    if ids and any(store.find_one(name, {field: {"$in": ids}}, {"_id": 1}) for name, field in _IN_REALMS.items()):
        raise NotAllowedError("The id belonged to a deleted realm")
