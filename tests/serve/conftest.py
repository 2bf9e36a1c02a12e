"""A server that several tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from serve.wire import login
from servers.serve import Serve


@pytest.fixture(scope="module")
def served() -> Iterator[Serve]:
    """One process, its data in memory, impatient with slow clients."""
    with Serve("--database=:memory:", "--client-timeout=1", "--keep-alive=2", "-v") as running:
        yield running


@pytest.fixture(scope="module")
def patient() -> Iterator[Serve]:
    """One that gives clients the time that it gives by default."""
    with Serve("--database=:memory:") as running:
        yield running


@pytest.fixture(scope="module")
def token(served: Serve) -> str:
    found: str = login(served).json["token"]
    return found
