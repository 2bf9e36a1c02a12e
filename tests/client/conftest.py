"""Clients of the backend under test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from alignak_backend_client.client import Backend
from servers.provision import ServerUnavailableError
from servers.running import Kind, running_backend

SMALL_PAGE = 7


@pytest.fixture
def client(backend_url: str) -> Iterator[Backend]:
    """Logged in as admin."""
    with Backend(backend_url) as a_client:
        assert a_client.login("admin", "admin") is True
        yield a_client


@pytest.fixture(scope="session")
def small_pages_url(backend_kind: Kind) -> Iterator[str]:
    """A backend of its own that gives 7 items at a time, 5 when not asked for a number."""
    try:
        with running_backend(backend_kind, page_limit=SMALL_PAGE, page_default=5) as running:
            yield running.url
    except ServerUnavailableError as error:
        pytest.skip(str(error))


@pytest.fixture
def small_pages(small_pages_url: str) -> Iterator[Backend]:
    """Logged in as admin at a backend that gives 7 items at a time."""
    with Backend(small_pages_url) as a_client:
        assert a_client.login("admin", "admin") is True
        yield a_client
