"""What the data of an item would change in the backend."""

from __future__ import annotations

from typing import Any

import pytest

from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.catalog import Catalog
from alignak_backend_client.items.writing import comparing, updating
from alignak_backend_client.model import resources_by_name
from items.knowing import identity, knowing, writer

Item = dict[str, Any]
MODEL = resources_by_name()
LIVE = {"ls_state": "UP", "ls_output": "fine", "ls_last_check": 5}


@pytest.fixture
def catalog() -> Catalog:
    return knowing(
        command=[{"_id": 2, "name": "ping"}],
        user=[{"_id": 4, "name": "ann"}, {"_id": 5, "name": "bob"}],
        host=[
            {"_id": 12, "name": "linux", "_is_template": True},
            {"_id": 13, "name": "linux"},
            {"_id": 14, "name": "web", "_is_template": True},
        ],
    )


def compute_changes(catalog: Catalog, current: Item, data: Item, resource: str = "host") -> Item:
    return comparing.compute_changes(writer(catalog), MODEL[resource], current, data)


# --- what is sent


def test_only_what_differs_is_sent(catalog: Catalog) -> None:
    current = {"_id": identity(1), "name": "web", "alias": "x", "notes": "n", "tags": ["a"], "customs": {"_A": 1}}
    assert compute_changes(catalog, current, {"alias": "x", "notes": "m"}) == {"notes": "m"}
    assert compute_changes(catalog, current, {"alias": "x", "tags": ["a"], "customs": {"_A": 1}}) == {}
    assert compute_changes(catalog, current, {"tags": ["a", "b"], "customs": {"_A": 2}}) == {
        "tags": ["a", "b"],
        "customs": {"_A": 2},
    }
    assert compute_changes(catalog, current, {"name": "srv"}) == {"name": "srv"}
    assert compute_changes(catalog, current, {}) == {}


def test_a_field_that_the_item_lacks_is_sent_unless_it_is_null(catalog: Catalog) -> None:
    assert compute_changes(catalog, {}, {"notes": "", "alias": "x", "maintenance_period": None}) == {
        "notes": "",
        "alias": "x",
    }
    assert compute_changes(catalog, {"notes": "n"}, {"notes": None}) == {"notes": None}


def test_names_in_links_are_compared_as_ids(catalog: Catalog) -> None:
    current = {"check_command": identity(2), "users": [identity(4)], "_templates": []}
    assert compute_changes(catalog, current, {"check_command": "ping", "users": ["ann"]}) == {}
    assert compute_changes(catalog, current, {"users": ["ann", "bob"]}) == {"users": [identity(4), identity(5)]}
    assert compute_changes(catalog, current, {"_templates": ["linux"]}) == {"_templates": [identity(12)]}
    with pytest.raises(ItemError, match="no command 'pong'"):
        compute_changes(catalog, current, {"check_command": "pong"})


@pytest.mark.parametrize(
    ("resource", "names"),
    [
        ("host", ["_id", "_created", "_updated", "_etag", "_links", "_status", "_services"]),
        ("realm", ["_level", "_tree_parents", "_children", "_all_children"]),
        ("hostgroup", ["_level", "_tree_parents"]),
        ("user", ["token"]),
    ],
)
def test_fields_that_the_backend_sets_are_not_sent(catalog: Catalog, resource: str, names: list[str]) -> None:
    data = dict.fromkeys(names, "of another backend")
    assert compute_changes(catalog, {"name": "x"}, {**data, "alias": "y"}, resource) == {"alias": "y"}


def test_a_token_is_a_field_of_others(catalog: Catalog) -> None:
    assert compute_changes(catalog, {}, {"token": "t"}, "alignak") == {"token": "t"}


@pytest.mark.parametrize(
    ("field", "there", "value"),
    [
        ("check_interval", 1, None),
        ("check_interval", 5, "6"),
        ("check_interval", 5, "often"),
        ("tags", [], None),
        ("customs", {"_A": 5}, {"_A": "5"}),
        ("notes", "5", 5),
        ("active_checks_enabled", True, 2),
    ],
)
def test_other_values_are_sent_as_they_are(catalog: Catalog, field: str, there: Any, value: Any) -> None:
    assert compute_changes(catalog, {field: there}, {field: value}) == {field: value}


@pytest.mark.parametrize(
    ("field", "there", "value"),
    [
        ("check_interval", 5, "5"),
        ("check_interval", 5, 5.9),
        ("check_interval", 1, True),
        ("ls_latency", 5.0, "5"),
        ("active_checks_enabled", True, "true"),
        ("active_checks_enabled", False, "0"),
    ],
)
def test_values_that_the_backend_turns_into_what_is_there_are_not_sent(
    catalog: Catalog, field: str, there: Any, value: Any
) -> None:
    # As of a dump: otherwise a live state is sent as a whole.
    current = {field: there, "_template_fields": []}
    assert compute_changes(catalog, current, {field: value, "_template_fields": []}) == {}


