"""What users name in their requests must be what they may see: through a link, content of others would come to them.

A new host takes over what its templates define, an action reaches its host, and a realm that takes the id of a deleted
one takes over what that has left behind.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from bson import ObjectId

from alignak_backend_client.model import resources_by_name
from alignak_backend_embedded.domain.context import caller_or_none, store
from alignak_backend_embedded.domain.errors import NotAllowedError
from alignak_backend_embedded.domain.events import Change, on
from alignak_backend_embedded.domain.rights import ACTIONS
from alignak_backend_embedded.domain.validation import Issues
from alignak_backend_embedded.store.access import Document

_REACHING: Final[dict[str, tuple[str, ...]]] = {
    "host": ("_templates",),
    "service": ("_templates",),
    **dict.fromkeys(sorted(ACTIONS), ("host", "service")),
}
_IN_REALMS: Final = {"userrestrictrole": "realm"} | {
    name: "_realm" for name, found in resources_by_name().items() if "_realm" in found.fields
}


def _ids(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _check_seen(resource: str, field: str, ids: Iterable[Any]) -> None:
    who = caller_or_none()
    if who is not None and who.unseen(resources_by_name()[resource].links[field].resource, ids):
        raise NotAllowedError("You have no right on an item that is named")


for _resource in _REACHING:

    @on("check", _resource)
    def check_new(pairs: Iterable[tuple[Document, Issues]], resource: str = _resource) -> None:
        """Refuse new items that reach what the caller may not see."""
        items = [item for item, issues in pairs if not issues]
        for field in _REACHING[resource]:
            _check_seen(resource, field, [value for item in items for value in _ids(item.get(field))])


@on("update", *_REACHING)
def check_change(change: Change) -> None:
    """Refuse to let an item reach what the caller may not see; what it reached before may stay."""
    if change.inherited:
        return
    for field in _REACHING[change.resource]:
        if field in change.posted:
            known = _ids(change.original.get(field))
            _check_seen(change.resource, field, [item for item in _ids(change.updates[field]) if item not in known])


@on("check", "realm")
def check_fresh_ids(pairs: Iterable[tuple[Document, Issues]]) -> None:
    """Refuse a new realm under the id of a deleted one that rights or items still name."""
    who = caller_or_none()
    if who is None or who.is_super_admin:
        return
    ids = [item["_id"] for item, issues in pairs if not issues and isinstance(item.get("_id"), ObjectId)]
    if ids and any(store().find_one(name, {field: {"$in": ids}}, {"_id": 1}) for name, field in _IN_REALMS.items()):
        raise NotAllowedError("The id is that of a deleted realm")
