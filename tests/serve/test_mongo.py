"""What a MongoDB URI means to the server."""

from __future__ import annotations

from typing import Any

import mongomock
import pytest

from alignak_backend_embedded.app import create_app
from alignak_backend_embedded.server.startup import hosts
from alignak_backend_embedded.store import mongo


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        (None, "majority"),
        ("mongodb://a,b,c/x?replicaSet=rs", "majority"),
        ("mongodb://a/x?w=2", 2),
        ("mongodb://a/x?w=majority&journal=true", "majority"),
    ],
)
def test_writes_are_acknowledged_by_the_majority_unless_the_uri_says_otherwise(uri: str | None, expected: Any) -> None:
    assert mongo.write_concern(uri) == {"w": expected}
    app = create_app(mongo_uri=uri, mongo_client=mongomock.MongoClient(tz_aware=True))
    assert app.config["DOMAIN"]["host"]["mongo_write_concern"] == {"w": expected}


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("mongodb://u:p%40ss@a:1,b:2/x?authSource=admin", "a:1,b:2/x"),
        ("mongodb+srv://u:p@cluster.example.com", "cluster.example.com"),
        ("mongodb://a", "a"),
    ],
)
def test_what_is_shown_of_a_uri(uri: str, shown: str) -> None:
    assert hosts(uri) == shown
