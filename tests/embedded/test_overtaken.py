"""Another worker of a MongoDB installation is faster, in the middle of a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from alignak_backend_embedded.store.object_id import ObjectId
from embedded.site import Item, Site, unique

Overtake = Callable[..., None]


def test_a_bulk_that_meets_a_name_is_not_stored_at_all(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest would have neither services nor counters, and nobody would be told of it."""
    names = [unique("host") for _ in range(3)]
    insert = site.store.insert

    def overtaken(resource: str, documents: Any) -> Any:
        monkeypatch.setattr(site.store, "insert", insert)
        insert(resource, [{**documents[1], "_id": documents[1]["_realm"]}])
        return insert(resource, documents)

    monkeypatch.setattr(site.store, "insert", overtaken)
    before = site.find("livesynthesis")
    answer = site.admin.post("host", [{"name": name, "_realm": site.realm} for name in names])
    assert answer.status == 409
    assert {host["name"] for host in site.admin.items("host", where={"name": {"$in": names}})} <= {names[1]}
    assert site.find("livesynthesis") == before


@pytest.fixture
def overtake(site: Site, monkeypatch: pytest.MonkeyPatch) -> Overtake:
    """Lets another worker do something to an item just before it is changed or deleted here, once or each time."""

    def arrange(item: Item, theirs: Callable[[], Any], *, always: bool = False) -> None:
        update_fields, delete, done = site.store.update_fields, site.store.delete, list[str]()

        def first(where: Any) -> None:
            ids = where.get("_id")
            if item["_id"] in map(str, ids["$in"] if isinstance(ids, dict) else [ids]) and (always or not done):
                done.append(item["_id"])
                with monkeypatch.context() as patch:
                    patch.setattr(site.store, "update_fields", update_fields)
                    patch.setattr(site.store, "delete", delete)
                    theirs()

        def overtaken_update(resource: str, where: Any, fields: Any) -> Any:
            first(where)
            return update_fields(resource, where, fields)

        def overtaken_delete(resource: str, where: Any) -> Any:
            first(where)
            return delete(resource, where)

        monkeypatch.setattr(site.store, "update_fields", overtaken_update)
        monkeypatch.setattr(site.store, "delete", overtaken_delete)

    return arrange


def change_of(site: Site, item: Item, **fields: Any) -> Callable[[], Any]:
    where = {"_id": ObjectId(item["_id"])}
    return lambda: site.store.update_fields("host", where, {**fields, "_etag": unique()})


def deletion_of(site: Site, item: Item) -> Callable[[], Any]:
    return lambda: site.store.delete("host", {"_id": ObjectId(item["_id"])})


def test_a_change_of_what_another_has_changed_is_refused(site: Site, overtake: Overtake) -> None:
    host = site.new("host")
    overtake(host, change_of(site, host, alias="theirs"))
    assert site.patch("host", host, {"notes": "ours"}).status == 412
    assert site.read("host", host)["notes"] == ""
    assert site.edit("host", host, notes="ours")["notes"] == "ours"


def test_a_deletion_of_what_another_has_changed_is_refused(site: Site, overtake: Overtake) -> None:
    host = site.new("host")
    overtake(host, change_of(site, host, alias="theirs"))
    assert site.delete("host", host).status == 412
    assert site.delete("host", host).status == 204


def test_what_another_has_deleted_is_gone(site: Site, overtake: Overtake) -> None:
    for method in ("delete", "patch"):
        host = site.new("host")
        overtake(host, deletion_of(site, host))
        answer = site.delete("host", host) if method == "delete" else site.patch("host", host, {"notes": "ours"})
        assert answer.status == (404 if method == "delete" else 412)


def test_what_follows_a_template_keeps_what_another_has_changed(site: Site, overtake: Overtake) -> None:
    template = site.new("host", _is_template=True)
    host = site.new("host", _templates=[template["_id"]])
    overtake(host, change_of(site, host, alias="theirs"))
    site.edit("host", template, notes="of the template")
    after = site.read("host", host)
    assert (after["alias"], after["notes"]) == ("theirs", "of the template")


def test_what_follows_a_template_may_be_gone(site: Site, overtake: Overtake) -> None:
    template = site.new("host", _is_template=True)
    host = site.new("host", _templates=[template["_id"]])
    overtake(host, deletion_of(site, host))
    assert site.edit("host", template, notes="of the template")["notes"] == "of the template"
    assert site.admin.items("host", where={"name": host["name"]}) == []


def test_what_changes_all_the_time_is_left(site: Site, overtake: Overtake) -> None:
    template = site.new("host", _is_template=True)
    host = site.new("host", _templates=[template["_id"]])
    overtake(host, change_of(site, host, alias="theirs"), always=True)
    assert site.patch("host", template, {"notes": "of the template"}).status == 503


def test_a_renamed_service_does_not_keep_its_host_from_another_one_of_the_old_name(site: Site) -> None:
    """Ids of services from templates follow from their host and name."""
    template = site.new("host", _is_template=True)
    more = {"host": template["_id"], "_is_template": True, "_templates_from_host_template": True}
    disk = site.new("service", name="disk", **more)
    host = site.new("host", _templates=[template["_id"]])
    (service,) = site.admin.items("service", where={"host": host["_id"]})
    assert site.patch("service", service, {"name": "cpu"}).status == 200
    assert site.patch("service", disk, {"name": "old"}).status == 200
    site.new("service", name="disk", **more)
    found = site.admin.items("service", where={"host": host["_id"]})
    assert "disk" in [one["name"] for one in found]
    assert len(found) == 2
