"""Groups of hosts, services and users: trees with unique members."""

from __future__ import annotations

from typing import Final

from alignak_backend_client.model import resources_by_name
from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.events import Batch, Change
from alignak_backend_embedded.rules import trees
from alignak_backend_embedded.store.access import Document

MEMBERS: Final = {
    name: tuple(link for link in found.links if not link.startswith("_"))
    for name, found in resources_by_name().items()
    if found.is_tree and name != "realm"
}


def _deduplicate_members(resource: str, fields: Document) -> None:
    for name in MEMBERS[resource]:
        if isinstance(fields.get(name), list):
            fields[name] = list(dict.fromkeys(fields[name]))


def default_parent(context: Context, items: Batch) -> None:
    """Put groups without a parent below the root."""
    missing = [item for item in items if item.get("_parent") is None]
    root = trees.root_id(context, items.resource) if missing else None
    for item in missing:
        item["_parent"] = root


def compute_tree_fields(context: Context, groups: Batch) -> None:
    """Compute the tree fields of new groups, and remove duplicate members."""
    trees.compute_tree_fields(context, groups)
    for group in groups:
        _deduplicate_members(groups.resource, group)


def change_group(context: Context, change: Change) -> None:
    """Compute the tree fields of a moved group, and remove duplicate members."""
    _deduplicate_members(change.resource, change.updates)
    trees.move(context, change)
