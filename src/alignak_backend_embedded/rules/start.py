"""The documents that the backend needs; missing ones are created at startup."""

from __future__ import annotations

import time
from typing import Final

from alignak_backend_client.model import resources_by_name
from alignak_backend_client.model.start_documents import START_DOCUMENTS
from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.errors import ConflictError
from alignak_backend_embedded.store.access import Document, Store
from alignak_backend_embedded.store.object_id import ObjectId

_READ: Final = {"_id": 1, "name": 1}
"""Names are read from the documents, so that damaged ones are detected at startup."""

_TRIES: Final = 20
_PAUSE: Final = 0.05
"""Seconds until the next try."""


def _find(store: Store, resource: str, name: str) -> Document | None:
    """Return a stored start document; for the administrator, any super administrator."""
    where = {"back_role_super_admin": True} if resource == "user" else {"name": name}
    return store.find_one(resource, where, _READ)


def _realms(store: Store) -> list[ObjectId]:
    return [realm["_id"] for realm in store.find("realm", {}, projection=_READ)]


def _is_complete(store: Store) -> bool:
    for resource, documents in START_DOCUMENTS.items():
        if any(_find(store, resource, document["name"]) is None for document in documents):
            return False
    realms = _realms(store)
    return store.count("livesynthesis", {"_realm": {"$in": realms}}) >= len(realms)


def _resolve_links(resource: str, document: Document, ids: dict[tuple[str, str], ObjectId]) -> Document:
    """Return a start document with ids for the names of linked items."""
    links = resources_by_name()[resource].links
    return {
        field: ids[links[field].resource, value] if field in links and isinstance(value, str) else value
        for field, value in document.items()
    }


def _create_missing(context: Context, admin_password: str) -> None:
    from alignak_backend_embedded.domain.persistence import insert, write_fields
    from alignak_backend_embedded.rules.livesynthesis import ensure_syntheses

    ids: dict[tuple[str, str], ObjectId] = {}
    for resource, documents in START_DOCUMENTS.items():
        for document in documents:
            found = _find(context.store, resource, document["name"])
            if found is None and (named := context.store.find_one(resource, {"name": document["name"]}, _READ)):
                # There is no super administrator any longer, so nobody could correct that.
                write_fields(context, resource, [named["_id"]], {"back_role_super_admin": True})
                found = named
            if found is None:
                new = _resolve_links(resource, document, ids)
                if resource == "user":
                    new["password"] = admin_password
                found = insert(context, resource, [new])[0]
            ids[resource, document["name"]] = found["_id"]
    ensure_syntheses(context, _realms(context.store))


def create_start_documents(context: Context, admin_password: str) -> None:
    """Create missing documents, in one transaction. If there are none, the database is only read, which is faster.

    Servers that start on one empty MongoDB at the same moment create them together.

    Raises:
        ConflictError: another document has the name of a missing one.
    """
    for left in reversed(range(_TRIES)):
        if _is_complete(context.store):
            return
        try:
            with context.store.transaction():
                _create_missing(context, admin_password)
        except ConflictError:  # another server was faster
            if not left:
                raise
            time.sleep(_PAUSE)


def correct_trees(context: Context) -> None:
    """Correct levels, ancestors and sub-realms, which a worker that was killed in a change may have left behind."""
    from alignak_backend_embedded.rules.trees import settle

    for name, resource in resources_by_name().items():
        if resource.is_tree:
            settle(context, name)
