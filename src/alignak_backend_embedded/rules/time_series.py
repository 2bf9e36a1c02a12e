"""Time series databases: a Grafana belongs to only one of them in a realm."""

from __future__ import annotations

from typing import Final

from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.errors import RuleError
from alignak_backend_embedded.domain.events import Batch

TIME_SERIES_DATABASES: Final = ("graphite", "influxdb")


def check_grafana(context: Context, documents: Batch) -> None:
    """Reject a grafana that is already attached in the realm, or in a parent realm with its sub-realms."""
    for document in documents:
        grafana = document.get("grafana")
        if grafana is None:
            continue
        realm = context.store.find_one("realm", {"_id": document["_realm"]}, {"_tree_parents": 1}) or {}
        above = {"_realm": {"$in": realm.get("_tree_parents", [])}, "_sub_realm": True}
        where = {"grafana": grafana, "$or": [{"_realm": document["_realm"]}, above]}
        if any(context.store.count(resource, where) for resource in TIME_SERIES_DATABASES):
            raise RuleError("The grafana is already attached in this realm")
