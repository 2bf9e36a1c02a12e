"""What an item has without its own fields, as the backend fills it in, and which are its own."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignak_backend_client.model import resources_by_name
from alignak_backend_client.site.inheriting import Bases, defaults, first_right, inherited_values, own_fields

HOST = resources_by_name()["host"]


def base(*templates: dict[str, Any]) -> dict[str, Any]:
    return inherited_values(HOST, {"name": "h"}, templates, "Paris")


def test_of_several_templates_the_last_one_wins_but_the_first_has_keys_and_lists_are_joined() -> None:
    found = base(
        {"check_interval": 1, "alias": "one", "customs": {"_A": "1", "_B": "1"}, "tags": ["x", "y"], "_realm": "Rome"},
        {"check_interval": 2, "customs": {"_A": "2", "_C": "2"}, "tags": ["z", "x"], "name": "no"},
    )
    assert (found["check_interval"], found["alias"], found["_realm"]) == (2, "one", "Paris")
    assert found["customs"] == {"_A": "1", "_B": "1", "_C": "2"}
    assert set(found["tags"]) == {"x", "y", "z"}
    assert "name" not in found


def test_without_templates_there_are_the_defaults() -> None:
    found = base()
    assert (found["alias"], found["check_command"], found["check_interval"]) == ("h", "_internal_host_up", 5)
    assert "check_command" not in base({"alias": "x"})
    timeperiod = inherited_values(resources_by_name()["timeperiod"], {"name": "Never"}, ())
    assert (timeperiod["alias"], timeperiod["_realm"]) == ("No time is a good time", "All")


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"tags": ["t"], "customs": {"_A": "1"}}, {}),
        ({"tags": ["own", "t"], "customs": {"_A": "1"}}, {"tags": ["own"]}),
        ({"tags": ["own"], "customs": {"_A": "1"}}, {"tags": ["own"], "_unmerged": ["tags"]}),
        ({"tags": ["t"], "customs": {"_A": "2", "_B": "3"}}, {"customs": {"_A": "2", "_B": "3"}}),
        ({"tags": ["t"], "customs": {"_B": "3"}}, {"customs": {"_B": "3"}, "_unmerged": ["customs"]}),
        ({"tags": [], "customs": {"_A": "1"}}, {"tags": [], "_unmerged": ["tags"]}),
    ],
)
def test_own_parts_of_merged_fields(item: dict[str, Any], expected: dict[str, Any]) -> None:
    there = {"tags": ["t"], "customs": {"_A": "1"}}
    assert own_fields(HOST, item, there, templates=True) == expected


def test_the_right_of_a_new_user_is_that_of_the_backend() -> None:
    right = {"realm": "Paris", "sub_realm": False, "resource": "*", "crud": ["read"]}
    user = {"_realm": "Paris", "_sub_realm": False}
    assert first_right(user) == right
    assert first_right({**user, "back_role_super_admin": True})["crud"] == ["create", "read", "update", "delete"]


_HOSTS = st.fixed_dictionaries(
    {"_realm": st.sampled_from(["All", "Paris"])},
    optional={
        "alias": st.sampled_from(["", "x", "h"]),
        "check_interval": st.integers(4, 6),
        "check_command": st.sampled_from(["_internal_host_up", "ping"]),
        "event_handler": st.sampled_from([None, "mend"]),
        "tags": st.lists(st.sampled_from("ab"), unique=True),
        "customs": st.dictionaries(st.sampled_from(["_A", "_B"]), st.sampled_from("12")),
        "active_checks_enabled": st.booleans(),
    },
)


@given(st.lists(_HOSTS, min_size=1, max_size=3), st.lists(_HOSTS, max_size=2))
def test_items_without_their_defaults_have_the_same_values_of_their_own(
    hosts: list[dict[str, Any]], templates: list[dict[str, Any]]
) -> None:
    plain, bases = defaults("host"), Bases(HOST)
    followed = [{**plain, **template} for template in templates]
    for number, host in enumerate(hosts):
        names = [*"xy"[: len(templates)]]
        item = {**plain, "event_handler": None, **host, "name": f"h{number}", "_templates": names}
        sparse = {name: value for name, value in item.items() if value != plain.get(name)}
        whole = own_fields(HOST, item, inherited_values(HOST, item, followed, "Paris"), templates=bool(followed))
        base = bases.of(item["name"], tuple(names), lambda: followed, "Paris")
        found = own_fields(HOST, sparse, base, templates=bool(followed))
        assert found == whole
        assert list(found) == list(whole)
