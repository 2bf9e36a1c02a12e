"""Which fields are the backend's own, and which are secret."""

from __future__ import annotations

from typing import Final

#: Fields that the backend itself adds to every document.
AUTOMATIC: Final = ("_id", "_created", "_updated", "_etag")

#: Fields that never leave the backend, by resource. The user's own token is the one exception.
SECRETS: Final[dict[str, frozenset[str]]] = {"user": frozenset({"password", "token"})}

#: Fields that only super administrators read: logins to other systems. Others write them, where they have the right.
FOR_ADMINISTRATORS: Final[dict[str, frozenset[str]]] = {
    "grafana": frozenset({"apikey"}),
    "influxdb": frozenset({"password"}),
}

#: Fields that nobody sees inside other documents.
HIDDEN_WHEN_EMBEDDED: Final = {**SECRETS, **FOR_ADMINISTRATORS}
