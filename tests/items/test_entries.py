"""Items that shall be added: named, linked and ordered, before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from alignak_backend_client.items.writing.entries import Entry, prepare
from alignak_backend_client.items.writing.results import Status
from alignak_backend_client.model import resources_by_name
from items.knowing import Offline, identity, knowing

Item = dict[str, Any]
MODEL = resources_by_name()
OWN_REALM = identity(1)


@pytest.fixture
def catalog() -> Offline:
    return knowing(
        realm=[{"_id": 1, "name": "All"}, {"_id": 2, "name": "Paris"}],
        user=[{"_id": 4, "name": "admin"}],
        host=[
            {"_id": 10, "name": "_dummy"},
            {"_id": 11, "name": "web"},
            {"_id": 12, "name": "linux", "_is_template": True},
        ],
        service=[{"_id": 20, "name": "cpu", "host": 11}],
        command=[{"_id": 30, "name": "ping"}],
        history=[{"_id": 40}],
    )


def prepared(catalog: Offline, resource: str, *items: Item, templates: list[str] | None = None) -> list[Entry]:
    waves = prepare(catalog, MODEL[resource], list(items), templates=templates, own_realm=lambda: OWN_REALM)
    found = [entry for wave in waves for entry in wave]
    assert sorted(entry.position for entry in found) == list(range(len(items)))
    return found


def only(catalog: Offline, resource: str, item: Item, templates: list[str] | None = None) -> Entry:
    (entry,) = prepared(catalog, resource, item, templates=templates)
    return entry


def order(entries: list[Entry]) -> list[int]:
    return [entry.position for entry in entries]


# --- the fields


def test_fields_that_the_backend_sets_are_not_sent(catalog: Offline) -> None:
    made = {"_created": "c", "_updated": "u", "_etag": "e", "_links": {}, "_status": "OK"}
    entry = only(catalog, "command", {"name": "x", "alias": "y", "_id": identity(99), **made})
    assert entry.data == {"name": "x", "alias": "y", "_realm": OWN_REALM}
    assert entry.id == identity(99)
    tree = {"_level": 3, "_tree_parents": [identity(1)], "_children": [], "_all_children": []}
    entry = only(catalog, "realm", {"name": "Lyon", "_parent": "All", **tree})
    assert entry.data == {"name": "Lyon", "_parent": identity(1)}
    assert only(catalog, "user", {"name": "x", "token": "t", "_realm": "All"}).data == {
        "name": "x",
        "_realm": OWN_REALM,
    }
    assert only(catalog, "alignak", {"name": "x", "token": "t"}).data["token"] == "t"


def test_the_data_stays_as_it_is(catalog: Offline) -> None:
    item = {"name": "x", "_id": identity(9), "_templates": ["linux"], "_template_fields": ["notes"], "_services": []}
    before = {name: list(value) if isinstance(value, list) else value for name, value in item.items()}
    only(catalog, "host", item, ["linux"])
    assert item == before


def test_a_root_keeps_its_parent(catalog: Offline) -> None:
    """Only a tree's root has none, and it is there: a dump of it is no new one."""
    assert "_parent" not in only(catalog, "hostgroup", {"name": "x", "_parent": None}).data


def test_given_templates_replace_those_in_the_data(catalog: Offline) -> None:
    assert only(catalog, "host", {"name": "x", "_templates": ["linux"]}).data["_templates"] == [identity(12)]
    assert only(catalog, "host", {"name": "x", "_templates": ["nothing"]}, ["linux"]).data["_templates"] == [
        identity(12)
    ]
    assert only(catalog, "host", {"name": "x", "_templates": ["linux"]}, []).data["_templates"] == []


def test_fields_that_follow_templates_are_known_of_dumps_only(catalog: Offline) -> None:
    fields = ["notes", 5, "alias"]
    dump = {"name": "x", "_template_fields": fields, "_templates": ["linux"]}
    entry = only(catalog, "host", dump)
    assert entry.template_fields == ["notes", "alias"]
    assert "_template_fields" not in entry.data
    for odd in ({**dump, "_templates": []}, {**dump, "_template_fields": {}}, {"name": "x", "_templates": ["linux"]}):
        entry = only(catalog, "host", odd)
        assert entry.template_fields is None
        assert "_template_fields" not in entry.data


def test_services_come_with_hosts(catalog: Offline) -> None:
    services = [{"name": "cpu"}]
    entry = only(catalog, "host", {"name": "x", "_services": services})
    assert entry.services == services
    assert "_services" not in entry.data
    assert not only(catalog, "host", {"name": "x"}).services
    # Of other resources it is a field that the backend judges.
    assert only(catalog, "command", {"name": "x", "_services": services}).data["_services"] == services


