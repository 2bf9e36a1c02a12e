"""Documents on their way out: automatic fields, links, nothing secret."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from alignak_backend_client.model import resources_by_name
from alignak_backend_embedded.rendering import encode
from alignak_backend_embedded.store.access import Document

#: The dates of documents that were stored without any.
EPOCH: Final = datetime(1970, 1, 1)


def now() -> datetime:
    """Return the time, in whole seconds, UTC, naive as the stores keep it."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def etag_of(document: Document) -> str:
    """Return the stored etag, or one computed from the content of a document stored without."""
    stored = document.get("_etag")
    if isinstance(stored, str):
        return stored
    content = {name: value for name, value in document.items() if name not in ("_etag", "_links")}
    text = orjson.dumps(
        content, default=encode, option=orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS
    )
    return hashlib.sha1(text, usedforsecurity=False).hexdigest()


def self_link(resource: str, item: Any) -> dict[str, str]:
    """Return the link to an item."""
    return {"title": resources_by_name()[resource].raw["item_title"], "href": f"{resource}/{item}"}


def finish(resource: str, document: Document, hidden: Iterable[str]) -> None:
    """Make a stored document fit for an answer, in place, without the fields that are hidden from the caller."""
    for secret in hidden:
        document.pop(secret, None)
    for name in ("_created", "_updated"):
        date = document.get(name)
        document[name] = date.replace(tzinfo=None) if isinstance(date, datetime) else EPOCH
    document["_etag"] = etag_of(document)
    document["_links"] = {"self": self_link(resource, document["_id"])}


def write_answer(resource: str, document: Document) -> Document:
    """Return what the answer to a write says about a document."""
    return {
        "_id": document["_id"],
        "_updated": document.get("_updated", EPOCH),
        "_created": document.get("_created", EPOCH),
        "_etag": document["_etag"],
        "_links": {"self": self_link(resource, document["_id"])},
        "_status": "OK",
    }
