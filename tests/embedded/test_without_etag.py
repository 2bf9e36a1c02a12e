"""Items that an older program stored without an ``_etag``: what is shown as theirs is what a change must name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from alignak_backend_embedded.store.object_id import ObjectId
from embedded.site import Site

_DATE = datetime(2020, 1, 1)


@pytest.fixture(params=[{}, {"_created": _DATE, "_updated": _DATE}], ids=["no dates", "dates"])
def dates(request: pytest.FixtureRequest) -> dict[str, Any]:
    return dict(request.param)


def stored(site: Site, resource: str, **fields: Any) -> str:
    item = ObjectId()
    site.store.insert(resource, {"_id": item, "name": f"raw {item}", **fields})
    return str(item)


@pytest.mark.parametrize("resource", ["command", "user"])
@pytest.mark.parametrize("projection", [None, {"name": 1}])
def test_the_etag_that_is_shown_is_that_of_the_item(
    site: Site, dates: dict[str, Any], resource: str, projection: Any
) -> None:
    hidden = {"password": "x", "token": "y"} if resource == "user" else {}
    query = {} if projection is None else {"projection": projection}
    item = stored(site, resource, notes="x", **hidden, **dates)
    answer = site.admin.get(f"{resource}/{item}", **query)
    shown = [answer.json["_etag"], answer.headers["etag"].strip('"')]
    shown += [one["_etag"] for one in site.admin.items(resource, **query) if one["_id"] == item]
    assert len(set(shown)) == 1
    assert len(shown) == 3
    same = site.admin.call("GET", f"{resource}/{item}", headers={"If-None-Match": shown[0]})
    assert same.status == 304
    assert site.admin.delete(f"{resource}/{item}", shown[0]).status == 204


def test_many_are_deleted_by_it(site: Site, dates: dict[str, Any]) -> None:
    items = [site.read("command", {"_id": stored(site, "command", **dates)}) for _ in range(3)]
    wanted = [{"_id": item["_id"], "_etag": item["_etag"]} for item in items]
    answer = site.admin.post("command/delete", wanted).json["_items"]
    assert [item["_status"] for item in answer] == ["OK"] * 3