@pytest.mark.parametrize(
    ("resource", "field", "there", "value"),
    [
        ("host", "notification_options", ["d", "x", "r"], ["r", "d", "x"]),
        ("host", "tags", ["a", "b"], ["b", "a"]),
        ("host", "users", [identity(4), identity(5)], ["bob", "ann"]),
        ("host", "users", [identity(4), identity(5)], ["bob", "ann", "bob"]),
        ("userrestrictrole", "crud", ["create", "read"], ["read", "create"]),
    ],
)
def test_sets_have_no_order(catalog: Catalog, resource: str, field: str, there: Any, value: Any) -> None:
    assert compute_changes(catalog, {field: there}, {field: value}, resource) == {}
    assert compute_changes(catalog, {field: there}, {field: value[:1]}, resource) != {}


@pytest.mark.parametrize(("there", "value"), [(None, ["d"]), ([], ["d"]), (["d"], []), (["d"], None), (["d"], "d")])
def test_a_set_and_no_set(catalog: Catalog, there: Any, value: Any) -> None:
    current = {"notification_options": there}
    assert compute_changes(catalog, current, {"notification_options": value}) == {"notification_options": value}


def test_null_in_an_object_is_a_missing_key(catalog: Catalog) -> None:
    current = {"customs": {"_A": "1"}}
    assert compute_changes(catalog, current, {"customs": {"_A": "1", "_B": None}}) == {}
    assert compute_changes(catalog, {"customs": {"_A": "1", "_B": None}}, current) == {}


def test_only_merged_objects_have_keys_of_templates(catalog: Catalog) -> None:
    there: Item = {"_a": 1, "_b": 2}
    for field, changes in (("customs", {}), ("ui_preferences", {"ui_preferences": {"_a": 1, "_b": None}})):
        current = {field: there, "_template_fields": ["notes"]}
        embedded = writer(catalog)
        embedded._is_embedded = True
        assert comparing.compute_changes(embedded, MODEL["user"], current, {field: {"_a": 1}}) == changes


def test_an_item_is_found_by_its_name_or_its_id() -> None:
    def references(resource: str, *items: Item) -> list[Any]:
        return [reference for reference, _ in updating.references(MODEL[resource], list(items))]

    assert references("service", {"name": "cpu"}, {"_id": "5"}, {"name": 5, "_id": "5"}) == ["cpu", "5", "5"]
    assert references("history", {"_id": "5", "name": "x"}, {"_id": 5}, {}) == ["5", None, None]


def test_the_order_of_templates_and_of_other_lists_counts(catalog: Catalog) -> None:
    both = [identity(12), identity(14)]
    assert compute_changes(catalog, {"_templates": both}, {"_templates": both[::-1]}) == {"_templates": both[::-1]}
    ranges = [{"monday": "00:00-24:00"}, {"tuesday": "00:00-24:00"}]
    assert compute_changes(catalog, {"dateranges": ranges}, {"dateranges": ranges[::-1]}, "timeperiod") != {}


def test_a_default_that_the_backend_refuses_back_is_not_sent(catalog: Catalog) -> None:
    resource = MODEL["hostdependency"]
    default = resource.fields["notification_failure_criteria"]["default"]
    sent = {"notification_failure_criteria": default}
    assert compute_changes(catalog, {}, sent, "hostdependency") == {}
    assert compute_changes(catalog, {}, {"notification_failure_criteria": ["n"]}, "hostdependency") != {}
    assert compute_changes(catalog, {}, {"service_name": ""}, "logcheckresult") == {}


# --- what an item has from its templates


def test_a_value_from_a_template_becomes_the_items_own(catalog: Catalog) -> None:
    """Whoever names a value wants it to stay, whatever becomes of the template."""
    current: Item = {
        "name": "web",
        "alias": "x",
        "notes": "n",
        "_template_fields": ["notes", "alias", "name", "event_handler"],
    }
    assert compute_changes(catalog, current, {"notes": "n"}) == {"notes": "n"}
    # What names the item does not become anything; null is no value.
    assert compute_changes(catalog, current, {"name": "web", "event_handler": None}) == {}
    for nothing in (list[str](), None):
        assert compute_changes(catalog, {**current, "_template_fields": nothing}, {"notes": "n"}) == {}


