"""Users: hashed passwords, tokens created by the backend only, and who may change which user."""

from __future__ import annotations

from typing import Final

from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.errors import NotAllowedError, RuleError
from alignak_backend_embedded.domain.events import Batch, Change
from alignak_backend_embedded.domain.passwords import UNUSABLE, hash_password, new_token
from alignak_backend_embedded.domain.persistence import insert
from alignak_backend_embedded.rules.defaults import fill_links
from alignak_backend_embedded.store.access import Document

#: Fields that users may change themselves: login, appearance and contact data, but nothing that grants rights.
OWN_FIELDS: Final = frozenset(
    {"password", "token", "ui_preferences", "alias", "notes", "email", "pager", "min_business_impact"}
    | {f"address{number}" for number in range(1, 7)}
    | {f"{kind}_notifications_enabled" for kind in ("host", "service")}
    | {f"{kind}_notification_{what}" for kind in ("host", "service") for what in ("period", "options")}
)

_ALL_RIGHTS: Final = ["create", "read", "update", "delete"]


def default_periods(context: Context, items: Batch) -> None:
    """Set the notification periods of users without templates to Never by default."""
    fill_links(context, Batch("user", [item for item in items if not item.get("_templates")]))


def secure_credentials(_context: Context, documents: Batch) -> None:
    """Hash passwords and create tokens. A user without a password cannot log in."""
    for document in documents:
        document["password"] = hash_password(document.get("password") or "")
        document["token"] = new_token()


def grant_default_rights(context: Context, documents: Batch) -> None:
    """Grant new users read access to their realm, and super administrators all rights there."""
    roles = [
        {
            "user": document["_id"],
            "realm": document["_realm"],
            "sub_realm": document.get("_sub_realm", True),
            "resource": "*",
            "crud": list(_ALL_RIGHTS) if document.get("back_role_super_admin") else ["read"],
        }
        for document in documents
        if document.get("_realm") is not None
    ]
    if roles:
        insert(context, "userrestrictrole", roles)


def change_user(context: Context, change: Change) -> None:
    """Check the permissions for changes, hash a new password and renew the token with it."""
    caller = context.caller
    if caller is not None and not caller.is_super_admin and not change.inherited and not change.posted <= OWN_FIELDS:
        raise NotAllowedError("Only a super administrator may change these fields of a user")
    if change.posted == {"ui_preferences"}:
        change.frozen = True
    if "password" in change.posted:
        change.updates["password"] = hash_password(change.updates["password"])
    if change.posted & {"password", "token"}:
        change.updates["token"] = new_token()
    if _can_administrate(change.original) and not _can_administrate({**change.original, **change.updates}):
        others = {"back_role_super_admin": True, "password": {"$ne": UNUSABLE}, "_id": {"$ne": change.original["_id"]}}
        if not context.store.count("user", others):
            raise RuleError("This is the last super administrator who can log in: create another one first")


def _can_administrate(user: Document) -> bool:
    return bool(user.get("back_role_super_admin")) and user.get("password") != UNUSABLE
