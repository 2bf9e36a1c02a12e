"""Eve over our data layer answers as Eve over its own MongoDB layer does, request by request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import mongomock
import pytest
from bson import ObjectId
from eve import Eve
from eve.io.mongo import Mongo
from eve.io.mongo.mongo import PyMongos
from flask.testing import FlaskClient

from alignak_backend_embedded.store import access
from alignak_backend_embedded.store.sqlite.eve_layer import sqlite_layer

# Eve's reader of Python-like filters uses parts of ``ast`` that are on their way out.
pytestmark = pytest.mark.filterwarnings("ignore:(visit_|ast.|Attribute):DeprecationWarning")

ITEM = {
    "name": {"type": "string", "unique": True},
    "number": {"type": "integer"},
    "tags": {"type": "list", "schema": {"type": "string"}},
    "customs": {"type": "dict", "allow_unknown": True},
    "link": {"type": "objectid", "data_relation": {"resource": "host", "field": "_id", "embeddable": True}},
    "links": {"type": "list", "schema": {"type": "objectid", "data_relation": {"resource": "host"}}},
    "when": {"type": "datetime"},
    "owner": {"type": "string"},
}
SETTINGS = {
    "DOMAIN": {
        "host": {"schema": ITEM},
        "history": {"schema": ITEM, "allow_unknown": True},
        "user": {"schema": ITEM, "auth_field": None, "datasource": {"filter": {"owner": "me"}}},
    },
    "RESOURCE_METHODS": ["GET", "POST", "DELETE"],
    "ITEM_METHODS": ["GET", "PATCH", "PUT", "DELETE"],
    "BULK_ENABLED": True,
    "MONGO_QUERY_BLACKLIST": ["$where"],
    "PAGINATION_LIMIT": 5000,
    "RENDERERS": ["eve.render.JSONRenderer"],
}
FIRST, SECOND, THIRD = (f"{number:024x}" for number in (0xA1, 0xA2, 0xA3))
FILTERS: list[Any] = [
    {},
    {"name": "h1"},
    {"_id": SECOND},
    {"link": FIRST},
    {"link": {"$in": [FIRST, SECOND]}},
    {"links": FIRST},
    {"number": {"$gte": 2}},
    {"number": {"$ne": 2}},
    {"name": {"$regex": "^H", "$options": "i"}},
    {"$or": [{"name": "h1"}, {"number": 3}]},
    {"$and": [{"tags": "a"}, {"tags": "b"}]},
    {"tags": {"$all": ["a", "b"]}},
    {"tags": {"$size": 2}},
    {"customs.os": "linux"},
    {"customs": {"os": "linux"}},
    {"when": {"$gt": "Mon, 01 Jan 2024 00:00:00 GMT"}},
    {"number": None},
    {"when": {"$exists": False}},
    {"number": {"$not": {"$gt": 2}}},
    {"_created": {"$gt": "Mon, 01 Jan 2024 00:00:00 GMT"}},
    'name=="h1" or number>=3',
    f'link==ObjectId("{FIRST}")',
    "when>datetime(2024, 1, 1)",
]


class _Given:
    def __init__(self, db: Any) -> None:
        self.db = db


class MockedMongo(Mongo):  # type: ignore[misc]  # Eve ships no types
    """Eve's own layer, over mongomock."""

    def init_app(self, app: Any) -> None:  # noqa: ARG002 - of Eve's interface
        self.driver = PyMongos(self)
        self.mongo_prefix = None
        client: Any = mongomock.MongoClient(tz_aware=True)
        self.driver["MONGO"] = _Given(client.db)


def eve(data: Any) -> Any:
    app = Eve(__name__, settings=SETTINGS, data=data, media=None)
    client = app.test_client()
    documents = [
        {"_id": FIRST, "name": "h1", "number": 1, "tags": ["a"], "customs": {"os": "linux"}},
        {"_id": SECOND, "name": "h2", "number": 2, "tags": ["b", "a"], "when": "Tue, 02 Jan 2024 10:00:00 GMT"},
        {"_id": THIRD, "name": "h3", "tags": [], "customs": {"os": "linux", "x": 1}},
    ]
    assert client.post("/host", json=documents[0]).status_code == 201
    assert client.post("/host", json=documents[1:]).status_code == 201
    etag = client.get(f"/host/{THIRD}").get_json()["_etag"]
    linked = {"link": FIRST, "links": [FIRST, SECOND], "number": 3}
    assert client.patch(f"/host/{THIRD}", json=linked, headers={"If-Match": etag}).status_code == 200
    return app


@pytest.fixture
def sqlite() -> Iterator[Any]:
    app = eve(sqlite_layer())
    yield app
    app.data.close()


@pytest.fixture(scope="module")
def both() -> Iterator[list[FlaskClient]]:
    ours, theirs = eve(sqlite_layer()), eve(MockedMongo)
    yield [ours.test_client(), theirs.test_client()]
    ours.data.close()


