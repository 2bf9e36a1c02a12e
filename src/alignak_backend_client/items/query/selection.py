"""What a list holds, and reading it some items at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from alignak_backend_client.client import Backend, Page
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.catalog import Catalog, checked, name_filter
from alignak_backend_client.items.names.references import service_splits, show
from alignak_backend_client.model import Resource

PAGE: Final = 1000
"""Items in memory at a time; the pages of large items are smaller than the largest the backend gives."""


def list_filter(catalog: Catalog, resource: Resource, item: str | None, *, templates: bool) -> dict[str, Any]:
    """Return the filter of a list.

    Args:
        catalog: names and ids.
        resource: what to list.
        item: None for all; ``host/*`` for the services of a host; else a name, or ``host/service``.
        templates: True for templates only. They are left out otherwise.

    Raises:
        ItemError: the host named does not exist.
    """
    where: dict[str, Any] = {}
    if resource.has_templates:
        where["_is_template"] = True if templates else {"$ne": True}
    if item is None:
        return where
    if resource.key == ("host", "name") and "/" in item:
        splits = service_splits(item)
        catalog.load("host", {host for host, _ in splits})
        pairs = [(known.id, name) for host, name in splits for known in catalog.find("host", host)]
        if not pairs:
            raise ItemError(f"There is no host {show(splits[0][0] if splits else item)}")
        return where | {
            "$or": [{"host": host} | ({} if name == "*" else {"name": name_filter(name)}) for host, name in pairs]
        }
    if not resource.has_name:
        return where | {"_id": item}
    return where | {"name": name_filter(item)}


def pages(backend: Backend, resource: Resource, params: dict[str, Any]) -> Iterator[Page]:
    """Yield the items that some parameters ask for, some at a time.

    Raises:
        BackendException: the backend refuses to answer.
        ItemError: the answer is not that of a backend.
    """
    for page in backend.pages(resource.name, {"max_results": PAGE, **params}):
        if not all(isinstance(key, str) for key in page.keys):
            checked(resource.name, page.items())
        yield page
