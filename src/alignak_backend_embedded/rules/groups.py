"""Groups of hosts, services and users: trees, with members that are listed once."""

from __future__ import annotations

from typing import Final

from alignak_backend_client.model import resources_by_name
from alignak_backend_embedded.domain.context import store
from alignak_backend_embedded.domain.events import Change, on
from alignak_backend_embedded.domain.persistence import touch
from alignak_backend_embedded.rules import trees
from alignak_backend_embedded.store.access import Document

_MEMBERS: Final = {
    name: tuple(link for link in found.links if not link.startswith("_"))
    for name, found in resources_by_name().items()
    if found.is_tree and name != "realm"
}


def _once(resource: str, fields: Document) -> None:
    for name in _MEMBERS[resource]:
        if isinstance(fields.get(name), list):
            fields[name] = list(dict.fromkeys(fields[name]))


def _default_parent(resource: str, items: list[Document]) -> None:
    missing = [item for item in items if item.get("_parent") is None]
    root = trees.root_id(resource) if missing else None
    for item in missing:
        item["_parent"] = root


def _place(resource: str, documents: list[Document]) -> None:
    trees.place(resource, documents)
    for document in documents:
        _once(resource, document)


for _resource in _MEMBERS:

    @on("prepare", _resource)
    def default_parent(items: list[Document], resource: str = _resource) -> None:
        """Put a group without a parent below the root."""
        _default_parent(resource, items)

    @on("insert", _resource)
    def place(documents: list[Document], resource: str = _resource) -> None:
        """Compute what the tree says about new groups, and list members once."""
        _place(resource, documents)

    @on("fetched", _resource)
    def hide(documents: list[Document], resource: str = _resource) -> None:
        """Show nobody the groups above that they may not see."""
        trees.hide_ancestors(resource, documents)


@on("update", *_MEMBERS)
def change_group(change: Change) -> None:
    """Compute the new place of a group that moves, and list members once."""
    _once(change.resource, change.updates)
    parent = trees.moved(change)
    if parent is not None:
        change.updates["_level"], change.updates["_tree_parents"] = trees.below(parent)


@on("updated", *_MEMBERS)
def move_descendants(change: Change) -> None:
    """After a move: correct the groups below."""
    if "_tree_parents" not in change.updates:
        return
    item, after = change.original["_id"], change.updated
    for child in list(store().find(change.resource, {"_tree_parents": item})):
        fields = trees.relocated(child, item, after["_level"], after["_tree_parents"])
        touch(change.resource, [child["_id"]], fields, frozen=False)