def test_the_realm_of_the_user_is_filled_in(catalog: Offline) -> None:
    filled = only(catalog, "command", {"name": "x"})
    assert (filled.data["_realm"], filled.filled) == (OWN_REALM, {"_realm"})
    assert only(catalog, "command", {"name": "x", "_realm": "Paris"}).filled == set()
    assert only(catalog, "command", {"name": "x", "_realm": None}).data["_realm"] == OWN_REALM
    assert only(catalog, "command", {"name": "x", "_realm": "Paris"}).data["_realm"] == identity(2)
    # The backend does it itself, or there is none.
    for resource, item in (
        ("host", {"name": "x"}),
        ("service", {"name": "x", "host": "web"}),
        ("realm", {"name": "x"}),
    ):
        assert "_realm" not in only(catalog, resource, item).data


def test_a_service_template_of_no_host_template_has_a_host(catalog: Offline) -> None:
    assert "host" not in only(catalog, "host", {"name": "x", "_is_template": True}).data
    template = only(catalog, "service", {"name": "x", "_is_template": True})
    assert (template.error, template.data["host"]) == (None, identity(10))
    kept = only(catalog, "service", {"name": "x", "_is_template": True, "host": "linux"})
    assert kept.data["host"] == identity(12)
    for odd in ({"name": "x", "_is_template": False}, {"name": "x", "_is_template": 1}, {"name": "x"}):
        assert "service needs a host" in (only(catalog, "service", odd).error or "")


# --- the name


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        ({}, "no name"),
        ({"name": None}, "no name"),
        ({"name": ""}, "a text"),
        ({"name": 5}, "5"),
        ({"name": ["x"]}, '"x"'),
    ],
)
def test_an_item_without_a_name(catalog: Offline, item: Item, problem: str) -> None:
    first, second = prepared(catalog, "command", item, {"name": "x"})
    assert problem in (first.error or "")
    assert (first.name, second.name) == ("", "x")
    assert second.error is None
    # What has no names needs none.
    assert only(catalog, "history", {"type": "x"}).error is None


@pytest.mark.parametrize("odd", ["", "no id", "5" * 23, 5, None])
def test_an_id_that_is_none_is_made_anew(catalog: Offline, odd: Any) -> None:
    entry = only(catalog, "command", {"name": "x", "_id": odd})
    assert (entry.error, len(entry.id)) == (None, 24)
    assert "_id" not in entry.data


def test_an_id_that_another_item_has_is_made_anew(catalog: Offline) -> None:
    """A dump of another backend."""
    entry = only(catalog, "command", {"name": "x", "_id": identity(30)})
    assert (entry.exists, entry.error) == (None, None)
    assert entry.id != identity(30)


def test_an_item_that_is_there(catalog: Offline) -> None:
    entry = only(catalog, "host", {"name": "web", "_id": identity(99)})
    assert (entry.exists, entry.id, entry.skip) == (identity(11), identity(11), False)
    # One of every backend is left as it is.
    assert only(catalog, "host", {"name": "_dummy"}).skip
    assert only(catalog, "user", {"name": "admin"}).skip
    # Items without names are known by their ids.
    assert only(catalog, "history", {"_id": identity(40)}).exists == identity(40)
    assert only(catalog, "history", {"_id": identity(41)}).exists is None
    assert only(catalog, "history", {"_id": identity(41)}).id == identity(41)


def test_services_are_there_on_their_host(catalog: Offline) -> None:
    there, other, named_by_id, nowhere = prepared(
        catalog,
        "service",
        {"name": "cpu", "host": "web"},
        {"name": "cpu", "host": "linux", "_is_template": True},
        {"name": "disk", "host": identity(11)},
        {"name": "cpu", "host": "no-such-host"},
    )
    assert (there.exists, other.exists, named_by_id.exists) == (identity(20), None, None)
    assert (other.data["host"], named_by_id.data["host"]) == (identity(12), identity(11))
    assert "host: no host 'no-such-host'" in (nowhere.error or "")


def test_duplicates_are_added_once(catalog: Offline) -> None:
    entries = prepared(
        catalog, "host", {"name": "a"}, {"name": "b"}, {"name": "a", "alias": "2"}, {"name": "a", "alias": "3"}
    )
    errors = {entry.position: entry.error for entry in entries}
    assert errors[0] is errors[1] is None
    assert "first as entry 1" in (errors[2] or "")
    assert "first as entry 1" in (errors[3] or "")
    services = prepared(
        catalog,
        "service",
        {"name": "a", "host": "web"},
        {"name": "a", "host": "linux"},
        {"name": "a", "host": {"name": "web"}},
    )
    assert [bool(entry.error) for entry in sorted(services, key=lambda entry: entry.position)] == [False, False, True]


