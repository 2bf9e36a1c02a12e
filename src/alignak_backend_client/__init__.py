"""Python client of the Alignak monitoring backend."""

from __future__ import annotations

from alignak_backend_client._version import __version__

# The command prints its version in 20 ms; importing typing would take 10 more. Type checkers know the name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from alignak_backend_client.async_client import AsyncBackend
    from alignak_backend_client.client import Backend, BackendException, Change, Outcome, Page

__all__ = ["AsyncBackend", "Backend", "BackendException", "Change", "Outcome", "Page", "__version__"]

_HOME: Final = {
    "AsyncBackend": "async_client",
    "Backend": "client",
    "BackendException": "client",
    "Change": "client",
    "Outcome": "client",
    "Page": "client",
}


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> Any:
    """Import the client when it is first asked for: the command starts without it."""
    if name in _HOME:
        import importlib

        return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    if name == "VERSION":  # of 1.4.4
        return tuple(int(part) for part in __version__.split(".")[:3])
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
