"""Acknowledgements, downtimes and forced checks, as requests to the monitoring engine."""

from __future__ import annotations

import pytest

from conformance.world import Item, World, is_error_json

ACTIONS = ["actionacknowledge", "actiondowntime", "actionforcecheck"]
EVENTS = {
    "actionacknowledge": ("ack.add", "ack.processed"),
    "actiondowntime": ("downtime.add", "downtime.processed"),
    "actionforcecheck": ("check.request", "check.requested"),
}


TIMES: dict[str, Item] = {"actiondowntime": {"start_time": 2_000_000_000, "end_time": 2_000_003_600}}


def body(world: World, action: str, /, **fields: object) -> Item:
    """What an action needs, in the name of the administrator."""
    always = {"service": None, "user": world.id_of("user", "admin"), "comment": "why"}
    return {**always, **TIMES.get(action, {}), **fields}


def act(world: World, action: str, /, **fields: object) -> Item:
    return world.new(action, **body(world, action, **fields))


def events(world: World, host: Item) -> list[tuple[str, str, str]]:
    found = world.caller.items("history", where={"host": host["_id"]})
    world.made += [f"history/{one['_id']}" for one in found]
    return [(one["type"], one["message"], one["user_name"]) for one in found]


@pytest.mark.parametrize("action", ACTIONS)
def test_required_fields(world: World, action: str) -> None:
    answer = world.caller.post(action, {})
    assert answer.status == 422
    required = ["host", "service", "user", *world.sane(real=(), sane=TIMES.get(action, ()))]
    assert answer.json["_issues"] == dict.fromkeys(required, "required field")


@pytest.mark.parametrize("action", ACTIONS)
def test_action_on_a_host(world: World, action: str) -> None:
    realm = world.new("realm")
    host = world.new("host", _realm=realm["_id"], _sub_realm=False, ls_state="DOWN")
    item = act(world, action, host=host["_id"])
    assert (item["host"], item["service"], item["comment"]) == (host["_id"], None, "why")
    assert (item["_realm"], item["_sub_realm"]) == (realm["_id"], False)
    assert item["processed"] is False
    forced = action == "actionforcecheck"
    assert (item.get("action"), item.get("notified")) == ((None, None) if forced else ("add", False))
    assert events(world, host) == [(EVENTS[action][0], "why", "admin")]
    # The engine reads it and posts results; the live state is not touched here.
    after = world.read("host", host)
    assert (after["ls_acknowledged"], after["ls_downtimed"], after["_etag"]) == (False, False, host["_etag"])


@pytest.mark.parametrize("action", ACTIONS)
def test_action_on_a_service(world: World, action: str) -> None:
    host = world.new("host")
    service = world.service(host)
    item = act(world, action, host=host["_id"], service=service["_id"])
    assert item["service"] == service["_id"]
    (entry,) = world.caller.items("history", where={"service": service["_id"]})
    world.made.append(f"history/{entry['_id']}")
    assert (entry["type"], entry["service_name"], entry["host_name"]) == (
        EVENTS[action][0],
        service["name"],
        host["name"],
    )


@pytest.mark.parametrize(("action", "event"), [("actionacknowledge", "ack"), ("actiondowntime", "downtime")])
def test_taking_back(world: World, action: str, event: str) -> None:
    host = world.new("host")
    act(world, action, host=host["_id"], action="delete")
    assert events(world, host) == [(f"{event}.delete", "why", "admin")]
    answer = world.post(action, host=host["_id"], service=None, user=world.id_of("user", "admin"), action="other")
    assert answer.json["_issues"] == {"action": "unallowed value other"}


@pytest.mark.parametrize("action", ACTIONS)
def test_processed_actions_are_logged_each_time(world: World, action: str) -> None:
    host = world.new("host")
    item = act(world, action, host=host["_id"])
    if action != "actionforcecheck":
        world.edit(action, item, notified=True)
    world.edit(action, item, processed=False)
    assert len(events(world, host)) == 1
    assert world.edit(action, item, processed=True)["processed"] is True
    world.edit(action, item, processed=True)
    assert [(kind, message) for kind, message, _ in events(world, host)] == [
        (EVENTS[action][0], "why"),
        (EVENTS[action][1], "why"),
        (EVENTS[action][1], "why"),
    ]


