"""A write that takes too long is taken back, and others go on."""

from __future__ import annotations

import pytest

from alignak_backend_client.model.storable import MAX_LEVELS
from alignak_backend_embedded.store.sqlite import connection
from embedded.site import Site, unique


def test_a_write_without_end(sqlite_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site = sqlite_site
    template = site.new("host", _is_template=True, notes="old")
    host = site.new("host", _templates=[template["_id"]])
    with monkeypatch.context() as patch:
        patch.setattr(connection, "WRITE_SECONDS", -1.0)
        answers = [
            site.patch("host", template, {"notes": "new"}),
            site.admin.post("host", {"name": "x", "_realm": site.realm}),
            site.admin.post("host/delete", [{"_id": host["_id"], "_etag": host["_etag"]}]),
            site.admin.call("DELETE", "host"),
        ]
    for answer in answers:
        assert answer.status == 422
        assert "took more than" in answer.json["_error"]["message"]
    assert site.read("host", host) == host
    assert site.edit("host", template, notes="newer")["notes"] == "newer"
    assert site.read("host", host)["notes"] == "newer"


@pytest.mark.parametrize("resource", ["realm", "hostgroup"])
def test_trees_have_a_limit(sqlite_site: Site, resource: str) -> None:
    site = sqlite_site
    item = site.find(resource, name="All")
    chain = [item := site.new(resource, _parent=item["_id"]) for _ in range(MAX_LEVELS)]
    fields = {"name": unique(), "_parent": item["_id"]} | ({} if resource == "realm" else {"_realm": site.realm})
    answer = site.admin.post(resource, fields)
    assert (answer.status, "at most 64 levels" in answer.text) == (422, True)
    top = site.new(resource)
    answer = site.patch(resource, chain[0], {"_parent": top["_id"]})
    assert (answer.status, "at most 64 levels" in answer.text) == (422, True)
    assert site.edit(resource, chain[1], _parent=top["_id"])["_level"] == 2
