"""Running the embedded backend in this process. The one place where the client knows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alignak_backend_client.exceptions import misuse

if TYPE_CHECKING:
    import httpx2

MISSING = "The embedded backend is not installed: pip install 'alignak-backend-client[embedded]'"


def transport(database: str) -> httpx2.BaseTransport:
    """Return the way to an embedded backend.

    Args:
        database: path of its file, ``:memory:`` for one that is gone afterwards, or nothing for the file in the
            user's data folder.

    Raises:
        BackendException: code 1000; it is not installed, or the database cannot be used.
    """
    try:
        from alignak_backend_embedded.inprocess import transport as embedded
        from alignak_backend_embedded.store.errors import StoreError
    except ModuleNotFoundError as error:
        raise misuse(f"{MISSING} ({error.name} is missing)") from error
    try:
        return embedded(database)
    except StoreError as error:
        raise misuse(str(error)) from error
