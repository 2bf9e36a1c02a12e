"""Default links, realms and aliases of new items."""

from __future__ import annotations

from alignak_backend_client.model import resources_by_name
from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.events import Batch


def fill_links(context: Context, items: Batch) -> None:
    """Fill in the default links of the data model in new items, if their targets exist."""
    model = resources_by_name()[items.resource]
    for field, name in model.default_items.items():
        missing = [item for item in items if field not in item]
        linked = model.links[field].resource
        found = context.store.find_one(linked, {"name": name}, {"_id": 1}) if missing else None
        if found is not None:
            for item in missing:
                item[field] = found["_id"]


def fill_realm(context: Context, items: Batch) -> None:
    """Put items without a realm into the realm of the caller."""
    caller = context.caller
    if caller is not None and caller.user.get("_realm") is not None:
        for item in items:
            item.setdefault("_realm", caller.user["_realm"])


def fill_alias(_context: Context, documents: Batch) -> None:
    """Copy the name to an alias that is missing or empty."""
    for document in documents:
        if not document.get("alias"):
            document["alias"] = document.get("name", "")
