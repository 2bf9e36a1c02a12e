"""Documents of a store over SQLite: what is taken, refused and handed out."""

from __future__ import annotations

import _sqlite3
import ctypes
from typing import Any

import pytest

from alignak_backend_embedded.store.errors import (
    DocumentError,
    DuplicateKeyError,
    QueryError,
)
from alignak_backend_embedded.store.object_id import ObjectId
from alignak_backend_embedded.store.sqlite.store import SQLiteStore


def test_a_duplicate_takes_the_whole_batch_back_and_is_named() -> None:
    documents = SQLiteStore(":memory:")
    known = ObjectId()
    documents.insert("host", {"_id": known, "name": "h"})
    with pytest.raises(DuplicateKeyError, match="_id") as caught:
        documents.insert("host", [{"name": "a"}, {"name": "b"}, {"_id": known, "name": "c"}])
    assert caught.value.index == 2
    assert documents.count("host", {}) == 1
    with pytest.raises(DuplicateKeyError, match="name"):
        documents.update_fields("host", {"_id": documents.insert("host", {"name": "i"})[0]}, {"name": "h"})
    documents.close()


def test_documents_handed_out_are_the_callers() -> None:
    documents = SQLiteStore(":memory:")
    mine: dict[str, Any] = {"name": "h", "tags": ["a"]}
    documents.insert("host", mine)
    mine["tags"].append("b")
    found = documents.find_one("host", {"name": "h"})
    assert found is not None
    assert found["tags"] == ["a"]
    found["tags"].append("c")
    assert documents.count("host", {"tags": "c"}) == 0
    documents.close()


def test_documents_that_cannot_be_stored_are_refused() -> None:
    documents = SQLiteStore(":memory:")
    bad: list[Any] = [float("nan"), float("inf"), 2**63, b"x", "\ud800", {"$a": 1}, {1: 2}, object(), {"a\x00": 1}]
    for value in bad:
        with pytest.raises(DocumentError):
            documents.insert("host", {"name": "h", "notes": value})
    misplaced: list[dict[str, Any]] = [{"name": ["h"]}, {"_id": None}, {"_id": {"a": 1}}, {"_realm": {}}]
    for document in misplaced:
        with pytest.raises(DocumentError):
            documents.insert("host", document)
    assert documents.count("host", {}) == 0
    documents.close()


def test_no_text_breaks_out_of_the_sql() -> None:
    documents = SQLiteStore(":memory:")
    documents.insert("host", {"name": "h", "it's": 1, "a b": 2, 'qu"ote': 3, "sl\\ash": 4, "é": 5, "": 6})
    for name, value in (("it's", 1), ("a b", 2), ('qu"ote', 3), ("sl\\ash", 4), ("é", 5), ("", 6)):
        assert documents.count("host", {name: value}) == 1, name
        assert documents.count("host", {name: {"$gt": value}}) == 0, name
    for evil in ("a') OR 1=1 --", ".$.a", 'a" OR 1', "\ud800", "x\n"):
        assert documents.count("host", {evil: 1}) == 0
        assert documents.count("host", {"name": evil}) == 0
        assert len(list(documents.find("host", {}, sort=[("it's", 1), ('qu"ote', -1)]))) == 1
    for resource in ('host"; DROP TABLE host; --', "", "sqlite_schema", "a/b"):
        with pytest.raises(ValueError, match="not a resource of the data model"):
            documents.count(resource, {})
    documents.close()


def test_statements_of_long_filters_are_not_kept() -> None:
    """Each takes megabytes, and a connection keeps hundreds of statements."""
    used = ctypes.CDLL(_sqlite3.__file__).sqlite3_memory_used
    used.restype = ctypes.c_int64
    documents = SQLiteStore(":memory:")
    sizes = []
    for number in range(4):
        documents.count("host", {"$or": [{f"field{number}_{i}": 1} for i in range(300)]})
        sizes.append(used())
    documents.close()
    assert sizes[-1] - sizes[0] < 100_000, sizes


def test_increments_and_fields_that_cannot_be_set() -> None:
    documents = SQLiteStore(":memory:")
    documents.insert("livesynthesis", {"hosts_total": 1, "_etag": "e", "name": "x", "list": [1, {"a": 1}]})
    assert documents.increment("livesynthesis", {}, {"hosts_total": 2, "hosts_up_hard": -1, "deep.er": 1}) == 1
    assert documents.update_fields("livesynthesis", {}, {"list.1.a": 5}) == 1
    found = documents.find_one("livesynthesis", {"deep.er": 1, "list.a": 5})
    assert found is not None
    assert (found["hosts_total"], found["hosts_up_hard"], found["_etag"]) == (3, -1, "e")
    for fields in ({"_id": 1}, {"name.x": 1}, {"list.7": 1}, {"list.x": 1}):
        with pytest.raises(QueryError):
            documents.update_fields("livesynthesis", {}, fields)
    with pytest.raises(QueryError):
        documents.increment("livesynthesis", {}, {"name": 1})
    documents.close()
