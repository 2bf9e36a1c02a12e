"""A write and everything that follows from it happen together or not at all."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.events import Rules
from alignak_backend_embedded.rules import order
from alignak_backend_embedded.rules.order import rules
from embedded.site import Item, Site
from servers.caller import Answer


def everything(site: Site) -> dict[str, Any]:
    resources = ("host", "service", "realm", "livesynthesis", "history", "logcheckresult", "user", "userrestrictrole")
    return {resource: list(site.store.find(resource, {})) for resource in (*resources, "command")}


@pytest.fixture
def bug(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule with a bug, that runs last."""

    def fail(_context: Context, _subject: object) -> None:
        message = "secret internals"
        raise RuntimeError(message)

    found = Rules()
    found.__dict__.update(copy.deepcopy(rules().__dict__))
    found.on("inserted", ["history"], fail)
    found.on("removed", ["service"], fail)
    found.on_change("updated", ["service"], fail)
    monkeypatch.setattr(order, "rules", lambda: found)


def stock(site: Site) -> tuple[Item, Item, Item]:
    template = site.new("host", _is_template=True)
    attached = site.new("service", host=template["_id"], _is_template=True, name="attached")
    host = site.new("host", _templates=[template["_id"]])
    return template, attached, host


@pytest.mark.usefixtures("bug")
def test_bug_in_a_cascade_takes_everything_back(sqlite_site: Site) -> None:
    site = sqlite_site
    template, attached, host = stock(site)
    service = site.find("service", host=host["_id"])
    realm = site.new("realm")
    before = everything(site)
    result = {"host": host["_id"], "state": "UP", "state_type": "HARD", "last_state_type": "HARD", "last_state": "UP"}
    answers: list[Answer] = [
        site.admin.post("logcheckresult", result),
        site.admin.post("logcheckresult", [result, result]),
        site.delete("host", host),
        site.delete("host", template),
        site.delete("service", attached),
        site.patch("service", service, {"ls_state": "CRITICAL", "ls_state_type": "HARD"}),
        site.patch("service", attached, {"notes": "n"}),
        site.patch("host", host, {"_realm": realm["_id"]}),
        site.patch("host", host, {"_templates": []}),
        site.admin.call("DELETE", "host"),
    ]
    assert [answer.status for answer in answers] == [500] * len(answers)
    for answer in answers:
        assert answer.json["_error"]["code"] == 500
        assert "secret" not in answer.text
        assert "Traceback" not in answer.text
    assert everything(site) == before


def test_refused_cascade_takes_everything_back(sqlite_site: Site) -> None:
    site = sqlite_site
    _, attached, host = stock(site)
    own = {"name": "own", "host": host["_id"], "_realm": site.realm}
    assert site.admin.post("service", own).status == 201
    before = everything(site)
    assert site.patch("service", attached, {"name": "own", "notes": "n"}).status == 412
    assert everything(site) == before


def test_conflicting_services_of_templates_change_nothing(site: Site) -> None:
    template, _, _ = stock(site)
    host = site.new("host")
    site.new("service", host=host["_id"], name="attached")
    before = everything(site)
    assert site.patch("host", host, {"_templates": [template["_id"]]}).status == 412
    assert everything(site) == before


def test_bulk_is_all_or_none(site: Site) -> None:
    before = everything(site)
    good: Item = {"name": "good", "_realm": site.realm}
    for bad in ({"name": "good", "_realm": site.realm}, {"name": "bad"}, {"name": "_echo", "_realm": site.realm}):
        answer = site.admin.post("command", [good, bad])
        assert answer.status == 422
        assert answer.json["_items"][0] == {"_status": "OK"}
        assert answer.json["_items"][1]["_status"] == "ERR"
    twice = "0123456789abcdef01234567"
    assert site.admin.post("command", [{**good, "_id": twice}, {**good, "name": "b", "_id": twice}]).status == 409
    assert everything(site) == before


def test_services_of_one_name_on_one_host(site: Site) -> None:
    host = site.new("host")
    service = {"name": "s", "host": host["_id"], "_realm": site.realm}
    answer = site.admin.post("service", [service, service])
    assert answer.status == 422
    assert answer.json["_items"] == [
        {"_status": "OK"},
        {"_status": "ERR", "_issues": {"name": "value 's' is not unique"}},
    ]
    first, second = site.admin.post("service", [service, {**service, "name": "t"}]).json["_items"]
    assert site.patch("service", second, {"name": "s"}).status == 412
    assert site.patch("service", first, {"name": "s", "notes": "n"}).status == 200


def test_write_answers_carry_the_final_etag(site: Site) -> None:
    template, _, _ = stock(site)
    answer = site.admin.post("host", {"name": "new", "_templates": [template["_id"]], "_realm": site.realm})
    assert site.read("host", answer.json)["_etag"] == answer.json["_etag"]
    again = site.admin.patch(f"host/{answer.json['_id']}", {"_templates": []}, answer.json["_etag"])
    assert again.status == 200
    assert site.read("host", answer.json)["_etag"] == again.json["_etag"]
    realm = site.admin.post("realm", [{"name": "a"}, {"name": "b"}])
    for item in realm.json["_items"]:
        assert site.read("realm", item)["_etag"] == item["_etag"]