def bare(body: Any) -> Any:
    """An answer without what differs from one server to the next: times and what follows from them."""
    if isinstance(body, dict):
        return {key: bare(value) for key, value in body.items() if key not in ("_created", "_updated", "_etag")}
    return [bare(item) for item in body] if isinstance(body, list) else body


def same(both: list[FlaskClient], url: str) -> Any:
    ours, theirs = (client.get(url) for client in both)
    assert ours.status_code == theirs.status_code
    assert bare(ours.get_json()) == bare(theirs.get_json())
    assert ours.headers.get("X-Total-Count") == theirs.headers.get("X-Total-Count")
    return ours.get_json()


@pytest.mark.parametrize("where", FILTERS, ids=str)
def test_a_filter_answers_the_same(both: list[FlaskClient], where: Any) -> None:
    text = where if isinstance(where, str) else json.dumps(where)
    body = same(both, f"/host?{urlencode({'where': text})}")
    assert body["_meta"]["total"] == len(body["_items"])
    assert where == {"number": None} or body["_items"]  # none of them is in vain


@pytest.mark.parametrize(
    "query",
    [
        {"sort": "-name"},
        {"sort": "number,-name"},
        {"sort": '[("name", -1)]'},
        {"max_results": 2},
        {"max_results": 2, "page": 2},
        {"max_results": 2, "page": 9},
        {"page": 10**15, "max_results": 5000},
        {"projection": '{"name": 1}'},
        {"projection": '{"name": 0, "tags": 0}'},
        {"projection": '{"customs.os": 1}'},
        {"projection": '{"unknown": 1}'},
        {"embedded": '{"link": 1}'},
        {"where": "{}", "sort": "_id"},
        {"where": "{", "sort": "_id"},
        {"where": "[1]"},
        {"where": '{"$where": "1"}'},
        {"where": '{"name": {"$where": "1"}}'},
        {"where": '{"$foo": 1}'},
        {"sort": "a b c"},
        {"projection": "[1]"},
    ],
    ids=str,
)
def test_a_query_answers_the_same(both: list[FlaskClient], query: dict[str, Any]) -> None:
    ours, theirs = (client.get(f"/host?{urlencode(query)}") for client in both)
    if theirs.status_code == 500:  # Eve lets some malformed queries through to the driver
        assert ours.status_code == 400
        return
    same(both, f"/host?{urlencode(query)}")


@pytest.mark.parametrize(
    "where",
    [
        '{"$text": {"$search": "x"}}',
        '{"$where": "true"}',
        '{"$expr": {}}',
        '{"name": {"$near": [1, 2]}}',
        '{"name": {"$geoWithin": {}}}',
        '{"number": {"$bitsAllSet": 1}}',
        '{"name": {"$regex": "("}}',
        '{"name": {"$regex": "a", "$options": "q"}}',
        '{"name": {"$options": "i"}}',
        '{"name": {"$regex": "%s"}}' % ("a" * 1001),
        '{"number": {"$mod": [0, 1]}}',
        '{"number": {"$in": 1}}',
        '{"$or": []}',
        '{"$or": 5}',
        '{"$not": {"name": 1}}',
        '{"name": {"$not": 1}}',
        '{"name": {"$gt": 1, "x": 2}}',
        '{"tags": {"$size": -1}}',
        '{"tags": {"$type": "nonsense"}}',
        '{"tags": {"$elemMatch": 1}}',
        '{"a": ' * 60 + "1" + "}" * 60,
        json.dumps({"$and": [{"$or": [{"$and": [{"a": 1}]}]}] * 3000}),
        "[]",
        '"x"',
        "name",
        "import os",
        "((((" * 500,
    ],
    ids=lambda where: where[:40],
)
def test_a_filter_that_cannot_be_answered_is_refused(sqlite: Any, where: str) -> None:
    answer = sqlite.test_client().get(f"/host?{urlencode({'where': where})}")
    if where.startswith('{"a": {"a"'):
        assert answer.status_code in (200, 400)  # only a deep value, no deep condition
    else:
        assert answer.status_code == 400, answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "sort", ["5", '[("name", 2)]', "[1]", '[("name",)]', "[(1, 1)]", ",", "-", '[("$x", 1)]', "[[]]"]
)
def test_a_malformed_sort_is_refused(sqlite: Any, sort: str) -> None:
    assert sqlite.test_client().get(f"/host?{urlencode({'sort': sort})}").status_code == 400


def test_an_id_that_exists_is_a_conflict_and_stores_nothing(sqlite: Any) -> None:
    client = sqlite.test_client()
    assert client.post("/host", json={"_id": FIRST, "name": "new"}).status_code == 409
    assert client.post("/host", json=[{"name": "new"}, {"_id": FIRST, "name": "newer"}]).status_code == 409
    assert client.get("/host").get_json()["_meta"]["total"] == 3


