"""A catalog that knows some items and asks nobody for others."""

from __future__ import annotations

from typing import Any

from alignak_backend_client.client import Backend
from alignak_backend_client.items.names.catalog import Catalog
from alignak_backend_client.items.writing.results import Action, Result
from alignak_backend_client.items.writing.writer import Writer


def identity(number: int) -> str:
    """An id."""
    return f"{number:024x}"


class Offline(Catalog):
    """A catalog without a backend: what it does not know is nowhere.

    Attributes:
        asked: the look-ups, in their order: of which resource, and for what.
    """

    def __init__(self) -> None:
        super().__init__(Backend("http://127.0.0.1:9", retries=0))
        self.asked: list[tuple[str, list[str]]] = []

    def _query(self, resource: str, wanted: list[str], make: Any) -> None:  # noqa: ARG002 - how to ask a backend
        self.asked.append((resource, wanted))


def knowing(**items: list[dict[str, Any]]) -> Offline:
    """A catalog of items, by resource; numbers in ``_id`` and ``host`` become ids."""
    catalog = Offline()
    for resource, some in items.items():
        for item in some:
            host = {"host": identity(item["host"])} if "host" in item else {}
            catalog.remember(resource, {**item, "_id": identity(item["_id"]), **host})
    return catalog


class Recorder:
    """A listener that keeps the results."""

    def __init__(self) -> None:
        self.results: list[Result] = []

    def result(self, result: Result) -> None:
        self.results.append(result)

    def sending(self, action: Action, resource: str, names: list[str]) -> None:
        pass

    def progress(self, done: int, total: int) -> None:
        pass


def writer(catalog: Catalog) -> Writer:
    """Whoever writes to a backend of which only names are known."""
    found = Writer(Backend("http://127.0.0.1:9", retries=0), "admin", Recorder())
    found.catalog = catalog
    return found
