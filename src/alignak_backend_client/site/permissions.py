"""What the user who is logged in may not write of a plan, asked of the backend before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from alignak_backend_client.client import Backend
from alignak_backend_client.items.names.catalog import Catalog
from alignak_backend_client.items.names.finding import find_one
from alignak_backend_client.items.names.references import show
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.site.plan import Change, Plan

_NO_ETAG: Final = {"If-Match": "0" * 40}
"""No item has it: whoever may change or delete the item is told so, and nothing happens."""

_METHODS: Final = {"update": "PATCH", "delete": "DELETE"}
_REFUSED: Final = frozenset({401, 403, 404})


def refusals(backend: Backend, username: str, plan: Plan) -> list[str]:
    """Return what a user may not do of a plan, in lines; nothing for super administrators.

    Rights are shown to super administrators only. So the backend is asked to do what it cannot: to create an item
    without any field, and to change or delete one under an ``_etag`` that it does not have. It says first who may not.

    Raises:
        ItemError: there is no such user.
        BackendException: the backend refuses to answer.
    """
    if not plan.changes:
        return []
    user = find_one(backend, Catalog(backend), resources_by_name()["user"], username)
    if user.get("back_role_super_admin") is True:
        return []
    return [*_refused(backend, username, plan)]


def _refused(backend: Backend, username: str, plan: Plan) -> Iterator[str]:
    for (kind, action, realm), changes in _groups(plan.changes, plan).items():
        resource = resources_by_name()[kind]
        if action == "create":
            answer = backend.get_response("POST", kind, json={})
        else:
            method = _METHODS[action]
            body: dict[str, Any] = {"json": {}} if method == "PATCH" else {}
            answer = backend.get_response(method, f"{kind}/{changes[0].id}", headers=_NO_ETAG, **body)
        if answer.status_code in _REFUSED:
            where = f" in the realm {show(realm)}" if realm else ""
            yield f"the user {show(username)} may not {action} {resource.plural}{where}: {_several(changes)}"


def _groups(changes: Iterable[Change], plan: Plan) -> dict[tuple[str, str, str], list[Change]]:
    """Return changes by type, action, and the realm of the items that are there."""
    found: dict[tuple[str, str, str], list[Change]] = {}
    for change in changes:
        if not change.goes_along:
            item = plan.there.items[change.type].get(change.name, {})
            realm = "" if change.action == "create" else str(item.get("_realm") or "")
            found.setdefault((change.type, change.action, realm), []).append(change)
    return found


def _several(changes: list[Change]) -> str:
    names = ", ".join(show(change.name) for change in changes[:3])
    return f"{names} and {len(changes) - 3} more" if changes[3:] else names
