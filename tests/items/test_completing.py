"""What new items take from their templates, and how items that are there compare with the data that would add them."""

from __future__ import annotations

from typing import Any

import pytest

from alignak_backend_client import Backend
from alignak_backend_client.items.writing import existing
from alignak_backend_client.items.writing.entries import Entry
from alignak_backend_client.items.writing.existing import completion, needs_completion
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.model import resources_by_name
from items.knowing import Recorder, identity

Item = dict[str, Any]
MODEL = resources_by_name()
HOST = MODEL["host"]
ANN, BOB, TEMPLATE = identity(4), identity(5), identity(12)


def entry(data: Item, template_fields: list[str] | None = None) -> Entry:
    """An entry whose links are ids already."""
    found = Entry(0, data, "x", identity(1))
    found.template_fields = template_fields
    return found


# --- completing


@pytest.mark.parametrize(
    ("data", "fields", "needed"),
    [
        ({"name": "x"}, None, False),
        ({"name": "x", "users": [ANN]}, None, False),
        ({"name": "x", "_templates": [TEMPLATE]}, None, False),
        # Lists of texts are merged, too, but nothing appears twice in them.
        ({"name": "x", "_templates": [TEMPLATE], "tags": ["a"], "customs": {"_A": 1}}, None, False),
        ({"name": "x", "_templates": [TEMPLATE], "users": [ANN]}, None, True),
        ({"name": "x", "_templates": [], "users": [ANN]}, None, False),
        # A dump says what follows the templates.
        ({"name": "x", "_templates": [TEMPLATE]}, [], True),
        ({"name": "x", "_templates": [TEMPLATE]}, ["notes"], True),
    ],
)
def test_which_new_items_are_looked_at_again(data: Item, fields: list[str] | None, needed: bool) -> None:
    assert needs_completion(HOST, entry(data, fields)) is needed
    if not needed:
        # Whatever the item holds.
        assert completion(HOST, entry(data, fields), {"users": [ANN, ANN], "_template_fields": ["x"]}) == {}


def test_merged_links_have_no_duplicates() -> None:
    new = entry({"name": "x", "_templates": [TEMPLATE], "users": [ANN], "tags": ["a"]})
    item = {"users": [ANN, BOB, ANN], "tags": ["a", "a"], "_template_fields": ["notes"]}
    assert completion(HOST, new, item) == {"users": [ANN, BOB], "_template_fields": ["notes"]}
    assert completion(HOST, new, {**item, "users": [ANN, BOB]}) == {}
    # In the order in which they came.
    assert completion(HOST, new, {**item, "users": [BOB, ANN, BOB]})["users"] == [BOB, ANN]
    assert completion(HOST, new, {"users": []}) == {}


def test_a_dump_gets_back_its_own_values() -> None:
    """Not those that the backend has merged with the templates' ones."""
    data = {"name": "x", "_templates": [TEMPLATE], "users": [ANN], "tags": ["a"], "customs": {"_A": 1}, "alias": "y"}
    dump = entry(data, ["notes"])
    merged = {**data, "users": [ANN, BOB], "tags": ["a", "b"], "customs": {"_A": 1, "_B": 2}, "alias": "of others"}
    assert completion(HOST, dump, {**merged, "_template_fields": ["notes", "tags"]}) == {
        "users": [ANN],
        "tags": ["a"],
        "customs": {"_A": 1},
        "_template_fields": ["notes"],
    }
    # One that differs brings the others' fields along: the backend takes what is sent for the item's own.
    assert completion(HOST, dump, {**data, "tags": ["b"], "_template_fields": ["notes"]}) == {
        "tags": ["a"],
        "_template_fields": ["notes"],
    }
    assert completion(HOST, dump, {**data, "_template_fields": ["notes"]}) == {}