# --- services named with their hosts


@pytest.mark.parametrize(
    ("item", "host", "name"),
    [
        ({"name": "web/disk"}, "web", "disk"),
        # Names of hosts may hold slashes, too: the existing host is the one.
        ({"name": "srv/01/disk"}, "srv/01", "disk"),
        ({"name": "web/02/disk"}, "web", "02/disk"),
        # The host of the data counts.
        ({"name": "web/disk", "host": "linux", "_is_template": True}, "linux", "web/disk"),
        ({"name": "web/disk", "_is_template": True}, "web", "disk"),
        # A template that names no host that is there belongs to the host of templates.
        ({"name": "no/disk", "_is_template": True}, "_dummy", "no/disk"),
        ({"name": "/disk", "_is_template": True}, "_dummy", "/disk"),
    ],
)
def test_the_name_of_a_service_may_include_its_host(catalog: Offline, item: Item, host: str, name: str) -> None:
    catalog.remember("host", {"_id": identity(13), "name": "srv/01"})
    before = dict(item)
    entry = only(catalog, "service", {**item, "alias": "x"})
    assert (entry.error, entry.data["name"], entry.data["alias"]) == (None, name, "x")
    assert catalog.name("host", entry.data["host"]) == host
    assert entry.name == (name if host == "_dummy" else f"{host}/{name}")
    assert item == before


def test_a_service_without_a_host_is_reported_with_the_first_split(catalog: Offline) -> None:
    entry = only(catalog, "service", {"name": "a/b/c"})
    assert (entry.error, entry.name) == ("host: no host 'a'", "a/b/c")
    assert "service needs a host" in (only(catalog, "service", {"name": "/c"}).error or "")


def test_names_with_slashes_are_names_of_other_items(catalog: Offline) -> None:
    assert only(catalog, "command", {"name": "web/disk"}).data["name"] == "web/disk"


# --- look-ups


def test_all_is_looked_up_in_one_go(catalog: Offline) -> None:
    prepared(
        catalog,
        "host",
        {"name": "a", "check_command": "ping", "_id": identity(50), "parents": ["web", "x"]},
        {"name": "b", "check_command": "pong", "_realm": "Rome", "parents": [identity(51)]},
        {"name": 5, "check_command": "of an item with a mistake"},
    )
    assert sorted(catalog.asked) == sorted(
        [
            ("command", ["pong"]),
            ("host", ["a", "b"]),
            ("host", [identity(50)]),
            ("host", [identity(51), "x"]),
            ("host", [identity(51)]),
            ("realm", ["Rome"]),
        ]
    )


def test_hosts_in_names_of_services_are_looked_up_in_one_go(catalog: Offline) -> None:
    prepared(catalog, "service", {"name": "a/cpu"}, {"name": "b/cpu"}, {"name": "web/cpu"}, {"name": 5})
    assert catalog.asked[0] == ("host", ["a", "b"])
    assert [wanted for resource, wanted in catalog.asked if resource == "host"] == [["a", "b"]]


# --- links and order


def test_dangling_links_are_reported(catalog: Offline) -> None:
    entry = only(catalog, "host", {"name": "x", "check_command": "pong", "_realm": "Rome"})
    assert sorted((entry.error or "").split("; ")) == ["_realm: no realm 'Rome'", "check_command: no command 'pong'"]


def test_items_come_after_their_dependencies(catalog: Offline) -> None:
    entries = prepared(
        catalog,
        "host",
        {"name": "a", "parents": ["c"]},
        {"name": "b", "_templates": ["t"]},
        {"name": "c", "_templates": ["t", "linux"], "parents": ["web"]},
        {"name": "t", "_is_template": True},
        {"name": "d"},
    )
    assert all(entry.error is None for entry in entries)
    assert order(entries) == [3, 4, 1, 2, 0]
    needs = {entry.position: entry.needs for entry in entries}
    # Those that are there already need not be waited for.
    assert needs == {0: {2}, 1: {3}, 2: {3}, 3: set(), 4: set()}
    by_name = {entry.data["name"]: entry for entry in entries}
    assert by_name["a"].data["parents"] == [by_name["c"].id]
    assert by_name["c"].data["_templates"] == [by_name["t"].id, identity(12)]


