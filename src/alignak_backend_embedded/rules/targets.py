"""Time series databases: each grafana belongs to one of them in a realm."""

from __future__ import annotations

from typing import Final

from alignak_backend_embedded.domain.context import store
from alignak_backend_embedded.domain.errors import RuleError
from alignak_backend_embedded.domain.events import on
from alignak_backend_embedded.store.access import Document

_DATABASES: Final = ("graphite", "influxdb")


@on("insert", *_DATABASES)
def check_grafana(documents: list[Document]) -> None:
    """Refuse a grafana that is attached in the realm already, or in a realm above with its sub-realms."""
    for document in documents:
        grafana = document.get("grafana")
        if grafana is None:
            continue
        realm = store().find_one("realm", {"_id": document["_realm"]}, {"_tree_parents": 1}) or {}
        above = {"_realm": {"$in": realm.get("_tree_parents", [])}, "_sub_realm": True}
        where = {"grafana": grafana, "$or": [{"_realm": document["_realm"]}, above]}
        if any(store().count(resource, where) for resource in _DATABASES):
            raise RuleError("The grafana is attached in this realm already")
