"""Nobody gets more rights than a super administrator gave."""

from __future__ import annotations

from typing import Any

import pytest

from embedded.site import Item, Site
from servers.caller import Caller

ALL = ("create", "read", "update", "delete", "custom")


@pytest.fixture
def chief(site: Site) -> tuple[Item, Caller, str]:
    """Somebody with every right in a realm of their own, the caller, and another realm's id."""
    own, other = site.new("realm"), site.new("realm")
    user, person = site.person(_realm=own["_id"], can_submit_commands=True)
    site.grant(user, own["_id"], *ALL, sub_realm=True)
    return user, person, other["_id"]


LIFTING: list[Item] = [
    {"back_role_super_admin": True},
    {"is_admin": True},
    {"can_submit_commands": True},
    {"can_update_livestate": True},
    {"skill_level": 2},
    {"name": "root"},
    {"_sub_realm": False},
    {"_templates": []},
    {"_is_template": True},
    {"_users_update": []},
    {"alias": "fine", "is_admin": True},
]


def test_users_do_not_lift_their_own_rights(site: Site, chief: tuple[Item, Caller, str]) -> None:
    user, person, _ = chief
    before = site.stored("user", name=user["name"])
    answers = [(fields, site.patch("user", user, fields, person).status) for fields in LIFTING]
    assert [fields for fields, status in answers if status != 401] == []
    assert site.stored("user", name=user["name"]) == before


def test_users_do_not_move_themselves(site: Site, chief: tuple[Item, Caller, str]) -> None:
    user, person, other = chief
    assert site.patch("user", user, {"_realm": other}, person).status == 401


def test_users_change_how_they_are_reached(site: Site, chief: tuple[Item, Caller, str]) -> None:
    user, person, _ = chief
    fields = {"email": "a@b.c", "pager": "1", "alias": "Me", "ui_preferences": {"theme": "dark"}, "address1": "x"}
    assert site.patch("user", user, fields, person).status == 200
    assert {name: site.read("user", user)[name] for name in fields} == fields


def test_others_users_are_out_of_reach(site: Site, chief: tuple[Item, Caller, str]) -> None:
    user, person, _ = chief
    other = site.new("user", _realm=user["_realm"], password="p")
    assert site.patch("user", other, {"password": "stolen"}, person).status == 404
    assert site.delete("user", other, person).status == 401
    assert person.call("DELETE", "user").status == 401
    assert person.post("user", {"name": "new", "_realm": user["_realm"], "password": "p"}).status == 401
    assert site.nobody.login(other["name"], "p").token


def test_rights_are_written_by_super_administrators_only(site: Site, chief: tuple[Item, Caller, str]) -> None:
    user, person, other = chief
    role = {"user": user["_id"], "realm": other, "crud": list(ALL)}
    assert person.post("userrestrictrole", role).status == 401
    own = site.find("userrestrictrole", user=user["_id"], crud=["read"])
    assert site.patch("userrestrictrole", own, {"realm": other}, person).status == 401
    assert site.delete("userrestrictrole", own, person).status == 401
    assert person.call("DELETE", "userrestrictrole").status == 401


@pytest.mark.parametrize("resource", ["host", "command", "timeperiod", "hostgroup", "alignak"])
def test_items_stay_within_the_realms_of_the_writer(site: Site, chief: tuple[Item, Caller, str], resource: str) -> None:
    user, person, other = chief
    inside = {"name": "inside", "_realm": user["_realm"]}
    outside = {"name": "outside", "_realm": other}
    assert person.post(resource, outside).status == 401
    assert person.post(resource, [inside, outside]).status == 401
    assert site.admin.items(resource, where={"name": {"$in": ["inside", "outside"]}}) == []
    item = person.post(resource, inside)
    assert item.status == 201
    assert site.patch(resource, item.json, {"_realm": other}, person).status == 401
    assert site.patch(resource, item.json, {"_realm": user["_realm"], "alias": "n"}, person).status == 200
    assert site.read(resource, item.json)["alias"] == "n"


def test_realms_stay_below_those_of_the_writer(site: Site, chief: tuple[Item, Caller, str]) -> None:
    user, person, other = chief
    assert person.post("realm", {"name": "outside", "_parent": other}).status == 401
    assert person.post("realm", {"name": "outside"}).status == 401
    child = person.post("realm", {"name": "inside", "_parent": user["_realm"]})
    assert child.status == 201
    assert site.patch("realm", child.json, {"_parent": other}, person).status == 401


def test_services_stay_on_hosts_within_reach(site: Site, chief: tuple[Item, Caller, str]) -> None:
    user, person, other = chief
    foreign = site.new("host", _realm=other, _is_template=True)
    used = site.new("host", _realm=other, _templates=[foreign["_id"]])
    spreading: dict[str, Any] = {
        "name": "mine",
        "_realm": user["_realm"],
        "host": foreign["_id"],
        "_is_template": True,
        "_templates_from_host_template": True,
    }
    assert person.post("service", spreading).status == 401
    assert site.admin.items("service", where={"host": used["_id"]}) == []
    own = person.post("host", {"name": "own", "_realm": user["_realm"]}).json
    service = person.post("service", {"name": "s", "host": own["_id"], "_realm": user["_realm"]})
    assert service.status == 201
    assert site.patch("service", service.json, {"host": used["_id"]}, person).status == 401


def test_results_stay_within_the_realms_of_the_sender(site: Site, chief: tuple[Item, Caller, str]) -> None:
    _, person, other = chief
    host = site.new("host", _realm=other)
    result = {"state": "DOWN", "state_type": "HARD", "last_state_type": "HARD", "last_state": "UP"}
    for named in ({"host": host["_id"]}, {"host_name": host["name"]}):
        assert person.post("logcheckresult", {**named, **result}).status == 401
    assert site.read("host", host) == host
    assert site.admin.items("history") == []


def test_retention_data_of_others_is_out_of_reach(site: Site, chief: tuple[Item, Caller, str]) -> None:
    _, person, _ = chief
    mine = person.post("alignakretention", {"host": "h", "_user": site.find("user", name="admin")["_id"]}).json
    assert site.admin.items("alignakretention") == []
    path = f"alignakretention/{mine['_id']}"
    assert site.admin.call("PUT", path, {"host": "x"}, headers={"If-Match": mine["_etag"]}).status == 404
    assert site.admin.patch(path, {"host": "x"}, mine["_etag"]).status == 404
    assert site.admin.delete(path, mine["_etag"]).status == 404
    assert person.get(path).json["host"] == "h"
