"""The backend behind the faults."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from alignak_backend_client import Backend
from faults.running import admin


@pytest.fixture
def direct(backend_url: str) -> Iterator[Backend]:
    """The backend without faults, asked as admin."""
    with admin(backend_url) as backend:
        yield backend
