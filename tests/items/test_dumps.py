"""What a dump holds, and how it is written."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.files import datafile, shape
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.output import json_text
from items.knowing import identity

MODEL = resources_by_name()
META = {"_created": "c", "_updated": "u", "_etag": "e", "_links": {"self": {}}, "_status": "OK"}

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from([0.5, -1.25, 12.0]) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
"""Fractions are few: the encoders write 1e16 and 1e-05 in different ways."""

ITEMS = st.lists(st.dictionaries(st.text(max_size=4), VALUES, max_size=2), max_size=3)


@pytest.mark.parametrize(
    ("resource", "hidden"),
    [("user", {"password": "hash", "token": "t0ken"}), ("host", {}), ("grafana", {})],
)
def test_a_dump_holds_neither_secrets_nor_what_the_backend_adds(resource: str, hidden: dict[str, str]) -> None:
    shown = {"_id": identity(1), "name": "x", "_realm": identity(2), "_template_fields": [], "alias": "password"}
    item = shown | META | hidden
    before = dict(item)
    assert shape.strip_private(MODEL[resource], item) == shown
    assert item == before


def test_secrets_are_those_of_users() -> None:
    """A host may call a field of its own so."""
    assert shape.strip_private(MODEL["alignak"], {"name": "x", "token": "t"}) == {"name": "x", "token": "t"}


@given(ITEMS)
def test_both_encoders_write_the_same(items: list[dict[str, Any]]) -> None:
    assert json_text.to_json(items, many=True) == json_text.to_json(items, many=False)


def test_dumps_are_indented_and_sorted() -> None:
    for many in (True, False):
        text = json_text.to_json([{"b": [1, {"d": None, "c": "é"}], "a": {}}], many=many).decode()
        assert text.splitlines() == [
            "[",
            "    {",
            '        "a": {},',
            '        "b": [',
            "            1,",
            "            {",
            '                "c": "é",',
            '                "d": null',
            "            }",
            "        ]",
            "    }",
            "]",
        ]


@given(st.lists(ITEMS, max_size=3))
def test_a_list_that_is_written_page_by_page_is_the_whole_list(pages: list[list[dict[str, Any]]]) -> None:
    file = io.BytesIO()
    writer = json_text.ListWriter(file.write)
    for page in pages:
        writer.add(json_text.to_json(page, many=True))
    writer.end()
    assert file.getvalue() == json_text.to_json([item for page in pages for item in page]) + b"\n"


# --- data files


@given(ITEMS, st.booleans())
def test_a_dump_is_a_data_file(items: list[dict[str, Any]], many: bool) -> None:
    assert datafile.parse(json_text.to_json(items, many=many), "x.json") == items


@pytest.mark.parametrize("content", [b"5", b"null", b'"x"', b"[5]", b'[{"a": 1}, []]', b"", b"{", b'{"a": 1', b"\xff"])
def test_invalid_data_files(content: bytes) -> None:
    with pytest.raises(ItemError, match=r"^x\.json"):
        datafile.parse(content, "x.json")


def test_a_data_file_holds_an_item_or_several() -> None:
    assert datafile.parse(b'{"a": 1}', "x.json") == {"a": 1}
    assert datafile.parse(b'[{"a": 1}, {}]', "x.json") == [{"a": 1}, {}]
    assert datafile.parse(json.dumps([]).encode(), "x.json") == []
