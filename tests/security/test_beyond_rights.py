"""No field that users write, and no parameter that they send, leads past their rights."""

from __future__ import annotations

from typing import Any

import pytest

from embedded.site import Item, Site, unique
from security.people import Town
from servers.caller import Caller

HIDDEN = "hidden text"


@pytest.fixture
def town(one_site: Site) -> Town:
    return Town(one_site)


@pytest.fixture
def chief(town: Town) -> Caller:
    return town.callers["chief"]


def foreign(town: Town, resource: str, **fields: Any) -> Item:
    """An item of the other realm, with something that nobody here may read."""
    return town.site.new(resource, _realm=town.there, _sub_realm=False, **fields)


@pytest.mark.parametrize("resource", ["host", "service"])
def test_templates_of_other_realms_are_not_copied(town: Town, chief: Caller, resource: str) -> None:
    more = {"host": town.foreign_host["_id"]} if resource == "service" else {}
    if resource == "service":
        more["host"] = foreign(town, "host", _is_template=True)["_id"]
    template = foreign(town, resource, _is_template=True, customs={"KEY": HIDDEN}, **more)
    body = town.body(resource)
    own = chief.post(resource, body).json
    assert chief.post(resource, {**town.body(resource), "_templates": [template["_id"]]}).status == 401
    answer = chief.patch(f"{resource}/{own['_id']}", {"_templates": [template["_id"]]}, own["_etag"])
    assert answer.status == 401
    assert HIDDEN not in chief.get(resource).text
    assert town.site.find(resource, _id=own["_id"])["_templates"] == []


def test_templates_that_an_item_has_may_stay(town: Town, chief: Caller) -> None:
    template = foreign(town, "host", _is_template=True)
    host = town.site.new("host", _realm=town.here, _templates=[template["_id"]])
    own = chief.post("host", {**town.body("host"), "_is_template": True}).json
    path = f"host/{host['_id']}"
    assert chief.patch(path, {"_templates": [template["_id"], own["_id"]]}).status == 200
    assert chief.patch(path, {"_templates": []}).status == 200


LINKS = [
    ("host", "parents", "host", True),
    ("host", "check_command", "command", False),
    ("hostgroup", "hosts", "host", True),
    ("host", "users", "user", True),
    ("userrestrictrole", "user", "user", False),
    ("graphite", "grafana", "grafana", False),
]


@pytest.mark.parametrize(("resource", "field", "linked", "many"), LINKS)
def test_embedding_shows_no_more_than_a_name(
    town: Town, chief: Caller, resource: str, field: str, linked: str, many: bool
) -> None:
    fields: Item = {"grafana": {"address": "a", "apikey": HIDDEN}, "command": {"command_line": HIDDEN}}.get(linked, {})
    target = foreign(town, linked, **{"alias": HIDDEN, **fields} if linked != "grafana" else fields)
    reader = chief
    if resource == "userrestrictrole":
        reader = town.callers["no right"]
    item = town.body(resource) | {field: [target["_id"]] if many else target["_id"]}
    answer = town.site.admin.post(resource, item)
    assert answer.status == 201, answer
    for second in (f"{field}._realm", f"{field}.users", f"{field}.check_command"):
        found = reader.get(resource, embedded={field: 1, second: 1})
        assert found.status == 200
        assert HIDDEN not in found.text
    if resource == "userrestrictrole":
        return
    shown = chief.get(f"{resource}/{answer.json['_id']}", embedded={field: 1}).json[field]
    assert (shown[0] if many else shown) == {"_id": target["_id"], "name": target["name"]}
    full = town.site.admin.get(f"{resource}/{answer.json['_id']}", embedded={field: 1}).json[field]
    assert len(full[0] if many else full) > 5


@pytest.mark.parametrize("action", ["actionacknowledge", "actiondowntime", "actionforcecheck"])
def test_actions_reach_what_one_sees(town: Town, chief: Caller, action: str) -> None:
    body = {**town.body(action, who="chief"), "host": town.foreign_host["_id"]}
    assert chief.post(action, body).status == 401
    own = {**body, "host": town.host["_id"]}
    hidden = foreign(town, "service", host=town.foreign_host["_id"])
    assert chief.post(action, {**own, "service": hidden["_id"]}).status == 401
    made = chief.post(action, {**own, "service": town.service["_id"]})
    assert made.status == 201
    path = f"{action}/{made.json['_id']}"
    assert chief.patch(path, {"host": town.foreign_host["_id"]}).status == 401
    assert chief.patch(path, {"service": hidden["_id"]}).status == 401
    assert chief.patch(path, {"processed": True}).status == 200
    theirs = town.site.admin.post(action, body).json
    assert chief.patch(f"{action}/{theirs['_id']}", {"processed": True}, theirs["_etag"]).status == 404
    assert [found["host"] for found in town.site.admin.items("history", where={"host": town.foreign_host["_id"]})] == [
        town.foreign_host["_id"]
    ]


