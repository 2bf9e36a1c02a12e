"""A bulk asks the store as often as a single document does, apart from what each document itself needs."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from alignak_backend_embedded.store.object_id import ObjectId
from embedded.site import Site, unique


class Counting:
    """The documents, with a count of the calls."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        if name in ("find", "find_one", "count", "insert", "update_fields", "increment", "delete"):
            self.calls[name] += 1
        return getattr(self.inner, name)


def calls(site: Site, resource: str, count: int, **fields: Any) -> int:
    documents = [{"name": unique(), "_realm": site.realm, **fields} for _ in range(count)]
    counting = Counting(site.app.store)
    site.app.store = counting
    try:
        assert site.admin.post(resource, documents).status == 201
    finally:
        site.app.store = counting.inner
    return sum(counting.calls.values())


@pytest.mark.parametrize("resource", ["command", "host", "service", "user", "hostgroup", "realm"])
def test_bulk(sqlite_site: Site, resource: str) -> None:
    site = sqlite_site
    fields: dict[str, Any] = {} if resource != "realm" else {"_parent": site.realm}
    if resource == "realm":
        documents = [[{"name": unique(), **fields} for _ in range(count)] for count in (2, 20)]
        assert all(site.admin.post("realm", bodies).status == 201 for bodies in documents)
        return
    if resource == "service":
        fields["host"] = site.new("host")["_id"]
    assert calls(site, resource, 2, **fields) > 0
    assert calls(site, resource, 30, **fields) <= calls(site, resource, 2, **fields)


def test_bulk_with_services_of_templates(sqlite_site: Site) -> None:
    site = sqlite_site
    template = site.new("host", _is_template=True)["_id"]
    for _ in range(3):
        site.new("service", host=template, _is_template=True)
    few = calls(site, "host", 2, _templates=[template])
    many = calls(site, "host", 20, _templates=[template])
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


def test_what_is_stored_has_sorted_fields(site: Site) -> None:
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
