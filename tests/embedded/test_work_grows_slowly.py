"""A bulk asks the store as often as a single document does, apart from what each document itself needs."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from alignak_backend_client.model import public_resources, resources_by_name
from alignak_backend_embedded.domain.rights import ACTIONS
from alignak_backend_embedded.store.object_id import ObjectId
from cli.test_every_type import NEEDED
from embedded.site import Item, Site, unique


class Counting:
    """The documents, with a count of the calls."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        if name in ("find", "find_one", "count", "insert", "update_fields", "update_each", "increment", "delete"):
            self.calls[name] += 1
        return getattr(self.inner, name)


def calls(site: Site, resource: str, documents: list[Item]) -> int:
    counting = Counting(site.app.store)
    site.app.store = counting
    try:
        answer = site.admin.post(resource, documents)
        assert answer.status == 201, answer
    finally:
        site.app.store = counting.inner
    return sum(counting.calls.values())


def several(site: Site, count: int, **fields: Any) -> list[Item]:
    return [{"name": unique(), "_realm": site.realm, **fields} for _ in range(count)]


def of_every_type(site: Site, resource: str, count: int) -> list[Item]:
    """New items of a type, each with links to items of its own."""
    model = resources_by_name()[resource]
    hosts = [site.new("host") for _ in range(count)]
    services = [site.new("service", host=host["_id"]) for host in hosts]
    known = {
        ("user", "admin"): site.find("user", name="admin")["_id"],
        ("usergroup", "All"): site.find("usergroup", name="All")["_id"],
        ("timeperiod", "24x7"): site.find("timeperiod", name="24x7")["_id"],
        ("realm", "Elsewhere"): site.realm,
    }
    made = []
    for host, service in zip(hosts, services, strict=True):
        own = known | {("host", "base"): host["_id"], ("service", "base/s"): service["_id"]}
        item: Item = {"name": unique()} if "name" in model.fields else {}
        if "_realm" in model.fields and resource not in ("realm", "history", "logcheckresult", *ACTIONS):
            item["_realm"] = site.realm
        for field, value in NEEDED.get(resource, {}).items():
            target = model.links[field].resource if field in model.links else ""
            if isinstance(value, list) and target:
                item[field] = [own[target, one] for one in value]
            else:
                item[field] = own.get((target, value), value) if isinstance(value, str) else value
        if resource in ("history", "logcheckresult"):  # by name, which takes more than an id
            del item["host"]
            item |= {"host_name": host["name"], "service_name": service["name"], "state": "OK", "last_state": "OK"}
            item = {name: value for name, value in item.items() if name in model.fields}
        if resource == "service":
            item["host"] = host["_id"]
        made.append(item)
    return made


@pytest.mark.parametrize("resource", list(public_resources()))
def test_bulk(sqlite_site: Site, resource: str) -> None:
    site = sqlite_site
    few, many = of_every_type(site, resource, 2), of_every_type(site, resource, 30)
    assert 0 < calls(site, resource, many) <= calls(site, resource, few)


def test_results_of_one_service_are_one_change(sqlite_site: Site) -> None:
    site = sqlite_site
    host = site.new("host", ls_state="UP")
    service = site.new("service", host=host["_id"], ls_state="OK")
    result = {"host": host["_id"], "service": service["_id"], "last_state_type": "HARD", "last_state": "OK"}

    def results(states: list[tuple[str, str]], time: int) -> list[Item]:
        return [
            {**result, "state": state, "state_type": kind, "last_check": time + index}
            for index, (state, kind) in enumerate(states)
        ]

    few = calls(site, "logcheckresult", results([("OK", "HARD"), ("CRITICAL", "HARD")], 1000))
    assert calls(site, "logcheckresult", results([("CRITICAL", "HARD")] * 19 + [("OK", "HARD")], 2000)) <= few
    # As long as the state holds, the host is not looked at.
    assert calls(site, "logcheckresult", results([("OK", "HARD")], 2500)) < few - 2
    # What is hard counts for the overall state, what comes last is what is shown.
    site.admin.post("logcheckresult", results([("OK", "SOFT"), ("WARNING", "HARD"), ("OK", "SOFT")], 3000))
    after = site.read("service", service)
    assert (after["ls_state"], after["ls_state_type"], after["ls_last_check"]) == ("OK", "SOFT", 3002)
    assert (after["_overall_state_id"], site.read("host", host)["_overall_state_id"]) == (3, 3)
    assert len(site.admin.items("history", where={"service": service["_id"]}, max_results="100")) == 26


