"""Common rules of realms and groups: trees in which every item lists its ancestors."""

from __future__ import annotations

from alignak_backend_client.model.start_documents import ROOT
from alignak_backend_client.model.storable import MAX_LEVELS
from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.errors import RuleError, UnprocessableError
from alignak_backend_embedded.domain.events import Batch, Change
from alignak_backend_embedded.domain.persistence import write_fields
from alignak_backend_embedded.store.access import Document
from alignak_backend_embedded.store.object_id import ObjectId


def root_id(context: Context, resource: str) -> ObjectId | None:
    """Return the id of the root: the item named All, or the one at level 0 if it was renamed."""
    root = context.store.find_one(resource, {"name": ROOT}, {"_id": 1}) or context.store.find_one(
        resource, {"_level": 0}, {"_id": 1}
    )
    return None if root is None else root["_id"]


def compute_tree_fields(context: Context, documents: Batch) -> None:
    """Compute level and ancestors of new items from their parents."""
    ids = {document["_parent"] for document in documents if document.get("_parent") is not None}
    found = context.store.find(documents.resource, {"_id": {"$in": list(ids)}}) if ids else ()
    parents = {parent["_id"]: parent for parent in found}
    for document in documents:
        document["_level"], document["_tree_parents"] = child_position(parents.get(document.get("_parent")))


def child_position(parent: Document | None, levels: int = 0) -> tuple[int, list[ObjectId]]:
    """Return level and ancestors of the children of an item.

    Args:
        parent: the item; None for the root.
        levels: the number of further levels below.

    Raises:
        UnprocessableError: the tree would be too deep.
    """
    if parent is None:
        return 0, []
    ancestors = [*parent.get("_tree_parents", ()), parent["_id"]]
    if len(ancestors) + levels > MAX_LEVELS:
        raise UnprocessableError(f"Trees have at most {MAX_LEVELS} levels below the root")
    return parent.get("_level", 0) + 1, ancestors


def descendants(context: Context, resource: str, item: ObjectId) -> list[Document]:
    """Return all descendants of an item."""
    return list(context.store.find(resource, {"_tree_parents": item}))


def move(context: Context, change: Change) -> None:
    """Compute the new level and ancestors of a moved item.

    Raises:
        RuleError: it would be below itself, or the request sets the ancestors.
        UnprocessableError: the tree would be too deep.
    """
    if "_tree_parents" in change.posted:
        raise RuleError("_tree_parents is maintained by the backend and cannot be updated")
    if "_parent" not in change.updates or change.updates["_parent"] == change.original.get("_parent"):
        return
    parent = context.store.find_one(change.resource, {"_id": change.updates["_parent"]})
    if parent is None:
        raise RuleError("The parent does not exist")
    if change.original["_id"] in (parent["_id"], *parent.get("_tree_parents", ())):
        raise RuleError("An item cannot be moved below itself")
    own = len(change.original.get("_tree_parents", ()))
    under = descendants(context, change.resource, change.original["_id"])
    levels = max((len(child["_tree_parents"]) - own for child in under), default=0)
    change.updates["_level"], change.updates["_tree_parents"] = child_position(parent, levels)


def move_descendants(context: Context, change: Change) -> list[ObjectId]:
    """After a move, update level and ancestors of all descendants; return the moved items, the first one first."""
    if "_tree_parents" not in change.updates:
        return []
    item, after = change.original["_id"], change.updated
    under = descendants(context, change.resource, item)
    for child in under:
        tail = child["_tree_parents"][child["_tree_parents"].index(item) :]
        place = {"_level": after["_level"] + len(tail), "_tree_parents": [*after["_tree_parents"], *tail]}
        write_fields(context, change.resource, [child["_id"]], place, frozen=False)
    return [item, *(child["_id"] for child in under)]


def hide_ancestors(context: Context, resource: str, documents: list[Document]) -> None:
    """Remove ancestors that the caller may not read from documents."""
    caller = context.caller
    if caller is None or caller.is_super_admin:
        return
    wanted = {item for document in documents for item in [*document.get("_tree_parents", ()), document.get("_parent")]}
    wanted.discard(None)
    if not wanted:
        return
    query = {"$and": [{"_id": {"$in": list(wanted)}}, caller.read_filter(resource)]}
    visible = {found["_id"] for found in context.store.find(resource, query, projection={"_id": 1})}
    for document in documents:
        if "_parent" in document and document["_parent"] not in visible:
            document["_parent"] = None
        if "_tree_parents" in document:
            document["_tree_parents"] = [item for item in document["_tree_parents"] if item in visible]
