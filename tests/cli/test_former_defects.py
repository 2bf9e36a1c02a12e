"""What release 1.4.4 did wrong, and what must not come back."""

from __future__ import annotations

import pytest

from cli.running import Desk, unique


def test_an_update_leaves_the_realm_and_the_parent_alone(desk: Desk) -> None:
    realm, below, host = unique("realm"), unique("below"), unique("host")
    desk.ok("-t", "realm", "-d", desk.file([{"name": realm}, {"name": below, "_parent": realm}]), "add")
    desk.ok("-d", desk.file({"_realm": below}), "add", host)
    desk.ok("-d", desk.file({"alias": "x"}), "update", host)
    assert desk.named("realm", desk.item("host", host)["_realm"]) == below
    desk.ok("-t", "realm", "-d", desk.file({"alias": "x"}), "update", below)
    assert desk.named("realm", desk.item("realm", below)["_parent"]) == realm


def test_the_command_line_names_the_item(desk: Desk) -> None:
    first, second, third = unique("h"), unique("h"), unique("h")
    desk.ok("-d", desk.file({"name": "no-such-name"}), "add", first)
    assert desk.item("host", first)
    desk.ok("add", second)
    ran = desk.run("-d", desk.file({"name": second, "alias": "x"}), "update", first)
    assert ran.code == 2
    assert desk.item("host", second)["alias"] == second
    desk.ok("-d", desk.file({"name": third}), "update", first)
    assert desk.items("host", name=first) == []
    assert desk.item("host", third)


@pytest.mark.parametrize("name", ["cafe", "db", "beef-db", "5b8e3f2a1c9d440000000001"])
def test_a_name_is_tried_before_an_id(desk: Desk, name: str) -> None:
    host = unique("host")
    desk.run("-t", "command", "add", name)
    desk.ok("-d", desk.file({"check_command": name}), "add", host)
    assert desk.named("command", desk.item("host", host)["check_command"]) == name


def test_links_can_be_cleared(desk: Desk) -> None:
    host = unique("host")
    desk.ok("-d", desk.file({"users": ["admin"], "check_period": "24x7", "maintenance_period": "24x7"}), "add", host)
    desk.ok("-d", desk.file({"users": [], "maintenance_period": None}), "update", host)
    item = desk.item("host", host)
    assert item["users"] == []
    assert item["maintenance_period"] is None
    desk.ok("-d", desk.file({"tags": ["a"], "users": ["admin"]}), "update", host)
    desk.ok("-d", desk.file({"tags": [], "users": []}), "update", host)
    assert (desk.item("host", host)["tags"], desk.item("host", host)["users"]) == ([], [])


def test_every_link_takes_names(desk: Desk) -> None:
    host, other = unique("host"), unique("other")
    desk.ok("add", other)
    desk.ok("-d", desk.file({"parents": [other], "snapshot_command": "_echo", "event_handler": "_echo"}), "add", host)
    item = desk.item("host", host)
    assert item["parents"] == [desk.item("host", other)["_id"]]
    assert desk.named("command", item["snapshot_command"]) == "_echo"
    group = unique("group")
    desk.ok("-t", "hostgroup", "-d", desk.file({"hosts": [host, other], "_parent": "All"}), "add", group)
    assert len(desk.item("hostgroup", group)["hosts"]) == 2


def test_adding_a_list_twice_doubles_nothing(desk: Desk) -> None:
    host = unique("host")
    desk.ok("add", host)
    data = desk.file([{"host": host, "name": "a"}, {"host": host, "name": "b"}])
    desk.ok("-t", "service", "-d", data, "add")
    assert desk.ok("-t", "service", "-d", data, "add").out == "0 services added, 2 unchanged\n"
    assert len(desk.items("service", host=desk.item("host", host)["_id"])) == 2


def test_more_services_than_a_page(desk: Desk) -> None:
    host = unique("host")
    desk.ok("add", host)
    identity, realm = desk.item("host", host)["_id"], desk.item("realm", "All")["_id"]
    desk.backend.post("service", [{"name": f"s{number}", "host": identity, "_realm": realm} for number in range(60)])
    desk.ok("get", f"{host}/*")
    assert len(desk.load(f"alignak-object-dump-host-{host}.json")["_services"]) == 60
    desk.ok("-t", "service", "list", f"{host}/s7")
    (service,) = desk.load("alignak-object-list-services.json")
    assert service["name"] == "s7"
    desk.ok("-t", "service", "delete", f"{host}/*")
    # A host without services is no error.
    desk.ok("get", f"{host}/*")
    assert desk.load(f"alignak-object-dump-host-{host}.json")["_services"] == []
    desk.ok("-t", "service", "list", f"{host}/*")
    assert desk.load("alignak-object-list-services.json") == []


