"""Realms: a tree in which every realm knows its children, all its descendants and its ancestors."""

from __future__ import annotations

from collections import defaultdict

from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.errors import ConflictError, RuleError
from alignak_backend_embedded.domain.events import Batch, Change
from alignak_backend_embedded.domain.persistence import write_fields
from alignak_backend_embedded.rules import trees
from alignak_backend_embedded.store.object_id import ObjectId

_COMPUTED = ("_tree_parents", "_children", "_all_children")


def default_parent(context: Context, items: Batch) -> None:
    """Put a realm without a parent below the root."""
    missing = [item for item in items if "_parent" not in item]
    root = trees.root_id(context, "realm") if missing else None
    for item in missing:
        if root is not None:
            item["_parent"] = root


def compute_tree_fields(context: Context, documents: Batch) -> None:
    """Compute the tree fields of new realms; posted values are ignored."""
    trees.compute_tree_fields(context, documents)
    for document in documents:
        document["_children"], document["_all_children"] = [], []


def add_to_ancestors(context: Context, documents: Batch) -> None:
    """Add new realms to the lists of their ancestors."""
    children: defaultdict[ObjectId, list[ObjectId]] = defaultdict(list)
    below: defaultdict[ObjectId, list[ObjectId]] = defaultdict(list)
    for document in documents:
        if document.get("_parent") is not None:
            children[document["_parent"]].append(document["_id"])
        for ancestor in document["_tree_parents"]:
            below[ancestor].append(document["_id"])
    _add_descendants(context, children, below)


def _add_descendants(
    context: Context, children: dict[ObjectId, list[ObjectId]], below: dict[ObjectId, list[ObjectId]]
) -> None:
    for realm in context.store.find("realm", {"_id": {"$in": list(below)}}):
        item = realm["_id"]
        fields = {"_all_children": _union(realm.get("_all_children", []), below[item])}
        if item in children:
            fields["_children"] = _union(realm.get("_children", []), children[item])
        write_fields(context, "realm", [item], fields, frozen=False)


def _union(before: list[ObjectId], new: list[ObjectId]) -> list[ObjectId]:
    return list(dict.fromkeys([*before, *new]))


def _remove_descendants(context: Context, ancestors: list[ObjectId], gone: set[ObjectId]) -> None:
    """Remove realms from the lists of others."""
    for realm in context.store.find("realm", {"_id": {"$in": ancestors}}):
        fields = {
            name: [item for item in realm.get(name, []) if item not in gone] for name in ("_children", "_all_children")
        }
        write_fields(context, "realm", [realm["_id"]], fields, frozen=False)


def move(context: Context, change: Change) -> None:
    """Reject changes of fields that the backend maintains; compute the tree fields of a moved realm."""
    for name in _COMPUTED:
        if name in change.posted:
            raise RuleError(f"{name} is maintained by the backend and cannot be updated")
    trees.move(context, change)


def update_tree(context: Context, change: Change) -> None:
    """After a move, update the descendants, and the lists of the old and the new ancestors."""
    moved = trees.move_descendants(context, change)
    if moved:
        after = change.updated
        _remove_descendants(context, change.original.get("_tree_parents", []), set(moved))
        _add_descendants(context, {after["_parent"]: moved[:1]}, dict.fromkeys(after["_tree_parents"], moved))


def check_children(context: Context, documents: Batch) -> None:
    """Reject the deletion of realms whose children are not deleted."""
    going = [document["_id"] for document in documents]
    if context.store.count("realm", {"_parent": {"$in": going}, "_id": {"$nin": going}}):
        raise ConflictError


def remove_from_ancestors(context: Context, documents: Batch) -> None:
    """Remove deleted realms from the lists of their ancestors."""
    gone = {document["_id"] for document in documents}
    ancestors = {item for document in documents for item in document.get("_tree_parents", ())} - gone
    if ancestors:
        _remove_descendants(context, list(ancestors), gone)
