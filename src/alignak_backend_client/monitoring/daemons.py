"""The daemons of the monitoring engine, as reported by it."""

from __future__ import annotations

import time
from typing import Any, Final

from alignak_backend_client.client import Backend
from alignak_backend_client.items.names.filters import PAGE
from alignak_backend_client.monitoring.reading import read_all
from alignak_backend_client.monitoring.realms import Realms

SILENCE: Final = 900
"""Seconds without a report after which a daemon counts as ``silent``."""

_FIELDS: Final = ("name", "type", "_realm", "alive", "reachable", "spare", "last_check")


def read_daemons(backend: Backend, realms: Realms) -> list[dict[str, Any]]:
    """Read the daemons of the engine, sorted by type and name.

    Returns:
        A row for each: ``name``, ``type``, ``realm``, ``spare``; ``state``: ``alive``, ``dead``, ``unreachable``, or
        ``silent`` if the engine has not reported it for :data:`SILENCE` seconds; ``last_check``: time of the last
        report, in seconds since 1970; ``age``: seconds since then. Both are null if there was no report.

    Raises:
        BackendException: the request failed.
    """
    now = time.time()
    rows = []
    for item in read_all(backend, "alignakdaemon", {"projection": dict.fromkeys(_FIELDS, 1), "max_results": PAGE}):
        checked = item.get("last_check") or None
        rows.append(
            {
                "name": item.get("name"),
                "type": item.get("type"),
                "realm": realms.name(item.get("_realm")),
                "spare": item.get("spare", False),
                "state": _state(item, now),
                "last_check": checked,
                "age": None if checked is None else max(0, int(now - checked)),
            }
        )
    return sorted(rows, key=lambda row: (str(row["type"]), str(row["name"])))


def _state(item: dict[str, Any], now: float) -> str:
    if now - (item.get("last_check") or 0) > SILENCE:
        return "silent"
    if not item.get("alive"):
        return "dead"
    return "alive" if item.get("reachable") else "unreachable"
