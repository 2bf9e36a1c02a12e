"""Checking the user's permissions for a plan, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from alignak_backend_client.client import Backend
from alignak_backend_client.items.names.catalog import Catalog
from alignak_backend_client.items.names.finding import find_one
from alignak_backend_client.items.names.references import enumeration, show
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.site.planning.plan import Change, Plan

_NO_ETAG: Final = {"If-Match": "0" * 40}
"""No item has this etag: even with permission, a change or deletion has no effect."""

_METHODS: Final = {"update": "PATCH", "delete": "DELETE"}
_FORBIDDEN_STATUSES: Final = frozenset({401, 403, 404})


def forbidden_changes(backend: Backend, username: str, plan: Plan) -> list[str]:
    """Return messages about the changes of a plan that a user may not make; empty for super administrators.

    Only super administrators can read rights. So this sends requests that cannot succeed: one to create an item without
    fields, and others with a wrong ``_etag``. The backend checks permissions first.

    Raises:
        ItemError: there is no such user.
        BackendException: the request failed.
    """
    if not plan.changes:
        return []
    user = find_one(backend, Catalog(backend), resources_by_name()["user"], username)
    if user.get("back_role_super_admin") is True:
        return []
    return [*_find_forbidden_changes(backend, username, plan)]


def _find_forbidden_changes(backend: Backend, username: str, plan: Plan) -> Iterator[str]:
    for (kind, action, realm), changes in _group_changes(plan.changes, plan).items():
        resource = resources_by_name()[kind]
        # Users may change themselves.
        one = next((change for change in changes if (kind, change.name) != ("user", username)), changes[0])
        if action == "create":
            answer = backend.get_response("POST", kind, json={})
        else:
            method = _METHODS[action]
            body: dict[str, Any] = {"json": {}} if method == "PATCH" else {}
            answer = backend.get_response(method, f"{kind}/{one.id}", headers=_NO_ETAG, **body)
        if answer.status_code in _FORBIDDEN_STATUSES:
            where = f" in the realm {show(realm)}" if realm else ""
            yield f"the user {show(username)} may not {action} {resource.plural}{where}: {_format_names(changes)}"


def _group_changes(changes: Iterable[Change], plan: Plan) -> dict[tuple[str, str, str], list[Change]]:
    """Return the changes by type, action, and realm of existing items."""
    found: dict[tuple[str, str, str], list[Change]] = {}
    for change in changes:
        if not change.cascaded:
            item = plan.there.items[change.type].get(change.name, {})
            realm = "" if change.action == "create" else str(item.get("_realm") or "")
            found.setdefault((change.type, change.action, realm), []).append(change)
    return found


def _format_names(changes: list[Change]) -> str:
    return enumeration([show(change.name) for change in changes], 3)
