"""Lists: pages, filters, sorting, projection, embedding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from conformance.world import Item, World, is_error_json, unique
from servers.running import RunningBackend


@pytest.fixture(scope="module")
def stocked(server: RunningBackend) -> Iterator[World]:
    """A world with five commands that share a poller tag, for reading only."""
    world = World(server)
    for number in range(1, 6):
        world.new(
            "command",
            name=f"stock-{number}",
            alias="odd" if number % 2 else "even",
            timeout=number * 10,
            poller_tag="stock",
            notes="Ünïcode" if number == 3 else "",
        )
    yield world
    world.clean()


STOCK = {"poller_tag": "stock"}


def names(world: World, where: Any = None, **params: Any) -> list[str]:
    found = world.caller.items("command", where=STOCK if where is None else where, **params)
    return [item["name"].removeprefix("stock-") for item in found]


def test_elements_of_a_list(world: World) -> None:
    """By what an element is, and by the fields that it has: all of them in one element."""
    disks = [{"name": "sda", "size": 5}, {"name": "sdb", "size": 9}]
    host = world.new("host", tags=["red", "blue"], customs={"_DISKS": disks, "_PORTS": [22, 8080]})

    def found(field: str, wanted: Item) -> bool:
        where = {"name": host["name"], field: {"$elemMatch": wanted}}
        return [item["_id"] for item in world.caller.items("host", where=where)] == [host["_id"]]

    assert found("customs._DISKS", {"name": "sda"})
    assert found("customs._DISKS", {"name": "sdb", "size": {"$gt": 5}})
    assert not found("customs._DISKS", {"name": "sda", "size": {"$gt": 5}})
    assert found("customs._PORTS", {"$gt": 22, "$lt": 9000})
    assert not found("customs._PORTS", {"$gt": 22, "$lt": 8080})
    assert found("tags", {"$in": ["blue"]})


# Pages


def test_collection_body_and_headers(stocked: World) -> None:
    answer = stocked.caller.get("command", where=STOCK, max_results="2", page="2")
    assert set(answer.json) == {"_items", "_links", "_meta"}
    assert answer.json["_meta"] == {"page": 2, "max_results": 2, "total": 5}
    assert answer.headers["x-total-count"] == "5"
    assert answer.headers["last-modified"] == max(item["_updated"] for item in answer.json["_items"])
    links = answer.json["_links"]
    assert set(links) == {"parent", "self", "next", "last", "prev"}
    assert links["parent"] == {"title": "home", "href": "/"}
    assert [links[name]["title"] for name in ("self", "next", "last", "prev")] == [
        "command",
        "next page",
        "last page",
        "previous page",
    ]
    assert links["next"]["href"].startswith("command?")
    assert "page=3" in links["next"]["href"]
    assert "max_results=2" in links["next"]["href"]
    assert "page=" not in links["prev"]["href"]


def test_first_and_only_page_has_few_links(stocked: World) -> None:
    answer = stocked.caller.get("command", where=STOCK)
    assert set(answer.json["_links"]) == {"parent", "self"}
    assert answer.json["_meta"] == {"page": 1, "max_results": 50, "total": 5}
    assert all(set(item["_links"]) == {"self"} for item in answer.json["_items"])


def test_pages_go_through_everything_in_order_of_creation(stocked: World) -> None:
    pages = [names(stocked, max_results="2", page=str(page)) for page in (1, 2, 3)]
    assert pages == [["1", "2"], ["3", "4"], ["5"]]


def test_page_past_the_end_is_empty(stocked: World) -> None:
    answer = stocked.caller.get("command", where=STOCK, max_results="2", page="9")
    assert answer.status == 200
    assert answer.json["_items"] == []
    assert answer.json["_meta"] == {"page": 9, "max_results": 2, "total": 5}


@pytest.mark.parametrize(
    ("asked", "given"), [("5001", 5000), ("0", 50), ("-3", 50), ("many", 50), ("2.9", 2), ("", 50), ("5000", 5000)]
)
def test_page_size(stocked: World, asked: str, given: int) -> None:
    assert stocked.caller.get("command", where=STOCK, max_results=asked).json["_meta"]["max_results"] == given


@pytest.mark.parametrize(("asked", "given"), [("x", 1), ("0", 1), ("-2", 2)])
def test_page_number(stocked: World, asked: str, given: int) -> None:
    assert stocked.caller.get("command", where=STOCK, max_results="2", page=asked).json["_meta"]["page"] == given


# Filters


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"timeout": 30}, "3"),
        ({"timeout": {"$gt": 30}}, "45"),
        ({"timeout": {"$gte": 30}}, "345"),
        ({"timeout": {"$lt": 30}}, "12"),
        ({"timeout": {"$lte": 30}}, "123"),
        ({"timeout": {"$gt": 10, "$lt": 40}}, "23"),
        ({"timeout": {"$ne": 30}}, "1245"),
        ({"timeout": {"$in": [10, 50, 99]}}, "15"),
        ({"timeout": {"$nin": [10, 50]}}, "234"),
        ({"timeout": {"$not": {"$gt": 30}}}, "123"),
        ({"alias": "odd"}, "135"),
        ({"name": {"$regex": "^stock-[12]$"}}, "12"),
        ({"alias": {"$regex": "EVEN", "$options": "i"}}, "24"),
        ({"notes": "Ünïcode"}, "3"),
        ({"$or": [{"timeout": 10}, {"alias": "even"}]}, "124"),
        ({"$and": [{"timeout": {"$gt": 10}}, {"alias": "odd"}]}, "35"),
        ({"$nor": [{"timeout": 10}, {"alias": "even"}]}, "35"),
        ({"command_line": {"$exists": False}}, "12345"),
        ({"timeout": {"$exists": True}, "alias": "even"}, "24"),
        ({"nothing": None}, "12345"),
        ({"nothing": 1}, ""),
        ({"timeout": "30"}, ""),
    ],
)
def test_where_in_mongo_terms(stocked: World, where: Item, expected: str) -> None:
    assert names(stocked, {**STOCK, **where}) == list(expected)


@pytest.mark.embedded_only  # MongoDB knows these operators; the store that the released backend has here does not.
@pytest.mark.parametrize(
    ("where", "expected"), [({"timeout": {"$mod": [20, 0]}}, "24"), ({"alias": {"$type": 2}}, "12345")]
)
def test_where_in_rarer_mongo_terms(stocked: World, where: Item, expected: str) -> None:
    assert names(stocked, {**STOCK, **where}) == list(expected)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ('poller_tag=="stock" and timeout>=40', "45"),
        ('poller_tag=="stock" and (timeout==10 or alias=="even")', "124"),
        ('poller_tag=="stock" and timeout!=10 and timeout<30', "2"),
    ],
)
def test_where_in_python_terms(stocked: World, where: str, expected: str) -> None:
    assert names(stocked, where) == list(expected)


def test_where_by_id_and_by_date(stocked: World) -> None:
    (item,) = stocked.caller.items("command", where={"name": "stock-1"})
    assert names(stocked, {"_id": item["_id"]}) == ["1"]
    assert names(stocked, {"_id": {"$in": [item["_id"]]}}) == ["1"]
    assert names(stocked, f'_id==ObjectId("{item["_id"]}")') == ["1"]
    assert "1" in names(stocked, {**STOCK, "_created": {"$gte": item["_created"]}})
    assert names(stocked, {**STOCK, "_created": {"$lt": item["_created"]}}) == []
    assert names(stocked, {**STOCK, "_updated": {"$lte": "Mon, 01 Jan 2018 00:00:00 GMT"}}) == []


def test_where_by_link_list_and_nested_field(world: World) -> None:
    tagged = world.new("host", tags=["red", "blue"], customs={"_RACK": "r7"})
    plain = world.new("host", tags=["red"], parents=[tagged["_id"]])

    def found(where: Item) -> set[str]:
        return {item["name"] for item in world.caller.items("host", where={**where, "_is_template": False})}

    assert found({"tags": "blue"}) == {tagged["name"]}
    assert found({"tags": ["red"]}) == {plain["name"]}
    assert found({"tags": {"$all": ["red", "blue"]}}) == {tagged["name"]}
    assert found({"tags": {"$size": 1}}) == {plain["name"]}
    assert found({"tags": {"$elemMatch": {"$in": ["blue"]}}}) == {tagged["name"]}
    assert found({"tags": {"$ne": "blue"}}) >= {plain["name"]}
    assert found({"customs._RACK": "r7"}) == {tagged["name"]}
    assert found({"parents": tagged["_id"]}) == {plain["name"]}
    assert found({"parents": {"$in": [tagged["_id"]]}}) == {plain["name"]}


def test_values_are_not_cast_to_the_type_of_the_field(world: World) -> None:
    assert world.caller.items("host", where={"_is_template": "true"}) == []
    assert world.caller.items("host", where={"_is_template": True, "name": "_dummy"}) != []


@pytest.mark.parametrize(
    "where",
    ["{", '{"a"', "name=", "import os", {"$where": "1"}, {"name": {"$where": "1"}}, {"name": {"$nothing": 1}}],
)
def test_filters_that_are_refused(stocked: World, where: Any) -> None:
    assert is_error_json(stocked.caller.get("command", where=where), 400)


def test_filter_with_a_regular_expression_that_is_broken(stocked: World) -> None:
    answer = stocked.caller.get("command", where={"name": {"$regex": "("}})
    assert answer.status == stocked.sane(real=500, sane=400)


@pytest.mark.parametrize("params", [{"where": "[1]"}, {"sort": "[1]"}, {"sort": '[("name")]'}])
def test_lists_of_the_wrong_shape(stocked: World, params: dict[str, str]) -> None:
    answer = stocked.caller.get("command", **params)
    assert answer.status == stocked.sane(real=500, sane=400)


# Sorting


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("timeout", "12345"),
        ("-timeout", "54321"),
        ("alias,-timeout", "42531"),
        ('[("alias", -1), ("timeout", 1)]', "13524"),
        ("nothing,-timeout", "54321"),
    ],
)
def test_sort(stocked: World, sort: str, expected: str) -> None:
    assert names(stocked, sort=sort) == list(expected)


@pytest.mark.parametrize("sort", ["[(", "[name"])
def test_sort_that_is_refused(stocked: World, sort: str) -> None:
    assert is_error_json(stocked.caller.get("command", where=STOCK, sort=sort), 400)


def test_sort_by_a_list_of_numbers_puts_what_is_missing_first(world: World) -> None:
    first, second = world.new("command", command_line="z"), world.new("command")
    where = {"name": {"$in": [first["name"], second["name"]]}}
    found = world.caller.items("command", where=where, sort="command_line")
    assert [item["name"] for item in found] == [second["name"], first["name"]]


# Projection

AUTOMATIC = {"_id", "_created", "_updated", "_etag", "_links"}


@pytest.mark.parametrize(
    ("projection", "fields"),
    [
        ({"name": 1}, AUTOMATIC | {"name"}),
        ({"name": 1, "timeout": 1}, AUTOMATIC | {"name", "timeout"}),
        ({"name": 1, "nothing": 1}, AUTOMATIC | {"name"}),
        ({"_id": 1}, AUTOMATIC),
    ],
)
def test_projection_that_includes(stocked: World, projection: Item, fields: set[str]) -> None:
    for item in stocked.caller.items("command", where=STOCK, projection=projection):
        assert set(item) == fields


def test_projection_that_excludes(stocked: World) -> None:
    (whole,) = stocked.caller.items("command", where={"name": "stock-1"})
    (item,) = stocked.caller.items("command", where={"name": "stock-1"}, projection={"alias": 0, "notes": 0})
    assert set(item) == set(whole) - {"alias", "notes"}


def test_projection_of_an_item(stocked: World) -> None:
    (item,) = stocked.caller.items("command", where={"name": "stock-1"})
    only = stocked.read("command", item, projection={"name": 1})
    assert set(only) == AUTOMATIC | {"name"}
    assert (only["_etag"], only["_updated"]) == (item["_etag"], item["_updated"])


@pytest.mark.parametrize("projection", ["{", "[]", '["name"]'])
def test_projection_that_is_refused(stocked: World, projection: str) -> None:
    assert is_error_json(stocked.caller.get("command", projection=projection), 400)


# Embedding


def test_embedding_of_a_link_and_of_a_list(world: World) -> None:
    parent = world.new("host")
    host = world.new("host", parents=[parent["_id"]])
    plain = world.read("host", host)
    assert plain["_realm"] == world.realm_all
    embedded = world.read("host", host, embedded={"_realm": 1, "parents": 1, "check_command": 1})
    assert embedded["_realm"]["name"] == "All"
    assert embedded["check_command"]["name"] == "_internal_host_up"
    assert [one["name"] for one in embedded["parents"]] == [parent["name"]]
    assert "_links" not in embedded["_realm"]
    assert "_links" not in embedded["parents"][0]
    (listed,) = world.caller.items("host", where={"name": host["name"]}, embedded={"_realm": 1})
    assert listed["_realm"] == embedded["_realm"]


@pytest.mark.parametrize("embedded", [{"_realm": 0}, {"_realm": 2}, {"_realm": "1"}, {"name": 1}, {"nothing": 1}, {}])
def test_embedding_that_is_ignored(world: World, embedded: Item) -> None:
    answer = world.caller.get(f"host/{world.dummy}", embedded=embedded)
    assert answer.status == 200
    assert answer.json["_realm"] == world.realm_all


@pytest.mark.parametrize("value", [1, True])
def test_embedding_is_asked_for_with_one(world: World, value: Any) -> None:
    assert world.read("host", world.dummy, embedded={"_realm": value})["_realm"]["name"] == "All"


@pytest.mark.parametrize("embedded", ["{", "_realm", '{"_realm": 1'])
def test_embedding_that_is_refused(world: World, embedded: str) -> None:
    assert is_error_json(world.caller.get("host", embedded=embedded), 400)


def test_embedding_of_nothing_and_of_what_is_gone(world: World) -> None:
    command = world.new("command")
    host = world.new("host", check_command=None, event_handler=command["_id"])
    world.remove("command", command)
    embedded = world.read("host", host, embedded={"check_command": 1, "event_handler": 1})
    assert embedded["check_command"] is None
    assert embedded["event_handler"] is None
    assert world.read("host", host)["event_handler"] == command["_id"]


def test_embedding_on_a_second_level(world: World) -> None:
    host = world.new("host")
    service = world.service(host)
    embedded = world.read("service", service, embedded={"host": 1, "host.check_command": 1})
    assert embedded["host"]["check_command"]["name"] == "_internal_host_up"


def test_embedding_with_projection(world: World) -> None:
    name = unique("host")
    world.new("host", name=name)
    (item,) = world.caller.items("host", where={"name": name}, projection={"_realm": 1}, embedded={"_realm": 1})
    assert item["_realm"]["name"] == "All"
    assert "check_command" not in item
