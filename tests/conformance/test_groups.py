"""Groups of hosts, services and users."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.world import Item, World, is_refusal_text

UNKNOWN = "0123456789abcdef01234567"
GROUPS = ["hostgroup", "servicegroup", "usergroup"]


def tree(item: Item) -> tuple[Any, ...]:
    return item["_parent"], item["_level"], item["_tree_parents"]


def member(world: World, group: str) -> Item:
    if group == "servicegroup":
        return world.service(world.new("host"))
    return world.new(group.removesuffix("group"))


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("parent", [{}, {"_parent": None}])
def test_parent_is_group_all_unless_given(world: World, group: str, parent: Item) -> None:
    root = world.id_of(group, "All")
    assert tree(world.new(group, **parent)) == (root, 1, [root])


@pytest.mark.parametrize("group", GROUPS)
def test_level_and_parents_follow_the_parent(world: World, group: str) -> None:
    root = world.id_of(group, "All")
    top = world.new(group, _level=9, _tree_parents=[])
    child = world.new(group, _parent=top["_id"], _level=9)
    assert tree(top) == (root, 1, [root])
    assert tree(child) == (top["_id"], 2, [root, top["_id"]])
    assert not {"_children", "_all_children"} & set(top)


@pytest.mark.parametrize("group", GROUPS)
def test_parent_must_be_a_group(world: World, group: str) -> None:
    answer = world.post(group, _parent=UNKNOWN)
    assert answer.status == 422
    assert set(answer.json["_issues"]) == {"_parent"}
    existing = world.new(group)
    assert world.caller.patch(f"{group}/{existing['_id']}", {"_parent": UNKNOWN}).status == 422


@pytest.mark.parametrize("group", GROUPS)
def test_move(world: World, group: str) -> None:
    root = world.id_of(group, "All")
    first = world.new(group)
    second = world.new(group, _parent=first["_id"])
    moved = world.new(group)
    below = world.new(group, _parent=moved["_id"])
    after = world.edit(group, moved, _parent=second["_id"])
    assert tree(after) == (second["_id"], 3, [root, first["_id"], second["_id"]])
    below_after = world.read(group, below)
    if world.backend.is_real:
        assert tree(below_after) == tree(below)
    else:
        assert tree(below_after) == (moved["_id"], 4, [root, first["_id"], second["_id"], moved["_id"]])


@pytest.mark.parametrize("group", GROUPS)
def test_patches_of_the_tree_that_are_refused(world: World, group: str) -> None:
    item = world.new(group)
    path = f"{group}/{item['_id']}"
    assert is_refusal_text(world.caller.patch(path, {"_tree_parents": []}))
    assert is_refusal_text(world.caller.patch(path, {"_parent": None}))
    assert world.read(group, item) == item
    assert world.edit(group, item, _level=4)["_level"] == 4


@pytest.mark.parametrize("group", GROUPS)
def test_members_are_kept_once(world: World, group: str) -> None:
    members = group.replace("group", "s")
    one, two = member(world, group), member(world, group)
    other = world.new(group)
    ids = [one["_id"], two["_id"], one["_id"]]
    created = world.new(group, **{members: ids, group + "s": [other["_id"], other["_id"]]})
    assert sorted(created[members]) == sorted(set(ids))
    assert created[group + "s"] == [other["_id"]]
    patched = world.edit(group, world.new(group), **{members: ids})
    assert sorted(patched[members]) == sorted(set(ids))
    assert world.edit(group, created, **{members: []})[members] == []


@pytest.mark.parametrize("group", GROUPS)
def test_member_groups_and_parents_are_independent(world: World, group: str) -> None:
    inner = world.new(group)
    outer = world.new(group, **{group + "s": [inner["_id"]]})
    assert world.read(group, inner)["_parent"] == world.id_of(group, "All")
    child = world.new(group, _parent=outer["_id"])
    assert child["_id"] not in world.read(group, outer)[group + "s"]


@pytest.mark.parametrize("group", GROUPS)
def test_group_with_subgroups_can_be_deleted(world: World, group: str) -> None:
    top = world.new(group)
    child = world.new(group, _parent=top["_id"])
    assert world.remove(group, top).status == 204
    assert tree(world.read(group, child)) == tree(child)


@pytest.mark.parametrize("group", GROUPS)
def test_names_of_groups_may_have_any_character(world: World, group: str) -> None:
    name = f"it's <a> $group/{group}"
    assert world.new(group, name=name)["name"] == name
