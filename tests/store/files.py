"""What the tests of database files share."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from alignak_backend_embedded.store.errors import (
    DatabaseError,
)
from alignak_backend_embedded.store.sqlite.store import SQLiteStore


def problem(path: str | Path) -> str:
    with pytest.raises(DatabaseError) as caught:
        SQLiteStore(path)
    text = str(caught.value)
    assert str(path) in text
    assert "\n" not in text
    return text


def execute(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
