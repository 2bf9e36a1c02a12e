"""The counters of the livesynthesis are what counting gives, and never negative."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from embedded.site import Item, Site, unique

_BOOLEANS = {"ls_acknowledged", "ls_downtimed", "active_checks_enabled", "passive_checks_enabled"}
fields = st.fixed_dictionaries(
    {},
    optional={
        "ls_state_type": st.sampled_from(["HARD", "SOFT"]),
        **dict.fromkeys(sorted(_BOOLEANS), st.booleans()),
    },
)
hosts = st.builds(
    lambda state, more: {"ls_state": state, **more}, st.sampled_from(["UP", "DOWN", "UNREACHABLE"]), fields
)
services = st.builds(lambda state, more: {"ls_state": state, **more}, st.sampled_from(["OK", "WARNING"]), fields)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("host"), st.integers(0, 2), hosts),
        st.tuples(st.just("service"), st.integers(0, 2), services),
        st.tuples(st.just("move"), st.integers(0, 2), st.booleans()),
        st.tuples(st.just("delete"), st.sampled_from(["host", "service"]), st.integers(0, 2)),
    ),
    max_size=12,
)


def counted(site: Site, realm: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for resource in ("host", "service"):
        for item in site.admin.items(resource, where={"_realm": realm, "_is_template": False}):
            found[f"{resource}s_total"] += 1
            if not (item["active_checks_enabled"] or item["passive_checks_enabled"]):
                name = "not_monitored"
            elif item["ls_downtimed"]:
                name = "in_downtime"
            elif item["ls_acknowledged"]:
                name = "acknowledged"
            else:
                name = f"{item['ls_state']}_{item['ls_state_type']}".lower()
            found[f"{resource}s_{name}"] += 1
    return found


def play(site: Site, other: str, step: tuple[Any, Any, Any]) -> None:
    action, number, value = step
    if action in ("host", "service"):
        items = site.admin.items(action, where={"_is_template": False})
        if number < len(items):
            assert site.patch(action, items[number], value).status == 200
            return
        more: Item = {"host": site.new("host")["_id"]} if action == "service" else {}
        assert site.admin.post(action, {"name": unique(), "_realm": site.realm, **more, **value}).status == 201
    elif action == "move":
        items = site.admin.items("host", where={"_is_template": False})
        if number < len(items):
            assert site.patch("host", items[number], {"_realm": other if value else site.realm}).status == 200
    else:
        items = site.admin.items(number, where={"_is_template": False})
        if value < len(items):
            assert site.delete(number, items[value]).status == 204


@settings(max_examples=20, deadline=None)
@given(sequence=steps)
def test_counters_are_what_counting_gives(shared: Site, sequence: list[tuple[Any, Any, Any]]) -> None:
    # A realm without a synthesis: the first item that comes there makes one.
    other = shared.new("realm")
    try:
        for step in sequence:
            play(shared, other["_id"], step)
        for synthesis in shared.admin.items("livesynthesis"):
            numbers = {name: value for name, value in synthesis.items() if name.startswith(("hosts_", "services_"))}
            assert {name: value for name, value in numbers.items() if value} == counted(shared, synthesis["_realm"])
    finally:
        assert shared.admin.call("DELETE", "host").status == 204
    for synthesis in shared.admin.items("livesynthesis"):
        assert not any(value for name, value in synthesis.items() if name.startswith(("hosts_", "services_")))
        assert shared.admin.items("service") == []
