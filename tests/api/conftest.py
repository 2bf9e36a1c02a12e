"""An application over a store in memory, as its administrator reaches it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from embedded.conftest import NewSite, new_site
from embedded.site import Site

__all__ = ["new_site"]


@pytest.fixture(scope="module")
def site(new_site: NewSite) -> Iterator[Site]:
    found = new_site("sqlite", cors_origins=("https://ui.example",))
    yield found
    found.close()
