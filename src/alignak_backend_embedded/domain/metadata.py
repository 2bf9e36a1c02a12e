"""Etags and dates that the backend maintains for every document."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

import orjson

from alignak_backend_client.model import resources_by_name
from alignak_backend_embedded.domain.json_values import json_value
from alignak_backend_embedded.store.access import Document, Store

#: The date of documents stored without one.
EPOCH: Final = datetime(1970, 1, 1)

#: Excluded from computed etags: they would allow guessing secrets, and some of these change with a login.
_LEFT_OUT: Final = frozenset({"_etag", "_links"}).union(*(found.secrets for found in resources_by_name().values()))


def now() -> datetime:
    """Return the current time in UTC, in whole seconds and naive, as in the stores."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def new_etag() -> str:
    """Return a new random etag."""
    return os.urandom(20).hex()


def etag_of(document: Document) -> str:
    """Return the stored etag, or else one computed from the content of the whole document."""
    stored = document.get("_etag")
    if isinstance(stored, str):
        return stored
    content = {name: value for name, value in document.items() if name not in _LEFT_OUT}
    text = orjson.dumps(
        content,
        default=json_value,
        option=orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS,
    )
    return hashlib.sha1(text, usedforsecurity=False).hexdigest()


def complete_etags(store: Store, resource: str, documents: Iterable[Document]) -> None:
    """Set missing etags of documents that were stored without one, or read with a projection, in place."""
    missing = {document["_id"]: document for document in documents if not isinstance(document.get("_etag"), str)}
    if not missing:
        return
    for whole in store.find(resource, {"_id": {"$in": list(missing)}}):
        missing[whole["_id"]]["_etag"] = etag_of(whole)
    for document in missing.values():
        document["_etag"] = etag_of(document)  # for documents deleted in the meantime
