"""Python client of the Alignak monitoring backend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alignak_backend_client._version import __version__

if TYPE_CHECKING:
    from alignak_backend_client.client import Backend
    from alignak_backend_client.exceptions import BackendException

__all__ = ["Backend", "BackendException", "__version__"]


def __getattr__(name: str) -> Any:
    """Import the client when it is first asked for: the command starts without it."""
    if name in ("Backend", "BackendException"):
        from alignak_backend_client import client

        return getattr(client, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
