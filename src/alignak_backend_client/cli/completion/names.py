"""Names of items from the backend for completion: silent, within one second, and empty on any failure."""

from __future__ import annotations

import contextlib
import os
import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from alignak_backend_client.cli.access import Access, is_loopback
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.client import EMBEDDED, Backend
from alignak_backend_client.items.names.catalog import name_filter
from alignak_backend_client.items.names.patterns import kind_filter
from alignak_backend_client.model import Resource

_SECONDS: Final = "ALIGNAK_BACKEND_COMPLETION_TIMEOUT"
"""Environment variable with the seconds to wait for names; 1 by default."""
_MOST: Final = 200


class Names:
    """Names of items in the backend of a command line.

    Args:
        given: its connection options, as arguments of ``Access``.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given

    def like(self, resource: Resource, text: str, *, templates: bool | None = False) -> list[str]:
        """Return names of items that begin with a text; for services, ``host/service``, or ``host/`` before the slash.

        Args:
            resource: their type.
            text: the beginning.
            templates: True for templates only, False for no templates, None for both.
        """
        return self._ask_backend(lambda backend: _like(backend, resource, text, templates))

    def downtimes(self, text: str) -> list[str]:
        """Return ids of requested downtimes that are not over and begin with a text."""
        where = {"action": "add", "end_time": {"$gt": int(time.time())}}
        return self._ask_backend(
            lambda backend: [
                item["_id"] for item in _items(backend, "actiondowntime", where) if item["_id"].startswith(text)
            ]
        )

    def _ask_backend(self, ask: Callable[[Backend], list[str]]) -> list[str]:
        """Return the answer of a backend; nothing if it is late or fails."""
        found: list[str] = []
        try:
            seconds = min(max(float(os.environ.get(_SECONDS) or 1), 0.01), 60)
        except ValueError:
            seconds = 1.0

        def answer() -> None:
            # Completion stays silent on any failure.
            with contextlib.suppress(Exception):
                access = Access(**{**self._given, "timeout": seconds, "retries": 0})
                if access.password != "-" and (_is_local(access.backend_url) or self._may_log_in(access)):  # noqa: S105
                    with access.open(Console(quiet=True)) as backend:
                        found.extend(ask(backend))

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        thread.join(seconds)
        return list(found)

    @staticmethod
    def _may_log_in(access: Access) -> bool:
        """Return True if there is a login; repeated guesses at another machine's backend would lock the user out."""
        return access.sources["password"] != "default" or access.is_logged_in()  # noqa: S105 - not a password


def _is_local(url: str) -> bool:
    """Return True if a backend is on this machine, where the default password may be right."""
    return url.startswith(EMBEDDED) or is_loopback(urlsplit(url).hostname or "")


def _like(backend: Backend, resource: Resource, text: str, templates: bool | None) -> list[str]:
    if resource.name != "service":
        return _names(backend, resource.name, text, _kind(resource, templates))
    host, stroke, service = text.partition("/")
    if not stroke:
        return [f"{name}/" for name in _names(backend, "host", host, _kind(resource, templates))]
    hosts = _items(backend, "host", {"name": name_filter(host)})
    where = {"host": {"$in": [one["_id"] for one in hosts]}, **_kind(resource, templates)}
    return [f"{host}/{name}" for name in _names(backend, "service", service, where)]


def _kind(resource: Resource, templates: bool | None) -> dict[str, Any]:
    return {} if templates is None else kind_filter(resource, templates=templates)


def _names(backend: Backend, resource: str, text: str, where: Mapping[str, Any]) -> list[str]:
    pattern = {"name": {"$regex": f"^{re.escape(text)}"}} if text else {}
    names = {str(item.get("name", "")) for item in _items(backend, resource, {**pattern, **where})}
    return sorted(name for name in names if name and name.isprintable())


def _items(backend: Backend, resource: str, where: Mapping[str, Any]) -> list[dict[str, Any]]:
    params = {"where": where, "projection": {"name": 1}, "sort": "name", "max_results": _MOST}
    items: list[dict[str, Any]] = backend.get(resource, params)["_items"]
    return items
