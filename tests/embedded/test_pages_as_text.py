"""Pages that are sent as stored text hold what pages hold whose documents are read one by one (``?pretty``)."""

from __future__ import annotations

from typing import Any

import pytest

from alignak_backend_client.model import public_resources
from alignak_backend_embedded.store.sqlite.json_pages import FoundRows
from embedded.site import Site
from servers.caller import Caller

QUERIES: list[dict[str, Any]] = [
    {},
    {"sort": "-_id", "max_results": 2},
    {"where": {"_is_template": {"$ne": True}}, "sort": "_id"},
    {"projection": {"name": 1}},
    {"projection": {"name": 0}},
    {"embedded": {"_realm": 1, "host": 1}},
]


def stock(site: Site) -> None:
    user = site.new("user", password="secret")
    host = site.new("host", _users_read=[user["_id"]], customs={"_KEY": '"\U0010ffffp1', "\U0010ffffp0": "x"})
    site.new("host", alias="NUL \x00 and \x01", tags=["\U0010ffffo", "é"])
    template = site.new("service", _is_template=True, host=host["_id"])
    site.new(
        "service", host=host["_id"], _templates=[template["_id"]], users=[user["_id"]], notes='a\\":"\U0010ffffp1"'
    )
    site.new("hostgroup", hosts=[host["_id"]], notes="\u2028")


def same(caller: Caller, resource: str, query: dict[str, Any]) -> None:
    fast, slow = caller.get(resource, **query), caller.get(resource, **query, pretty="1")
    assert fast.status == slow.status
    if fast.status == 200:
        assert fast.json["_items"] == slow.json["_items"]
        if "projection" not in query:
            # Of what a projection leaves, the order is that of one of the documents.
            assert [list(item) for item in fast.json["_items"]] == [list(item) for item in slow.json["_items"]]
        assert fast.json["_meta"] == slow.json["_meta"]
        for header in ("Last-Modified", "X-Total-Count"):
            assert fast.headers.get(header) == slow.headers.get(header)


def test_pages_are_the_same_either_way(site: Site, layer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stock(site)
    text, sent = FoundRows.as_json, []

    def counted(page: FoundRows, *args: Any) -> Any:
        found = text(page, *args)
        sent.append(found is not None)
        return found

    monkeypatch.setattr(FoundRows, "as_json", counted)
    user, person = site.person()
    site.grant(user, site.realm, "read", sub_realm=True)
    for caller in (site.admin, person):
        for resource in public_resources():
            for query in QUERIES:
                same(caller, resource, query)
    assert (True in sent) == (layer == "sqlite")
