"""Whatever happens to realms and groups, their lists say what their parents say."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alignak_backend_embedded.app import create_app
from alignak_backend_embedded.store.object_id import ObjectId
from embedded.conftest import NewSite
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


def test_a_start_corrects_what_a_killed_worker_has_left(new_site: NewSite) -> None:
    store = new_site.store("mongomock")
    before = Site(create_app(**store))
    realms = [before.new("realm") for _ in range(3)]
    groups = [before.new("hostgroup") for _ in range(2)]
    identities = [ObjectId(item["_id"]) for item in (*realms, *groups)]
    # A worker stores a parent first; here two have also put two groups below each other.
    before.store.update_fields("realm", {"_id": identities[1]}, {"_parent": identities[0]})
    before.store.update_fields("realm", {"_id": identities[0]}, {"_children": 5, "_all_children": [identities[2]]})
    for group, other in ((3, 4), (4, 3)):
        before.store.update_fields("hostgroup", {"_id": identities[group]}, {"_parent": identities[other]})
    after = Site(create_app(**store))
    check_tree(after.admin, "realm")
    assert after.find("realm", name=realms[1]["name"])["_parent"] == realms[0]["_id"]
    assert after.find("hostgroup", name=groups[0]["name"])["_tree_parents"] == groups[0]["_tree_parents"]
    assert after.patch("hostgroup", groups[0], {"_parent": groups[0]["_parent"]}).status == 200
    check_tree(after.admin, "hostgroup")