def test_doubles_inside_one_batch_are_a_conflict(sqlite: Any) -> None:
    client = sqlite.test_client()
    assert client.post("/host", json=[{"name": "twin"}, {"name": "twin"}]).status_code == 409
    assert client.get("/host").get_json()["_meta"]["total"] == 3


def test_uniqueness_is_validated(sqlite: Any) -> None:
    answer = sqlite.test_client().post("/host", json={"name": "h1"})
    assert answer.status_code == 422
    assert "name" in answer.get_json()["_issues"]


def test_a_change_needs_the_current_etag(sqlite: Any) -> None:
    client = sqlite.test_client()
    etag = client.get(f"/host/{FIRST}").get_json()["_etag"]
    assert client.patch(f"/host/{FIRST}", json={"number": 5}, headers={"If-Match": etag}).status_code == 200
    assert client.patch(f"/host/{FIRST}", json={"number": 6}, headers={"If-Match": etag}).status_code == 412
    assert client.get(f"/host/{FIRST}").get_json()["number"] == 5


def test_the_store_itself_refuses_a_change_to_something_else_than_was_read(sqlite: Any) -> None:
    with sqlite.test_request_context(), pytest.raises(sqlite.data.OriginalChangedError):
        sqlite.data.update("host", ObjectId(FIRST), {"number": 7}, {"_etag": "another"})
    with sqlite.test_request_context(), pytest.raises(sqlite.data.OriginalChangedError):
        sqlite.data.replace("host", ObjectId(FIRST), {"number": 7}, {"_etag": "another"})
    assert sqlite.test_client().get(f"/host/{FIRST}").get_json()["number"] == 1


def test_items_are_replaced_and_removed(sqlite: Any) -> None:
    client = sqlite.test_client()
    etag = client.get(f"/host/{FIRST}").get_json()["_etag"]
    assert client.put(f"/host/{FIRST}", json={"name": "h9"}, headers={"If-Match": etag}).status_code == 200
    item = client.get(f"/host/{FIRST}").get_json()
    assert item["name"] == "h9"
    assert "customs" not in item
    assert client.delete(f"/host/{FIRST}", headers={"If-Match": item["_etag"]}).status_code == 204
    assert client.get(f"/host/{FIRST}").status_code == 404
    assert client.delete("/host").status_code == 204
    with sqlite.app_context():
        assert sqlite.data.is_empty("host")


def test_the_id_of_a_document_does_not_change(sqlite: Any) -> None:
    client = sqlite.test_client()
    etag = client.get(f"/host/{FIRST}").get_json()["_etag"]
    assert client.patch(f"/host/{FIRST}", json={"_id": THIRD}, headers={"If-Match": etag}).status_code == 400


def test_the_filter_of_a_resource_applies(sqlite: Any) -> None:
    client = sqlite.test_client()
    client.post("/user", json=[{"name": "a", "owner": "me"}, {"name": "b", "owner": "you"}])
    assert [item["name"] for item in client.get("/user").get_json()["_items"]] == ["a"]
    assert client.get("/user?where=%7B%22owner%22%3A%22you%22%7D").get_json()["_items"] == []


def test_numbers_and_texts_that_cannot_be_stored_are_refused(sqlite: Any) -> None:
    client = sqlite.test_client()
    for text in (
        '{"x": 1e999}',
        '{"x": NaN}',
        '{"x": 123456789012345678901234567890}',
        '{"x": "\\ud800"}',
        '{"x": {"$a": 1}}',
    ):
        answer = client.post("/history", data=text, content_type="application/json")
        assert answer.status_code == 400, text
    deep = '{"x": ' * 150 + "1" + "}" * 150
    assert client.post("/history", data=deep, content_type="application/json").status_code == 400


def test_a_regular_expression_that_never_ends_is_refused(sqlite: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alignak_backend_embedded.store.sqlite.regexes.SECONDS", 0.1)
    client = sqlite.test_client()
    client.post("/host", json={"name": "a" * 40 + "!"})
    where = json.dumps({"name": {"$regex": "^(a|aa)+$"}})
    assert client.get(f"/host?{urlencode({'where': where})}").status_code == 400
    assert len(client.get("/host").get_json()["_items"]) == 4  # the store is as good as before


def test_aggregation_is_refused(sqlite: Any) -> None:
    from werkzeug.exceptions import BadRequest

    with sqlite.test_request_context(), pytest.raises(BadRequest):
        sqlite.data.aggregate("host", [], {})


def test_a_transaction_covers_what_eve_writes(sqlite: Any) -> None:
    store = access(sqlite.data)

    def post_and_fail() -> None:
        with store.transaction():
            assert sqlite.test_client().post("/host", json={"name": "new"}).status_code == 201
            assert store.count("host", {"name": "new"}) == 1
            raise KeyError

    with pytest.raises(KeyError):
        post_and_fail()
    assert store.count("host", {"name": "new"}) == 0
