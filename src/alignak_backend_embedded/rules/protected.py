"""Items that cannot be deleted: those of a new backend, and the caller."""

from __future__ import annotations

from alignak_backend_client.model.start_documents import START_NAMES
from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.errors import RuleError
from alignak_backend_embedded.domain.events import Batch
from alignak_backend_embedded.store.access import Document


def _is_caller(context: Context, resource: str, document: Document) -> bool:
    return resource == "user" and context.caller is not None and document["_id"] == context.caller.id


def _is_protected(resource: str, document: Document) -> bool:
    return document.get("name") in START_NAMES.get(resource, ())


def select_deletable(context: Context, resource: str, documents: list[Document]) -> list[Document]:
    """Return the documents that a DELETE on a collection may remove."""
    found = [
        document
        for document in documents
        if not _is_protected(resource, document) and not _is_caller(context, resource, document)
    ]
    return _omit_parents_of_kept(context, found) if resource == "realm" else found


def _omit_parents_of_kept(context: Context, realms: list[Document]) -> list[Document]:
    """Omit realms with sub-realms that are not deleted."""
    stored = context.store.find("realm", {}, projection={"_parent": 1})
    parents = {realm["_id"]: realm.get("_parent") for realm in stored}
    going = {realm["_id"] for realm in realms}
    staying = [item for item in parents if item not in going]
    while staying:
        parent = parents.get(staying.pop())
        if parent in going:
            going.remove(parent)
            staying.append(parent)
    return [realm for realm in realms if realm["_id"] in going]


def check_deletion(context: Context, documents: Batch) -> None:
    """Reject the deletion of protected items."""
    for document in documents:
        if _is_protected(documents.resource, document):
            raise RuleError("The backend needs this item, it cannot be deleted")
        if _is_caller(context, documents.resource, document):
            raise RuleError("You cannot delete yourself")
