"""An application over a store in memory, as its administrator reaches it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from embedded.conftest import make_app, quick_hashes
from embedded.site import Site

__all__ = ["quick_hashes"]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    found = Site(make_app("sqlite", cors_origins=["https://ui.example"]))
    yield found
    found.close()
