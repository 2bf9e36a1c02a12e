"""Many items deleted with one request: each is, or is not, as by a DELETE of its own."""

from __future__ import annotations

from typing import Any

import pytest

from alignak_backend_embedded.api.resources import bulk_deletion
from embedded.site import Item, Site
from servers.caller import Caller


def named(*items: Item) -> list[Item]:
    return [{"_id": item["_id"], "_etag": item["_etag"]} for item in items]


def delete(caller: Caller, resource: str, wanted: Any) -> list[str]:
    """What became of each, `OK` or the code of the error."""
    answer = caller.post(f"{resource}/delete", wanted)
    assert answer.status == 200, answer
    assert [item["_id"] for item in answer.json["_items"]] == [item["_id"] for item in wanted]
    for item in answer.json["_items"]:
        assert item["_status"] == ("ERR" if "_error" in item else "OK")
    return [str(item["_error"]["code"]) if "_error" in item else "OK" for item in answer.json["_items"]]


def left(site: Site, resource: str, *items: Item) -> list[bool]:
    return [site.admin.get(f"{resource}/{item['_id']}").status == 200 for item in items]


def test_each_item_has_its_own_answer(site: Site) -> None:
    made = [site.new("command") for _ in range(4)]
    protected, changed = site.find("command", name="_echo"), site.edit("command", made[3], notes="new")
    gone = {"_id": "0" * 24, "_etag": "x"}
    wanted = [*named(made[0], made[1]), gone, *named(made[3], made[0], protected, made[2])]
    assert delete(site.admin, "command", wanted) == ["OK", "OK", "404", "412", "404", "412", "OK"]
    assert left(site, "command", *made, protected) == [False, False, False, True, True]
    assert delete(site.admin, "command", named(changed)) == ["OK"]


def test_an_item_that_is_named_twice_is_judged_each_time(site: Site) -> None:
    first, second, third = (site.new("command") for _ in range(3))
    echo = named(site.find("command", name="_echo"))
    stale = [{"_id": item["_id"], "_etag": "stale"} for item in (first, second, third)]
    # As single deletions answer, one after the other.
    assert delete(site.admin, "command", [stale[0], *named(first)]) == ["412", "OK"]
    assert delete(site.admin, "command", [*named(second), stale[1], *named(second)]) == ["OK", "404", "404"]
    assert delete(site.admin, "command", [*echo, *echo, *named(third), *echo]) == ["412", "412", "OK", "412"]
    assert left(site, "command", first, second, third) == [False, False, False]


def test_an_etag_is_taken_as_headers_have_it(site: Site) -> None:
    items = [site.new("command") for _ in range(3)]
    forms = ["{}", '"{}"', 'W/"{}"']
    wanted = [
        {"_id": item["_id"], "_etag": form.format(item["_etag"])} for item, form in zip(items, forms, strict=True)
    ]
    assert delete(site.admin, "command", wanted) == ["OK", "OK", "OK"]
    assert site.admin.post("command/delete", [{"_id": "0" * 24, "_etag": '""'}]).status == 400


def test_invalid_ids_match_no_item(site: Site) -> None:
    item = site.new("command")
    odd = [{"_id": text, "_etag": "x"} for text in ("x", "F" * 24, "", "0" * 23 + "g")]
    assert delete(site.admin, "command", [*odd, *named(item)]) == ["404"] * 4 + ["OK"]
    assert delete(site.admin, "command", odd) == ["404"] * 4


def test_dependent_items_are_deleted_too(site: Site) -> None:
    hosts = [site.new("host") for _ in range(3)]
    services = [site.new("service", host=host["_id"]) for host in hosts]
    hosts = [site.read("host", host) for host in hosts]
    assert delete(site.admin, "host", named(*hosts[:2])) == ["OK", "OK"]
    assert left(site, "service", *services) == [False, False, True]
    synthesis = site.find("livesynthesis", _realm=site.realm)
    assert (synthesis["hosts_total"], synthesis["services_total"]) == (1, 1)
    template = site.new("service", _is_template=True, host=site.find("host", name="_dummy")["_id"])
    follower = site.new("service", host=hosts[2]["_id"], _templates=[template["_id"]])
    assert delete(site.admin, "service", named(site.read("service", template))) == ["OK"]
    assert left(site, "service", follower) == [False]