def test_bulk_with_services_of_templates(sqlite_site: Site) -> None:
    site = sqlite_site
    template = site.new("host", _is_template=True)["_id"]
    for _ in range(3):
        site.new("service", host=template, _is_template=True)
    few = calls(site, "host", several(site, 2, _templates=[template]))
    many = calls(site, "host", several(site, 20, _templates=[template]))
    assert many <= few
    assert len(site.admin.items("service", where={"_is_template": False}, max_results="500")) == 66


def test_embedding_asks_once_a_field(sqlite_site: Site) -> None:
    site = sqlite_site
    for _ in range(12):
        site.new("host")
    counting = Counting(site.app.store)
    site.app.store = counting
    try:
        site.admin.items("host", embedded={"check_command": 1, "check_command._realm": 1, "_realm": 1})
    finally:
        site.app.store = counting.inner
    assert counting.calls["find"] <= 3


def deletion_calls(site: Site, count: int) -> int:
    """Calls for a deletion of realms far down in the tree, and of one that stays."""
    parent = site.realm
    for _ in range(5):
        parent = site.new("realm", _parent=parent)["_id"]
    made = site.admin.post("realm", [{"name": unique(), "_parent": parent} for _ in range(count)]).json["_items"]
    wanted = [{"_id": item["_id"], "_etag": item["_etag"]} for item in (*made, site.find("realm", name="All"))]
    counting = Counting(site.app.store)
    site.app.store = counting
    try:
        answer = site.admin.post("realm/delete", wanted).json
    finally:
        site.app.store = counting.inner
    assert [item["_status"] for item in answer["_items"]] == ["OK"] * count + ["ERR"]
    return sum(counting.calls.values())


def test_deletion_of_many_with_one_that_stays(sqlite_site: Site) -> None:
    few = deletion_calls(sqlite_site, 2)
    assert deletion_calls(sqlite_site, 40) <= few


def test_deletion_of_many_hosts_with_their_services(sqlite_site: Site) -> None:
    site = sqlite_site

    def deleted(count: int) -> int:
        hosts = [site.new("host") for _ in range(count)]
        site.admin.post("service", [service for host in hosts for service in several(site, 3, host=host["_id"])])
        counting = Counting(site.app.store)
        site.app.store = counting
        try:
            answer = site.admin.post("host/delete", [{"_id": host["_id"], "_etag": host["_etag"]} for host in hosts])
        finally:
            site.app.store = counting.inner
        assert {item["_status"] for item in answer.json["_items"]} == {"OK"}
        return sum(counting.calls.values())

    few = deleted(2)
    assert deleted(20) <= few


def test_stored_documents_have_sorted_fields(site: Site) -> None:
    # Clients decode such documents in half the time.
    posted = site.stored("command", _id=ObjectId(site.new("command", notes="x")["_id"]))
    path = f"alignakretention/{ObjectId()}"
    assert site.admin.call("PUT", path, {"host": "a", "zoo": 1, "b": 2}).status == 201
    made = site.stored("alignakretention", host="a")
    headers = {"If-Match": made["_etag"]}
    assert site.admin.call("PUT", path, {"host": "c", "zoo": 1, "b": 2}, headers=headers).status == 200
    replaced = site.stored("alignakretention", host="c")
    # MongoDB puts the id first, wherever it was.
    fields = [[field for field in stored if field != "_id"] for stored in (posted, made, replaced)]
    assert fields == [sorted(names) for names in fields]
