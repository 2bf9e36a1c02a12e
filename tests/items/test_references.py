"""Names, ids, file names, data files, order: rules with many cases."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.files import datafile, dumpfile
from alignak_backend_client.items.names.references import (
    full_name,
    get_reference,
    label,
    service_splits,
    show,
    wildcard_host,
)
from alignak_backend_client.items.writing import data_model
from alignak_backend_client.items.writing.entries import waves
from alignak_backend_client.model import public_resources, resources_by_name
from alignak_backend_client.output import json_text

SERVICE, HOST, HISTORY = (resources_by_name()[name] for name in ("service", "host", "history"))
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(st.text(max_size=300), st.none() | st.text(max_size=300))
def test_a_dump_file_stays_in_its_folder(name: str, host: str | None) -> None:
    file = dumpfile.item_file(SERVICE, name, host)
    assert Path("folder", file).parent == Path("folder")
    assert len(file.encode("utf-8", errors="surrogatepass")) <= 255
    assert file.isprintable()
    assert file.startswith("alignak-object-dump-service-")
    assert file.endswith(".json")


def test_names_of_dump_files_are_those_of_the_manual() -> None:
    assert dumpfile.item_file(HOST, "host_name") == "alignak-object-dump-host-host_name.json"
    assert dumpfile.item_file(SERVICE, "cpu", "web 01") == "alignak-object-dump-service-web 01_cpu.json"
    assert dumpfile.list_file(HOST, templates=False) == "alignak-object-list-hosts.json"
    assert dumpfile.list_file(HOST, templates=True) == "alignak-model-list-hosts.json"
    assert dumpfile.item_file(HOST, "a/b") != dumpfile.item_file(HOST, "a_b")
    assert dumpfile.item_file(HOST, "a/b") != dumpfile.item_file(HOST, "a:b")
    long = [dumpfile.item_file(HOST, "x" * 300 + end) for end in "ab"]
    assert long[0] != long[1]


@given(st.text(max_size=40))
def test_every_split_of_a_service_gives_the_text_back(text: str) -> None:
    for host, service in service_splits(text):
        assert f"{host}/{service}" == text
        assert host
        assert service


def test_the_services_of_a_host() -> None:
    assert wildcard_host("a/*") == "a"
    assert wildcard_host("a/b/*") == "a/b"
    assert [wildcard_host(text) for text in ("a", "/*", "*", "a/*b", "")] == [None] * 5


@given(JSON_VALUES)
def test_a_link_is_a_text_or_an_error(value: object) -> None:
    for resource in (HOST, SERVICE, HISTORY):
        try:
            found = get_reference(resource, value)
        except ItemError:
            continue
        assert isinstance(found, str)
        assert found


def test_a_link_may_be_the_linked_item() -> None:
    assert get_reference(HOST, {"name": "h", "_id": "1"}) == "h"
    assert get_reference(SERVICE, {"name": "s", "host": "h"}) == "h/s"
    assert get_reference(SERVICE, {"name": "s", "host": {"name": "h"}}) == "h/s"
    assert get_reference(HISTORY, {"_id": "1", "name": "x"}) == "1"


@given(JSON_VALUES)
def test_shown_values_are_short_and_printable(value: object) -> None:
    text = show(value)
    assert text.isprintable()
    assert len(text) <= 120


@given(st.dictionaries(st.sampled_from(["name", "host", "_id"]), JSON_VALUES))
def test_everything_has_a_name_or_none(item: dict[str, object]) -> None:
    for resource in (HOST, SERVICE, HISTORY):
        assert bool(full_name(resource, item)) == bool(isinstance(item.get("name"), str) and item["name"])
    assert full_name(SERVICE, {"name": "cpu", "host": {"name": "web"}}) == "web/cpu"
    assert label("service", "web/cpu") == "service 'web/cpu'"


@settings(max_examples=300)
@given(st.binary(max_size=60) | JSON_VALUES.map(lambda value: json.dumps(value).encode()))
def test_a_data_file_gives_items_or_an_error(content: bytes) -> None:
    try:
        found = datafile.parse(content, "x.json")
    except ItemError as error:
        message = str(error)
    else:
        message = ""
        assert isinstance(found, dict) or all(isinstance(item, dict) for item in found)
    assert message == "" or message.startswith("x.json")
    assert "\n" not in message


@given(JSON_VALUES)
def test_a_dump_is_utf_8_and_reads_back(value: object) -> None:
    assert json.loads(json_text.to_json(value)) == value
    assert json.loads(json_text.to_json(["\ud800 é"])) == ["\ud800 é"]


@pytest.mark.parametrize("many", [False, True])
def test_a_dump_has_null_for_what_json_cannot_say(many: bool) -> None:
    value = [{"a": math.inf, "b": [math.nan, 1.5], "c": {"d": -math.inf, "e": "\ud800" * many}}]
    text = json_text.to_json(value, many=many).decode()
    assert not {"NaN", "Infinity"} & set(re.findall(r"\w+", text))
    assert json.loads(text) == [{"a": None, "b": [None, 1.5], "c": {"d": None, "e": "\ud800" * many}}]


GRAPHS = st.integers(0, 9).flatmap(
    lambda size: st.fixed_dictionaries(
        {number: st.sets(st.integers(0, max(size - 1, 0)), max_size=3) for number in range(size)}
    )
)


@settings(max_examples=300)
@given(GRAPHS)
def test_items_come_after_what_they_need(needs: dict[int, set[int]]) -> None:
    groups, circular = waves(needs)
    assert sorted([*(item for group in groups for item in group), *circular]) == sorted(needs)
    sent: set[int] = set()
    for group in groups:
        assert group == sorted(group) != []
        assert all(needs[item] <= sent for item in group)
        sent |= set(group)
    # What is left out is in a circle, or needs one that is.
    for item in circular:
        assert needs[item] & circular


def test_items_that_need_a_cycle_are_omitted() -> None:
    """0 and 1 need each other, 2 needs 1, 3 needs 2, 4 needs itself; 5 needs 6, which is after it."""
    found = waves({0: {1}, 1: {0}, 2: {1}, 3: {2}, 4: {4}, 5: {6}, 6: set()})
    assert found == ([[6], [5]], {0, 1, 2, 3, 4})


def test_waves_are_as_few_as_can_be() -> None:
    needs = {0: set[int](), 1: {0}, 2: set[int](), 3: {1, 2}, 4: {2}, 5: set[int]()}
    assert waves(needs) == ([[0, 2, 5], [1, 4], [3]], set())
    assert waves({}) == ([], set())
    assert waves({8: set(), 7: set()}) == ([[7, 8]], set())


@settings(max_examples=300)
@given(st.sampled_from(sorted(public_resources())), st.data())
def test_every_value_is_judged(name: str, data: st.DataObject) -> None:
    resource = public_resources()[name]
    field = data.draw(st.sampled_from(sorted(resource.fields)))
    value = data.draw(JSON_VALUES)
    befores: tuple[dict[str, Any] | None, ...] = (None, {})
    for before in befores:
        assert isinstance(data_model.find_issues(resource, {field: value}, before), dict)
        assert isinstance(data_model.find_strict_issues(resource, {field: value}, before), dict)


@pytest.mark.parametrize("name", sorted(public_resources()))
def test_the_defaults_of_the_data_model_are_valid(name: str) -> None:
    resource = public_resources()[name]
    defaults = {field: schema["default"] for field, schema in resource.fields.items() if "default" in schema}
    # The two defaults that the backend refuses itself are never sent back.
    wrong = {"hostdependency": {"notification_failure_criteria"}, "realm": {"_parent"}}
    assert set(data_model.find_issues(resource, defaults, {})) == wrong.get(name, set())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"a": 1,}', "A comma after the last value is not allowed (line 1, column 8)"),
        ('[{"a": 1},\n ]', "A comma after the last value is not allowed (line 1, column 10)"),
        ('{"a": [1 ,], "b": 2}', "A comma after the last value is not allowed (line 1, column 10)"),
        ('{"a": 1, // why\n}', "Comments are not allowed (line 1, column 10)"),
        ("[\n/* why */ {}]", "Comments are not allowed (line 2, column 1)"),
        ('{"a": 1\n  # why\n}', "Comments are not allowed (line 2, column 3)"),
        ("{'a': 1}", "Strings must be in double quotes (line 1, column 2)"),
        ('{"a": "//",, }', "Expecting property name enclosed in double quotes (line 1, column 12)"),
    ],
)
def test_syntax_of_other_notations_is_named(text: str, problem: str) -> None:
    with pytest.raises(ItemError) as caught:
        datafile.parse(text.encode(), "x.json")
    assert str(caught.value) == f"x.json is not JSON: {problem}"
