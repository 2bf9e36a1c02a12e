"""The alias: an item without one gets its name."""

from __future__ import annotations

from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.events import Batch


def fill_alias(_context: Context, documents: Batch) -> None:
    """Copy the name to an alias that is missing or empty."""
    for document in documents:
        if not document.get("alias"):
            document["alias"] = document.get("name", "")
