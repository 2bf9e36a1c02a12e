"""Hosts and services whose names hold slashes: two services may be called alike, and none is taken for the other."""

from __future__ import annotations

import json

import pytest

from cli.running import Desk, Item, unique


@pytest.fixture
def twins(desk: Desk) -> tuple[str, Item, Item]:
    """The services `b/c` of a host `a`, and `c` of a host `a/b`: both are called `a/b/c`."""
    host = unique("a")
    desk.ok("-d", desk.file([{"name": host}, {"name": f"{host}/b"}]), "add")
    services = [{"host": host, "name": "b/c"}, {"host": f"{host}/b", "name": "c"}]
    assert desk.ok("-t", "service", "-d", desk.file(services), "add").out == "2 services added\n"
    first = desk.item("service", "b/c", host=desk.item("host", host)["_id"])
    return f"{host}/b/c", first, desk.item("service", "c", host=desk.item("host", f"{host}/b")["_id"])


def test_an_ambiguous_name_lists_the_candidates(desk: Desk, twins: tuple[str, Item, Item]) -> None:
    name, first, second = twins
    change = desk.file({"alias": "x"})
    ids = sorted(one["_id"] for one in (first, second))
    for words in (["get", name], ["delete", name], ["-d", change, "update", name]):
        ran = desk.run("-t", "service", *words)
        assert (ran.code, ran.out) == (2, "")
        assert "2 services" in ran.err
        assert f"'{ids[0]}', '{ids[1]}'" in ran.err
    for one in (first, second):
        desk.ok("-t", "service", "-d", desk.file({"alias": one["_id"]}), "update", one["_id"])
        assert desk.backend.get(f"service/{one['_id']}")["alias"] == one["_id"]


def test_a_host_in_the_data_makes_it_clear(desk: Desk, twins: tuple[str, Item, Item]) -> None:
    name, first, second = twins
    host = name.removesuffix("/b/c")
    data = [{"host": host, "name": "b/c", "alias": "one"}, {"host": f"{host}/b", "name": "c", "alias": "two"}]
    for message in ("2 services updated\n", "0 services updated, 2 unchanged\n"):
        assert desk.ok("-t", "service", "-d", desk.file(data), "update").out == message
    aliases = [desk.backend.get(f"service/{one['_id']}")["alias"] for one in (first, second)]
    assert aliases == ["one", "two"]
    assert desk.ok("-t", "service", "-d", desk.file(data), "add").out == "0 services added, 2 unchanged\n"
    desk.ok("-t", "service", "-d", desk.file([data[1] | {"alias": "three"}]), "update")
    assert desk.backend.get(f"service/{second['_id']}")["alias"] == "three"


def test_dumps_hold_ids_where_a_name_would_be_ambiguous(desk: Desk, twins: tuple[str, Item, Item]) -> None:
    name, first, second = twins
    group, host = unique("group"), name.removesuffix("/b/c")
    desk.ok("-t", "service", "add", f"{host}/plain")
    members = [first["_id"], second["_id"], f"{host}/plain"]
    desk.ok("-t", "servicegroup", "-d", desk.file({"services": members}), "add", group)
    for words in (["get", group], ["list"]):
        desk.ok("-t", "servicegroup", *words)
    for dump in (
        desk.load(f"alignak-object-dump-servicegroup-{group}.json"),
        next(one for one in desk.load("alignak-object-list-servicegroups.json") if one["name"] == group),
    ):
        assert sorted(dump["services"]) == sorted(members)
        desk.ok("-t", "servicegroup", "-d", desk.file(dump), "update", group)
    assert set(desk.item("servicegroup", group)["services"]) >= {first["_id"], second["_id"]}


def test_a_new_service_that_may_be_of_two_hosts_is_not_added(desk: Desk, twins: tuple[str, Item, Item]) -> None:
    new = unique()
    host = twins[0].removesuffix("/b/c")
    name = f"{host}/b/{new}"
    candidates = f"'b/{new}' on the host '{host}', or '{new}' on the host '{host}/b'"
    ran = desk.run("-t", "service", "add", name)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"'{name}' may be {candidates}: give the name and the host in the data\n"
    ran = desk.run("-t", "service", "-d", desk.file([{"name": name}, {"name": f"{host}/clear"}]), "add")
    assert ran.code == 2
    assert candidates in ran.err
    assert "1 service added, 1 failed" in ran.err
    assert not desk.items("service", name=new) + desk.items("service", name=f"b/{new}")
    desk.ok("-t", "service", "-d", desk.file({"name": new, "host": f"{host}/b"}), "add")


def test_lists_of_names_hold_ids_where_a_name_would_be_ambiguous(desk: Desk, twins: tuple[str, Item, Item]) -> None:
    name, first, second = twins
    host, ids = name.removesuffix("/b/c"), {first["_id"], second["_id"]}
    plain = unique("plain")
    desk.ok("-t", "service", "add", f"{host}/{plain}")
    where = ["--where", json.dumps({"_id": {"$in": [*ids, desk.item("service", plain)["_id"]]}})]
    listed = desk.ok("-t", "service", "-o", "name", *where, "list").out.splitlines()
    assert set(listed) == {*ids, f"{host}/{plain}"}
    for one in ids:
        assert desk.ok("-t", "service", "-o", "name", "get", one).out == f"{one}\n"
    # What is listed can be given back.
    assert "2 services" in desk.ok("-t", "service", "-c", "delete", *ids).out
    group = unique("group")
    desk.ok("-t", "servicegroup", "-d", desk.file({"services": [*ids, f"{host}/{plain}"]}), "add", group)
    for columns in ([], ["--columns", "name,services"]):
        shown = json.loads(desk.ok("-t", "servicegroup", "-o", "json", *columns, "get", group).out)
        assert set(shown["services"]) == {*ids, f"{host}/{plain}"}
