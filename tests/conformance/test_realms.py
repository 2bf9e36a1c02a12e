"""The tree of realms."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.world import Item, World, is_error_json, is_refusal_text

UNKNOWN = "0123456789abcdef01234567"


def tree(world: World, realm: Item) -> tuple[Any, ...]:
    stored = world.read("realm", realm)
    return stored["_level"], stored["_tree_parents"], stored["_children"], stored["_all_children"]


def family(world: World) -> tuple[Item, Item, Item]:
    """A realm, its child, and the child's child."""
    top = world.new("realm")
    middle = world.new("realm", _parent=top["_id"])
    return top, middle, world.new("realm", _parent=middle["_id"])


def test_realm_has_no_realm(world: World) -> None:
    realm = world.new("realm")
    assert "_realm" not in realm
    answer = world.post("realm", _realm=world.realm_all)
    assert (answer.status, answer.json["_issues"]) == (422, {"_realm": "unknown field"})


def test_parent_is_realm_all_unless_given(world: World) -> None:
    realm = world.new("realm")
    assert realm["_parent"] == world.realm_all
    assert tree(world, realm) == (1, [world.realm_all], [], [])
    root = world.read("realm", world.realm_all)
    assert realm["_id"] in root["_children"]
    assert realm["_id"] in root["_all_children"]


@pytest.mark.parametrize("parent", [None, "", UNKNOWN, "nope"])
def test_parent_must_be_a_realm(world: World, parent: Any) -> None:
    answer = world.post("realm", _parent=parent)
    assert answer.status == 422
    assert set(answer.json["_issues"]) == {"_parent"}


def test_new_realms_are_added_to_all_ancestors(world: World) -> None:
    top, middle, leaf = family(world)
    root = world.realm_all
    ids = [realm["_id"] for realm in (top, middle, leaf)]
    assert tree(world, top) == (1, [root], [ids[1]], [ids[1], ids[2]])
    assert tree(world, middle) == (2, [root, ids[0]], [ids[2]], [ids[2]])
    assert tree(world, leaf) == (3, [root, ids[0], ids[1]], [], [])
    stored = world.read("realm", root)
    assert set(ids) <= set(stored["_all_children"])
    assert not {ids[1], ids[2]} & set(stored["_children"])
    assert world.read("realm", top)["_etag"] != top["_etag"]


def test_level_and_parents_from_the_client_do_not_count(world: World) -> None:
    realm = world.new("realm", _level=7, _tree_parents=[])
    assert tree(world, realm)[:2] == (1, [world.realm_all])


def test_children_from_the_client(world: World) -> None:
    other = world.new("realm")
    answer = world.post("realm", _children=[other["_id"]], _all_children=[other["_id"]])
    assert answer.status == 201
    # The released backend stores them.
    expected = world.sane(real=[other["_id"]], sane=[])
    assert tree(world, answer.json)[2:] == (expected, expected)
    # It could not be deleted with children.
    if expected:
        world.caller.call("DELETE", f"realm/{other['_id']}", headers={"If-Match": other["_etag"]})


@pytest.mark.parametrize("field", ["_tree_parents", "_children", "_all_children"])
def test_lists_of_the_tree_cannot_be_patched(world: World, field: str) -> None:
    realm = world.new("realm")
    for value in ([], [world.realm_all]):
        assert is_refusal_text(world.caller.patch(f"realm/{realm['_id']}", {field: value}))
    assert world.read("realm", realm) == realm


def test_level_can_be_patched(world: World) -> None:
    assert world.edit("realm", world.new("realm"), _level=5)["_level"] == 5


def test_parent_cannot_become_null(world: World) -> None:
    realm = world.new("realm")
    answer = world.caller.patch(f"realm/{realm['_id']}", {"_parent": None})
    assert answer.status == 422
    assert set(answer.json["_issues"]) == {"_parent"}


