"""YAML: every reader gets back what was written."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from alignak_backend_client.output.yaml_text import to_yaml

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
_AMBIGUOUS = st.sampled_from(
    """no|On|y|NULL|~|1:30|012|0x1f|1e3|1_000|2026-08-01|.inf|=|<<|- a|a: b|a #b|a:|: a|? a
!x|&x|*x|%x|@x|`x|a;b|'|"|[|{a}|web:80|---|...|# a| a|a |a	|-|?|:|""".replace("\n", "|").split("|")
)
VALUES = st.recursive(
    _SCALARS | _AMBIGUOUS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | _AMBIGUOUS, inner, max_size=4),
    max_leaves=20,
)


def test_an_item_is_a_mapping_that_people_can_read() -> None:
    item = {
        "name": "web-01",
        "_realm": "All",
        "address": "10.0.0.1",
        "_templates": ["linux", "a host (old)"],
        "customs": {"_OS": "Debian", "_empty": {}},
        "dateranges": [{"monday": "00:00-24:00", "days": [1, 2]}, {}],
        "check_period": None,
        "notes": "two\nlines",
        "passive": False,
        "owner": "no",
        "ls_latency": 0.5,
    }
    assert (
        to_yaml([item])
        == """\
- name: web-01
  _realm: All
  address: "10.0.0.1"
  _templates:
  - linux
  - a host (old)
  customs:
    _OS: Debian
    _empty: {}
  dateranges:
  - monday: "00:00-24:00"
    days:
    - 1
    - 2
  - {}
  check_period: null
  notes: "two\\nlines"
  passive: false
  owner: "no"
  ls_latency: 0.5
"""
    )
    assert to_yaml([]) == "[]\n"
    assert to_yaml({}) == "{}\n"


@given(VALUES)
def test_yaml_is_read_back(value: Any) -> None:
    text = to_yaml(value)
    assert yaml.load(text, yaml.CSafeLoader) == value
    assert yaml.safe_load(text) == value
    assert text.replace("\n", "").isprintable()


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=12) | _AMBIGUOUS)
def test_texts_stay_texts(text: str) -> None:
    assert yaml.safe_load(to_yaml([text, {text: text}])) == [text, {text: text}]


@pytest.mark.parametrize("inner", ["x", ["a", {"b": 1}], {"c": [1]}])
def test_long_keys_and_deep_values(inner: Any) -> None:
    long: Any = {"k" * 5000: inner, "list": [{"é" * 2000: inner}]}
    deep = inner
    for _ in range(100):
        deep = [{"a": deep}]
    for value in (long, deep):
        assert yaml.load(to_yaml(value), yaml.CSafeLoader) == value


def test_nan_and_infinity_are_null_as_in_json() -> None:
    assert to_yaml([float("nan"), float("inf"), 1e300]) == "- null\n- null\n- 1.0e+300\n"
    assert yaml.safe_load(to_yaml(["\ud800"])) == ["\ud800"]
