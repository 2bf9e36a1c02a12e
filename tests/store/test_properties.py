"""The store answers as MongoDB does: against mongomock, and where that deviates, against our own matcher.

``mongomock`` is an independent reading of MongoDB's manual, but not right everywhere; what it is known to answer
wrongly is left out below, each with its reason. SQL and matcher are two ways to the same answer in our own code, and
are held together without any exception.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import mongomock
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from alignak_backend_embedded.store.mongo import MongoStore
from alignak_backend_embedded.store.object_id import ObjectId
from alignak_backend_embedded.store.sqlite.matcher import compile_filter, values_at
from alignak_backend_embedded.store.sqlite.ordering import order
from alignak_backend_embedded.store.sqlite.store import SQLiteStore

from .strategies import documents, filters, scalars, simple_filters, sorts

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None)
RESOURCES = st.sampled_from(["service", "livesynthesis"])  # with columns and indexes for what is asked, and without

Document = dict[str, Any]


@pytest.fixture(scope="module")
def mongo() -> Iterator[MongoStore]:
    found = MongoStore(None, mongomock.MongoClient(tz_aware=True))
    yield found
    found.close()


def fill(store: SQLiteStore, resource: str, contents: list[Document]) -> list[Document]:
    """Put documents in the place of all others; they get small, increasing ids."""
    store.delete(resource, {})
    made = [{"_id": ObjectId(f"{number:024x}"), **content} for number, content in enumerate(contents)]
    store.insert(resource, copy.deepcopy(made))
    return made


def ids(found: Any) -> list[ObjectId]:
    return [document["_id"] for document in found]


@QUICK
@given(st.lists(documents, max_size=6), RESOURCES)
def test_a_document_comes_back_as_it_went_in(store: SQLiteStore, contents: list[Document], resource: str) -> None:
    made = fill(store, resource, contents)
    found = list(store.find(resource, {}))
    assert found == made
    assert [list(document) for document in found] == [list(document) for document in made]  # the order of fields
    assert repr(found) == repr(made)  # 1 is not 1.0 is not True


@settings(QUICK, max_examples=350)
@given(st.lists(documents, max_size=6), filters, RESOURCES)
def test_sql_selects_what_the_matcher_selects(
    store: SQLiteStore, contents: list[Document], where: Document, resource: str
) -> None:
    made = fill(store, resource, contents)
    matches = compile_filter(where)
    expected = [document["_id"] for document in made if matches(document)]
    assert ids(store.find(resource, where)) == expected
    assert store.count(resource, where) == len(expected)


# --- against mongomock ---------------------------------------------------------------------------------------------


def walk(value: Any) -> Iterator[Any]:
    """Yield a value and all that it holds."""
    yield value
    if isinstance(value, Mapping):
        for item in value.values():
            yield from walk(item)
    elif isinstance(value, list):
        for item in value:
            yield from walk(item)


RANGES = ("$gt", "$gte", "$lt", "$lte")


def misread(part: Mapping[str, Any], inside: list[Any]) -> bool:
    """Return True for a part of a filter that mongomock is known to answer wrongly."""
    compared = [part[name] for name in RANGES if name in part]
    nested = any(isinstance(value, list) and any(isinstance(one, list) for one in value) for value in inside)
    return (
        # MongoDB: equality with a list finds it as an element too, with $eq or without
        (nested and any(isinstance(part.get(name), list) for name in ("$eq", "$ne")))
        or part.get("$all") == []  # MongoDB: matches nothing
        or None in (part.get("$all") or [])  # MongoDB: as equality with null, which a missing field is
        or part.get("$size") == 1  # takes a scalar for a list of one
        or "$type" in part  # not implemented for all types
        or "$mod" in part  # not implemented
        or "$options" in part.get("$not", {})  # not implemented
        or None in compared  # MongoDB: null >= null, and a missing field is null
        or any(isinstance(operand, list | dict) for operand in compared)  # does not order them as MongoDB
        # MongoDB: objects are equal with their fields in the same order only
        or any(isinstance(other, Mapping) and other == part and list(other) != list(part) for other in inside)
    )


def mongomock_is_right(where: Any, contents: list[Document]) -> bool:
    """Return False where mongomock is known to deviate from MongoDB."""
    inside = list(walk([where, contents]))
    if any(isinstance(value, bool) for value in inside) and any(
        type(value) in (int, float) and value in (0, 1) for value in inside
    ):
        return False  # Python's True == 1
    for part in walk(where):
        if part == {}:
            return False  # takes a missing field for {}
        if isinstance(part, Mapping) and misread(part, inside):
            return False
    for name in where:
        # MongoDB: a path through a scalar finds a missing field; one through scalars in a list, nothing.
        parent = name.split(".")[0]
        if "." in name and not all(isinstance(content.get(parent), dict) for content in contents):
            return False
    return True


@settings(QUICK, max_examples=350)
@given(documents, simple_filters)
def test_filters_select_what_mongomock_selects(
    store: SQLiteStore, mongo: MongoStore, content: Document, where: Document
) -> None:
    assume(mongomock_is_right(where, [content]))
    made = fill(store, "service", [content])
    mongo.database["service"].drop()
    mongo.insert("service", copy.deepcopy(made))
    assert ids(store.find("service", where)) == ids(mongo.find("service", copy.deepcopy(where)))


@settings(QUICK, max_examples=100)
@given(
    st.lists(documents, max_size=5),
    st.lists(simple_filters, min_size=1, max_size=3),
    st.sampled_from(["$and", "$or", "$nor"]),
)
def test_joined_filters_select_what_mongomock_selects(
    store: SQLiteStore, mongo: MongoStore, contents: list[Document], parts: list[Document], operator: str
) -> None:
    parts = [part for part in parts if mongomock_is_right(part, contents)]
    assume(parts)
    made = fill(store, "service", contents)
    mongo.database["service"].drop()
    if made:
        mongo.insert("service", copy.deepcopy(made))
    where = {operator: parts}
    assert ids(store.find("service", where)) == ids(mongo.find("service", copy.deepcopy(where)))


def sort_key(document: Document, name: str, direction: int) -> Any:
    """MongoDB's rule in words of its own: an array counts as its smallest or largest element, [] before null."""
    keys = []
    for value in values_at(document, tuple(name.split("."))) or [None]:
        if isinstance(value, list):
            keys += [order(item) for item in value] or [(0,)]
        else:
            keys.append(order(value))
    return min(keys) if direction > 0 else max(keys)


