"""The rights of a user: the union of the user's ``userrestrictrole`` documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, Final, Literal

from alignak_backend_client.model import resources_by_name
from alignak_backend_embedded.domain.errors import NotAllowedError
from alignak_backend_embedded.store.access import Document, Store
from alignak_backend_embedded.store.object_id import ObjectId

Action = Literal["create", "read", "update", "delete"]

#: Resources that only super administrators may write: otherwise, users could grant rights to themselves.
_ADMINISTRATION: Final = frozenset({"user", "userrestrictrole"})

#: Their items have no ``_realm``, so that rights on realms do not apply to them.
_WITHOUT_REALM: Final = frozenset({"userrestrictrole", "alignakretention"})

#: The right to submit these is ``can_submit_commands``.
ACTIONS: Final = frozenset(name for name, found in resources_by_name().items() if found.kind == "action")

OF_USERS: Final = dict.fromkeys(("token", "_realm", "back_role_super_admin", "can_submit_commands"), 1)
"""The fields of a user that a request needs."""

_NOTHING: Final[Document] = {"_id": {"$in": []}}


def realm_field(resource: str) -> str:
    """Return the field with the realm of an item; for a realm, its parent."""
    return "_parent" if resource == "realm" else "_realm"


class Caller:
    """The user who sent the request, with the rights of the user.

    Attributes:
        user: the stored user, with at least the fields of :data:`OF_USERS`.
    """

    def __init__(self, user: Document, store: Store) -> None:
        """Set the user; the rights are read from the store on first use."""
        self.user = user
        self._store = store

    @property
    def id(self) -> ObjectId:
        """The user's id."""
        found: ObjectId = self.user["_id"]
        return found

    @property
    def is_super_admin(self) -> bool:
        """True for users with all rights."""
        return bool(self.user.get("back_role_super_admin"))

    @property
    def can_submit_commands(self) -> bool:
        """True for users who may acknowledge, set downtimes and force checks."""
        return bool(self.user.get("can_submit_commands"))

    def hidden_fields(self, resource: str) -> frozenset[str]:
        """Return the fields of a resource that the user may neither read nor query."""
        found = resources_by_name()[resource]
        return found.hidden if self.is_super_admin else found.secrets

    def find_unreadable(self, resource: str, ids: Iterable[Any]) -> set[ObjectId]:
        """Return the ids that do not belong to items which the user may read."""
        wanted = {item for item in ids if isinstance(item, ObjectId)}
        if not wanted or self.is_super_admin:
            return set()
        seen = {"$and": [{"_id": {"$in": list(wanted)}}, self.read_filter(resource)]}
        return wanted - {found["_id"] for found in self._store.find(resource, seen, projection={"_id": 1})}

    @cached_property
    def _roles(self) -> list[Document]:
        return list(self._store.find("userrestrictrole", {"user": self.id}))

    @cached_property
    def _realms(self) -> dict[ObjectId, Document]:
        ids = [role["realm"] for role in self._roles if role.get("realm") is not None]
        fields = {"_all_children": 1, "_tree_parents": 1}
        return {realm["_id"]: realm for realm in self._store.find("realm", {"_id": {"$in": ids}}, projection=fields)}

    def _granted(self, resource: str, right: str) -> Iterator[tuple[Document, Document]]:
        """Yield the roles that give a right on a resource, each with its realm."""
        for role in self._roles:
            if role.get("resource", "*") in ("*", resource) and right in role.get("crud", ()):
                realm = self._realms.get(role.get("realm"))  # type: ignore[arg-type]  # None finds nothing
                if realm is not None:
                    yield role, realm

    def realms(self, resource: str, right: Action | Literal["custom"]) -> set[ObjectId]:
        """Return the realms in which the user has a right on a resource."""
        found: set[ObjectId] = set()
        for role, realm in self._granted(resource, right):
            found.add(realm["_id"])
            if role.get("sub_realm"):
                found.update(realm.get("_all_children", ()))
        return found

    def _parent_realms(self, resource: str) -> set[ObjectId]:
        """Return the realms above those in which the user may read a resource."""
        parents = {parent for _, realm in self._granted(resource, "read") for parent in realm.get("_tree_parents", ())}
        return parents - self.realms(resource, "read")

    def read_filter(self, resource: str) -> Document:
        """Return the filter for items that the user may read; ``{}`` for all."""
        if resource == "alignakretention":
            return {"_user": self.id}
        if self.is_super_admin:
            return {}
        if resource in _WITHOUT_REALM:
            return dict(_NOTHING)
        readable = list(self.realms(resource, "read"))
        if resource == "realm":
            return {"_id": {"$in": readable}}
        clauses: list[Document] = [{"_realm": {"$in": readable}}]
        parents = self._parent_realms(resource)
        if parents:
            clauses.append({"_sub_realm": True, "_realm": {"$in": list(parents)}})
        custom = self.realms(resource, "custom")
        if custom:
            clauses.append({"_users_read": self.id, "_realm": {"$in": list(custom)}})
        if resource == "user":
            clauses.append({"_id": self.id})
        return {"$or": clauses} if len(clauses) > 1 else clauses[0]

    def write_filter(self, resource: str, action: Literal["update", "delete"]) -> Document:
        """Return the filter for items that the user may change or delete; ``{}`` for all.

        Raises:
            NotAllowedError: the user may not change anything of the resource.
        """
        own: Document = {"_user": self.id} if resource == "alignakretention" else {}
        if self.is_super_admin:
            return own
        if resource in ACTIONS and action == "update":
            return self.read_filter(resource)
        if resource == "user" and action == "update":
            return {"_id": self.id}
        realms, custom = self.realms(resource, action), self.realms(resource, "custom")
        if resource in _ADMINISTRATION or not (realms or custom):
            raise NotAllowedError
        if own:
            return own
        if resource == "realm":
            return {"_id": {"$in": list(realms)}}
        clauses: list[Document] = [{"_realm": {"$in": list(realms)}}]
        if custom:
            clauses.append({f"_users_{action}": self.id, "_realm": {"$in": list(custom)}})
        return {"$or": clauses} if len(clauses) > 1 else clauses[0]

    def check_create(self, resource: str) -> None:
        """Reject the creation of items of a resource if the user has this right in no realm.

        Raises:
            NotAllowedError: the user has no such right.
        """
        if self.is_super_admin or resource in ACTIONS:
            return
        if resource in _ADMINISTRATION or not self.realms(resource, "create"):
            raise NotAllowedError

    def check_realms(self, resource: str, documents: Iterable[Document], *rights: Action) -> None:
        """Reject documents in a realm for which the user does not have the right.

        Args:
            resource: the resource of the documents.
            documents: new documents, or changes of existing ones.
            rights: the rights of which the user needs one in the realm.

        Raises:
            NotAllowedError: the user has none of them in the realm of a document (for a realm: its parent).
        """
        if self.is_super_admin or resource in ACTIONS or resource in _WITHOUT_REALM:
            return
        place = realm_field(resource)
        allowed: set[Any] = set()
        for right in rights:
            allowed |= self.realms(resource, right)
        for document in documents:
            if place in document and document[place] not in allowed:
                raise NotAllowedError