def test_ids_of_other_resources_are_no_needs(catalog: Offline) -> None:
    """A dump of another backend may give a new host the id that a command has here."""
    entry = only(catalog, "host", {"name": "x", "_id": identity(30), "check_command": "ping"})
    assert (entry.id, entry.data["check_command"]) == (identity(30), identity(30))
    assert (entry.error, entry.needs) == (None, set())


def test_start_documents_are_neither_validated_nor_waited_for(catalog: Offline) -> None:
    first, second = prepared(
        catalog, "host", {"name": "_dummy", "check_command": "pong"}, {"name": "x", "parents": ["_dummy"]}
    )
    assert (first.skip, first.error) == (True, None)
    assert (second.error, second.needs, second.data["parents"]) == (None, set(), [identity(10)])


def test_services_use_templates_of_the_same_list(catalog: Offline) -> None:
    entries = prepared(
        catalog,
        "service",
        {"name": "disk", "host": "web", "_templates": ["linux/disk"]},
        {"name": "disk", "host": "linux", "_is_template": True},
    )
    assert all(entry.error is None for entry in entries)
    assert order(entries) == [1, 0]
    assert entries[1].data["_templates"] == [entries[0].id]


def test_after_a_mistake_the_others_are_looked_at(catalog: Offline) -> None:
    wrong, there, new, double = sorted(
        prepared(catalog, "host", {"name": 5}, {"name": "web"}, {"name": "a"}, {"name": "a"}),
        key=lambda entry: entry.position,
    )
    assert [bool(entry.error) for entry in (wrong, there, new, double)] == [True, False, False, True]
    assert [entry.entry for entry in (wrong, there, new, double)] == [1, 2, 3, 4]
    assert (there.exists, new.exists, len(new.id)) == (identity(11), None, 24)
    nowhere, there = prepared(catalog, "service", {"name": "x", "host": "nowhere"}, {"name": "cpu", "host": "web"})
    assert (bool(nowhere.error), there.exists) == (True, identity(20))


def test_a_default_that_the_backend_refuses_back_is_left_to_it(catalog: Offline) -> None:
    default = MODEL["hostdependency"].fields["notification_failure_criteria"]["default"]
    entry = only(catalog, "hostdependency", {"name": "x", "notification_failure_criteria": default})
    assert "notification_failure_criteria" not in entry.data


def test_the_first_error_is_reported(catalog: Offline) -> None:
    entry = only(catalog, "host", {"name": 5, "check_command": "pong"})
    assert entry.error == "its name is 5: a text is needed"
    assert only(catalog, "host", {"name": " "}).error == "its name is ' ': a text is needed"


def test_a_tree_is_added_from_its_root(catalog: Offline) -> None:
    entries = prepared(
        catalog,
        "realm",
        {"name": "leaf", "_parent": "middle"},
        {"name": "middle", "_parent": "top"},
        {"name": "top", "_parent": "All"},
    )
    assert order(entries) == [2, 1, 0]


def test_items_that_need_each_other_cannot_be_added(catalog: Offline) -> None:
    entries = prepared(
        catalog,
        "host",
        {"name": "a", "parents": ["b"]},
        {"name": "b", "parents": ["a"]},
        {"name": "c", "parents": ["c"]},
        {"name": "d", "parents": ["b"]},
        {"name": "e"},
    )
    errors = {entry.position: entry.error for entry in entries}
    assert errors.pop(4) is None
    assert all("refers to itself, directly or through other items" in (error or "") for error in errors.values())
    assert order(entries)[0] == 4


def test_an_item_with_a_mistake_is_not_waited_for_in_vain(catalog: Offline) -> None:
    """Who needs it still needs it, and fails when it is not added."""
    first, second = sorted(
        prepared(catalog, "host", {"name": "a", "check_command": "pong"}, {"name": "b", "parents": ["a"]}),
        key=lambda entry: entry.position,
    )
    assert first.error is not None
    assert (second.error, second.needs) == (None, {0})


# --- which id is known


@pytest.mark.parametrize(
    ("exists", "status", "dry_run", "left", "expected"),
    [
        (None, "created", False, "", "new"),
        (None, "created", True, "", ""),
        (None, "failed", False, "", ""),
        # It was created, and could not be completed.
        (None, "failed", False, "not complete", "new"),
        ("old", "failed", False, "", "old"),
        ("old", "unchanged", True, "", "old"),
    ],
)
def test_results_have_an_id_only_if_the_item_exists(
    exists: str | None, status: Status, dry_run: bool, left: str, expected: str
) -> None:
    entry = Entry(0, {}, "x", "new")
    entry.exists, entry.unfinished_reason = exists, left
    assert entry.known_id(status, dry_run=dry_run) == expected
