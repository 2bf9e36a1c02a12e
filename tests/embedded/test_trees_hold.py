"""Whatever happens to realms and groups, their lists say what their parents say."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embedded.site import Item, Site, check_tree, unique

Step = tuple[str, int, int]
steps = st.lists(
    st.tuples(st.sampled_from(["new", "move", "delete"]), st.integers(0, 9), st.integers(0, 9)), max_size=25
)


def play(site: Site, resource: str, sequence: list[Step]) -> None:
    for action, number, other in sequence:
        items = site.admin.items(resource)
        one, two = items[number % len(items)], items[other % len(items)]
        if action == "new":
            fields: Item = {"name": unique(), "_parent": one["_id"]}
            if resource != "realm":
                fields["_realm"] = site.realm
            assert site.admin.post(resource, fields).status == 201
        elif action == "move":
            below = two["_id"] == one["_id"] or one["_id"] in two["_tree_parents"]
            status = site.patch(resource, one, {"_parent": two["_id"]}).status
            assert status == (412 if below and one["_parent"] != two["_id"] else 200)
        elif resource == "realm":
            status = site.delete(resource, one).status
            assert status == (409 if one["_children"] else 412 if one["name"] == "All" else 204) or one["name"] == "All"
    check_tree(site.admin, resource)


@pytest.mark.parametrize("resource", ["realm", "hostgroup"])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sequence=steps)
def test_lists_follow_the_parents(shared: Site, resource: str, sequence: list[Step]) -> None:
    try:
        play(shared, resource, sequence)
    finally:
        assert shared.admin.call("DELETE", resource).status == 204
    check_tree(shared.admin, resource)


def test_moves_on_the_other_store(site: Site) -> None:
    sequence = [("new", 0, 0), ("new", 1, 0), ("new", 2, 0), ("new", 0, 0), ("move", 2, 4), ("move", 4, 1)]
    for resource in ("realm", "usergroup"):
        play(site, resource, sequence)
