"""Common rules of realms and groups: trees in which every item lists its ancestors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from alignak_backend_client.model.start_documents import ROOT
from alignak_backend_client.model.storable import MAX_LEVELS
from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.errors import RuleError, UnprocessableError
from alignak_backend_embedded.domain.events import Batch, Change
from alignak_backend_embedded.domain.persistence import write_fields
from alignak_backend_embedded.store.access import Document
from alignak_backend_embedded.store.errors import BusyError
from alignak_backend_embedded.store.object_id import ObjectId

#: Maximum number of attempts to settle a tree if other workers change it at the same time.
_TRIES: Final = 50
_PLACE: Final = dict.fromkeys(("_parent", "_level", "_tree_parents", "_children", "_all_children"), 1)


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


def settle_new(context: Context, documents: Batch) -> None:
    """Settle the tree if another worker has moved a parent of new items in the meantime."""
    children = {document["_parent"]: document for document in documents if document.get("_parent") is not None}
    for parent in context.store.find(documents.resource, {"_id": {"$in": list(children)}}, projection=_PLACE):
        if children[parent["_id"]]["_tree_parents"] != child_position(parent)[1]:
            settle(context, documents.resource)
            return


def settle_moved(context: Context, change: Change) -> None:
    """Settle the tree after a move; undo it if another worker has moved the parent below the item in the meantime.

    Raises:
        RuleError: it was undone.
    """
    if "_tree_parents" not in change.updates:
        return
    item = change.original["_id"]
    if item in settle(context, change.resource):
        return
    before = {name: value for name, value in change.original.items() if name in change.updates}
    write_fields(context, change.resource, [item], before, frozen=False)
    settle(context, change.resource)
    raise RuleError("The parent was moved or deleted in the meantime")


def settle(context: Context, resource: str) -> set[ObjectId]:
    """Set what the backend computes from the parents of all items, and return the items that are below a root.

    Several workers of a MongoDB installation may do so at the same time. Each of them reads the tree again after it has
    written, so the last one leaves it as it should be. Items in cycles and below missing ones are left alone.

    Raises:
        BusyError: others change the tree all the time.
    """
    for _ in range(_TRIES):
        items = {item["_id"]: item for item in context.store.find(resource, {}, projection=_PLACE)}
        paths = _paths(items)
        wrong = {item: fields for item, fields in _computed_fields(resource, paths) if _differs(items[item], fields)}
        if not wrong:
            return set(paths)
        for item, fields in wrong.items():
            write_fields(context, resource, [item], fields, frozen=False)
    raise BusyError("the tree keeps changing")


def _paths(items: Mapping[ObjectId, Document]) -> dict[ObjectId, list[ObjectId]]:
    """Return the ancestors of each item that is below a root, the root first."""
    level = [item for item, fields in items.items() if fields.get("_parent") is None]
    paths: dict[ObjectId, list[ObjectId]] = {item: [] for item in level}
    children: defaultdict[ObjectId, list[ObjectId]] = defaultdict(list)
    for item, fields in items.items():
        if isinstance(parent := fields.get("_parent"), ObjectId):
            children[parent].append(item)
    for item in level:  # grows meanwhile
        paths.update((child, [*paths[item], item]) for child in children[item])
        level += children[item]
    return paths


def _computed_fields(resource: str, paths: Mapping[ObjectId, list[ObjectId]]) -> Iterator[tuple[ObjectId, Document]]:
    """Yield the fields of items that follow from their ancestors, which come first."""
    children: defaultdict[ObjectId, list[ObjectId]] = defaultdict(list)
    below: defaultdict[ObjectId, list[ObjectId]] = defaultdict(list)
    for item, path in paths.items():
        for ancestor in path:
            below[ancestor].append(item)
        if path:
            children[path[-1]].append(item)
    for item, path in paths.items():
        fields: Document = {"_level": len(path), "_tree_parents": path}
        if resource == "realm":
            fields |= {"_children": children[item], "_all_children": below[item]}
        yield item, fields


def _differs(item: Document, fields: Document) -> bool:
    """Return True if fields of an item have other values; the lists of children have no order."""
    for name, value in fields.items():
        there = item.get(name)
        if there != value and not (
            name.endswith("_children")
            and isinstance(there, list)
            and len(there) == len(value)
            and set(map(str, there)) == set(map(str, value))
        ):
            return True
    return False


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