def test_a_dump_gets_back_which_fields_follow_its_templates() -> None:
    dump = entry({"name": "x", "_templates": [TEMPLATE]}, ["notes", "alias"])
    assert completion(HOST, dump, {"_template_fields": ["alias", "notes"]}) == {}
    for there in (["notes"], ["notes", "alias", "tags"], [], None):
        assert completion(HOST, dump, {"_template_fields": there}) == {"_template_fields": ["notes", "alias"]}
    assert completion(HOST, entry({"name": "x", "_templates": [TEMPLATE]}, []), {"_template_fields": None}) == {}


# --- comparing with what is there


class Holding(Backend):
    """A backend that holds one item."""

    def __init__(self, item: Item) -> None:
        super().__init__("http://127.0.0.1:9", retries=0)
        self._item = item

    def get_all(self, _endpoint: str, _params: Any = None) -> Any:
        return {"_items": [self._item]}


def state(new: Entry, item: Item, resource: str = "host") -> tuple[str, tuple[str, ...]]:
    """How an item that is there compares with the data that would add it."""
    new.exists = new.id
    held = {"_id": new.id, **item}
    (found,) = existing.compare(Writer(Holding(held), "admin", Recorder()), MODEL[resource], [new]).values()
    return found.state, found.differing


def test_an_item_that_equals_the_data_is_the_same() -> None:
    data = {"name": "x", "alias": "y", "users": [ANN]}
    assert state(entry(data), {**data, "_realm": identity(1), "notes": "of the backend"}) == ("same", ())
    assert state(entry({}), data) == ("same", ())


def test_a_different_item_is_reported_with_its_fields() -> None:
    data = {"name": "x", "alias": "y", "notes": "n", "users": [ANN]}
    assert state(entry(data), {**data, "notes": "m", "alias": "z"}) == ("other", ("alias", "notes"))
    assert state(entry(data), {"name": "x", "alias": "y", "notes": "n"}) == ("other", ("users",))
    # Without templates nothing is merged: more is not the same.
    assert state(entry(data), {**data, "users": [ANN, BOB]}) == ("other", ("users",))


def test_the_live_state_of_a_dump_does_not_count() -> None:
    data = {"name": "x", "ls_state": "UP", "ls_last_check": 5, "_overall_state_id": 0}
    assert state(entry(data), {"name": "x", "ls_state": "DOWN", "_overall_state_id": 3}) == ("same", ())


def test_values_that_were_filled_in_do_not_count() -> None:
    new = entry({"name": "x", "_realm": identity(1)})
    assert state(new, {"name": "x", "_realm": identity(2)}) == ("other", ("_realm",))
    new.filled.add("_realm")
    assert state(new, {"name": "x", "_realm": identity(2)}) == ("same", ())


def test_merged_values_hold_what_was_sent() -> None:
    data = {"name": "x", "_templates": [TEMPLATE], "users": [ANN], "tags": ["a"], "customs": {"_A": 1}}
    more = {**data, "users": [ANN, BOB], "tags": ["a", "b"], "customs": {"_A": 1, "_B": 2}}
    assert state(entry(data), more) == ("same", ())
    assert state(entry(data), {**more, "users": [BOB], "customs": {"_A": 2}, "tags": []}) == (
        "other",
        ("customs", "tags", "users"),
    )
    assert state(entry({**data, "alias": ["y"]}), {**more, "alias": ["y", "z"]}) == ("other", ("alias",))


@pytest.mark.parametrize(
    ("field", "stored", "sent"),
    [
        ("tags", ["a"], ["a", "b"]),
        ("tags", None, ["a"]),
        ("tags", ["a"], None),
        ("tags", ["a"], "a"),
        ("tags", "ab", ["a"]),
        ("customs", {"_A": 1}, {"_A": 1, "_B": 2}),
        ("customs", None, {"_A": 1}),
        ("customs", {"_A": 1}, None),
        ("customs", [], {"_A": 1}),
        ("customs", {"_A": 1}, ["_A"]),
    ],
)
def test_merged_values_that_lack_something_differ(field: str, stored: Any, sent: Any) -> None:
    data = {"name": "x", "_templates": [TEMPLATE], field: sent}
    assert state(entry(data), {**data, field: stored}) == ("other", (field,))


