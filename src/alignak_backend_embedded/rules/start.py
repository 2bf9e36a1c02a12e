"""The documents that the backend needs: made at the start when they are missing."""

from __future__ import annotations

from bson import ObjectId

from alignak_backend_client.model import resources_by_name
from alignak_backend_client.model.start_documents import START_DOCUMENTS
from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.persistence import insert
from alignak_backend_embedded.rules.livesynthesis import ensure
from alignak_backend_embedded.store.access import Document


def _linked(resource: str, document: Document, ids: dict[tuple[str, str], ObjectId]) -> Document:
    """Return a start document with ids for the names of linked items."""
    links = resources_by_name()[resource].links
    return {
        field: ids[links[field].resource, value] if field in links and isinstance(value, str) else value
        for field, value in document.items()
    }


def _is_there(context: Context, resource: str, name: str) -> Document | None:
    if resource == "user":
        return context.store.find_one("user", {"back_role_super_admin": True}, {"_id": 1})
    return context.store.find_one(resource, {"name": name}, {"_id": 1})


def _make_missing(context: Context, admin_password: str) -> None:
    ids: dict[tuple[str, str], ObjectId] = {}
    for resource, documents in START_DOCUMENTS.items():
        for document in documents:
            found = _is_there(context, resource, document["name"])
            if found is None:
                new = _linked(resource, document, ids)
                if resource == "user":
                    new["password"] = admin_password
                found = insert(context, resource, [new])[0]
            ids[resource, document["name"]] = found["_id"]
    ensure(context, (found["_id"] for found in context.store.find("realm", {}, projection={"_id": 1})))


def start(context: Context, admin_password: str) -> None:
    """Make what is missing, in one transaction."""
    with context.store.transaction():
        _make_missing(context, admin_password)
