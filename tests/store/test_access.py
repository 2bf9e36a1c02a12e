"""One contract, two stores: over SQLite and over MongoDB."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import mongomock
import pytest

from alignak_backend_embedded.store.access import Store
from alignak_backend_embedded.store.errors import BusyError, DocumentError, DuplicateKeyError, QueryError
from alignak_backend_embedded.store.mongo import MongoStore
from alignak_backend_embedded.store.object_id import ObjectId
from alignak_backend_embedded.store.sqlite.store import SQLiteStore


@pytest.fixture
def store(layer: str, request: pytest.FixtureRequest) -> Iterator[Store]:
    found: Store
    if layer == "sqlite":
        found = SQLiteStore(":memory:")
    else:
        if layer == "mongomock":
            mongo = MongoStore(None, mongomock.MongoClient(tz_aware=True))
        else:
            mongo = MongoStore(request.getfixturevalue("ferretdb").uri())
        mongo.ensure_indexes()
        found = mongo
    yield found
    found.close()


@pytest.fixture
def hosts(store: Store) -> list[ObjectId]:
    return store.insert("host", [{"name": f"h{number}", "number": number, "tags": ["t"]} for number in range(5)])


def test_new_documents_get_an_id_and_keep_their_order(store: Store) -> None:
    document: dict[str, Any] = {"name": "h"}
    assert store.insert("host", document) == [document["_id"]]
    own = ObjectId()
    assert store.insert("host", [{"_id": own, "name": "i"}, {"name": "j"}])[0] == own
    assert store.insert("host", []) == []
    assert [host["name"] for host in store.find("host", {})] == ["h", "i", "j"]


def test_nothing_but_an_id_is_added(store: Store) -> None:
    store.insert("host", {"name": "h"})
    assert set(next(store.find("host", {}))) == {"_id", "name"}


@pytest.mark.parametrize("resource", ["history", "logcheckresult"])
def test_mongodb_finds_a_period_by_an_index(resource: str) -> None:
    mongo = MongoStore(None, mongomock.MongoClient(tz_aware=True))
    mongo.ensure_indexes()
    assert [("_created", -1)] in [index["key"] for index in mongo.database[resource].index_information().values()]
    mongo.close()


@pytest.mark.usefixtures("hosts")
def test_a_page_has_the_total(store: Store) -> None:
    def page(where: dict[str, Any], limit: int, skip: int = 0) -> tuple[list[str], int]:
        found, total = store.page("host", where, [], None, limit, skip)
        return [host["name"] for host in found], total

    some = {"number": {"$gt": 2}}
    assert [page(some, limit) for limit in (1, 2, 3)] == [(["h3"], 2), (["h3", "h4"], 2), (["h3", "h4"], 2)]
    assert [page(some, 1, skip) for skip in (1, 2, 9)] == [(["h4"], 2), ([], 2), ([], 2)]
    assert [page({"number": 7}, limit) for limit in (1, 2)] == [([], 0), ([], 0)]


def test_find_selects_sorts_cuts_and_limits(store: Store, hosts: list[ObjectId]) -> None:
    found = store.find("host", {"number": {"$gt": 0}}, sort=[("number", -1)], projection={"name": 1}, limit=2)
    assert list(found) == [{"_id": hosts[4], "name": "h4"}, {"_id": hosts[3], "name": "h3"}]
    assert list(store.find("host", {}, limit=0)) == []
    assert list(store.find("host", {"_id": {"$in": hosts[:2]}}, projection={"tags": 0, "number": 0, "_id": 0})) == [
        {"name": "h0"},
        {"name": "h1"},
    ]


def test_find_one_and_count(store: Store, hosts: list[ObjectId]) -> None:
    found = store.find_one("host", {"_id": hosts[1]}, {"name": 1, "_id": 0})
    assert found == {"name": "h1"}
    assert store.find_one("host", {"name": "none"}) is None
    assert store.count("host", {"tags": "t"}) == 5
    assert store.count("service", {}) == 0


def test_fields_are_set_without_touching_anything_else(store: Store) -> None:
    store.insert("host", [{"name": "h", "_etag": "e", "customs": {"a": 1}}, {"name": "i"}])
    assert store.update_fields("host", {"name": "h"}, {"alias": "x", "customs.b": 2}) == 1
    found = store.find_one("host", {"name": "h"}, {"_id": 0})
    assert found == {"name": "h", "_etag": "e", "customs": {"a": 1, "b": 2}, "alias": "x"}
    assert store.update_fields("host", {}, {"alias": "y"}) == 2
    assert store.update_fields("host", {"name": "none"}, {"alias": "y"}) == 0


def test_numbers_are_added_to(store: Store) -> None:
    store.insert("livesynthesis", {"hosts_total": 3, "_etag": "e"})
    assert store.increment("livesynthesis", {}, {"hosts_total": -1, "hosts_up_hard": 2}) == 1
    assert store.find_one("livesynthesis", {}, {"_id": 0}) == {"hosts_total": 2, "hosts_up_hard": 2, "_etag": "e"}


def test_documents_are_deleted(store: Store, hosts: list[ObjectId]) -> None:
    assert store.delete("host", {"_id": {"$in": hosts[:2]}}) == 2
    assert store.delete("host", {"name": "none"}) == 0
    assert store.delete("host", {}) == 3
    assert list(store.find("host", {})) == []


def test_documents_may_change_while_they_are_walked(store: Store, hosts: list[ObjectId]) -> None:
    for host in store.find("host", {"number": {"$gte": 0}}):
        store.update_fields("host", {"_id": host["_id"]}, {"number": host["number"] + 10})
    assert sorted(host["number"] for host in store.find("host", {})) == [10, 11, 12, 13, 14]
    assert len(hosts) == 5


def test_a_transaction_nests(store: Store) -> None:
    with store.transaction(), store.transaction():
        store.insert("host", {"name": "h"})
    assert store.count("host", {}) == 1


def test_duplicates_are_reported_with_their_position(store: Store) -> None:
    store.insert("host", {"name": "a"})
    with pytest.raises(DuplicateKeyError) as refused:
        store.insert("host", [{"name": "b"}, {"name": "a"}, {"name": "c"}])
    assert refused.value.index == 1
    with pytest.raises(DuplicateKeyError):
        store.insert("host", {"name": "a"})
    store.insert("host", {"name": "d"})
    with pytest.raises(DuplicateKeyError):
        store.update_fields("host", {"name": "d"}, {"name": "a"})
    assert store.count("host", {"name": "a"}) == 1


@pytest.mark.mongo_only
def test_documents_that_mongodb_does_not_take(store: Store) -> None:
    """MongoDB refuses those of more than 16 MiB, and FerretDB keys with dots, by the same code."""
    store.insert("host", {"name": "a"})
    with pytest.raises(DocumentError):
        store.insert("host", [{"name": "b"}, {"name": "c", "customs": {"x": {"y.z": 1}}}])
    with pytest.raises(DocumentError):
        store.update_fields("host", {"name": "a"}, {"customs": {"x": {"y.z": 1}}})


@pytest.mark.mongo_only
def test_queries_of_mongodb_have_an_end(request: pytest.FixtureRequest) -> None:
    uri = request.getfixturevalue("ferretdb").uri()
    store, hasty = MongoStore(uri), MongoStore(uri, filter_seconds=0.001)
    store.insert("history", [{"message": f"{'n' * 200}{number}"} for number in range(20_000)])
    where = {"message": {"$regex": "z"}}
    for look_up in (lambda: list(hasty.find("history", where)), lambda: hasty.count("history", where)):
        with pytest.raises(BusyError):
            look_up()
    for sort in ([], [("message", 1)]):
        with pytest.raises(QueryError, match="the filter takes too long"):
            hasty.page("history", where, sort, None, 10, 0)
    assert store.count("history", where) == 0
    store.close()
    hasty.close()


def test_mongodb_gets_the_time_limit_of_a_query(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    find, count = mongomock.Collection.find, mongomock.Collection.count_documents

    def found(self: Any, *args: Any, max_time_ms: int, **rest: Any) -> Any:
        asked.append(max_time_ms)
        return find(self, *args, **rest)

    def counted(self: Any, *args: Any, **rest: Any) -> Any:
        asked.append(rest["maxTimeMS"])
        return count(self, *args, **rest)

    monkeypatch.setattr(mongomock.Collection, "find", found)
    monkeypatch.setattr(mongomock.Collection, "count_documents", counted)
    for seconds, milliseconds in ((None, 10_000), (2.5, 2500), (0.0001, 1)):  # 0 would be no limit
        store = MongoStore(None, mongomock.MongoClient(tz_aware=True), seconds)
        list(store.find("host", {}))
        store.page("host", {}, [], None, 10, 10)  # no page with a total
        store.count("host", {})
        assert asked == [milliseconds] * 4
        asked.clear()
