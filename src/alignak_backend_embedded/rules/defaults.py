"""References that the backend fills in when a new item names none."""

from __future__ import annotations

from alignak_backend_client.model import resources_by_name
from alignak_backend_embedded.domain.context import caller_or_none, store
from alignak_backend_embedded.domain.events import on
from alignak_backend_embedded.store.access import Document


def fill_in(resource: str, items: list[Document]) -> None:
    """Put into the links that new items leave out what the data model says, where it exists."""
    model = resources_by_name()[resource]
    for field, name in model.default_items.items():
        missing = [item for item in items if field not in item]
        found = store().find_one(model.links[field].resource, {"name": name}, {"_id": 1}) if missing else None
        if found is not None:
            for item in missing:
                item[field] = found["_id"]


def _own_realm(items: list[Document]) -> None:
    who = caller_or_none()
    if who is not None and who.user.get("_realm") is not None:
        for item in items:
            item.setdefault("_realm", who.user["_realm"])


@on("prepare", "host")
def host_defaults(items: list[Document]) -> None:
    """Give hosts the check command that says UP, and the caller's realm."""
    fill_in("host", items)
    _own_realm(items)


@on("prepare", "service")
def service_defaults(items: list[Document]) -> None:
    """Give services the check command that says OK, and the caller's realm."""
    fill_in("service", items)
    _own_realm(items)


for _resource in ("hostescalation", "serviceescalation"):

    @on("prepare", _resource)
    def escalation_defaults(items: list[Document], resource: str = _resource) -> None:
        """Let escalations happen at any time."""
        fill_in(resource, items)
