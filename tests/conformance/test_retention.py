"""The retention data of the engine: free-form documents, each user's own."""

from __future__ import annotations

import time

from conformance.world import World, is_error_json


def new_id() -> str:
    return f"{time.time_ns():024x}"[-24:]


def test_documents_are_free_form_and_belong_to_the_caller(world: World) -> None:
    admin = world.id_of("user", "admin")
    other = world.new("user")
    document = world.new("alignakretention", host="h", anything={"deep": [1, {"x": None}]}, _user=other["_id"])
    assert document["_user"] == admin
    assert document["anything"] == {"deep": [1, {"x": None}]}


def test_everybody_sees_his_own_only(world: World) -> None:
    document = world.new("alignakretention", host="h")
    user, person = world.person(back_role_super_admin=True)
    assert person.caller.items("alignakretention") == []
    path = f"alignakretention/{document['_id']}"
    assert person.caller.get(path).status == 404
    assert person.caller.patch(path, {"host": "x"}, document["_etag"]).status == 404
    assert person.caller.delete(path, document["_etag"]).status == 404
    assert person.caller.call("DELETE", "alignakretention").status == 204
    assert world.exists("alignakretention", document)
    mine = person.new("alignakretention", host="mine")
    assert mine["_user"] == user["_id"]
    assert [one["_id"] for one in person.caller.items("alignakretention")] == [mine["_id"]]
    assert mine["_id"] not in [one["_id"] for one in world.caller.items("alignakretention")]
    assert person.remove("alignakretention", mine).status == 204


def test_put_replaces(world: World) -> None:
    document = world.new("alignakretention", host="h", old=1)
    path = f"alignakretention/{document['_id']}"
    assert is_error_json(world.caller.call("PUT", path, {"host": "new"}), 428)
    assert is_error_json(world.caller.call("PUT", path, {"host": "new"}, headers={"If-Match": "other"}), 412)
    headers = {"If-Match": document["_etag"]}
    answer = world.caller.call("PUT", path, {"host": "new", "fresh": 2}, headers=headers)
    assert answer.status == 200
    after = world.read("alignakretention", document)
    assert (after["host"], after["fresh"], after["_user"]) == ("new", 2, world.id_of("user", "admin"))
    assert "old" not in after


def test_put_on_an_unknown_id_creates(world: World) -> None:
    path = f"alignakretention/{new_id()}"
    answer = world.caller.call("PUT", path, {"host": "made"})
    world.remember("alignakretention", answer)
    assert answer.status == 201
    assert f"alignakretention/{answer.json['_id']}" == path
    assert world.caller.get(path).json["host"] == "made"


def test_put_with_an_id(world: World) -> None:
    identity = new_id()
    path, document = f"alignakretention/{identity}", {"_id": identity, "host": "h"}
    answer = world.caller.call("PUT", path, document)
    world.remember("alignakretention", answer)
    assert answer.status == 201
    headers = {"If-Match": answer.json["_etag"]}
    changed = world.caller.call("PUT", path, {**document, "host": "new"}, headers=headers)
    assert changed.status == 200
    assert world.read("alignakretention", answer.json)["host"] == "new"
    headers = {"If-Match": changed.json["_etag"]}
    # The released backend fails.
    assert world.caller.call("PUT", path, {**document, "_id": new_id()}, headers=headers).status == world.sane(
        real=500, sane=422
    )


def test_put_on_a_document_of_another_user(world: World) -> None:
    document = world.new("alignakretention", host="h")
    _, person = world.person(back_role_super_admin=True)
    headers = {"If-Match": document["_etag"]}
    answer = person.caller.call("PUT", f"alignakretention/{document['_id']}", {"host": "taken"}, headers=headers)
    # In the released backend it changes its owner.
    assert answer.status in world.sane(real=(200,), sane=(403, 404, 409))
    assert (world.caller.get(f"alignakretention/{document['_id']}").status == 200) is world.sane(real=False, sane=True)
    if answer.status == 200:
        person.remove("alignakretention", document)


def test_projection_of_free_form_documents(world: World) -> None:
    document = world.new("alignakretention", host="h", other=1)
    (seen,) = world.caller.items("alignakretention", where={"_id": document["_id"]}, projection={"host": 1})
    assert seen["host"] == "h"
    assert "other" not in seen
    # The released backend loses the automatic fields and answers made-up ones.
    assert (seen["_etag"] == document["_etag"]) is world.sane(real=False, sane=True)
    assert (seen["_created"] == document["_created"]) is world.sane(real=False, sane=True)