@QUICK
@given(st.lists(documents, max_size=8), sorts, RESOURCES)
def test_a_sort_orders_all_types_as_mongodb(
    store: SQLiteStore, contents: list[Document], sort: list[tuple[str, int]], resource: str
) -> None:
    made = fill(store, resource, contents)
    expected = list(made) if sort[-1][1] > 0 else made[::-1]  # what the sort leaves open
    for name, direction in reversed(sort):
        expected.sort(key=partial(sort_key, name=name, direction=direction), reverse=direction < 0)
    assert ids(store.find(resource, {}, sort=sort)) == ids(expected)


@settings(QUICK, max_examples=100)
@given(
    st.lists(st.fixed_dictionaries({}, optional={"a": scalars, "name": scalars}), max_size=8),
    st.sampled_from(["a", "name"]),
    st.sampled_from([1, -1]),
)
def test_a_sort_of_scalars_orders_as_mongomock(
    store: SQLiteStore, mongo: MongoStore, contents: list[Document], name: str, direction: int
) -> None:
    assume(mongomock_is_right({"a": None}, contents))
    made = fill(store, "service", contents)
    mongo.database["service"].drop()
    if made:
        mongo.insert("service", copy.deepcopy(made))
    mine = [document.get(name) for document in store.find("service", {}, sort=[(name, direction)])]
    assert mine == [document.get(name) for document in mongo.find("service", {}, sort=[(name, direction)])]


