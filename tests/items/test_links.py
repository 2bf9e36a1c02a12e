"""Links: names become ids on the way in, ids become names on the way out."""

from __future__ import annotations

from typing import Any

import pytest

from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names import links
from alignak_backend_client.items.names.catalog import Catalog
from alignak_backend_client.model import resources_by_name
from items.knowing import identity, knowing

Item = dict[str, Any]

HOST = resources_by_name()["host"]


@pytest.fixture
def catalog() -> Catalog:
    return knowing(
        realm=[{"_id": 1, "name": "All"}],
        command=[{"_id": 2, "name": "ping"}, {"_id": 3, "name": identity(2)}],
        user=[{"_id": 4, "name": "ann"}, {"_id": 5, "name": "bob"}],
        host=[
            {"_id": 10, "name": "web"},
            {"_id": 11, "name": "both"},
            {"_id": 12, "name": "both", "_is_template": True},
            {"_id": 13, "name": "twin", "_is_template": True},
            {"_id": 14, "name": "twin", "_is_template": True},
        ],
        service=[{"_id": 20, "name": "cpu", "host": 10}, {"_id": 21, "name": "cpu", "host": 11}],
        history=[],
    )


# --- in


@pytest.mark.parametrize(
    ("data", "ids"),
    [
        ({"check_command": "ping"}, {"check_command": identity(2)}),
        # The name of another command looks like the id of this one: names come before ids.
        ({"check_command": identity(2)}, {"check_command": identity(3)}),
        ({"check_command": identity(3)}, {"check_command": identity(3)}),
        ({"check_command": {"name": "ping", "_id": "of another backend"}}, {"check_command": identity(2)}),
        ({"users": ["bob", "ann"]}, {"users": [identity(5), identity(4)]}),
        ({"users": []}, {"users": []}),
        ({"users": None, "check_command": None}, {"users": None, "check_command": None}),
        ({"parents": ["web"], "alias": "web"}, {"parents": [identity(10)], "alias": "web"}),
        ({}, {}),
    ],
)
def test_names_become_ids(catalog: Catalog, data: Item, ids: Item) -> None:
    before = dict(data)
    assert links.to_ids(catalog, HOST, data) == ids
    assert data == before


def test_ids_are_taken_in_any_case() -> None:
    known = knowing(realm=[{"_id": 0xABC, "name": "All"}])
    assert links.to_ids(known, HOST, {"_realm": identity(0xABC).upper()}) == {"_realm": identity(0xABC)}


def test_services_are_named_with_their_host(catalog: Catalog) -> None:
    history = resources_by_name()["history"]
    assert links.to_ids(catalog, history, {"service": "both/cpu"}) == {"service": identity(21)}
    assert links.to_ids(catalog, history, {"service": {"name": "cpu", "host": {"name": "web"}}}) == {
        "service": identity(20)
    }
    with pytest.raises(ItemError, match=r"ambiguous.*both/cpu.*web/cpu"):
        links.to_ids(catalog, history, {"service": "cpu"})


def test_links_to_templates_prefer_templates(catalog: Catalog) -> None:
    assert links.to_ids(catalog, HOST, {"_templates": ["both"]}) == {"_templates": [identity(12)]}
    with pytest.raises(ItemError, match="parents: 'both' is ambiguous"):
        links.to_ids(catalog, HOST, {"parents": ["both"]})
    # Between two templates nothing decides; a host that is none may be named all the same.
    with pytest.raises(ItemError, match="_templates: 'twin' is ambiguous"):
        links.to_ids(catalog, HOST, {"_templates": ["twin"]})
    assert links.to_ids(catalog, HOST, {"_templates": ["web"]}) == {"_templates": [identity(10)]}


def test_all_errors_are_reported_at_once(catalog: Catalog) -> None:
    data = {
        "check_command": "pong",
        "event_handler": ["ping"],
        "users": ["ann", "eve", 5],
        "parents": "web",
        "usergroups": {"name": "x"},
    }
    with pytest.raises(ItemError) as caught:
        links.to_ids(catalog, HOST, data)
    assert caught.value.code == 422
    problems = sorted(str(caught.value).split("; "))
    assert problems == [
        "check_command: no command 'pong'",
        'event_handler: ["ping"] does not name a command',
        "parents: a list of names is needed",
        "usergroups: a list of names is needed",
        "users: 5 does not name a user",
        "users: no user 'eve'",
    ]


