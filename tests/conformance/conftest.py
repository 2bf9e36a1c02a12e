"""The backend under conformance tests, and a world in it for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.world import World
from servers.provision import ServerUnavailableError
from servers.running import Kind, RunningBackend, fast_backend


def _started(kind: Kind) -> Iterator[RunningBackend]:
    try:
        with fast_backend(kind) as running:
            yield running
    except ServerUnavailableError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def server(backend_kind: Kind) -> Iterator[RunningBackend]:
    """One backend for the whole suite; tests share it, and clean up."""
    yield from _started(backend_kind)


@pytest.fixture
def world(server: RunningBackend) -> Iterator[World]:
    a_world = World(server)
    yield a_world
    a_world.clean()


@pytest.fixture
def fresh_world(backend_kind: Kind) -> Iterator[World]:
    """A world in a backend of its own, just started: for start documents, and for tests that empty collections."""
    yield from map(World, _started(backend_kind))


@pytest.fixture(scope="module")
def started_world(backend_kind: Kind) -> Iterator[World]:
    """A world in a backend of its own that tests only read."""
    yield from map(World, _started(backend_kind))