def holds_objects(value: Any, parts: list[str]) -> bool:
    """Return False where a dotted path ends early: mongomock fails there, or drops what MongoDB keeps."""
    if len(parts) == 1:
        return True
    if not isinstance(value, dict) or parts[0] not in value:
        return isinstance(value, dict)
    below = value[parts[0]]
    return all(
        isinstance(item, dict) and holds_objects(item, parts[1:])
        for item in (below if isinstance(below, list) else [below])
    )


@settings(QUICK, max_examples=100)
@given(
    st.lists(documents, max_size=4),
    st.dictionaries(
        st.sampled_from(["a", "a.b", "a.b.c", "b", "b.a", "name", "x"]), st.just(1), min_size=1, max_size=3
    ),
    st.booleans(),
    st.sampled_from([None, 0, 1]),
)
def test_projections_cut_as_mongomock_does(
    store: SQLiteStore,
    mongo: MongoStore,
    contents: list[Document],
    names: dict[str, int],
    shown: bool,
    with_id: int | None,
) -> None:
    roots = {name for name in names if "." not in name}
    assume(not any(name.split(".")[0] in roots for name in names if "." in name))  # MongoDB refuses colliding paths
    assume(not {"a.b", "a.b.c"} <= set(names))
    assume(all(holds_objects(content, name.split(".")) for content in contents for name in names))
    projection = dict.fromkeys(names, int(shown)) | ({} if with_id is None else {"_id": with_id})
    assume(shown or with_id != 1)  # MongoDB refuses an id to show among fields to hide
    made = fill(store, "service", contents)
    mongo.database["service"].drop()
    if made:
        mongo.insert("service", copy.deepcopy(made))
    assert list(store.find("service", {}, projection=projection)) == list(
        mongo.find("service", {}, projection=projection)
    )


@settings(QUICK, max_examples=60)
@given(st.integers(0, 30), st.integers(1, 8), sorts, st.one_of(st.just({}), simple_filters))
def test_pages_hold_every_document_once(
    store: SQLiteStore, number: int, size: int, sort: list[tuple[str, int]], where: Document
) -> None:
    fill(store, "service", [{"a": index % 3, "name": f"n{index % 4}"} for index in range(number)])
    pages: list[ObjectId] = []
    total = store.count("service", where)
    for skip in range(0, number + size, size):
        page, count = store.page("service", where, sort, None, size, skip)
        found = ids(page)
        assert count == total
        assert len(found) <= size
        pages += found
    assert sorted(pages) == sorted(ids(store.find("service", where)))
    assert pages == ids(store.find("service", where, sort=sort))


@settings(QUICK, max_examples=100)
@given(
    documents,
    st.dictionaries(st.sampled_from(["a", "a.b", "b.x.y", "name", "_templates"]), scalars, min_size=1, max_size=2),
)
@example(content={"name": None, "_templates": False}, fields={"_templates": 0})
def test_fields_are_set_as_mongomock_sets_them(
    store: SQLiteStore, mongo: MongoStore, content: Document, fields: dict[str, Any]
) -> None:
    assume(not ("a" in fields and "a.b" in fields))  # MongoDB refuses the conflict
    for name in fields:
        parts = name.split(".")
        holder: Any = content
        for part in parts[:-1]:
            holder = holder.get(part, {})
            assume(isinstance(holder, dict))  # MongoDB refuses to make a field in anything else
    fill(store, "service", [content])
    mongo.database["service"].drop()
    mongo.insert("service", {"_id": ObjectId(f"{0:024x}"), **copy.deepcopy(content)})
    assert store.update_fields("service", {}, fields) == 1
    mongo.update_fields("service", {}, fields)
    (mine,), (theirs,) = store.find("service", {}), mongo.find("service", {})
    assert list(mine.items()) == list(theirs.items())
    templates = fields.get("_templates")
    if templates is not None:
        assert store.count("service", {"_templates": templates}) == 1  # its own table follows
