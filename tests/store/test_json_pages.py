"""Pages sent as stored text say what the documents say when they are read and written again."""

from __future__ import annotations

import sqlite3
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alignak_backend_embedded.api.resources.representation import finish
from alignak_backend_embedded.domain.json_values import format_date, json_value
from alignak_backend_embedded.store.object_id import ObjectId
from alignak_backend_embedded.store.sqlite import json_pages
from alignak_backend_embedded.store.sqlite.codec import MARK
from alignak_backend_embedded.store.sqlite.json_pages import FoundRows
from alignak_backend_embedded.store.sqlite.store import SQLiteStore

from .strategies import DATES, IDS, values

LINK = {"title": "Service", "href": "service/"}
AUTOMATIC = {"_created": DATES[0], "_updated": DATES[1], "_etag": "e"}
MARKED = [f"{MARK}p1", f"{MARK}o{IDS[0]}", f"{MARK}q{1:015d}", f"{MARK}0", f"{MARK}0x"]
HOSTILE = [
    *MARKED,
    *(f"{before}{marked}" for marked in MARKED for before in ('"', '\\"', ':"', '["', ',"', "\\", ":", "\\\\", "a")),
    *(f"{marked}{after}" for marked in MARKED for after in ('"', ":", '":', "\\", ",")),
    '"_links":{}}',
    "\x01\x02",
    "\\u0001",
    "é\U0001f600",
]
hostile = st.one_of(st.sampled_from(HOSTILE), values)
fields = st.dictionaries(
    st.one_of(st.sampled_from(["a", "b", "_links", "_realm_", *(text for text in HOSTILE if "." not in text)])),
    st.one_of(
        hostile,
        st.lists(hostile, max_size=4),
        st.dictionaries(st.sampled_from(["_updated", "_id", *HOSTILE]), hostile, max_size=3),
    ),
    max_size=4,
)
automatic = st.one_of(
    st.just(AUTOMATIC),
    st.fixed_dictionaries(
        {},
        optional={
            "_created": st.one_of(st.sampled_from(DATES), st.none()),
            "_updated": st.one_of(st.sampled_from(DATES), st.none(), st.just("text")),
            "_etag": st.one_of(st.just("e"), st.none(), st.just(1)),
        },
    ),
)
contents = st.lists(st.tuples(fields, automatic, st.booleans()), max_size=4)


@pytest.fixture(autouse=True)
def few_are_cut_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_pages, "_FEW", 0)


def read(page: FoundRows) -> tuple[Any, datetime | None]:
    """The list of an answer by way of the documents, and the latest change."""
    documents = list(page)
    for document in documents:
        finish("service", document, ())
    text = orjson.dumps(documents, default=json_value, option=orjson.OPT_PASSTHROUGH_DATETIME)
    newest = max((document["_updated"] for document in documents), default=None)
    return text, newest


def stored(store: SQLiteStore, documents: list[dict[str, Any]]) -> FoundRows:
    store.delete("service", {})
    store.insert("service", documents)
    return store.page("service", {}, [], None, 1000, 0)[0]


@settings(max_examples=400, deadline=None)
@given(contents)
@example([({text: text, "a": {text: text}, "b": [text, [text]]}, AUTOMATIC, False) for text in HOSTILE])
@example([({"a": [True, IDS[0], DATES[2]], "b": [[False], [DATES[0]], True]}, AUTOMATIC, True)])
def test_the_text_of_a_page_is_that_of_its_documents(store: SQLiteStore, contents: list[Any]) -> None:
    made = [{"_id": ObjectId(), **(first | last if order else last | first)} for first, last, order in contents]
    page = stored(store, made)
    text = page.as_json(LINK, format_date)
    if text is not None:
        expected, newest = read(page)
        assert b"".join(text[0]) == expected
        assert (text[1] and text[1].replace(tzinfo=None)) == newest


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["a", "b", "c"]),
            st.one_of(
                st.sampled_from([True, False, None, 1, 0.1, "text", 'a"b', *IDS, *DATES]),
                st.lists(st.sampled_from([True, "x", *IDS, *DATES]), max_size=3),
                st.dictionaries(st.sampled_from(["_updated", "x"]), st.sampled_from([False, "y", *IDS, *DATES])),
            ),
        ),
        max_size=3,
    )
)
@settings(max_examples=200, deadline=None)
def test_usual_documents_are_sent_as_text(store: SQLiteStore, contents: list[dict[str, Any]]) -> None:
    page = stored(store, [{"_id": ObjectId(), **content, **AUTOMATIC} for content in contents])
    text = page.as_json(LINK, format_date)
    assert text is not None
    assert b"".join(text[0]) == read(page)[0]


