"""Templates of hosts, services and users: what items take from them, and what follows later."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from conformance.world import Item, World, is_refusal_text

UNKNOWN = "0123456789abcdef01234567"


def template(world: World, resource: str = "host", /, **fields: Any) -> Item:
    return world.new(resource, _is_template=True, **fields)


def derived(world: World, *templates: Item, **fields: Any) -> Item:
    """A host of these templates."""
    return world.new("host", _templates=[one["_id"] for one in templates], **fields)


def service_template(world: World, host: Item, name: str, /, **fields: Any) -> Item:
    return world.service(host, name=name, _is_template=True, **fields)


def services_of(world: World, host: Item) -> dict[str, Item]:
    found = world.caller.items("service", where={"host": host["_id"]})
    assert len({item["name"] for item in found}) == len(found)
    return {item["name"]: item for item in found}


# Filling when an item is created


def test_defaults_of_template_fields(world: World) -> None:
    host = world.new("host")
    assert (host["_is_template"], host["_templates"], host["_template_fields"]) == (False, [], [])
    assert host["_templates_with_services"] is True
    service = world.service(host)
    assert (service["_is_template"], service["_templates"], service["_template_fields"]) == (False, [], [])
    assert service["_templates_from_host_template"] is False
    user = world.new("user")
    assert (user["_is_template"], user["_templates"], user["_template_fields"]) == (False, [], [])


@pytest.mark.parametrize("resource", ["host", "service", "user"])
def test_item_takes_the_values_of_its_template(world: World, resource: str) -> None:
    host = {"host": world.dummy} if resource == "service" else {}
    above = template(world, resource, **host, alias="Above", notes="from above", definition_order=7)
    own = {"host": world.new("host")["_id"]} if resource == "service" else {}
    item = world.new(resource, _templates=[above["_id"]], **own)
    assert (item["alias"], item["notes"], item["definition_order"]) == ("Above", "from above", 7)
    assert {"alias", "notes", "definition_order"} <= set(item["_template_fields"])
    assert not {"name", "host"} & set(item["_template_fields"])
    assert not [name for name in item["_template_fields"] if name.startswith("_")]


def test_own_values_win(world: World) -> None:
    above = template(world, notes="above", check_interval=9)
    host = derived(world, above, notes="own")
    assert (host["notes"], host["check_interval"]) == ("own", 9)
    assert "notes" not in host["_template_fields"]
    assert "check_interval" in host["_template_fields"]


def test_later_templates_win(world: World) -> None:
    first = template(world, notes="first", address="1")
    second = template(world, notes="second", address="2")
    assert derived(world, first, second)["notes"] == "second"
    assert derived(world, second, first)["address"] == "1"


def test_internal_and_live_fields_are_not_taken(world: World) -> None:
    realm = world.new("realm")
    above = template(world, _realm=realm["_id"], _sub_realm=False, ls_state="DOWN", ls_output="bad")
    host = derived(world, above, _realm=world.realm_all)
    assert (host["_realm"], host["_sub_realm"], host["_is_template"]) == (world.realm_all, True, False)
    assert (host["ls_state"], host["ls_output"]) == ("UNREACHABLE", "")
    assert not [name for name in host["_template_fields"] if name.startswith("ls_")]


def test_only_direct_templates_are_read_but_levels_add_up(world: World) -> None:
    top = template(world, notes="top")
    middle = template(world, _templates=[top["_id"]], address="middle")
    host = derived(world, middle)
    assert (host["notes"], host["address"]) == ("top", "middle")
    assert host["alias"] == middle["alias"] == top["alias"]


def test_template_fields_name_what_still_follows(world: World) -> None:
    host = derived(world, template(world), tags=["own"], address="own")
    fields = host["_template_fields"]
    assert {"tags", "customs", "users", "usergroups", "alias", "maintenance_period"} <= set(fields)
    assert not {"name", "address"} & set(fields)
    assert Counter(fields).most_common(1)[0][1] == 1


def test_template_fields_with_several_templates(world: World) -> None:
    host = derived(world, template(world), template(world))
    # The released backend repeats the names.
    assert (max(Counter(host["_template_fields"]).values()) > 1) is world.sane(real=True, sane=False)


def test_template_fields_of_the_client_do_not_count_at_creation(world: World) -> None:
    assert world.new("host", _template_fields=["notes"])["_template_fields"] == []
    host = derived(world, template(world), _template_fields=["name"])
    assert "name" not in host["_template_fields"]
    assert world.edit("host", host, _template_fields=["notes"])["_template_fields"] == ["notes"]


def test_tags_add_up(world: World) -> None:
    first, second = template(world, tags=["t1", "common"]), template(world, tags=["t2", "common"])
    host = derived(world, first, second, tags=["own", "common"])
    assert host["tags"] == ["t2", "common", "t1", "own"]


def test_tags_add_up_through_all_levels(world: World) -> None:
    top = template(world, tags=["top"])
    middle = template(world, _templates=[top["_id"]], tags=["middle"])
    assert middle["tags"] == ["top", "middle"]
    assert derived(world, middle, tags=["own"])["tags"] == ["top", "middle", "own"]


def test_custom_variables_of_the_nearest_win(world: World) -> None:
    first = template(world, customs={"_A": 1, "_B": 1, "_C": 1})
    second = template(world, customs={"_B": 2, "_C": 2, "_D": 2})
    host = derived(world, first, second, customs={"_A": 0})
    assert host["customs"] == {"_A": 0, "_B": 1, "_C": 1, "_D": 2}


def test_users_and_groups_add_up(world: World) -> None:
    one, two = world.new("user"), world.new("user")
    group = world.new("usergroup")
    above = template(world, users=[one["_id"]], usergroups=[group["_id"]])
    host = derived(world, above, users=[two["_id"]])
    assert sorted(host["users"]) == sorted([one["_id"], two["_id"]])
    assert host["usergroups"] == [group["_id"]]


def test_same_link_from_item_and_template(world: World) -> None:
    one = world.new("user")
    host = derived(world, template(world, users=[one["_id"]]), users=[one["_id"]])
    # The released backend does not see that the text and the id are the same.
    assert host["users"] == [one["_id"]] * world.sane(real=2, sane=1)


def test_commands_of_users_add_up(world: World) -> None:
    one, two = world.new("command"), world.new("command")
    above = template(world, "user", host_notification_commands=[one["_id"]], tags=["above"])
    user = world.new("user", _templates=[above["_id"]], host_notification_commands=[two["_id"]], tags=["own"])
    assert sorted(user["host_notification_commands"]) == sorted([one["_id"], two["_id"]])
    assert user["tags"] == ["above", "own"]
    assert user["host_notification_period"] == above["host_notification_period"]


def test_merged_fields_exist_even_if_empty(world: World) -> None:
    above = template(world, "user")
    assert "host_notification_commands" not in above
    user = world.new("user", _templates=[above["_id"]])
    assert (user["host_notification_commands"], user["service_notification_commands"]) == ([], [])
    assert (user["tags"], user["customs"]) == ([], {})


def test_name_is_taken_too_when_missing(world: World) -> None:
    above = template(world)
    answer = world.caller.post("host", {"_templates": [above["_id"]], "_realm": world.realm_all})
    assert answer.status == 422
    assert answer.json["_issues"] == {"name": f"value '{above['name']}' is not unique"}


@pytest.mark.parametrize("resource", ["host", "service", "user"])
@pytest.mark.parametrize("templates", [["nope"], "nope", [5]])
def test_malformed_templates_are_refused(world: World, resource: str, templates: Any) -> None:
    own = {"host": world.dummy} if resource == "service" else {}
    assert is_refusal_text(world.post(resource, _templates=templates, **own))


@pytest.mark.parametrize("resource", ["host", "service", "user"])
def test_unknown_templates(world: World, resource: str) -> None:
    own = {"host": world.new("host")["_id"]} if resource == "service" else {}
    assert world.post(resource, _templates=[UNKNOWN], **own).status == world.sane(real=500, sane=422)


def test_any_item_may_serve_as_template(world: World) -> None:
    assert derived(world, world.new("host", notes="plain"))["notes"] == "plain"


def test_user_of_a_template_has_a_password_of_its_own(world: World) -> None:
    above = template(world, "user", password="above")
    user = world.new("user", _templates=[above["_id"]], password="own")
    assert world.caller.login(user["name"], "own").token != world.caller.login(above["name"], "above").token
    without = world.new("user", _templates=[above["_id"]])
    answer = world.caller.nobody().post("login", {"username": without["name"], "password": "above"})
    assert answer.status == 401


def test_changed_password_of_a_template(world: World) -> None:
    above = template(world, "user", password="above")
    user = world.new("user", _templates=[above["_id"]])
    owner = world.new("user", _templates=[above["_id"]], password="own")
    world.edit("user", above, password="changed")
    login = {"username": owner["name"], "password": "own"}
    assert world.caller.nobody().post("login", login).status == 200
    login = {"username": user["name"], "password": "changed"}
    assert world.caller.nobody().post("login", login).status == 401


def test_realm_of_a_user_is_not_taken(world: World) -> None:
    above = template(world, "user")
    answer = world.caller.post("user", {"name": "without-realm", "_templates": [above["_id"]]})
    assert answer.status == 422
    assert set(answer.json["_issues"]) == {"_realm"}


# What follows when a template changes


def test_change_of_a_template_reaches_its_items(world: World) -> None:
    above = template(world, notes="old", address="old")
    host, sub = derived(world, above), derived(world, above, _is_template=True)
    world.edit("host", above, notes="new", tags=["new"])
    for item in (host, sub):
        after = world.read("host", item)
        assert (after["notes"], after["address"], after["tags"]) == ("new", "old", ["new"])
        assert "notes" in after["_template_fields"]
        assert after["_etag"] != item["_etag"]


def test_own_values_do_not_follow(world: World) -> None:
    above = template(world, notes="old")
    own = derived(world, above, notes="own")
    patched = derived(world, above)
    assert "notes" not in world.edit("host", patched, notes="patched")["_template_fields"]
    world.edit("host", above, notes="new")
    assert world.read("host", own)["notes"] == "own"
    assert world.read("host", patched)["notes"] == "patched"


def test_own_values_and_several_templates(world: World) -> None:
    first, second = template(world), template(world, notes="old")
    host = derived(world, first, second)
    world.edit("host", host, notes="patched")
    world.edit("host", second, notes="new")
    # The released backend takes off one of two repeated names only.
    assert world.read("host", host)["notes"] == world.sane(real="new", sane="patched")


def test_last_template_decides_what_follows(world: World) -> None:
    first, second = template(world, notes="1"), template(world, notes="2")
    host = derived(world, first, second)
    world.edit("host", first, notes="changed")
    assert world.read("host", host)["notes"] == "2"
    world.edit("host", second, notes="changed too")
    assert world.read("host", host)["notes"] == "changed too"


def test_internal_and_live_fields_do_not_follow(world: World) -> None:
    above = template(world)
    host = derived(world, above)
    world.edit("host", above, ls_output="bad", _sub_realm=False)
    assert world.read("host", host) == host


def test_merged_fields_follow(world: World) -> None:
    above = template(world, tags=["above"], customs={"_A": 1})
    host = derived(world, above, tags=["own"], customs={"_B": 2})
    assert host["tags"] == ["above", "own"]
    world.edit("host", above, tags=["new"], customs={"_A": 3, "_C": 4})
    after = world.read("host", host)
    # The released backend takes the template's list for the whole value.
    assert after["tags"] == world.sane(real=["new"], sane=["new", "own"])
    assert after["customs"] == {"_A": 3, "_B": 2, "_C": 4}


def test_own_parts_of_merged_fields(world: World) -> None:
    above = template(world, customs={"_A": 1, "_B": 1})
    host = derived(world, above, customs={"_B": 9})
    world.edit("host", above, customs={"_A": 2})
    # The released backend lays all of the template's object over the item's.
    assert world.read("host", host)["customs"] == {"_A": 2, "_B": world.sane(real=1, sane=9)}


def test_null_in_an_object(world: World) -> None:
    host = world.new("host", customs={"_A": 1, "_B": 1})
    after = world.edit("host", host, customs={"_A": None})
    assert after["customs"] == world.sane(real={"_A": None, "_B": 1}, sane={"_B": 1})


def test_merged_fields_of_other_and_deleted_templates(world: World) -> None:
    above = template(world, tags=["t"])
    host = derived(world, above, tags=["own"])
    world.edit("host", host, _templates=[])
    # The released backend leaves such fields alone from then on.
    assert world.read("host", host)["tags"] == world.sane(real=["t", "own"], sane=["own"])
    world.edit("host", host, _templates=[above["_id"]])
    assert world.read("host", host)["tags"] == ["t", "own"]
    assert world.remove("host", above).status == 204
    assert world.read("host", host)["tags"] == world.sane(real=["t", "own"], sane=["own"])


def test_items_of_items_do_not_follow(world: World) -> None:
    top = template(world, notes="old")
    middle = template(world, _templates=[top["_id"]])
    host = derived(world, middle)
    world.edit("host", top, notes="new")
    assert world.read("host", middle)["notes"] == "new"
    # The released backend stops one level below.
    assert world.read("host", host)["notes"] == world.sane(real="old", sane="new")


def test_users_follow_their_template(world: World) -> None:
    above = template(world, "user", email="old")
    user = world.new("user", _templates=[above["_id"]], password="p")
    world.edit("user", above, email="new")
    assert world.read("user", user)["email"] == "new"
    assert world.caller.login(user["name"], "p")


def test_changed_templates_of_an_item_bring_no_values(world: World) -> None:
    first, second = template(world, notes="first"), template(world, notes="second")
    host = derived(world, first)
    assert world.edit("host", host, _templates=[second["_id"]])["notes"] == "first"


def test_deleted_host_template_leaves_its_hosts(world: World) -> None:
    above = template(world, notes="above")
    host = derived(world, above)
    assert world.remove("host", above).status == 204
    after = world.read("host", host)
    assert (after["_templates"], after["notes"]) == ([above["_id"]], "above")


@pytest.mark.parametrize("resource", ["host", "user"])
def test_host_or_user_may_become_a_template_and_back(world: World, resource: str) -> None:
    item = world.new(resource)
    assert world.edit(resource, item, _is_template=True)["_is_template"] is True
    assert world.edit(resource, item, _is_template=False)["_is_template"] is False


def test_service_template_stays_one(world: World) -> None:
    above = service_template(world, world.new("host", _is_template=True), "Disk")
    assert is_refusal_text(world.caller.patch(f"service/{above['_id']}", {"_is_template": False}))
    assert world.read("service", above)["_is_template"] is True


# Services that come with host templates


def test_services_of_templates_are_made_with_a_host(world: World) -> None:
    realm = world.new("realm")
    above = template(world)
    disk = service_template(world, above, "Disk", notes="n", ls_state="OK")
    host = derived(world, above, _realm=realm["_id"])
    made = services_of(world, host)
    assert list(made) == ["Disk"]
    service = made["Disk"]
    assert (service["_templates"], service["_realm"]) == ([disk["_id"]], realm["_id"])
    assert (service["_is_template"], service["_templates_from_host_template"]) == (False, True)
    assert (service["notes"], service["ls_state"]) == ("n", "OK")
    assert {"name", "notes", "alias"} <= set(service["_template_fields"])
    assert "host" not in service["_template_fields"]


@pytest.mark.parametrize("fields", [{"_templates_with_services": False}, {"_is_template": True}])
def test_hosts_that_get_no_services(world: World, fields: Item) -> None:
    above = template(world)
    service_template(world, above, "Disk")
    assert services_of(world, derived(world, above, **fields)) == {}


def test_services_of_all_levels_the_nearest_wins(world: World) -> None:
    top = template(world)
    service_template(world, top, "Disk", notes="top")
    service_template(world, top, "Load", notes="top")
    middle = template(world, _templates=[top["_id"]])
    service_template(world, middle, "Disk", notes="middle")
    other = template(world)
    service_template(world, other, "Load", notes="other")
    made = services_of(world, derived(world, middle, other))
    assert {name: item["notes"] for name, item in made.items()} == {"Disk": "middle", "Load": "other"}


def test_a_new_service_template_can_extend_existing_hosts(world: World) -> None:
    above = template(world)
    host, without = derived(world, above), derived(world, above, _templates_with_services=False)
    service_template(world, above, "Quiet")
    assert services_of(world, host) == {}
    loud = service_template(world, above, "Loud", _templates_from_host_template=True)
    made = services_of(world, host)
    assert made["Loud"]["_templates"] == [loud["_id"]]
    assert services_of(world, without) == {}


def test_generated_services_follow_their_template(world: World) -> None:
    above = template(world)
    disk = service_template(world, above, "Disk")
    host = derived(world, above)
    world.edit("service", disk, name="Volume", notes="new")
    assert services_of(world, host)["Volume"]["notes"] == "new"


def test_other_templates_of_a_host_change_its_services(world: World) -> None:
    first, second = template(world), template(world)
    service_template(world, first, "Disk")
    load = service_template(world, second, "Load")
    host = derived(world, first)
    world.service(host, name="Own")
    world.edit("host", host, _templates=[second["_id"]])
    made = services_of(world, host)
    assert set(made) == {"Own", "Load"}
    assert made["Load"]["_templates"] == [load["_id"]]
    world.edit("host", host, _templates=[])
    assert set(services_of(world, host)) == {"Own"}


def test_other_templates_of_a_host_without_services(world: World) -> None:
    above = template(world)
    service_template(world, above, "Disk")
    host = world.new("host", _templates_with_services=False)
    world.edit("host", host, _templates=[above["_id"]])
    assert services_of(world, host) == {}


def test_new_template_with_a_service_the_host_has_already(world: World) -> None:
    above = template(world)
    service_template(world, above, "Disk")
    host = world.new("host")
    own = world.service(host, name="Disk")
    answer = world.caller.patch(f"host/{host['_id']}", {"_templates": [above["_id"]]})
    assert is_refusal_text(answer)
    # The released backend refuses when the host is changed already.
    assert world.read("host", host)["_templates"] == world.sane(real=[above["_id"]], sane=[])
    assert services_of(world, host)["Disk"]["_id"] == own["_id"]


def test_deleted_service_template_takes_its_services_along(world: World) -> None:
    above = template(world)
    disk = service_template(world, above, "Disk")
    host = derived(world, above)
    sub = service_template(world, world.new("host", _is_template=True), "Sub", _templates=[disk["_id"]])
    user = world.service(world.new("host"), _templates=[sub["_id"]])
    assert world.remove("service", disk).status == 204
    assert services_of(world, host) == {}
    assert not world.exists("service", sub)
    assert not world.exists("service", user)


def test_deleted_host_template_takes_services_along(world: World) -> None:
    above = template(world)
    disk = service_template(world, above, "Disk")
    host = derived(world, above)
    assert world.remove("host", above).status == 204
    assert not world.exists("service", disk)
    assert services_of(world, host) == {}
    assert world.exists("host", host)


def test_real_service_on_a_template_host_is_refused(world: World) -> None:
    for host in (world.new("host", _is_template=True)["_id"], world.dummy):
        assert is_refusal_text(world.post("service", host=host))


@pytest.mark.parametrize("write", ["new host", "changed host", "new service template"])
def test_etag_of_answers_when_services_were_made(world: World, write: str) -> None:
    above = template(world)
    if write == "new service template":
        derived(world, above)
        answer = world.post(
            "service", host=above["_id"], _is_template=True, _templates_from_host_template=True, name="Disk"
        )
        current = world.read("service", answer.json)["_etag"]
    else:
        service_template(world, above, "Disk", ls_state="CRITICAL")
        if write == "new host":
            answer = world.post("host", _templates=[above["_id"]])
        else:
            host = world.new("host")
            answer = world.caller.patch(f"host/{host['_id']}", {"_templates": [above["_id"]]})
        current = world.read("host", answer.json)["_etag"]
    # The released backend answers before the services have changed the overall state of their host.
    assert (answer.json["_etag"] == current) is world.sane(real=False, sane=True)
