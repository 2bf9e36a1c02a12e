"""Documents as they appear in responses."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from alignak_backend_client.model import resources_by_name
from alignak_backend_embedded.domain.metadata import EPOCH
from alignak_backend_embedded.store.access import Document


def self_link(resource: str, item: Any) -> dict[str, str]:
    """Return the link to an item."""
    return {"title": resources_by_name()[resource].item_title, "href": f"{resource}/{item}"}


def finish(resource: str, document: Document, hidden: Iterable[str]) -> None:
    """Prepare a document with its etag for a response, in place, without the fields that are hidden from the caller."""
    for secret in hidden:
        document.pop(secret, None)
    for name in ("_created", "_updated"):
        date = document.get(name)
        document[name] = date.replace(tzinfo=None) if isinstance(date, datetime) else EPOCH
    document["_links"] = {"self": self_link(resource, document["_id"])}


def write_answer(resource: str, document: Document) -> Document:
    """Return the description of a document in the response to a write."""
    return {
        "_id": document["_id"],
        "_updated": document.get("_updated", EPOCH),
        "_created": document.get("_created", EPOCH),
        "_etag": document["_etag"],
        "_links": {"self": self_link(resource, document["_id"])},
        "_status": "OK",
    }
