"""Another worker of a MongoDB installation is faster, in the middle of a request."""

from __future__ import annotations

from typing import Any

import pytest

from embedded.site import Site, unique


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
