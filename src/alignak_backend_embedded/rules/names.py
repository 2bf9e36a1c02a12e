"""The alias: an item without one gets its name."""

from __future__ import annotations

from alignak_backend_client.model import resources_by_name
from alignak_backend_embedded.domain.events import on
from alignak_backend_embedded.store.access import Document

_FILLED = tuple(name for name, found in resources_by_name().items() if found.alias_is_name)


@on("insert", *_FILLED)
def fill_alias(documents: list[Document]) -> None:
    """Copy the name to an alias that is missing or empty."""
    for document in documents:
        if not document.get("alias"):
            document["alias"] = document.get("name", "")