def test_services_are_updated_from_a_list(desk: Desk) -> None:
    first, second = unique("h"), unique("h")
    for host in (first, second):
        desk.ok("add", host)
        desk.ok("-t", "service", "add", f"{host}/s")
    changes = [
        {"host": first, "name": "s", "alias": "one"},
        {"host": {"name": second}, "name": "s", "alias": "two"},
        {"name": "s", "alias": "which?"},
        {"alias": "no name"},
    ]
    ran = desk.run("-t", "service", "-d", desk.file(changes), "update")
    assert ran.code == 2
    assert "2 services updated, 2 failed" in ran.err
    assert "Entry 4" in ran.err
    aliases = {desk.named("host", item["host"]): item["alias"] for item in desk.items("service", name="s")}
    assert (aliases[first], aliases[second]) == ("one", "two")


def test_services_are_updated_whose_templates_are_ids(desk: Desk) -> None:
    """An item that was looked up by its id does not hide others of its name."""
    template, host = unique("t"), unique("h")
    desk.ok("-d", desk.file({"_is_template": True}), "add", template)
    services = [{"_is_template": True, "name": name, "host": template} for name in "ab"]
    desk.ok("-t", "service", "-d", desk.file(services), "add")
    desk.ok("-T", template, "add", host)
    identity = desk.item("host", host)["_id"]
    changes = [
        {"name": item["name"], "host": identity, "_templates": item["_templates"], "alias": "x"}
        for item in desk.items("service", host=identity)
    ]
    assert desk.ok("-t", "service", "-d", desk.file(changes), "update").out == "2 services updated\n"
    assert {item["alias"] for item in desk.items("service", host=identity)} == {"x"}
    # Nor does a link by id make an ambiguous name clear.
    first = desk.item("service", "a", host=identity)
    for words in (["update", "a"], ["-c", "update", "a"]):
        data = desk.file({"service_dependencies": [first["_id"], "a"]})
        ran = desk.run("-t", "service", "-d", data, *words)
        assert (ran.code, f"'{host}/a'" in ran.err) == (2, True)


def test_a_service_may_be_named_with_its_host_in_the_data(desk: Desk) -> None:
    host = unique("h")
    desk.ok("add", host)
    identity = desk.item("host", host)["_id"]
    desk.ok("-t", "service", "-d", desk.file([{"name": f"{host}/a"}]), "add")
    for words in (["update", f"{host}/a"], ["update"]):
        desk.ok("-t", "service", "-d", desk.file({"name": f"{host}/a", "alias": words[-1]}), *words)
        assert desk.item("service", "a", host=identity)["alias"] == words[-1]
    desk.ok("-t", "service", "-d", desk.file({"name": f"{host}/b"}), "update", f"{host}/a")
    assert desk.item("service", "b", host=identity)
    # One whose name really begins so keeps it.
    desk.ok("-t", "service", "-d", desk.file({"name": f"{host}/c", "host": host}), "add")
    desk.ok("-t", "service", "-d", desk.file({"name": f"{host}/c", "alias": "z"}), "update", f"{host}/{host}/c")
    assert desk.item("service", f"{host}/c", host=identity)["alias"] == "z"


def test_a_role_gets_no_field_that_it_does_not_have(desk: Desk) -> None:
    user = unique("user")
    desk.ok("-t", "user", "add", user)
    data = {"user": user, "realm": "All", "crud": ["read"], "resource": "host"}
    desk.ok("-t", "userrestrictrole", "-d", desk.file(data), "add")
    roles = desk.items("userrestrictrole", user=desk.item("user", user)["_id"])
    assert {role["resource"] for role in roles} == {"*", "host"}


def test_an_unknown_template_adds_nothing_and_spaces_do_no_harm(desk: Desk) -> None:
    template, host = unique("my template"), unique("host")
    desk.ok("-d", desk.file({"_is_template": True, "notes": "x"}), "add", template)
    assert desk.run("-T", f"{template},nothing", "add", host).code == 2
    assert desk.items("host", name=host) == []
    desk.ok("-T", f" {template} , ", "add", host)
    assert desk.item("host", host)["notes"] == "x"


def test_add_with_include_read_data_and_bad_standard_input(desk: Desk) -> None:
    desk.ok("-i", "add", unique())
    ran = desk.run("-t", "user", unique(), "--data=stdin", stdin=b"{oops")
    assert ran.code == 2
    assert "standard input" in ran.err
