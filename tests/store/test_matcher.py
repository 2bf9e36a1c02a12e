"""Filters as MongoDB's manual has them, where mongomock is no judge; in SQL and in the matcher alike."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from alignak_backend_embedded.store.errors import QueryError
from alignak_backend_embedded.store.object_id import ObjectId
from alignak_backend_embedded.store.sqlite import budget
from alignak_backend_embedded.store.sqlite.matcher import compile_filter
from alignak_backend_embedded.store.sqlite.projection import compile_projection
from alignak_backend_embedded.store.sqlite.store import SQLiteStore

ID = ObjectId("0123456789abcdef01234567")
DAY = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("document", "where", "expected"),
    [
        # Braces that repeat nothing are text.
        ({"a": "abd"}, {"a": {"$regex": "^a(?:bc){e<=1}d$"}}, False),
        ({"a": "a{e}"}, {"a": {"$regex": "^a{e}$"}}, True),
        ({"a": "{i}aa"}, {"a": {"$regex": r"^\{[{i]}a{2}$"}}, True),
        # A missing field is null, also for comparisons and below a scalar.
        ({}, {"a": None}, True),
        ({"a": None}, {"a": None}, True),
        ({"a": [1, None]}, {"a": None}, True),
        ({"a": []}, {"a": None}, False),
        ({}, {"a": {"$gte": None}}, True),
        ({}, {"a": {"$gt": None}}, False),
        ({"a": 1}, {"a": {"$lte": None}}, False),
        ({"a": 3}, {"a.b": None}, True),
        ({"a": [{"b": 1}, {}]}, {"a.b": None}, True),
        ({"a": [{"b": 1}]}, {"a.b": None}, False),
        ({"a": [1, 2]}, {"a.b": None}, False),
        ({}, {"a": {"$in": [None, 5]}}, True),
        ({}, {"a": {"$ne": None}}, False),
        ({}, {"a": {"$nin": [1]}}, True),
        # Types are not mixed.
        ({"a": True}, {"a": 1}, False),
        ({"a": 1}, {"a": True}, False),
        ({"a": 1}, {"a": 1.0}, True),
        ({"a": "1"}, {"a": 1}, False),
        ({"a": "x"}, {"a": {"$gt": 1}}, False),
        ({"a": True}, {"a": {"$gt": False}}, True),
        ({"a": str(ID)}, {"a": ID}, False),
        ({"a": ID}, {"a": {"$gt": ObjectId("0" * 24)}}, True),
        ({"a": DAY}, {"a": {"$lt": datetime(2024, 1, 2)}}, True),
        ({"a": 2**53 + 1}, {"a": float(2**53)}, False),
        ({"a": 1}, {"a": 2**70}, False),
        ({"a": 1}, {"a": {"$lt": 2**70}}, True),
        ({"a": 1}, {"a": float("nan")}, False),
        ({"a": 1}, {"a": {"$gte": float("nan")}}, False),
        # Objects are equal with their fields in the same order; {} is not "missing".
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": 2, "x": 1}}, False),
        ({"a": {"x": 1}}, {"a": {"x": 1}}, True),
        ({}, {"a": {}}, False),
        ({"a": {}}, {"a": {}}, True),
        ({"a": {"x": 1}}, {"a": {"$gt": {"x": 0}}}, True),
        # Lists: an element, or the whole.
        ({"a": [1, 2]}, {"a": 2}, True),
        ({"a": [1, 2]}, {"a": [1, 2]}, True),
        ({"a": [1, 2]}, {"a": [2, 1]}, False),
        ({"a": [[1, 2]]}, {"a": [1, 2]}, True),
        ({"a": [1, 5]}, {"a": {"$gt": 4, "$lt": 2}}, True),
        ({"a": [1, 5]}, {"a": {"$elemMatch": {"$gt": 4, "$lt": 2}}}, False),
        ({"a": [1, 2]}, {"a": {"$ne": 2}}, False),
        ({"a": [1, 2]}, {"a": {"$gt": [1, 1]}}, True),
        ({"a": [5, 6]}, {"a.1": 6}, True),
        ({"a": [5, 6]}, {"a.2": 6}, False),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a.b": 2}, True),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a.1.b": 1}, False),
        ({"a": {"1": 6}}, {"a.1": 6}, True),
        ({"a": [{"b": 1, "c": 1}, {"b": 2, "c": 2}]}, {"a": {"$elemMatch": {"b": 1, "c": 2}}}, False),
        ({"a": [{"b": 1, "c": 1}, {"b": 2, "c": 2}]}, {"a.b": 1, "a.c": 2}, True),
        ({"a": [[1], [2]]}, {"a": {"$elemMatch": {"$elemMatch": {"$gt": 1}}}}, True),
        ({"a": [{"b": 1}]}, {"a": {"$elemMatch": {"$or": [{"b": 1}, {"c": 1}]}}}, True),
        ({"a": [1]}, {"a": {"$all": []}}, False),
        ({"a": 1}, {"a": {"$all": [1]}}, True),
        ({"a": [1, 2]}, {"a": {"$all": [[1, 2]]}}, True),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a": {"$all": [{"$elemMatch": {"b": 1}}, {"$elemMatch": {"b": 2}}]}}, True),
        ({"a": []}, {"a": {"$size": 0}}, True),
        ({"a": 1}, {"a": {"$size": 1}}, False),
        # A field that is there, whatever it holds.
        ({"a": None}, {"a": {"$exists": True}}, True),
        ({}, {"a": {"$exists": False}}, True),
        ({"a": [1]}, {"a.b": {"$exists": False}}, True),
        ({"name": None}, {"name": {"$exists": True}}, True),
        ({}, {"name": {"$exists": True}}, False),
        # $mod cuts towards zero and keeps the dividend's sign.
        ({"a": -7}, {"a": {"$mod": [3, -1]}}, True),
        ({"a": 7.9}, {"a": {"$mod": [7, 0]}}, True),
        ({"a": "7"}, {"a": {"$mod": [7, 0]}}, False),
        ({"a": [1, 4]}, {"a": {"$mod": [4, 0]}}, True),
        # $type
        ({"a": 1}, {"a": {"$type": "int"}}, True),
        ({"a": 2**40}, {"a": {"$type": 18}}, True),
        ({"a": 1.5}, {"a": {"$type": [2, "double"]}}, True),
        ({"a": True}, {"a": {"$type": "number"}}, False),
        ({"a": None}, {"a": {"$type": 10}}, True),
        ({}, {"a": {"$type": 10}}, False),
        ({"name": None}, {"name": {"$type": 10}}, True),
        ({}, {"name": {"$type": 10}}, False),
        ({"a": ["x"]}, {"a": {"$type": "string"}}, True),
        ({"a": ["x"]}, {"a": {"$type": "array"}}, True),
        ({"a": ID}, {"a": {"$type": "objectId"}}, True),
        ({"a": DAY}, {"a": {"$type": "date"}}, True),
        ({"a": {}}, {"a": {"$type": 3}}, True),
        ({"a": True}, {"a": {"$type": "bool"}}, True),
        # Regular expressions
        ({"a": "Linux"}, {"a": {"$regex": "^lin", "$options": "i"}}, True),
        ({"a": "x\ny"}, {"a": {"$regex": "^y", "$options": "m"}}, True),
        ({"a": "x\ny"}, {"a": {"$regex": "x.y"}}, False),
        ({"a": "x\ny"}, {"a": {"$regex": "x . y", "$options": "sx"}}, True),
        ({"a": ["q", "ab"]}, {"a": {"$regex": "b"}}, True),
        ({"a": 5}, {"a": {"$regex": "5"}}, False),
        ({"a": "ab"}, {"a": re.compile("B", re.IGNORECASE)}, True),
        ({"a": "ab"}, {"a": {"$in": [re.compile("^b"), "ab"]}}, True),
        ({"a": "ab"}, {"a": {"$not": re.compile("^b")}}, True),
        ({"a": "ab"}, {"a": {"$not": {"$regex": "^a"}}}, False),
        ({"a": "ab"}, {"$or": [{"a": re.compile("^b")}, {"a": re.compile("b$")}]}, True),
        ({"name": "ab"}, {"name": {"$regex": "^a"}}, True),
        ({}, {"name": {"$regex": ""}}, False),
        # Text that looks like something else
        ({"a": "[1]"}, {"a": "[1]"}, True),
        ({"a": [1]}, {"a": "[1]"}, False),
        ({"a": {"b": 1}}, {"a": '{"b":1}'}, False),
        ({"a": {"b": 1}}, {"a": {"$gt": ""}}, False),
        ({"a": "a\x00b"}, {"a": "a\x00b"}, True),
        ({"a": "a\x00b"}, {"a": {"$gt": "a"}}, True),
        ({"a": "a\x00b"}, {"a": {"$regex": "^a.b$"}}, True),
        ({"a": "\U0010ffffp1"}, {"a": True}, False),
        ({"a": "\U0010ffffp1"}, {"a": {"$gt": "z"}}, True),
        # Joined
        ({"a": 1}, {"$nor": [{"a": 2}, {"b": 1}]}, True),
        ({"a": 1}, {"a": {"$not": {"$gt": 5}}, "$or": [{"a": 1}, {"a": 2}]}, True),
        ({"a": 1}, {"$nor": [{"a": 1}, {"a": 2}]}, False),
        ({"a": [1, 3]}, {"a": {"$not": {"$gt": 5, "$lt": 2}}}, True),
        ({"a": 1}, {}, True),
    ],
    ids=str,
)
def test_a_filter_matches_as_in_mongodb(
    store: SQLiteStore, document: dict[str, Any], where: dict[str, Any], expected: bool
) -> None:
    assert compile_filter(where)(document) is expected
    for resource in ("host", "livesynthesis"):
        store.delete(resource, {})
        store.insert(resource, dict(document))
        assert store.count(resource, where) == expected


@pytest.mark.parametrize(
    "where",
    [
        {"$where": "true"},
        {"$text": {"$search": "x"}},
        {"a": {"$near": 1}},
        {"a": {"$foo": 1}},
        {"$or": [{"a": {"$bitsAllSet": 1}}]},
        {"a": {"$gt": 1, "b": 1}},
        {"a": {"$in": [{"$gt": 1}]}},
        {"a": {"$all": [{"$gt": 1}]}},
        {"a": {"$not": {}}},
        {"a": {"$not": {"b": 1}}},
        {"a": {"$gt": re.compile("x")}},
        {"a": {"$mod": [1]}},
        {"a": {"$mod": ["x", 1]}},
        {"a": {"$size": 1.5}},
        {"a": {"$type": []}},
        {"a": {"$regex": 5}},
        {"a": {"$regex": "(a"}},
        {"a": {"$regex": "a", "$options": 5}},
        {"$and": [1]},
        {"a\x00": 1},
        {1: 2},
        {"a": {"$elemMatch": {"$or": []}}},
    ],
    ids=str,
)
def test_a_malformed_filter_is_refused_in_both_ways(store: SQLiteStore, where: dict[str, Any]) -> None:
    with pytest.raises(QueryError):
        compile_filter(where)
    store.delete("host", {})
    with pytest.raises(QueryError):
        store.find("host", where)
    with pytest.raises(QueryError):
        store.delete("host", where)


def test_filters_are_bounded(store: SQLiteStore) -> None:
    deep: dict[str, Any] = {"a": 1}
    for _ in range(200):
        deep = {"$or": [deep]}
    for _ in range(200):
        deep = {"a": {"$not": {"$elemMatch": deep}}}
    with pytest.raises(QueryError):
        store.find("host", deep)
    with pytest.raises(QueryError):
        store.find("host", {"$or": [{f"f{number}": number} for number in range(3000)]})
    assert store.count("host", {"$or": [{f"f{number}": number} for number in range(1500)]}) == 0
    assert store.count("host", {"a": {"$in": list(range(50_000))}}) == 0
    assert store.count("host", {"a": {"$in": ["x" * 100_000] * 3}}) == 0
    with pytest.raises(QueryError, match="too large"):
        store.find("host", {"$and": [{"a": {"$in": list(range(150))}}] * 1000})
    with pytest.raises(QueryError, match="too large"):
        store.find("host", {"$and": [{f"{number:0990}": 1} for number in range(1000)]})
    with pytest.raises(QueryError, match="characters"):
        store.find("host", {"a" * 1001: 1})
    with pytest.raises(QueryError):
        store.find("host", {}, sort=[(f"f{number}", 1) for number in range(40)])


def test_the_time_of_all_conditions_together_is_bounded(store: SQLiteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alignak_backend_embedded.store.sqlite.budget.SECONDS", 0.0)
    store.delete("host", {})
    store.insert("host", {"name": "h", "tags": [1]})
    with pytest.raises(QueryError, match="takes too long"):
        store.find("host", {"name": {"$regex": "h"}})
    with pytest.raises(QueryError, match="takes too long"):
        store.delete("host", {"a.b": None})
    assert store.count("host", {"name": "h"}) == 1


def test_conditions_in_sql_take_time_too(store: SQLiteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.insert("host", [{"name": f"h{number}"} for number in range(3000)])
    monkeypatch.setattr("alignak_backend_embedded.store.sqlite.budget.SECONDS", 0.0)
    for where in ({"x": 1}, {"$or": [{f"f{number}": number} for number in range(100)]}):
        with pytest.raises(QueryError, match="takes too long"):
            store.page("host", where, [], None, 10, 0)
    with store.transaction():  # what is no query has no end
        store.insert("host", {"name": "new"})
    assert store.count("host", {"name": "new"}) == 1


@pytest.mark.parametrize("where", [{"a": {"$elemMatch": {"$gt": 1}}}, {"a": {"$elemMatch": {"b": 1}}}], ids=str)
def test_elements_of_lists_take_time_too(where: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    test = compile_filter(where)
    assert [test({"a": [2]}), test({"a": [{"b": 1}]})].count(True) == 1
    monkeypatch.setattr("alignak_backend_embedded.store.sqlite.budget.SECONDS", 0.0)
    budget.begin(budget.now())
    try:
        with pytest.raises(QueryError, match="takes too long"):
            test({"a": [2]})
    finally:
        budget.begin()


class _Counting:
    """A gate that remembers the largest size."""

    largest = 0

    def check(self, size: int, _seconds: float) -> None:
        self.largest = max(self.largest, size)


@pytest.mark.parametrize(
    ("where", "sort"),
    [
        ({"notes": {"$regex": "x$"}}, []),
        ({"customs.a": {"$regex": "x$"}}, []),
        ({"name": {"$regex": "x$"}}, []),
        ({}, [("customs.a", 1)]),
    ],
    ids=str,
)
def test_decoding_for_a_condition_is_counted_before(
    store: SQLiteStore, where: dict[str, Any], sort: list[tuple[str, int]]
) -> None:
    long = "n" * (2 << 20) + "x"
    store.delete("host", {})
    store.insert("host", {"name": long, "notes": long, "customs": {"a": long}})
    gate = _Counting()
    found, total = store.page("host", where, sort, None, 1, 1, gate)  # skipped: not read itself
    assert (list(found), total) == ([], 1)
    assert gate.largest >= len(long)


@pytest.mark.parametrize("projection", [{"a": 1, "b": 0}, {"a": {"$slice": 1}}, {"a": "x"}, {"$a": 1}, {"a.$": 1}])
def test_a_malformed_projection_is_refused(projection: dict[str, Any]) -> None:
    with pytest.raises(QueryError):
        compile_projection(projection)


def test_a_projection_keeps_the_order_of_the_document() -> None:
    cut = compile_projection({"b": True, "a.x": 1, "_id": 0})
    assert cut is not None
    found = cut({"_id": 1, "a": {"x": 1, "y": 2}, "c": 3, "b": [1]})
    assert list(found.items()) == [("a", {"x": 1}), ("b", [1])]
    assert compile_projection({}) is None
    assert compile_projection(None) is None


def test_only_the_id_can_be_handed_out() -> None:
    cut = compile_projection({"_id": 1})
    assert cut is not None
    assert cut({"_id": 1, "a": 2}) == {"_id": 1}