def test_an_item_of_a_run_that_was_cut_off_is_incomplete() -> None:
    """It has the values of the data, and not yet what comes after."""
    data = {"name": "x", "_templates": [TEMPLATE], "alias": "y", "users": [ANN]}
    cut_off = {**data, "users": [ANN, BOB], "_template_fields": ["notes"]}
    assert state(entry(data, ["notes", "alias"]), cut_off) == ("incomplete", ())
    assert state(entry(data), {**cut_off, "users": [ANN, BOB, ANN]}) == ("incomplete", ())
    assert state(entry(data, ["notes"]), {**data, "_template_fields": ["notes"]}) == ("same", ())
    assert state(entry(data, ["notes"]), data) == ("incomplete", ())
    # One that follows its templates in what was sent was made by others.
    assert state(entry(data, ["notes"]), {**data, "_template_fields": ["alias"]}) == ("other", ("_template_fields",))


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("dump", [True, False])
def test_a_service_that_a_template_of_its_host_made(there: bool, dump: bool) -> None:
    data = {"name": "x", "notes": "of the dump", "_templates_from_host_template": dump}
    found, _ = state(entry(data), {"name": "x", "notes": "", "_templates_from_host_template": there}, "service")
    assert (found == "generated") is (there and dump)
    # A template that was made so belongs to the data like any other.
    for mark in ({"_is_template": True}, {"_is_template": False}):
        found, _ = state(
            entry({**data, **mark}), {"name": "x", "_templates_from_host_template": there, **mark}, "service"
        )
        assert (found == "generated") is (there and dump and not mark["_is_template"])


def test_entries_that_are_not_there_are_not_compared() -> None:
    new, wrong, skipped = entry({"name": "x"}), entry({"name": "y"}), entry({"name": "z"})
    wrong.exists = skipped.exists = identity(1)
    wrong.error, skipped.skip = "no", True
    nowhere = Writer(Backend("http://127.0.0.1:9", retries=0), "admin", Recorder())
    assert existing.compare(nowhere, HOST, [new, wrong, skipped]) == {}


# --- items that the backend makes by itself


def test_generated_items_are_identified_by_their_distinguishing_fields() -> None:
    role = MODEL["userrestrictrole"]
    one = {"user": ANN, "realm": identity(1), "crud": ["read", "create"], "sub_realm": True, "resource": "*"}
    assert existing.generated_key(role, one) == existing.generated_key(
        role, {**one, "crud": ["create", "read"], "_id": identity(9)}
    )
    for other in (
        {"user": BOB},
        {"realm": identity(2)},
        {"crud": ["read"]},
        {"sub_realm": False},
        {"resource": "host"},
    ):
        assert existing.generated_key(role, one) != existing.generated_key(role, {**one, **other})
    # Missing values are the defaults.
    assert existing.generated_key(role, {"user": ANN, "realm": identity(1)}) == existing.generated_key(
        role, {"user": ANN, "realm": identity(1), "sub_realm": False, "resource": "*", "crud": ["read"]}
    )
    assert existing.generated_key(HOST, {"name": "x"}) is None


def test_generated_keys_are_read_only_for_resources_with_generated_items() -> None:
    role = {"_id": identity(9), "user": ANN, "realm": identity(1), "crud": ["read"]}
    field_in = Writer(Holding(role), "admin", Recorder())
    assert existing.generated_keys(field_in, MODEL["userrestrictrole"]) == {
        existing.generated_key(MODEL["userrestrictrole"], role)
    }
    nowhere = Writer(Backend("http://127.0.0.1:9", retries=0), "admin", Recorder())
    assert existing.generated_keys(nowhere, HOST) == set()
