"""The daemons of the monitoring engine, as reported by it."""

from __future__ import annotations

import time
from typing import Any, Final

from alignak_backend_client.client import Backend
from alignak_backend_client.monitoring.reading import read_all
from alignak_backend_client.monitoring.realms import Realms

SILENCE: Final = 900
"""Seconds after which a daemon counts as gone, of which nobody tells any longer."""

_FIELDS: Final = ("name", "type", "_realm", "alive", "reachable", "spare", "last_check")


def daemons(backend: Backend, realms: Realms) -> list[dict[str, Any]]:
    """Return a row for each daemon, by type and name.

    Returns:
        ``name``, ``type``, ``realm``, ``spare``; ``state``: ``alive``, ``dead``, ``unreachable``, or ``silent`` when
        the engine has not told of it for :data:`SILENCE`; ``last_check``: when it did, in seconds since 1970; ``age``:
        how many seconds ago that is. Both are null for never.

    Raises:
        BackendException: the request failed.
    """
    now = time.time()
    rows = []
    for item in read_all(backend, "alignakdaemon", {"projection": dict.fromkeys(_FIELDS, 1)}):
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