def test_move_among_siblings_of_one_depth(world: World) -> None:
    old, new = world.new("realm"), world.new("realm")
    moved = world.new("realm", _parent=old["_id"])
    after = world.edit("realm", moved, _parent=new["_id"])
    assert (after["_level"], after["_tree_parents"]) == (2, [world.realm_all, new["_id"]])
    assert tree(world, old)[2] == []
    assert tree(world, new)[2] == [moved["_id"]]
    # The released backend leaves the lists of all descendants as they were.
    assert tree(world, old)[3] == world.sane(real=[moved["_id"]], sane=[])
    assert tree(world, new)[3] == world.sane(real=[], sane=[moved["_id"]])
    world.edit("realm", moved, _parent=old["_id"])


@pytest.mark.embedded_only  # The released backend leaves levels, parents and descendants wrong.
def test_move_takes_descendants_along(world: World) -> None:
    top, middle, leaf = family(world)
    root, other = world.realm_all, world.new("realm")
    ids = [realm["_id"] for realm in (top, middle, leaf)]
    under = world.new("realm", _parent=other["_id"])
    world.edit("realm", middle, _parent=under["_id"])
    chain = [root, other["_id"], under["_id"]]
    assert tree(world, middle) == (3, chain, [ids[2]], [ids[2]])
    assert tree(world, leaf) == (4, [*chain, ids[1]], [], [])
    assert tree(world, top) == (1, [root], [], [])
    assert set(tree(world, other)[3]) == {under["_id"], ids[1], ids[2]}
    assert set(tree(world, under)[3]) == {ids[1], ids[2]}
    assert {ids[0], ids[1], ids[2], other["_id"], under["_id"]} <= set(tree(world, {"_id": root})[3])


@pytest.mark.embedded_only  # The released backend accepts both.
def test_realm_cannot_move_under_itself(world: World) -> None:
    top, middle, leaf = family(world)
    for target in (top, middle, leaf):
        answer = world.caller.patch(f"realm/{top['_id']}", {"_parent": target["_id"]})
        assert answer.status in (409, 412, 422)
    assert tree(world, top) == (1, [world.realm_all], [middle["_id"]], [middle["_id"], leaf["_id"]])


def test_realm_with_children_cannot_be_deleted(world: World) -> None:
    top, middle, _ = family(world)
    for realm in (top, middle):
        assert is_error_json(world.remove("realm", realm), 409)
        assert world.exists("realm", realm)


def test_deleted_realm_leaves_its_parents_lists(world: World) -> None:
    top, middle, leaf = family(world)
    second = world.new("realm", _parent=middle["_id"])
    assert world.remove("realm", leaf).status == 204
    assert tree(world, middle)[2:] == ([second["_id"]], [second["_id"]])
    assert set(tree(world, top)[3]) == {middle["_id"], second["_id"]}
    assert leaf["_id"] not in world.read("realm", world.realm_all)["_all_children"]


def test_grandchildren_of_a_parent_after_a_delete(world: World) -> None:
    top, middle, leaf = family(world)
    sibling = world.new("realm", _parent=top["_id"])
    assert world.remove("realm", sibling).status == 204
    # The released backend resets the list of all children to the direct ones.
    expected = world.sane(real=[middle["_id"]], sane=[middle["_id"], leaf["_id"]])
    assert tree(world, top)[2:] == ([middle["_id"]], expected)


def test_synthesis_comes_with_the_first_item_and_outlives_the_realm(world: World) -> None:
    realm = world.new("realm")
    where = {"_realm": realm["_id"]}
    assert world.caller.items("livesynthesis", where=where) == []
    world.remove("host", world.new("host", _realm=realm["_id"]))
    (synthesis,) = world.caller.items("livesynthesis", where=where)
    assert synthesis["hosts_total"] == 0
    assert world.remove("realm", realm).status == 204
    assert world.exists("livesynthesis", synthesis)
    assert world.remove("livesynthesis", synthesis).status == 204
