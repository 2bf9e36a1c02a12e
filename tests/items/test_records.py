"""Records of long lists become the same dump as dictionaries do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignak_backend_client.items.files import shape
from alignak_backend_client.items.files.records import records_of
from alignak_backend_client.items.names import links
from alignak_backend_client.model import public_resources, resources_by_name
from alignak_backend_client.model.fields import META
from alignak_backend_client.output import json_text
from items.knowing import Offline

IDS = [f"{number:024x}" for number in range(5)]

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=[]), max_size=8)
    | st.sampled_from(IDS),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["b", "a", "_id", "host", "é", "users", "\U0001f600"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def items_of(name: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    resource = resources_by_name()[name]
    linked = [*resource.links, *resource.links]
    fields = st.sampled_from([*linked, *resource.fields, *META, *resource.hidden, "_id"])
    held = VALUES | st.sampled_from(IDS) | st.lists(st.sampled_from([*IDS, "f" * 24]), max_size=3)
    return st.lists(st.dictionaries(fields, held, max_size=8), min_size=1, max_size=3)


def known() -> Offline:
    """A catalog that knows some of the ids, and asks nobody."""
    catalog = Offline()
    for name in resources_by_name():
        for number, identity in enumerate(IDS[:4]):
            if number:
                catalog.remember(name, {"_id": identity, "name": f"{name} {number}", "host": IDS[1]})
    return catalog


def by_dictionaries(name: str, items: list[dict[str, Any]]) -> bytes:
    resource = resources_by_name()[name]
    shown = [shape.strip_private(resource, item) for item in items]
    links.put_names(known(), links.columns(resource, shown))
    return json_text.to_json(shown, many=True)


def by_records(name: str, content: bytes) -> bytes | None:
    kind = records_of(name)
    assert kind is not None
    records = kind.read(content)
    if records is None:
        return None
    links.put_names(known(), kind.links(records))
    return kind.text(records, lines=False)


@pytest.mark.parametrize("name", ["service", "host", "user", "hostgroup", "logcheckresult"])
def test_the_dump_is_the_same(name: str) -> None:
    agreed = []

    @given(items_of(name), st.booleans())
    @settings(max_examples=150, deadline=None)
    def check(items: list[dict[str, Any]], escaped: bool) -> None:
        page = {"_items": items, "_meta": {"total": len(items)}, "_links": {}}
        try:
            content = json.dumps(page, ensure_ascii=escaped).encode()
        except UnicodeEncodeError:
            return
        text = by_records(name, content)
        if text is not None:
            agreed.append(text)
            assert text == by_dictionaries(name, json.loads(content)["_items"])

    check()
    assert len(agreed) > 50


@pytest.mark.parametrize("name", public_resources())
def test_all_that_the_model_knows_is_kept(name: str) -> None:
    kind = records_of(name)
    resource = resources_by_name()[name]
    if kind is None:
        assert resource.allow_unknown
        return
    item = {field: field for field in resource.fields} | {"_id": IDS[1], "_etag": "x", "_links": {}}
    text = by_records(name, json.dumps({"_items": [item]}).encode())
    assert text == by_dictionaries(name, [item])
    assert text is not None
    (shown,) = json.loads(text)
    assert shown.keys() == item.keys() - META - resource.hidden
    assert list(shown) == sorted(shown)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b'{"_items": {}}',
        b'{"_items": [1]}',
        b'{"_items": [{"field_that_nobody_knows": 1}]}',
        b'{"_items": [{"name": NaN}]}',
        b'{"_items": [{"name": "\\ud800"}]}',
        b'{"_items": [{"name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]}",
        b'{"_items": [{"name": "\xff"}]}',
    ],
)
def test_contents_that_do_not_fit_are_read_as_dictionaries(content: bytes) -> None:
    assert by_records("host", content) is None
