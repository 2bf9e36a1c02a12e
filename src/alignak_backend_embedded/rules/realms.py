"""Realms: a tree in which every realm knows its children, all its descendants and its ancestors."""

from __future__ import annotations

from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.errors import ConflictError, RuleError
from alignak_backend_embedded.domain.events import Batch, Change
from alignak_backend_embedded.rules import trees

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


def move(context: Context, change: Change) -> None:
    """Reject changes of fields that the backend maintains; compute the tree fields of a moved realm."""
    for name in _COMPUTED:
        if name in change.posted:
            raise RuleError(f"{name} is maintained by the backend and cannot be updated")
    trees.move(context, change)


def check_children(context: Context, documents: Batch) -> None:
    """Reject the deletion of realms whose children are not deleted."""
    going = [document["_id"] for document in documents]
    if context.store.count("realm", {"_parent": {"$in": going}, "_id": {"$nin": going}}):
        raise ConflictError


def settle(context: Context, realms: Batch) -> None:
    """Update the tree after realms were created or deleted."""
    trees.settle(context, realms.resource)
