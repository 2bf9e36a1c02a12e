"""What is refused, with which status, and in which shape."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.world import Item, World, is_error_json, unique

UNKNOWN = "0123456789abcdef01234567"


def issues(world: World, resource: str, **fields: Any) -> Any:
    """The issues of a POST that must be refused."""
    answer = world.post(resource, **fields)
    assert answer.status == 422, answer
    body = answer.json
    assert body["_status"] == "ERR"
    assert body["_error"] == {"code": 422, "message": "Insertion failure: 1 document(s) contain(s) error(s)"}
    return body["_issues"]


def test_required_fields(world: World) -> None:
    answer = world.caller.post("command", {})
    assert answer.status == 422
    assert answer.json["_issues"] == {"name": "required field", "_realm": "required field"}


def test_required_comes_before_defaults(world: World) -> None:
    body = {"name": unique(), "_realm": world.realm_all}
    answer = world.caller.post("alignakdaemon", body)
    assert answer.status == 422
    assert set(answer.json["_issues"]) == {
        *("address", "port", "last_check", "alive", "reachable", "passive", "spare", "type")
    }


def test_unknown_field(world: World) -> None:
    assert issues(world, "command", nothing=1) == {"nothing": "unknown field"}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"name": ""}, {"name": "empty values not allowed"}),
        ({"timeout": "soon"}, {"timeout": "must be of integer type"}),
        ({"timeout": [1]}, {"timeout": "must be of integer type"}),
        ({"notes": 5}, {"notes": "must be of string type"}),
        ({"enable_environment_macros": "maybe"}, {"enable_environment_macros": "must be of boolean type"}),
        ({"_realm": "nope"}, {"_realm": "value 'nope' cannot be converted to a ObjectId"}),
        (
            {"_realm": UNKNOWN},
            {"_realm": f"value '{UNKNOWN}' must exist in resource 'realm', field '_id'."},
        ),
    ],
)
def test_bad_values_of_a_command(world: World, fields: Item, expected: Item) -> None:
    assert issues(world, "command", **fields) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"business_impact": 9}, {"business_impact": "unallowed value 9"}),
        ({"initial_state": "z"}, {"initial_state": "unallowed value z"}),
        ({"notification_options": ["d", "z"]}, {"notification_options": "unallowed values ['z']"}),
        ({"tags": "red"}, {"tags": "must be of list type"}),
        ({"tags": ["red", 5]}, {"tags": {"1": "must be of string type"}}),
        ({"customs": ["a"]}, {"customs": "must be of dict type"}),
        ({"ls_latency": "slow"}, {"ls_latency": "must be of float type"}),
        ({"parents": ["nope"]}, {"parents": {"0": "value 'nope' cannot be converted to a ObjectId"}}),
        (
            {"parents": [UNKNOWN]},
            {"parents": {"0": f"value '{UNKNOWN}' must exist in resource 'host', field '_id'."}},
        ),
    ],
)
def test_bad_values_of_a_host(world: World, fields: Item, expected: Item) -> None:
    assert issues(world, "host", **fields) == expected


@pytest.mark.parametrize(
    ("resource", "fields", "expected"),
    [
        ("user", {"skill_level": 3}, {"skill_level": "max value is 2"}),
        ("user", {"skill_level": -1}, {"skill_level": "min value is 0"}),
        ("realm", {"hosts_critical_threshold": 101}, {"hosts_critical_threshold": "max value is 100"}),
    ],
)
def test_limits(world: World, resource: str, fields: Item, expected: Item) -> None:
    assert issues(world, resource, **fields) == expected


@pytest.mark.parametrize(
    ("resource", "field", "value"),
    [
        ("user", "skill_level", 0),
        ("user", "skill_level", 2),
        ("realm", "hosts_critical_threshold", 0),
        ("realm", "hosts_critical_threshold", 100),
        ("host", "initial_state", "o"),
    ],
)
def test_the_ends_of_a_range_belong_to_it(world: World, resource: str, field: str, value: Any) -> None:
    fields = {"password": "x"} if resource == "user" else {}
    assert world.new(resource, **fields, **{field: value})[field] == value


@pytest.mark.parametrize("resource", ["host", "user"])
@pytest.mark.parametrize("character", "`~!$%^&*\"|'<>?,()=")
def test_characters_that_names_may_not_have(world: World, resource: str, character: str) -> None:
    (message,) = issues(world, resource, name=f"a{character}b").values()
    assert message.startswith("value does not match regex '")


@pytest.mark.parametrize("name", ["a b", "a-b_c", "srv.example.org", "été", "a/b", "a:b", "a;b", "a#b"])
def test_names_that_hosts_may_have(world: World, name: str) -> None:
    assert world.new("host", name=name)["name"] == name


@pytest.mark.parametrize("name", ["a/b", "été", "a.b", "a'b"])
def test_names_that_realms_may_not_have(world: World, name: str) -> None:
    assert issues(world, "realm", name=name)["name"].startswith("value does not match regex '")


def test_service_name_has_the_same_rule(world: World) -> None:
    host = world.new("host")
    assert issues(world, "service", name="a|b", host=host["_id"])["name"].startswith("value does not match regex '")


@pytest.mark.parametrize(
    "resource", ["host", "user", "command", "timeperiod", "realm", "hostgroup", "servicegroup", "usergroup"]
)
def test_names_are_unique_in_the_whole_collection(world: World, resource: str) -> None:
    item = world.new(resource)
    realm = {} if resource == "realm" else {"_realm": world.new("realm")["_id"]}
    expected = {"name": f"value '{item['name']}' is not unique"}
    assert issues(world, resource, name=item["name"], **realm) == expected
    other = world.new(resource)
    answer = world.caller.patch(f"{resource}/{other['_id']}", {"name": item["name"]})
    assert answer.status == 422
    assert answer.json["_issues"] == expected
    assert world.edit(resource, item, name=item["name"])["name"] == item["name"]


@pytest.mark.parametrize(
    ("resource", "fields"),
    [
        ("hostescalation", {}),
        ("serviceescalation", {"users": [], "usergroups": []}),
        ("statsd", {"address": "a"}),
        ("grafana", {"address": "a", "apikey": "k"}),
        ("graphite", {"carbon_address": "a", "graphite_address": "a"}),
        ("influxdb", {"address": "a", "database": "d", "login": "l", "password": "p"}),
    ],
)
def test_names_of_rarer_resources_are_unique_too(world: World, resource: str, fields: Item) -> None:
    item = world.new(resource, **fields)
    assert issues(world, resource, name=item["name"], **fields) == {"name": f"value '{item['name']}' is not unique"}


def test_names_are_compared_with_case(world: World) -> None:
    host = world.new("host")
    assert world.new("host", name=host["name"].upper())["_id"] != host["_id"]


def test_null_where_it_is_not_allowed(world: World) -> None:
    assert issues(world, "command", notes=None) == {"notes": ["null value not allowed", "must be of string type"]}
    assert issues(world, "host", _realm=None)["_realm"]


def test_null_where_it_is_allowed(world: World) -> None:
    host = world.new("host", event_handler=None, maintenance_period=None)
    assert (host["event_handler"], host["maintenance_period"]) == (None, None)


@pytest.mark.parametrize(
    ("resource", "field", "sent", "stored"),
    [
        ("command", "timeout", "12", 12),
        ("command", "timeout", 12.7, 12),
        ("command", "enable_environment_macros", "true", True),
        ("command", "enable_environment_macros", "1", True),
        ("host", "ls_latency", 3, 3),
    ],
)
def test_values_are_coerced(world: World, resource: str, field: str, sent: Any, stored: Any) -> None:
    assert world.new(resource, **{field: sent})[field] == stored


def test_text_that_is_not_true_is_no_boolean_true(world: World) -> None:
    answer = world.post("command", enable_environment_macros="false")
    if answer.status == 201:
        assert world.read("command", answer.json)["enable_environment_macros"] is False
    else:
        assert answer.json["_issues"] == {"enable_environment_macros": "must be of boolean type"}


def test_type_failure_hides_other_errors_of_the_field(world: World) -> None:
    assert issues(world, "user", skill_level="high") == {"skill_level": "must be of integer type"}


def test_several_issues_are_reported_together(world: World) -> None:
    found = issues(world, "command", name="", timeout="soon", nothing=1)
    assert set(found) == {"name", "timeout", "nothing"}


def test_patch_is_validated_without_required_fields(world: World) -> None:
    command = world.new("command")
    answer = world.caller.patch(f"command/{command['_id']}", {"timeout": "soon"})
    assert answer.status == 422
    assert answer.json == {"_status": "ERR", "_issues": {"timeout": "must be of integer type"}}
    for bad in ({"nothing": 1}, {"name": ""}, {"_realm": "nope"}):
        answer = world.caller.patch(f"command/{command['_id']}", bad)
        assert answer.status == 422
        assert set(answer.json["_issues"]) == set(bad)
    assert world.read("command", command) == command


@pytest.mark.parametrize(
    "location",
    [
        {"type": "Point"},
        {"type": "Line", "coordinates": [1, 2]},
        {"type": "Point", "coordinates": ["1", "2"]},
        {"type": "Point", "coordinates": [1, 2], "more": 1},
        {"coordinates": [1, 2]},
        "here",
        [1, 2],
    ],
)
def test_location_must_be_a_point(world: World, location: Any) -> None:
    answer = world.post("host", location=location)
    if isinstance(location, dict):
        assert answer.status == 422
        assert set(answer.json["_issues"]) == {"location"}
    else:
        assert answer.status in world.sane(real=(422, 500), sane=(422,))


def test_location(world: World) -> None:
    point = {"type": "Point", "coordinates": [1.5, -2]}
    assert world.new("host", location=point)["location"] == point
    assert world.new("host")["location"] == {"type": "Point", "coordinates": [48.858293, 2.294601]}


@pytest.mark.parametrize("body", ["text", 5, None, [["a"]], ["text"]])
def test_bodies_that_are_no_document(world: World, body: Any) -> None:
    answer = world.caller.call(
        "POST", "command", content=__import__("json").dumps(body), headers={"Content-Type": "application/json"}
    )
    assert answer.status in world.sane(real=(400, 422, 500), sane=(400, 422))


def test_errors_of_the_rest_layer_are_json(world: World) -> None:
    caller = world.caller
    assert is_error_json(caller.nobody().get("host"), 401)
    assert is_error_json(caller.get("nothing"), 404)
    assert is_error_json(caller.call("PUT", "host", {}), 405)
    assert is_error_json(caller.get("host", where="{"), 400)


def test_names_with_dots_are_parts_of_objects(world: World) -> None:
    host = world.new("host", **{"customs.a": 1, "customs.b.c": "x"})
    assert host["customs"] == {"a": 1, "b": {"c": "x"}}
    assert world.edit("host", host, **{"customs.b.d": 2})["customs"] == {"a": 1, "b": {"c": "x", "d": 2}}


def test_keys_with_dots_inside_of_objects_stay(world: World) -> None:
    host = world.new("host", customs={"a.b": {"c.d": 1}, "x": [{"y.z": 1}]})
    assert host["customs"] == world.sane(
        real={"a": {"b": {"c": {"d": 1}}}, "x": [{"y": {"z": 1}}]},
        sane={"a.b": {"c.d": 1}, "x": [{"y.z": 1}]},
    )
    # The Alignak backend answers that an id is none.
    answer = world.post("host", customs={"_V": "1", "_V.y": "2"})
    assert answer.status == world.sane(real=422, sane=201)
    if answer.status == 201:
        assert world.read("host", answer.json)["customs"] == {"_V": "1", "_V.y": "2"}
        assert world.edit("host", answer.json, customs={"_V.z": "3"})["customs"] == {
            "_V": "1",
            "_V.y": "2",
            "_V.z": "3",
        }
    retention = world.new("alignakretention", host="h", services={"a.b": {"c.d": 1}})
    assert retention["services"] == world.sane(real={"a": {"b": {"c": {"d": 1}}}}, sane={"a.b": {"c.d": 1}})


@pytest.mark.parametrize("name", ["check_command", "customs", "nothing"])
def test_names_of_very_many_levels(world: World, name: str) -> None:
    dotted = f"{name}{'.a' * 2000}"
    host = world.new("host")
    for answer in (world.post("host", **{dotted: 1}), world.caller.patch(f"host/{host['_id']}", {dotted: 1})):
        assert answer.status in world.sane(real=(400, 422, 500), sane=(422,))
        if not world.backend.is_real:
            assert answer.json["_issues"] == {dotted: "unknown field"}


def test_integers_of_more_than_64_bits(world: World) -> None:
    answer = world.post("host", check_interval=2**63)
    assert answer.status == world.sane(real=500, sane=422)