def test_a_realm_stays_while_its_child_does(site: Site) -> None:
    above = site.new("realm", name="above")
    below = site.new("realm", name="below", _parent=above["_id"])
    other = site.new("realm", name="other")
    above = site.read("realm", above)
    assert delete(site.admin, "realm", named(above, other)) == ["409", "OK"]
    assert left(site, "realm", above, below, other) == [True, True, False]
    # Together they go, in any order.
    assert delete(site.admin, "realm", named(above, below)) == ["OK", "OK"]
    root = site.find("realm", name="All")
    assert (root["_children"], root["_all_children"]) == ([], [])


def test_an_item_that_stays_changes_nothing_for_the_others(site: Site) -> None:
    above = site.new("realm", name="above")
    below = site.new("realm", name="below", _parent=above["_id"])
    kept = site.new("realm", name="kept")
    child = site.new("realm", name="child", _parent=kept["_id"])
    stays = site.new("realm", name="stays", _parent=kept["_id"])
    above, kept = site.read("realm", above), site.read("realm", kept)
    root = site.find("realm", name="All")
    answer = site.admin.post("realm/delete", named(below, above, child, kept, root)).json["_items"]
    assert [item.get("_error", {}).get("code") for item in answer] == [None, None, None, 409, 412]
    assert "needs this item" in answer[4]["_error"]["message"]
    assert left(site, "realm", above, below, child, kept, stays, root) == [False, False, False, True, True, True]
    assert site.find("realm", name="kept")["_children"] == [stays["_id"]]


def test_when_a_rule_refuses_them_all_each_has_its_own_answer(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    # Without transactions a realm may get a child after the refused ones were sorted out.
    monkeypatch.setattr(bulk_deletion, "select_deletable", lambda _context, _resource, documents: documents)
    above = site.new("realm", name="above")
    below = site.new("realm", name="below", _parent=above["_id"])
    others = [site.new("realm") for _ in range(3)]
    above = site.read("realm", above)
    wanted = [{"_id": others[0]["_id"], "_etag": "stale"}, *named(above, others[0], others[1], others[0], above)]
    assert delete(site.admin, "realm", wanted) == ["412", "409", "OK", "OK", "404", "409"]
    assert left(site, "realm", above, below, *others) == [True, True, False, False, True]


def test_users_cannot_delete_themselves_or_unreadable_items(site: Site) -> None:
    me = site.find("user", name="admin")
    other = site.new("user", password="secret")
    assert delete(site.admin, "user", named(me, other)) == ["412", "OK"]
    user, person = site.person()
    here, there = site.new("realm"), site.new("realm")
    site.grant(user, here["_id"], "read", "delete", resource="command")
    mine, theirs = site.new("command", _realm=here["_id"]), site.new("command", _realm=there["_id"])
    assert delete(person, "command", named(theirs, mine)) == ["404", "OK"]
    assert left(site, "command", mine, theirs) == [False, True]
    assert person.post("host/delete", named(theirs)).status == 401


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        [],
        "x",
        [1],
        [[]],
        [{}],
        [{"_id": "0" * 24}],
        [{"_id": "0" * 24, "_etag": ""}],
        [{"_id": "0" * 24, "_etag": 5}],
        [{"_id": {"$ne": 1}, "_etag": "x"}],
        [{"_id": "0" * 24, "_etag": "x"}] * 1001,
    ],
)
def test_an_invalid_list_deletes_nothing(site: Site, body: Any) -> None:
    item = site.new("command")
    assert site.admin.post("command/delete", body).status == 400
    assert site.admin.post("command/delete", [*named(item), {"_id": "x"}]).status == 400  # no _etag
    assert left(site, "command", item) == [True]


def test_other_methods_are_none(site: Site) -> None:
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        assert site.admin.call(method, "command/delete").status == 405
    assert site.admin.call("OPTIONS", "command/delete").status == 200
    assert site.admin.post("nothing/delete", []).status == 404
    assert site.admin.post("timeseriesretention/delete", []).status == 404
