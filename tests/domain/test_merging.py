"""How an object is merged with a new value: the examples of RFC 7396, appendix A."""

from __future__ import annotations

from typing import Any

import pytest

from alignak_backend_embedded.domain.persistence import merge_patch


@pytest.mark.parametrize(
    ("before", "after", "merged"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_objects_are_merged_by_key(before: Any, after: Any, merged: Any) -> None:
    assert merge_patch(before, after) == merged


def test_null_can_be_a_value() -> None:
    assert merge_patch({"a": 1, "b": {"c": 1}}, {"a": None, "b": {"d": None}}, keep_nulls=True) == {
        "a": None,
        "b": {"c": 1, "d": None},
    }
