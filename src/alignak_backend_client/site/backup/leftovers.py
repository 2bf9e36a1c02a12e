"""Deleting items that the backend creates automatically during a restore, and that are not in the backup."""

from __future__ import annotations

from typing import Any, Final

from alignak_backend_client.exceptions import has_gone
from alignak_backend_client.items.names.catalog import check_items
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.site.backup.file import Backup
from alignak_backend_client.site.backup.mapping import ACTIONS, EVENTS, Mapping

_AT_ONCE: Final = 500


class Leftovers:
    """Deletes the side effects of this run, and of interrupted earlier ones.

    Args:
        writer: the backend.
        backup: the backup.
        mapping: the items that existed before.
        keep: True to keep services and events that existed before.
    """

    def __init__(self, writer: Writer, backup: Backup, mapping: Mapping, *, keep: bool) -> None:
        self._writer = writer
        self._backup = backup
        self._mapping = mapping
        self._keep = keep

    def remove_services(self) -> None:
        """Delete the services that restored hosts got from templates; those of the backup replace them."""
        where = {"_templates_from_host_template": True, "_is_template": {"$ne": True}}
        self._remove("service", where, "host", "host")

    def remove_rights(self) -> None:
        """Delete the right that each new user gets; those of the backup replace it."""
        if self._backup.header.get("complete") is True:
            self._remove("userrestrictrole", {}, "user", "user")

    def remove_history(self) -> None:
        """Delete the history entries that the restore itself has caused."""
        if any(name in self._backup.counts for name in ACTIONS):
            self._remove("history", {"type": {"$in": sorted(EVENTS)}}, "host", "host")
        if "logcheckresult" in self._backup.counts:
            self._remove("history", {"type": "check.result"}, "logcheckresult", "logcheckresult")

    def _remove(self, resource: str, where: dict[str, Any], link: str, linked: str) -> None:
        """Delete items that are not in the backup, but whose linked items are."""
        params = {"projection": {link: 1, "_etag": 1}, "where": where}
        doomed: list[dict[str, Any]] = []
        mapped = self._mapping.moved(linked)
        own = self._mapping.moved(resource)
        for page in self._writer.backend.pages(resource, params):
            for item in check_items(resource, page.items()):
                to = item.get(link)
                if self._keep and resource != "userrestrictrole" and self._mapping.existed(resource, item["_id"]):
                    continue
                if (to in self._backup.ids[linked] or to in mapped) and not (
                    item["_id"] in self._backup.ids[resource] or item["_id"] in own
                ):
                    doomed.append(item)
        for start in range(0, len(doomed), _AT_ONCE):
            for outcome in self._writer.backend.delete_many(resource, doomed[start : start + _AT_ONCE]):
                if outcome.error is not None:
                    if has_gone(outcome.error):
                        raise outcome.error
                    self._writer.report.end(
                        f"a {resource} that the backend has created cannot be deleted: {outcome.error.reason}",
                        outcome.error.code,
                    )
