"""What belongs to the request (or the start) that is running: the store and the caller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from flask import current_app, g

from alignak_backend_embedded.store.access import Access, access

if TYPE_CHECKING:
    from alignak_backend_embedded.domain.rights import Caller


def data_layer() -> Any:
    """Return Eve's data layer of the running application."""
    return cast(Any, current_app).data


def store() -> Access:
    """Return the documents of the running application."""
    found: Access | None = g.get("store")
    if found is None:
        found = g.store = access(data_layer())
    return found


def caller() -> Caller:
    """Return who sent the request. The request has been authenticated."""
    found: Caller = g.caller
    return found


def caller_or_none() -> Caller | None:
    """Return who sent the request, or None when there is none (at the start)."""
    found: Caller | None = g.get("caller")
    return found
