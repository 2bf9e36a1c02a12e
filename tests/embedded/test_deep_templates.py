"""Templates of templates in any shape: each is worked on once, and there is a limit."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from alignak_backend_client.model.storable import MAX_LEVELS
from alignak_backend_embedded.store.object_id import ObjectId
from embedded.site import Item, Site, unique
from embedded.test_work_grows_slowly import Counting

RESOURCES = ["host", "user", "service"]


def template(site: Site, resource: str, *above: Item, **fields: Any) -> Item:
    if resource == "service":
        fields["host"] = site.find("host", name="_dummy")["_id"]
    return site.new(resource, _is_template=True, _templates=[one["_id"] for one in above], **fields)


def diamonds(site: Site, resource: str, levels: int) -> list[list[Item]]:
    """Two templates on each level, each of which names both of the level above."""
    made = [[template(site, resource, tags=["top"], notes="top") for _ in range(2)]]
    for _ in range(levels - 1):
        made.append([template(site, resource, *made[-1]) for _ in range(2)])
    return made


@pytest.mark.parametrize("resource", RESOURCES)
def test_diamonds(sqlite_site: Site, resource: str) -> None:
    site = sqlite_site
    levels = diamonds(site, resource, 30)
    if resource == "host":
        site.new("service", host=levels[0][0]["_id"], name="Disk", _is_template=True)
    place = {"host": site.new("host")["_id"]} if resource == "service" else {}
    item = site.new(resource, _templates=[one["_id"] for one in levels[-1]], **place)
    assert (item["tags"], item["notes"]) == (["top"], "top")
    if resource == "host":
        assert len(site.admin.items("service", where={"host": item["_id"]})) == 1
    counting = Counting(site.app.store)
    site.app.store = counting
    try:
        site.edit(resource, levels[0][1], tags=["new"], notes="new")
    finally:
        site.app.store = counting.inner
    assert (sorted(site.read(resource, item)["tags"]), site.read(resource, item)["notes"]) == (["new", "top"], "new")
    assert counting.calls["update_fields"] == 60  # the other of the first level does not follow; the item does


@pytest.mark.parametrize("resource", RESOURCES)
def test_long_chain(sqlite_site: Site, resource: str) -> None:
    site = sqlite_site
    chain = [template(site, resource, notes="0")]
    for _ in range(MAX_LEVELS - 2):
        chain.append(template(site, resource, chain[-1]))
    place = {"host": site.find("host", name="_dummy")["_id"]} if resource == "service" else {}
    last = {"name": unique(), "_realm": site.realm, "_templates": [chain[-1]["_id"]], "_is_template": True, **place}
    made = site.admin.post(resource, last)
    assert made.status == 201
    answer = site.admin.post(resource, {**last, "name": unique(), "_templates": [made.json["_id"]]})
    assert (answer.status, answer.json["_error"]["code"]) == (422, 422)
    assert f"at most {MAX_LEVELS} levels" in answer.json["_error"]["message"]
    # Nor can it be made deeper from above.
    top = template(site, resource)
    answer = site.patch(resource, chain[0], {"_templates": [top["_id"]]})
    assert (answer.status, f"at most {MAX_LEVELS} levels" in answer.text) == (422, True)
    site.edit(resource, chain[0], notes="1", tags=["t"])
    assert (site.read(resource, made.json)["notes"], site.read(resource, made.json)["tags"]) == ("1", ["t"])


def test_deeper_chains_of_an_old_database(sqlite_site: Site) -> None:
    site = sqlite_site
    items = [site.stored("host", _id=ObjectId(template(site, "host", notes="0")["_id"]))]
    for number in range(500):
        below = {**items[0], "_id": ObjectId(), "name": f"old {number}", "_templates": [items[-1]["_id"]]}
        items.append({**below, "_template_fields": ["notes"]})
    site.store.insert("host", items[1:])
    site.edit("host", {"_id": str(items[0]["_id"])}, notes="1")
    assert site.stored("host", name="old 499")["notes"] == "1"
    answer = site.admin.post("host", {"name": "new", "_realm": site.realm, "_templates": [str(items[-1]["_id"])]})
    assert answer.status == 422
    assert site.delete("host", {"_id": str(items[0]["_id"])}).status == 204


@pytest.mark.parametrize("which", [0, 200, -1, None], ids=["top", "middle", "bottom", "all"])
@pytest.mark.parametrize("resource", RESOURCES)
def test_chains_of_an_old_database_can_be_deleted(sqlite_site: Site, resource: str, which: int | None) -> None:
    """Far more levels than are taken now."""
    site = sqlite_site
    model = template(site, resource, tags=["top"], customs={"_A": "1"})
    stored = site.store.find_one(resource, {"_id": ObjectId(model["_id"])})
    assert stored is not None
    chain = [{**stored, "_id": ObjectId(), "name": f"level {number}"} for number in range(400)]
    for above, item in itertools.pairwise(chain):
        item["_templates"] = [above["_id"]]
    site.store.insert(resource, chain)
    if which is None:
        assert site.admin.delete(resource).status == 204
        left = set()
    else:
        item = chain[which]
        assert site.admin.delete(f"{resource}/{item['_id']}", etag=item["_etag"]).status == 204
        # With a service template goes what was made from it.
        gone = {item["name"]} if resource != "service" else {one["name"] for one in chain[which:]}
        left = {one["name"] for one in chain} - gone
    assert {one["name"] for one in site.store.find(resource, {"name": {"$regex": "^level "}})} == left