def test_results_and_history_of_other_realms(town: Town, chief: Caller) -> None:
    host = town.foreign_host
    before = town.site.read("host", host)
    result = {"state": "DOWN", "state_type": "HARD", "last_state": "UP", "last_state_type": "HARD"}
    for named in ({"host": host["_id"]}, {"host_name": host["name"]}):
        assert chief.post("logcheckresult", {**named, **result}).status == 401
        assert chief.post("history", {**named, "type": "webui.comment"}).status == 401
    hidden = foreign(town, "service", host=host["_id"])
    assert chief.post("logcheckresult", {"host": town.host["_id"], "service": hidden["_id"], **result}).status == 422
    entry = {"type": "webui.comment", "host": town.host["_id"], "service": hidden["_id"]}
    made = chief.post("history", entry)
    assert hidden["name"] not in chief.get(f"history/{made.json['_id']}", embedded={"host": 1}).text
    assert town.site.read("host", host)["ls_state"] == before["ls_state"]
    site_entry = town.site.admin.post("history", {"type": "webui.comment", "host": host["_id"]}).json
    assert chief.get(f"history/{site_entry['_id']}").status == 404


def test_synthesis_adds_up_what_one_sees(town: Town, chief: Caller) -> None:
    user = {"_id": town.users["chief"]}
    town.site.grant(user, town.there, "custom")
    foreign(town, "host")
    own = town.site.find("livesynthesis", _realm=town.here)
    for _ in range(2):
        town.site.nobody.get("cron_livesynthesis_history")
    found = chief.get(f"livesynthesis/{own['_id']}", concatenation=1, history=1).json
    assert found["hosts_total"] == own["hosts_total"] == 1
    assert {copy["hosts_total"] for copy in found["history"]} == {1}


def test_ids_of_deleted_realms_are_not_taken_over(town: Town, chief: Caller) -> None:
    realm = town.site.new("realm", _parent=town.there)
    left = town.site.new("host", _realm=realm["_id"])
    assert town.site.delete("realm", realm).status == 204
    body = {**town.body("realm"), "_id": realm["_id"]}
    assert chief.post("realm", body).status == 401
    assert chief.post("realm", [town.body("realm"), body]).status == 401
    assert chief.get(f"host/{left['_id']}").status == 404
    assert chief.post("realm", {**body, "_id": "f" * 24}).status == 201
    assert town.site.admin.post("realm", {**body, "name": unique("realm")}).status == 201


@pytest.mark.parametrize(("resource", "field"), [("grafana", "apikey"), ("influxdb", "password")])
def test_keys_of_other_systems_are_for_administrators(town: Town, chief: Caller, resource: str, field: str) -> None:
    made = chief.post(resource, {**town.body(resource), field: HIDDEN})
    assert made.status == 201
    path = f"{resource}/{made.json['_id']}"
    assert chief.patch(path, {field: HIDDEN + "2"}).status == 200
    asked: list[Item] = [{}, {"projection": {field: 1}}, {"projection": {"name": 0}}, {"sort": "name"}]
    for params in asked:
        for accept in ("application/json", "application/xml"):
            answer = chief.call("GET", resource, params=params, headers={"Accept": accept})
            assert answer.status == 200
            assert made.json["_id"] in answer.text
            assert HIDDEN not in answer.text
    refused: list[Item] = [{"where": {field: {"$regex": "^h"}}}, {"where": {"$or": [{field: "x"}]}}, {"sort": field}]
    for params in refused:
        assert chief.get(resource, **params).status == 400
    assert HIDDEN not in chief.get(path).text
    assert town.site.admin.get(path).json[field] == HIDDEN + "2"
    assert town.site.admin.items(resource, where={field: HIDDEN + "2"}, sort=field)


WRITABLE = ("_users_read", "_users_update", "_users_delete", "_sub_realm")


@pytest.mark.parametrize("field", WRITABLE)
def test_sharing_needs_the_right_to_write(town: Town, chief: Caller, field: str) -> None:
    value: Any = True if field == "_sub_realm" else [town.users["chief"]]
    hidden = town.foreign_host
    assert chief.patch(f"host/{hidden['_id']}", {field: value}, hidden["_etag"]).status == 404
    me = f"user/{town.users['chief']}"
    assert chief.patch(me, {field: value}).status == 401
    no_right = town.callers["no right"]
    assert no_right.patch(f"host/{town.host['_id']}", {field: value}, town.host["_etag"]).status == 401


def test_being_named_gives_nothing_without_the_custom_right(town: Town) -> None:
    other = town.users["other realm"]
    named = {name: [other] for name in WRITABLE[:3]}
    host = town.site.new("host", _realm=town.here, _sub_realm=False, **named)
    caller = town.callers["other realm"]
    assert caller.get(f"host/{host['_id']}").status == 404
    assert caller.patch(f"host/{host['_id']}", {"alias": "x"}, host["_etag"]).status == 401
    assert caller.delete(f"host/{host['_id']}", host["_etag"]).status == 401


KEPT = ("_user", "_user.x", "_id.x", "_etag", "_etag.x", "_created.x", "_updated", "_links.self")


@pytest.mark.parametrize("name", KEPT)
def test_kept_fields_of_free_form_items_are_not_written(town: Town, chief: Caller, name: str) -> None:
    body = {"host": "h", name: town.users["admin"]}
    answer = chief.post("alignakretention", body)
    if not name.startswith("_user"):
        assert answer.status == 422
        return
    if answer.status == 201:
        chief.patch(f"alignakretention/{answer.json['_id']}", body)
        assert chief.get(f"alignakretention/{answer.json['_id']}").json["_user"] == town.users["chief"]
    assert town.site.admin.items("alignakretention") == []


def test_retention_is_not_for_everybody(town: Town) -> None:
    path = f"alignakretention/{'a' * 24}"
    for who in ("no right", "other realm"):
        assert town.callers[who].call("PUT", path, {"host": "x"}).status == 401
    assert town.callers["chief"].call("PUT", path, {"host": "x"}).status == 201
