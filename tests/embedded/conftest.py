"""Backends for the tests of this folder: over SQLite, and over MongoDB."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from alignak_backend_embedded.app import create_app
from alignak_backend_embedded.domain import passwords
from embedded.site import Site


def make_app(layer: str, **options: Any) -> Any:
    if layer == "sqlite":
        return create_app(":memory:", **options)
    import mongomock

    return create_app(mongo_client=mongomock.MongoClient(), **options)


@pytest.fixture(autouse=True, scope="session")
def quick_hashes() -> Iterator[None]:
    """The same method with little work: these tests make hundreds of users."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_METHOD", "scrypt:1024:8:1")
        yield


@pytest.fixture(params=["sqlite", "mongo"])
def layer(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def site(layer: str) -> Iterator[Site]:
    """A new backend on each of the stores."""
    found = Site(make_app(layer))
    yield found
    found.close()


@pytest.fixture
def sqlite_site() -> Iterator[Site]:
    """A new backend over SQLite."""
    found = Site(make_app("sqlite"))
    yield found
    found.close()
