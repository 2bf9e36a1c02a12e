"""Filters, sorts and projections: the same over both stores, and refused where they make no sense."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from embedded.conftest import NewSite
from embedded.site import Item, Site

FIRST, SECOND, THIRD = (f"{number:024x}" for number in (0xA1, 0xA2, 0xA3))
LONG_AGO = "Mon, 01 Jan 2024 00:00:00 GMT"
FILTERS: list[Any] = [
    {},
    {"name": "h1"},
    {"_id": SECOND},
    {"_id": SECOND.upper()},
    {"_id": {"$in": [FIRST, "x"]}},
    {"_id": {"$gt": FIRST}},
    {"_id": {"$not": {"$lte": SECOND}}},
    {"parents": FIRST},
    {"parents": [FIRST, SECOND]},
    {"parents": {"$in": [FIRST, SECOND]}},
    {"parents": {"$all": [FIRST]}},
    {"parents": {"$elemMatch": {"$eq": FIRST}}},
    {"business_impact": {"$gte": 2}},
    {"business_impact": {"$ne": 2}},
    {"business_impact": {"$not": {"$gt": 2}}},
    {"name": {"$regex": "^H", "$options": "i"}},
    {"name": {"$options": "i", "$regex": "^H"}},
    {"$or": [{"name": "h1"}, {"_id": THIRD}]},
    {"$nor": [{"_id": THIRD}]},
    {"$and": [{"tags": "a"}, {"tags": "b"}]},
    {"tags": {"$all": ["a", "b"]}},
    {"tags": {"$size": 2}},
    {"customs.os": "linux"},
    {"customs": {"os": "linux"}},
    {"maintenance_period": None},
    {"maintenance_period": {"$exists": False}},
    {"_created": {"$gt": LONG_AGO}},
    {"_updated": {"$not": {"$lte": LONG_AGO}}},
    'name=="h1" or business_impact>=3',
    f'_id==ObjectId("{FIRST}")',
    "_created>datetime(2024, 1, 1)",
    'customs.os=="linux" and _is_template==False',
]
REFUSED = [
    '{"$text": {"$search": "x"}}',
    '{"$where": "true"}',
    '{"$expr": {}}',
    '{"name": {"$near": [1, 2]}}',
    '{"name": {"$bitsAllSet": 1}}',
    '{"name": {"$regex": "("}}',
    '{"name": {"$regex": "a", "$options": "q"}}',
    '{"name": {"$options": "i"}}',
    '{"name": {"$regex": "%s"}}' % ("a" * 1001),
    '{"number": {"$mod": [0, 1]}}',
    '{"number": {"$mod": [1e999, 1]}}',
    '{"number": {"$in": 1}}',
    '{"$or": []}',
    '{"$or": 5}',
    '{"$or": [1]}',
    '{"$not": {"name": 1}}',
    '{"name": {"$not": 1}}',
    '{"name": {"$gt": 1, "x": 2}}',
    '{"name": {"x": 2, "$gt": 1}}',
    '{"name": {"x": {"$where": "1"}}}',
    '{"name": [{"$where": "1"}]}',
    '{"tags": {"$size": -1}}',
    '{"tags": {"$type": "nonsense"}}',
    '{"tags": {"$elemMatch": 1}}',
    '{"number": 99999999999999999999}',
    '{"name": {"$regex": "\\ud800"}}',
    '{"a": ' * 60 + "1" + "}" * 60,
    '{"tags": ' + "[" * 34 + "]" * 34 + "}",
    '{"tags": ' + '{"$not": ' * 34 + '{"$eq": 1}' + "}" * 35,
    '{"tags": ' + '{"$elemMatch": ' * 34 + '{"$eq": 1}' + "}" * 35,
    json.dumps({"$and": [{"$or": [{"$and": [{"a": 1}]}]}] * 3000}),
    "[]",
    '"x"',
    "name",
    "import os",
    "((((" * 500,
]


@pytest.fixture(scope="module")
def both(new_site: NewSite) -> Iterator[list[Site]]:
    sites = [new_site("sqlite"), new_site(new_site.layers[-1])]
    for site in sites:
        site.new("host", _id=FIRST, name="h1", tags=["a"], customs={"os": "linux"}, business_impact=1)
        site.new("host", _id=SECOND, name="h2", tags=["b", "a"], business_impact=3)
        site.new("host", _id=THIRD, name="h3", parents=[FIRST, SECOND], customs={"os": "linux", "x": 1})
    yield sites
    for site in sites:
        site.close()


def query(site: Site, **params: Any) -> tuple[int, list[str]]:
    answer = site.admin.get("host", **params)
    return answer.status, [item["name"] for item in answer.json.get("_items", ())]


@pytest.mark.parametrize("where", FILTERS, ids=str)
def test_a_filter_answers_the_same(both: list[Site], where: Any) -> None:
    (status, ours), (_, theirs) = (query(site, where=where) for site in both)
    assert (status, ours) == (200, theirs)
    assert ours  # none of them is in vain


@pytest.mark.parametrize("where", REFUSED, ids=lambda where: where[:40])
def test_a_filter_that_cannot_be_answered_is_refused(both: list[Site], where: str) -> None:
    answer = both[0].send("GET", "host", query={"where": where}, headers={"Authorization": both[0].admin.token})
    assert answer.status == 400, answer.text


@pytest.mark.parametrize(
    "sort", ["name alias", "5", '[("name", 2)]', "[1]", '[("name",)]', "[(1, 1)]", ",", "-", '[("$x", 1)]', "[[]]"]
)
def test_a_malformed_sort_is_refused(both: list[Site], sort: str) -> None:
    assert query(both[0], sort=sort) == (400, [])


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("-name", ["h3", "h2", "h1", "_dummy"]),
        ('[("name", -1)]', ["h3", "h2", "h1", "_dummy"]),
        ('{"name": 1}', ["_dummy", "h1", "h2", "h3"]),
        ("-business_impact, name", ["h2", "_dummy", "h3", "h1"]),
    ],
)
def test_a_sort_answers_the_same(both: list[Site], sort: str, expected: list[str]) -> None:
    assert [query(site, sort=sort) for site in both] == [(200, expected)] * 2


def test_lists_are_sorted_by_their_least_or_greatest_element(sqlite_site: Site) -> None:
    """As MongoDB documents it; an empty list comes before null."""
    for name, tags in {"wide": ["a", "z"], "middle": ["m"], "none": []}.items():
        sqlite_site.new("host", name=name, tags=tags)
    where = {"name": {"$in": ["wide", "middle", "none"]}}
    for sort, expected in (("tags", ["none", "wide", "middle"]), ("-tags", ["wide", "middle", "none"])):
        assert [host["name"] for host in sqlite_site.admin.items("host", where=where, sort=sort)] == expected


@pytest.mark.parametrize(
    ("projection", "shown"),
    [
        ({"name": 1}, {"name"}),
        ({"name": 1, "alias": 0}, {"name"}),
        ({"name": True, "_id": 0}, {"name"}),
        ({"unknown": 1}, set()),
        ({"customs.os": 1}, {"customs"}),
    ],
)
def test_a_projection_shows_the_same(both: list[Site], projection: Item, shown: set[str]) -> None:
    automatic = {"_id", "_created", "_updated", "_etag", "_links"}
    for site in both:
        item = site.admin.get(f"host/{THIRD}", projection=projection).json
        assert set(item) == automatic | shown
        assert item.get("customs") in (None, {"os": "linux"})


def test_a_projection_hides_the_same(both: list[Site]) -> None:
    for site in both:
        whole = site.admin.get(f"host/{THIRD}").json
        item = site.admin.get(f"host/{THIRD}", projection={"alias": 0, "_etag": 0, "customs.x": 0}).json
        assert set(whole) - set(item) == {"alias"}
        assert item["customs"] == {"os": "linux"}


def test_text_is_an_id_or_a_date_only_where_the_field_holds_such(site: Site) -> None:
    name, date = "0123456789abcdef01234567", "Mon, 01 Jan 2018 00:00:00 GMT"
    host = site.new("host", name=name, alias=date, tags=[name], customs={"id": name, "when": date})
    for where in (
        {"name": name},
        {"alias": date},
        {"tags": name},
        {"customs.id": name},
        {"customs": {"id": name, "when": date}},
        {"name": {"$regex": name}},
        f'name=="{name}"',
    ):
        assert [item["_id"] for item in site.admin.items("host", where=where)] == [host["_id"]], where


def test_an_id_that_exists_is_a_conflict_and_stores_nothing(site: Site) -> None:
    host = site.new("host")
    body = {"name": "new", "_realm": site.realm}
    assert site.admin.post("host", {**body, "_id": host["_id"]}).status == 409
    assert site.admin.post("host", [{**body}, {**body, "name": "newer", "_id": host["_id"]}]).status == 409
    assert site.admin.items("host", where={"name": {"$regex": "^new"}}) == []


def test_numbers_and_texts_that_cannot_be_stored_are_refused(sqlite_site: Site) -> None:
    headers = {"Content-Type": "application/json"}
    for text in ('{"x": 1e999}', '{"x": NaN}', '{"x": "\\ud800"}', '{"x": ' * 150 + "1" + "}" * 150):
        answer = sqlite_site.admin.call("POST", "alignakretention", content=text, headers=headers)
        assert answer.status == 400, text


def test_a_regular_expression_that_never_ends_is_refused(sqlite_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alignak_backend_embedded.store.sqlite.regexes.SECONDS", 0.1)
    sqlite_site.new("host", notes="a" * 40 + "!")
    assert sqlite_site.admin.get("host", where={"notes": {"$regex": "^(a|aa)+$"}}).status == 400
    assert len(sqlite_site.admin.items("host")) == 2  # the store is as good as before