@pytest.mark.parametrize("action", ACTIONS)
def test_submitting_commands_is_a_right_even_super_admins_need(world: World, action: str) -> None:
    host = world.new("host")
    item = act(world, action, host=host["_id"])
    sent = body(world, action, host=host["_id"])
    _, person = world.person(back_role_super_admin=True, can_submit_commands=False)
    path = f"{action}/{item['_id']}"
    for answer in (
        person.caller.post(action, sent),
        person.caller.patch(path, {"processed": True}, item["_etag"]),
        person.caller.delete(path, item["_etag"]),
    ):
        assert answer.status == 403
        assert answer.headers["content-type"].startswith("text/html")
    assert person.read(action, item) == item


@pytest.mark.parametrize("action", ACTIONS)
def test_submitter_needs_no_other_right_to_post_and_patch(world: World, action: str) -> None:
    host = world.new("host")
    user, person = world.person(can_submit_commands=True)
    sent = body(world, action, host=host["_id"], user=user["_id"], comment="mine")
    answer = person.caller.post(action, sent)
    world.remember(action, answer)
    # The released backend takes actions on hosts that the user may not see.
    assert answer.status == world.sane(real=201, sane=401)
    if not world.backend.is_real:
        world.grant(user, host["_realm"], "read")
        answer = person.caller.post(action, sent)
        world.remember(action, answer)
        assert answer.status == 201
    path = f"{action}/{answer.json['_id']}"
    assert person.caller.get(path).status == world.sane(real=404, sane=200)
    assert person.caller.patch(path, {"processed": True}, answer.json["_etag"]).status == 200
    etag = world.read(action, answer.json)["_etag"]
    assert is_error_json(person.caller.delete(path, etag), 401)
    world.grant(user, world.realm_all, "delete")
    assert person.caller.delete(path, etag).status == 204
    assert events(world, host)[0] == (EVENTS[action][0], "mine", user["name"])


def test_host_of_an_action_must_exist(world: World) -> None:
    answer = world.post("actionacknowledge", host="0" * 24, service=None, user=world.id_of("user", "admin"))
    assert answer.status == 422
    assert set(answer.json["_issues"]) == {"host"}


@pytest.mark.parametrize("action", ACTIONS)
def test_actions_on_services_of_other_hosts(world: World, action: str) -> None:
    host, other = world.new("host"), world.new("host")
    service = world.service(other)
    answer = world.post(action, **body(world, action, host=host["_id"], service=service["_id"]))
    assert answer.status == world.sane(real=201, sane=422)
    if answer.status == 422:
        assert answer.json["_issues"] == {"service": f"value '{service['_id']}' is not a service of the host"}
    item = act(world, action, host=other["_id"], service=service["_id"])
    answer = world.caller.patch(f"{action}/{item['_id']}", {"host": host["_id"]})
    assert answer.status == world.sane(real=200, sane=412)
    if answer.status == 412:
        both = {"host": host["_id"], "service": world.service(host)["_id"]}
        assert world.edit(action, item, **both).items() >= both.items()


@pytest.mark.parametrize("action", ACTIONS)
def test_actions_in_the_name_of_others(world: World, action: str) -> None:
    host = world.new("host")
    user, person = world.person(can_submit_commands=True)
    world.grant(user, host["_realm"], "read")
    answer = person.caller.post(action, body(world, action, host=host["_id"]))
    world.remember(action, answer)
    assert answer.status == world.sane(real=201, sane=401)
    answer = person.caller.post(action, body(world, action, host=host["_id"], user=user["_id"]))
    world.remember(action, answer)
    assert answer.status == 201
    changed = person.caller.patch(f"{action}/{answer.json['_id']}", {"user": world.id_of("user", "admin")})
    assert changed.status == world.sane(real=200, sane=401)
    # A super administrator may.
    assert act(world, action, host=host["_id"], user=user["_id"])["user"] == user["_id"]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"start_time": 2000, "end_time": 1000}, ["end_time"]),
        ({"start_time": 2000, "end_time": 2000}, ["end_time"]),
        ({"start_time": -1}, ["start_time"]),
        ({"duration": -1, "fixed": False}, ["duration"]),
        ({"comment": "a\nSHUTDOWN_PROGRAM"}, ["comment"]),
    ],
)
def test_downtimes_that_make_no_sense(world: World, fields: Item, wrong: list[str]) -> None:
    host = world.new("host")
    answer = world.post("actiondowntime", **body(world, "actiondowntime", host=host["_id"], **fields))
    assert answer.status == world.sane(real=201, sane=422)
    item = act(world, "actiondowntime", host=host["_id"])
    changed = world.caller.patch(f"actiondowntime/{item['_id']}", fields)
    assert changed.status == world.sane(real=200, sane=422)
    if not world.backend.is_real:
        assert list(answer.json["_issues"]) == list(changed.json["_issues"]) == wrong
