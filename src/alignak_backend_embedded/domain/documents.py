"""Documents on their way out: automatic fields, links, nothing secret."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from alignak_backend_client.model import resources_by_name
from alignak_backend_embedded.api.rendering import encode
from alignak_backend_embedded.api.schema import HIDDEN_WHEN_EMBEDDED
from alignak_backend_embedded.domain.context import store
from alignak_backend_embedded.store.access import Document

#: The dates of documents that were stored without any.
EPOCH: Final = datetime(1970, 1, 1)


#: What no computed etag tells of: an etag is seen by users who must not guess at secrets, and a login changes some.
_LEFT_OUT: Final = frozenset({"_etag", "_links"}).union(*HIDDEN_WHEN_EMBEDDED.values())


def now() -> datetime:
    """Return the time, in whole seconds, UTC, naive as the stores keep it."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def etag_of(document: Document) -> str:
    """Return the stored etag, or one computed from the content of a whole document stored without."""
    stored = document.get("_etag")
    if isinstance(stored, str):
        return stored
    content = {name: value for name, value in document.items() if name not in _LEFT_OUT}
    text = orjson.dumps(
        content, default=encode, option=orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS
    )
    return hashlib.sha1(text, usedforsecurity=False).hexdigest()


def self_link(resource: str, item: Any) -> dict[str, str]:
    """Return the link to an item."""
    return {"title": resources_by_name()[resource].raw["item_title"], "href": f"{resource}/{item}"}


def complete_etags(resource: str, documents: Iterable[Document]) -> None:
    """Give the etag that changes must name to documents, in place, that were stored without, or read in part."""
    missing = {document["_id"]: document for document in documents if not isinstance(document.get("_etag"), str)}
    if not missing:
        return
    for whole in store().find(resource, {"_id": {"$in": list(missing)}}):
        missing[whole["_id"]]["_etag"] = etag_of(whole)
    for document in missing.values():
        document["_etag"] = etag_of(document)  # of one that was deleted meanwhile


def finish(resource: str, document: Document, hidden: Iterable[str]) -> None:
    """Make a document with its etag fit for an answer, in place, without the fields that are hidden from the caller."""
    for secret in hidden:
        document.pop(secret, None)
    for name in ("_created", "_updated"):
        date = document.get(name)
        document[name] = date.replace(tzinfo=None) if isinstance(date, datetime) else EPOCH
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