def test_a_dump_sets_the_inherited_fields(catalog: Catalog) -> None:
    current = {"name": "web", "notes": "n", "alias": "x", "_template_fields": ["notes", "alias"]}
    dump = {"name": "web", "notes": "n", "alias": "x", "_template_fields": ["alias", "notes"]}
    # In whatever order.
    assert compute_changes(catalog, current, dump) == {}
    assert compute_changes(catalog, current, {**dump, "_template_fields": ["notes"]}) == {"_template_fields": ["notes"]}
    assert compute_changes(catalog, current, {**dump, "notes": "m"}) == {"notes": "m"}
    # Dumps of 1.4.4 hold an object here.
    assert compute_changes(catalog, current, {**dump, "_template_fields": {}}) == {"_template_fields": {}}


# --- the live state


def test_a_live_state_is_sent_as_a_whole(catalog: Catalog) -> None:
    """The backend computes the overall state of what comes together."""
    current = {"name": "web", "notes": "n", **LIVE}
    assert compute_changes(catalog, current, {**LIVE, "ls_state": "DOWN"}) == {**LIVE, "ls_state": "DOWN"}
    assert compute_changes(catalog, current, {**LIVE, "notes": "n"}) == LIVE
    assert compute_changes(catalog, current, {"ls_state": "UP"}) == {"ls_state": "UP"}


def test_a_dump_does_not_send_the_live_state_that_is_there(catalog: Catalog) -> None:
    current: Item = {"name": "web", "notes": "n", "_template_fields": [], **LIVE}
    dump = {**current, "_template_fields": []}
    assert compute_changes(catalog, current, dump) == {}
    assert compute_changes(catalog, current, {**dump, "notes": "m"}) == {"notes": "m"}
    assert compute_changes(catalog, current, {**dump, "ls_output": "bad"}) == {**LIVE, "ls_output": "bad"}
    assert compute_changes(catalog, current, {**dump, "ls_output": "bad", "notes": "m"}) == {
        **LIVE,
        "ls_output": "bad",
        "notes": "m",
    }


# --- with what was read


def test_read_values_are_sent_back_if_possible() -> None:
    current: Item = {
        "_id": identity(1),
        "_etag": "e",
        "_created": "c",
        "_links": {},
        "name": "x",
        "alias": "old",
        "notes": "n",
        "email": None,
        "password": "hash",
        "token": "t",
        "_template_fields": ["alias", "notes"],
    }
    sent = comparing.with_read_data(MODEL["user"], current, {"alias": "new"})
    assert sent == {"alias": "new", "notes": "n", "_template_fields": ["notes"]}
    realm = {"name": "x", "_level": 1, "_tree_parents": [], "alias": "a"}
    assert comparing.with_read_data(MODEL["realm"], realm, {}) == {"alias": "a"}
    # What the backend has given by itself, and would refuse.
    default = MODEL["hostdependency"].fields["notification_failure_criteria"]["default"]
    dependency = {"name": "x", "notification_failure_criteria": default, "alias": "a"}
    assert comparing.with_read_data(MODEL["hostdependency"], dependency, {}) == {"alias": "a"}
    odd = {"name": "x", "_template_fields": {}}
    assert comparing.with_read_data(MODEL["host"], odd, {}) == {"_template_fields": {}}


# --- as results show them


def test_changes_are_shown_with_names_and_without_secrets(catalog: Catalog) -> None:
    current = {"_id": identity(1), "users": [identity(4)], "notes": "n", "alias": "kept"}
    sent = {"users": [identity(4), identity(5)], "notes": "m", "check_command": identity(2)}
    before = {name: list(value) if isinstance(value, list) else value for name, value in sent.items()}
    assert comparing.describe_changes(writer(catalog), MODEL["host"], [(current, sent), ({}, {"alias": "x"})]) == [
        {
            "users": {"old": ["ann"], "new": ["ann", "bob"]},
            "notes": {"old": "n", "new": "m"},
            "check_command": {"new": "ping"},
        },
        {"alias": {"new": "x"}},
    ]
    assert sent == before
    assert comparing.describe_changes(
        writer(catalog), MODEL["user"], [({"password": "hash"}, {"password": "5ecret"})]
    ) == [{"password": {}}]
    assert comparing.describe_changes(
        writer(catalog), MODEL["grafana"], [({"apikey": "old"}, {"apikey": "5ecret"})]
    ) == [{"apikey": {}}]


def test_names_of_what_the_item_has_now_are_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the new values are known already."""
    catalog = knowing(user=[{"_id": 5, "name": "bob"}])
    asked: list[tuple[str, set[str]]] = []

    def load_ids(resource: str, ids: set[str]) -> None:
        asked.append((resource, set(ids)))
        catalog.remember("user", {"_id": identity(4), "name": "ann"})

    monkeypatch.setattr(catalog, "load_ids", load_ids)
    (shown,) = comparing.describe_changes(
        writer(catalog), MODEL["host"], [({"users": [identity(4)]}, {"users": [identity(5)]})]
    )
    assert shown == {"users": {"old": ["ann"], "new": ["bob"]}}
    assert asked == [("user", {identity(4), identity(5)})]
