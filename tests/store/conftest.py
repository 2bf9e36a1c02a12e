"""A store over SQLite for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from alignak_backend_embedded.store.sqlite.store import SQLiteStore


@pytest.fixture(scope="module")
def store() -> Iterator[SQLiteStore]:
    """One store for all tests of a module."""
    documents = SQLiteStore(":memory:")
    yield documents
    documents.close()
