"""What must not be deleted: the items that the backend starts with, and oneself."""

from __future__ import annotations

from alignak_backend_client.model.start_documents import START_NAMES
from alignak_backend_embedded.domain.context import caller_or_none, store
from alignak_backend_embedded.domain.errors import RuleError
from alignak_backend_embedded.domain.events import on
from alignak_backend_embedded.store.access import Document


def _is_caller(resource: str, document: Document) -> bool:
    who = caller_or_none()
    return resource == "user" and who is not None and document["_id"] == who.id


def _is_protected(resource: str, document: Document) -> bool:
    return document.get("name") in START_NAMES.get(resource, ())


def deletable(resource: str, documents: list[Document]) -> list[Document]:
    """Return those of some documents that may be deleted together: what DELETE on a collection removes."""
    found = [
        document
        for document in documents
        if not _is_protected(resource, document) and not _is_caller(resource, document)
    ]
    return _without_kept_parents(found) if resource == "realm" else found


def _without_kept_parents(realms: list[Document]) -> list[Document]:
    """Leave out the realms below which another one stays."""
    parents = {realm["_id"]: realm.get("_parent") for realm in store().find("realm", {}, projection={"_parent": 1})}
    going = {realm["_id"] for realm in realms}
    staying = [item for item in parents if item not in going]
    while staying:
        parent = parents.get(staying.pop())
        if parent in going:
            going.remove(parent)
            staying.append(parent)
    return [realm for realm in realms if realm["_id"] in going]


def _refuse_protected(resource: str, documents: list[Document]) -> None:
    for document in documents:
        if _is_protected(resource, document):
            raise RuleError("The backend needs this item: it cannot be deleted")
        if _is_caller(resource, document):
            raise RuleError("You cannot delete yourself")


for _resource in START_NAMES:

    @on("remove", _resource)
    def check(documents: list[Document], resource: str = _resource) -> None:
        """Refuse to delete what is protected."""
        _refuse_protected(resource, documents)
