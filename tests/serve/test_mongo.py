"""What a MongoDB URI means to the server, and searches of MongoDB that take long."""

from __future__ import annotations

from typing import Any

import mongomock
import pytest
from pymongo import MongoClient
from pymongo.errors import (
    BulkWriteError,
    CursorNotFound,
    ExecutionTimeout,
    OperationFailure,
    WriteConcernError,
    WTimeoutError,
)

from alignak_backend_embedded.api.admission import LONG, Admission, Gate, NoPlaceError, Places
from alignak_backend_embedded.server.startup import hosts
from alignak_backend_embedded.store.errors import BusyError
from alignak_backend_embedded.store.mongo import MongoStore


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        (None, "majority"),
        ("mongodb://a,b,c/x", "majority"),
        ("mongodb://a/x?w=2", 2),
        ("mongodb://a/x?w=majority&journal=true", "majority"),
    ],
)
def test_writes_are_acknowledged_by_the_majority_by_default(uri: str | None, expected: Any) -> None:
    client = MongoClient[dict[str, Any]](uri, connect=False)
    store = MongoStore(uri, client)
    assert store.database.write_concern.document["w"] == expected
    store.close()


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("mongodb://u:p%40ss@a:1,b:2/x?authSource=admin", "a:1,b:2/x"),
        ("mongodb+srv://u:p@cluster.example.com", "cluster.example.com"),
        ("mongodb://a", "a"),
    ],
)
def test_uris_are_shown_without_passwords(uri: str, shown: str) -> None:
    assert hosts(uri) == shown


@pytest.mark.parametrize(
    ("uri", "seconds"),
    [("mongodb://127.0.0.1:1/x", 5), ("mongodb://127.0.0.1:1,127.0.0.1:2/x?w=1&serverselectiontimeoutMS=900", 0.9)],
)
def test_requests_wait_for_a_server_as_long_as_the_uri_allows(uri: str, seconds: float) -> None:
    store = MongoStore(uri)
    assert store.database.client.options.server_selection_timeout == seconds
    store.close()


@pytest.mark.parametrize(
    "error", [ExecutionTimeout("operation exceeded time limit"), CursorNotFound("cursor id 7 not found", 43)]
)
def test_a_search_that_takes_long_has_a_place_or_ends(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    granted: list[int] = []
    find = mongomock.Collection.find

    def slow_find(self: Any, *words: Any, max_time_ms: int) -> Any:
        granted.append(max_time_ms)
        if max_time_ms < 10_000:
            raise error
        return find(self, *words)

    monkeypatch.setattr(mongomock.Collection, "find", slow_find)
    store, places = MongoStore(None, mongomock.MongoClient()), Places()
    store.insert("host", {"name": "h"})
    assert store.page("host", {}, [], None, 50, 0, Gate(Admission(places, 0), 1000))[1] == 1
    assert granted == [500, 10_000]
    while places.take(LONG):
        granted.clear()
    with pytest.raises(NoPlaceError):
        store.page("host", {}, [], None, 50, 0, Gate(Admission(places, 0), 1000))
    assert granted == [500]
    assert store.page("host", {}, [], None, 50, 0)[1] == 1


@pytest.mark.parametrize(
    "error", [CursorNotFound("cursor id 7 not found", 43), OperationFailure("interrupted at shutdown", 11601)]
)
def test_a_query_that_mongodb_gives_up_can_be_repeated(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(*_words: Any, **_more: Any) -> Any:
        raise error

    monkeypatch.setattr(mongomock.Collection, "find", lose)
    monkeypatch.setattr(mongomock.Collection, "insert_many", lose)
    store = MongoStore(None, mongomock.MongoClient())
    with pytest.raises(BusyError):
        store.page("host", {}, [], None, 50, 0)
    with pytest.raises(BusyError):
        store.find_one("host", {})
    with pytest.raises(BusyError):
        store.insert("host", {"name": "h"})


@pytest.mark.parametrize(
    "error",
    [
        WriteConcernError("operation was interrupted", 11602),
        WTimeoutError("waiting for replication timed out", 64),
        BulkWriteError({"writeErrors": [], "writeConcernErrors": [{"code": 11602, "errmsg": "interrupted"}]}),
        BulkWriteError({"writeErrors": [{"index": 0, "code": 189, "errmsg": "stepped down"}]}),
    ],
)
def test_a_write_during_a_failover_can_be_repeated(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_words: Any, **_more: Any) -> Any:
        raise error

    monkeypatch.setattr(mongomock.Collection, "insert_many", fail)
    monkeypatch.setattr(mongomock.Collection, "update_many", fail)
    store = MongoStore(None, mongomock.MongoClient())
    with pytest.raises(BusyError):
        store.insert("host", {"name": "h"})
    with pytest.raises(BusyError):
        store.update_fields("host", {}, {"alias": "h"})