# --- what is looked up before


def test_resources_that_links_refer_to() -> None:
    data = {
        "check_command": "ping",
        "users": ["ann", 5, None, {"name": "bob"}],
        "parents": None,
        "_templates": [],
        "usergroups": "a name where a list is needed",
        "alias": "no link",
    }
    found = {(link.field, reference) for link, reference in links.references(HOST, data)}
    assert found == {
        ("check_command", "ping"),
        ("users", "ann"),
        ("users", "bob"),
        ("usergroups", "a name where a list is needed"),
    }


class Asked(Catalog):
    """Keeps what is looked up."""

    def __init__(self) -> None:
        self.loads: list[tuple[str, set[str]]] = []

    def load(self, resource: str, references: Any) -> None:
        self.loads.append((resource, set(references)))


def test_each_resource_is_looked_up_once_for_all_items() -> None:
    asked = Asked()
    items = [{"users": ["ann"], "check_command": "ping"}, {"users": ["bob", "ann"], "event_handler": "pong"}]
    links.load(asked, HOST, items)
    assert sorted(asked.loads) == [("command", {"ping", "pong"}), ("user", {"ann", "bob"})]
    asked = Asked()
    links.load(asked, HOST, [{"alias": "x"}])
    assert asked.loads == []


# --- out


def named(catalog: Catalog, *items: Item) -> list[Item]:
    shown = [dict(item) for item in items]
    links.put_names(catalog, links.columns(HOST, shown))
    return shown


def test_ids_become_names(catalog: Catalog) -> None:
    first = {"check_command": identity(2), "users": [identity(5), identity(4)], "alias": identity(4)}
    second = {"_realm": identity(1), "parents": [identity(10)], "users": []}
    assert named(catalog, first, second, {}) == [
        {"check_command": "ping", "users": ["bob", "ann"], "alias": identity(4)},
        {"_realm": "All", "parents": ["web"], "users": []},
        {},
    ]


def test_links_to_items_without_a_name_stay_ids(catalog: Catalog) -> None:
    unknown = identity(99)
    odd = {
        "check_command": unknown,
        "users": [unknown, identity(4), 5, None, {"_id": identity(4)}],
        "_realm": 5,
        "event_handler": [identity(2)],
        "parents": {"a": 1},
    }
    assert named(catalog, odd) == [{**odd, "users": [unknown, "ann", 5, None, {"_id": identity(4)}]}]


def test_services_are_shown_with_their_host(catalog: Catalog) -> None:
    shown = [{"service": identity(20), "host": identity(10)}]
    links.put_names(catalog, links.columns(resources_by_name()["history"], shown))
    assert shown == [{"service": "web/cpu", "host": "web"}]


def test_ids_that_are_to_be_looked_up() -> None:
    items = [
        {"check_command": identity(2), "event_handler": identity(3), "users": [identity(4), 5]},
        {"check_command": identity(2), "users": None, "_realm": {"_id": identity(1)}},
        {"name": identity(7)},
    ]
    found = links.ids(links.columns(HOST, items))
    assert {target: ids for target, ids in found.items() if ids} == {
        "command": {identity(2), identity(3)},
        "user": {identity(4)},
    }


def test_empty_links_cost_nothing() -> None:
    (column,) = links.columns(HOST, [{"users": []}, {"users": [identity(4)], "parents": None}, {"users": ["x"]}])
    assert column.link.field == "users"
    assert column.values == [[identity(4)], ["x"]]
    assert len(column.items) == 2


def test_there_and_back(catalog: Catalog) -> None:
    data = {"check_command": "ping", "users": ["bob", "ann"], "parents": ["web"], "_realm": "All", "alias": "x"}
    assert named(catalog, links.to_ids(catalog, HOST, data)) == [data]
