"""Documents over REST: reading, writing, ETags, bulk, content types."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest

from conformance.world import World, is_error_json, next_second, unique

DATE = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")
WRITE_KEYS = {"_id", "_created", "_updated", "_etag", "_links", "_status"}
UNKNOWN = "0123456789abcdef01234567"

# Reading


def test_item_has_automatic_fields_and_links(world: World) -> None:
    host = world.new("host")
    assert {"_id", "_created", "_updated", "_etag", "_links"} <= set(host)
    assert not {"_version", "_deleted", "_status"} & set(host)
    assert re.fullmatch(r"[0-9a-f]{24}", host["_id"])
    assert re.fullmatch(r"[0-9a-f]{40}", host["_etag"])
    assert DATE.fullmatch(host["_created"])
    assert DATE.fullmatch(host["_updated"])
    assert host["_links"]["self"] == {"title": "Host", "href": f"host/{host['_id']}"}
    assert host["_links"]["parent"] == {"title": "home", "href": "/"}
    assert host["_links"]["collection"] == {"title": "host", "href": "host"}


def test_item_title_loses_the_s_at_its_end(world: World) -> None:
    world.new("host")
    synthesis = world.synthesis(world.realm_all)
    assert synthesis["_links"]["self"]["title"] == "Livesynthesi"


def test_item_headers_and_not_modified(world: World) -> None:
    command = world.new("command")
    path = f"command/{command['_id']}"
    answer = world.caller.get(path)
    assert answer.headers["etag"] == f'"{command["_etag"]}"'
    assert answer.headers["last-modified"] == command["_updated"]
    same = world.caller.call("GET", path, headers={"If-None-Match": command["_etag"]})
    assert (same.status, same.text) == (304, "")
    assert world.caller.call("GET", path, headers={"If-None-Match": f'"{command["_etag"]}"'}).status == 304
    assert world.caller.call("GET", path, headers={"If-None-Match": "other"}).status == 200
    assert world.caller.call("GET", path, headers={"If-Modified-Since": command["_updated"]}).status == 304


def test_fields_without_a_value_or_default_are_absent(world: World) -> None:
    host = world.new("host")
    assert not {"check_period", "_users_read", "maintenance_period"} & set(host)
    assert host["event_handler"] is None


def test_unknown_item_is_404(world: World) -> None:
    assert is_error_json(world.caller.get(f"host/{UNKNOWN}"), 404)


def test_pretty_answers_are_indented(world: World) -> None:
    plain, pretty = world.caller.get("realm"), world.caller.get("realm", pretty="1")
    assert "\n" not in plain.text
    assert "\n    " in pretty.text
    assert plain.json["_items"] == pretty.json["_items"]


def test_xml_when_it_is_asked_for(world: World) -> None:
    answer = world.caller.call("GET", "realm", headers={"Accept": "application/xml"})
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("application/xml")
    assert "<name>All</name>" in answer.text
    anything = world.caller.call("GET", "realm", headers={"Accept": "text/plain, */*"})
    assert anything.is_json


# Creating


def test_post_answers_with_automatic_fields_only(world: World) -> None:
    answer = world.post("command", command_line="check")
    assert answer.status == 201
    assert set(answer.json) == WRITE_KEYS
    assert answer.json["_status"] == "OK"
    assert answer.headers["location"].endswith(f"/command/{answer.json['_id']}")
    assert answer.json["_etag"] == world.read("command", answer.json)["_etag"]


def test_bulk_post_answers_item_by_item(world: World) -> None:
    commands = [world.complete("command") for _ in range(3)]
    answer = world.caller.post("command", commands)
    world.remember("command", answer)
    assert answer.status == 201
    assert answer.json["_status"] == "OK"
    assert [set(item) for item in answer.json["_items"]] == [WRITE_KEYS] * 3
    stored = [world.read("command", item)["name"] for item in answer.json["_items"]]
    assert stored == [command["name"] for command in commands]


def test_bulk_post_of_one_answers_as_for_one(world: World) -> None:
    answer = world.caller.post("command", [world.complete("command")])
    world.remember("command", answer)
    assert answer.status == 201
    assert set(answer.json) == WRITE_KEYS


def test_bulk_post_of_none_is_400(world: World) -> None:
    assert is_error_json(world.caller.post("command", []), 400)


def test_bulk_post_is_all_or_nothing(world: World) -> None:
    good, bad = world.complete("command"), {"name": unique("command")}
    answer = world.caller.post("command", [good, bad])
    assert answer.status == 422
    assert answer.json["_status"] == "ERR"
    assert answer.json["_error"]["code"] == 422
    assert answer.json["_items"] == [
        {"_status": "OK"},
        {"_status": "ERR", "_issues": {"_realm": "required field"}},
    ]
    assert world.caller.items("command", where={"name": good["name"]}) == []


def test_double_in_one_bulk(world: World) -> None:
    # The released backend compares with what is stored only.
    name = unique("double")
    answer = world.caller.post("command", [world.complete("command", name=name) for _ in range(2)])
    world.remember("command", answer)
    assert answer.status == world.sane(real=201, sane=422)


def test_id_may_come_from_the_client(world: World) -> None:
    mine = f"{time.time_ns():024x}"[-24:]
    answer = world.post("command", _id=mine)
    assert answer.status == 201
    assert answer.json["_id"] == mine
    assert is_error_json(world.post("command", _id=mine), 409)


def test_ids_of_a_bulk_may_come_from_the_client(world: World) -> None:
    ids = [f"{time.time_ns() + n:024x}"[-24:] for n in range(2)]
    answer = world.caller.post("command", [world.complete("command", _id=one) for one in ids])
    world.remember("command", answer)
    assert [item["_id"] for item in answer.json["_items"]] == ids


@pytest.mark.parametrize("field", ["_etag", "_created", "_updated", "_links", "_status"])
def test_automatic_fields_are_not_accepted(world: World, field: str) -> None:
    value: Any = {} if field == "_links" else "Mon, 01 Jan 2018 00:00:00 GMT"
    answer = world.post("command", **{field: value})
    assert answer.status == 422
    assert answer.json["_issues"] == {field: "unknown field"}


@pytest.mark.parametrize("content_type", ["text/plain", "application/octet-stream", None])
def test_other_content_types_are_400(world: World, content_type: str | None) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    body = json.dumps(world.complete("command"))
    assert is_error_json(world.caller.call("POST", "command", content=body, headers=headers), 400)


def test_broken_json_is_400(world: World) -> None:
    headers = {"Content-Type": "application/json"}
    assert world.caller.call("POST", "command", content='{"name": ', headers=headers).status == 400


def test_form_post(world: World) -> None:
    name = unique("command")
    answer = world.caller.call("POST", "command", form={"name": name, "_realm": world.realm_all})
    world.remember("command", answer)
    assert answer.status == 201
    assert world.read("command", answer.json)["name"] == name


@pytest.mark.parametrize("resource", ["host", "user"])
def test_form_post_where_templates_are(world: World, resource: str) -> None:
    # The released backend looks for templates in a JSON body, and fails without one.
    answer = world.caller.call("POST", resource, form={"name": unique(), "_realm": world.realm_all})
    world.remember(resource, answer)
    assert answer.status == world.sane(real=500, sane=201)


# Changing


def test_patch_answers_with_automatic_fields_and_etag(world: World) -> None:
    command = world.new("command")
    answer = world.caller.patch(f"command/{command['_id']}", {"notes": "n"}, command["_etag"])
    assert answer.status == 200
    assert set(answer.json) == WRITE_KEYS
    assert answer.json["_etag"] != command["_etag"]
    assert answer.headers["etag"] == f'"{answer.json["_etag"]}"'
    stored = world.read("command", command)
    assert (stored["notes"], stored["_etag"]) == ("n", answer.json["_etag"])


@pytest.mark.parametrize("form", ["{}", '"{}"', 'W/"{}"'])
def test_if_match_may_be_quoted_or_weak(world: World, form: str) -> None:
    command = world.new("command")
    answer = world.caller.patch(f"command/{command['_id']}", {"notes": "n"}, form.format(command["_etag"]))
    assert answer.status == 200


def test_if_match_is_needed(world: World) -> None:
    command = world.new("command")
    path = f"command/{command['_id']}"
    assert is_error_json(world.caller.call("PATCH", path, {"notes": "n"}), 428)
    assert is_error_json(world.caller.call("DELETE", path), 428)


def test_if_match_must_be_current(world: World) -> None:
    command = world.new("command")
    path = f"command/{command['_id']}"
    assert is_error_json(world.caller.patch(path, {"notes": "n"}, "other"), 412)
    assert is_error_json(world.caller.delete(path, "other"), 412)


def test_unknown_item_is_404_before_etags_count(world: World) -> None:
    assert is_error_json(world.caller.call("PATCH", f"command/{UNKNOWN}", {}), 404)
    assert is_error_json(world.caller.call("DELETE", f"command/{UNKNOWN}"), 404)
    assert is_error_json(world.caller.delete(f"command/{UNKNOWN}", "other"), 404)


def test_id_cannot_be_patched(world: World) -> None:
    command = world.new("command")
    answer = world.caller.patch(f"command/{command['_id']}", {"_id": UNKNOWN}, command["_etag"])
    assert answer.status in world.sane(real=(400, 500), sane=(400, 422))
    assert world.exists("command", command)


def test_objects_are_merged_and_lists_replaced_by_patch(world: World) -> None:
    host = world.new("host", customs={"_a": 1, "_b": 2}, tags=["x", "y"])
    after = world.edit("host", host, customs={"_b": 3, "_c": 4}, tags=["z"])
    assert after["customs"] == {"_a": 1, "_b": 3, "_c": 4}
    assert after["tags"] == ["z"]
    assert world.edit("host", host, customs={})["customs"] == after["customs"]


def test_dotted_names_are_expanded(world: World) -> None:
    host = world.new("host", **{"customs.a.b": 1})
    assert host["customs"] == {"a": {"b": 1}}
    after = world.edit("host", host, **{"customs.a.c": 2})
    assert after["customs"] == {"a": {"b": 1, "c": 2}}


def test_empty_patch_touches(world: World) -> None:
    command = world.new("command")
    answer = world.caller.patch(f"command/{command['_id']}", {}, command["_etag"])
    assert answer.status == 200
    stored = world.read("command", command)
    assert stored["_etag"] == answer.json["_etag"]
    assert {k: v for k, v in stored.items() if k not in ("_etag", "_updated")} == {
        k: v for k, v in command.items() if k not in ("_etag", "_updated")
    }


def test_patch_moves_updated_and_keeps_created(world: World) -> None:
    command = world.new("command")
    next_second()
    after = world.edit("command", command, notes="n")
    assert after["_created"] == command["_created"]
    assert after["_updated"] != command["_updated"]


def test_method_override(world: World) -> None:
    command = world.new("command")
    headers = {"X-HTTP-Method-Override": "PATCH", "If-Match": command["_etag"]}
    answer = world.caller.call("POST", f"command/{command['_id']}", {"notes": "over"}, headers=headers)
    assert answer.status == 200
    assert world.read("command", command)["notes"] == "over"


# Deleting


def test_delete_of_an_item(world: World) -> None:
    command = world.new("command")
    answer = world.caller.delete(f"command/{command['_id']}", command["_etag"])
    assert (answer.status, answer.text) == (204, "")
    assert not world.exists("command", command)


def test_delete_of_a_collection_needs_no_etag_and_ignores_where(world: World) -> None:
    keep = world.new("statsd", address="a")
    world.new("statsd", address="b")
    answer = world.caller.call("DELETE", "statsd", params={"where": {"name": keep["name"]}})
    assert (answer.status, answer.text) == (204, "")
    assert world.caller.items("statsd") == []
