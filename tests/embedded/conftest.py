"""Backends for the tests of this folder: over SQLite and mongomock, or over FerretDB with `--backend mongo`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import mongomock
import pytest

from alignak_backend_embedded.api.options import Options
from alignak_backend_embedded.app import create_app
from embedded.site import Site


class NewSite:
    """Makes backends, each on a store of its own."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request
        self.layers: list[str] = request.getfixturevalue("layers")

    def __call__(self, layer: str | None = None, **options: Any) -> Site:
        """A new backend on that store; on the first of this run when none is named."""
        return Site(create_app(**self.store(layer or self.layers[0]), options=Options(**options)))

    def store(self, layer: str) -> dict[str, Any]:
        """What `create_app` takes for a new, empty store."""
        if layer == "sqlite":
            return {"database": ":memory:"}
        if layer == "mongomock":
            return {"mongo_client": mongomock.MongoClient()}
        return {"mongo_uri": self._request.getfixturevalue("ferretdb").uri()}


@pytest.fixture(scope="session")
def new_site(request: pytest.FixtureRequest) -> NewSite:
    return NewSite(request)


@pytest.fixture
def site(layer: str, new_site: NewSite) -> Iterator[Site]:
    """A new backend on each of the stores."""
    found = new_site(layer)
    yield found
    found.close()


@pytest.fixture
def one_site(new_site: NewSite) -> Iterator[Site]:
    """A new backend, for tests to which one store is as good as another."""
    found = new_site()
    yield found
    found.close()


@pytest.fixture(scope="module")
def shared(new_site: NewSite) -> Iterator[Site]:
    """A backend for all examples of a module's property tests."""
    found = new_site()
    yield found
    found.close()


@pytest.fixture
def sqlite_site(new_site: NewSite) -> Iterator[Site]:
    """A new backend over SQLite."""
    found = new_site("sqlite")
    yield found
    found.close()