def test_pages_that_are_cut_down(store: SQLiteStore) -> None:
    whole = {"_id": ObjectId(), "a": {"b": 1, "c": 2}, "b": True, **AUTOMATIC}
    stored(store, [dict(sorted(whole.items())), dict(sorted({"_id": ObjectId(), **AUTOMATIC}.items()))])
    everything = dict.fromkeys(("a", "b", *AUTOMATIC), 1)
    without = {name: 1 for name in everything if name != "b"}
    for projection in ({}, everything, {"c": 0}, without, {"b": 0}, {**without, "c": 1}, {"a": 0, "b": 0}):
        page, _ = store.page("service", {}, [], projection, 1000, 0)
        text = page.as_json(LINK, format_date)
        assert text is not None, projection
        assert b"".join(text[0]) == read(page)[0]
    # What is cut within a field, and what every item has, is left to those who read.
    for projection in ({"a.b": 0}, {**without, "b": 1, "_id": 0}, {"_etag": 0}, {"b": 1}):
        assert store.page("service", {}, [], projection, 1000, 0)[0].as_json(LINK, format_date) is None


def test_odd_names_of_fields_that_are_cut(store: SQLiteStore) -> None:
    stored(store, [{"_id": ObjectId(), 'a"': 1, "b\\": 2, "": 3, "é": 4, "d": 5, **AUTOMATIC}])
    for names in (['a"'], ["b\\"], ["é"], ['a"', "b\\", "é"]):
        page, _ = store.page("service", {}, [], dict.fromkeys([*names, *AUTOMATIC], 1), 1000, 0)
        text = page.as_json(LINK, format_date)
        assert text is None or b"".join(text[0]) == read(page)[0]


def test_the_shape_follows_the_document(store: SQLiteStore) -> None:
    stored(store, [{"_id": ObjectId(), **AUTOMATIC}])
    known = dict.fromkeys(AUTOMATIC, 1)
    assert store.page("service", {}, [], known, 1000, 0)[0].as_json(LINK, format_date) is not None
    store.update_fields("service", {}, {"new": "x"})
    cut = store.page("service", {}, [], known, 1000, 0)[0].as_json(LINK, format_date)
    assert cut is not None
    assert b"new" not in b"".join(cut[0])
    store.update_fields("service", {}, {"new": f"{MARK}p1"})
    assert store.page("service", {}, [], None, 1000, 0)[0].as_json(LINK, format_date) is None
    store.update_fields("service", {}, {"new": "x"})
    assert store.page("service", {}, [], known, 1000, 0)[0].as_json(LINK, format_date) is not None


def as_version_1(path: Path) -> None:
    """Take from a database what version 2 added."""
    connection = sqlite3.connect(path)
    for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE name LIKE '%:_id+%'").fetchall():
        connection.execute(f'DROP INDEX "{name}"')
    for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
        columns = {row[1] for row in connection.execute(f'PRAGMA table_info("{name}")')}
        for column in {"shape", "f:_updated"} & columns:
            connection.execute(f'ALTER TABLE "{name}" DROP COLUMN "{column}"')
    connection.execute("PRAGMA user_version = 1")
    connection.commit()
    connection.close()


def test_a_database_of_version_1_gets_shapes(tmp_path: Path) -> None:
    path = tmp_path / "site.db"
    documents = SQLiteStore(path)
    given = [
        {"_id": ObjectId(), "name": "plain", "_is_template": True, **AUTOMATIC},
        {"_id": ObjectId(), "name": "later", **AUTOMATIC, "_updated": DATES[2]},
    ]
    documents.insert("service", given)
    documents.insert("host", {"name": f"{MARK}p1", **AUTOMATIC})
    documents.close()
    as_version_1(path)
    documents = SQLiteStore(path)
    page, _ = documents.page("service", {}, [], None, 1000, 0)
    text = page.as_json(LINK, format_date)
    assert text is not None
    assert (b"".join(text[0]), text[1]) == (read(page)[0], DATES[2])
    assert list(documents.find("service", {})) == given
    assert documents.page("host", {}, [], None, 1000, 0)[0].as_json(LINK, format_date) is None
    documents.close()


def test_memory_of_dates_is_bounded() -> None:
    dates = [b':"' + (MARK + f"q{number:015d}").encode() + b'"' for number in range(3 * json_pages._MOST_DATES)]
    texts = [json_pages._response_text(date, format_date) for date in dates]
    assert len(set(texts)) > 1
    assert len(json_pages._values(format_date)) <= json_pages._MOST_DATES + len(json_pages._FIXED)
    assert all(sys.getsizeof(text) < 200 for text in json_pages._values(format_date).values())
    assert json_pages._response_text(b':"' + MARK.encode() + b'p1"', format_date) == b":true"
