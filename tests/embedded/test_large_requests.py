"""What would take much memory: one request after the other, and refused beyond a limit."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from alignak_backend_embedded.api import call as calls
from alignak_backend_embedded.api.limits import MAX_FORM, MAX_ITEMS, MAX_VALUES, SMALL
from alignak_backend_embedded.api.resources import embedding, reads
from embedded.site import Site
from servers.caller import Answer

JSON = {"Content-Type": "application/json"}
CHAIN = "_realm._all_children._parent._all_children"


@pytest.fixture
def pages(site: Site) -> Site:
    """A backend with pages of 2,000 bytes and more."""
    for number in range(4):
        site.new("realm", name=f"realm {number}", _parent=site.realm)
        site.new("host", name=f"host {number}", notes="x" * 500)
    return site


def refused(answer: Answer) -> bool:
    """True when the answer is too large."""
    if answer.status == 200:
        return False
    assert (answer.status, "too large" in answer.text, "max_results" in answer.text) == (400, True, True), answer
    return True


def test_pages_are_bounded(pages: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def get(**headers: str) -> bool:
        params = {"where": '{"name": {"$regex": "^host"}}'}
        return refused(pages.admin.call("GET", "host", params=params, headers=headers))

    monkeypatch.setattr(reads, "MAX_ANSWER", 100_000)
    assert not get()
    monkeypatch.setattr(reads, "MAX_ANSWER", 2000)
    assert get()
    monkeypatch.setattr(reads, "MAX_ANSWER", 100_000)
    monkeypatch.setattr(reads, "MAX_TEXT_ANSWER", 2000)
    assert not get()
    assert get(Accept="application/xml")


def test_embedded_documents_are_counted_as_often_as_they_are_there(
    pages: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def get(most: int, *links: str) -> bool:
        monkeypatch.setattr(embedding, "MAX_ANSWER", most)
        return refused(pages.admin.get("host", embedded=json.dumps(dict.fromkeys(links, 1))))

    links = [CHAIN.rsplit(".", count)[0] for count in (3, 2, 1)]
    links.append(CHAIN)
    assert not get(1_000_000, *links)
    assert not get(20_000, *links[:2])
    assert get(20_000, *links)
    assert get(500, "_realm")


def test_an_item_is_bounded_too(pages: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "MAX_ANSWER", 500)
    path = f"host/{pages.find('host', name='host 1')['_id']}"
    assert refused(pages.admin.get(path, embedded='{"_realm": 1}'))


REQUESTS: dict[str, Callable[[Site], Answer]] = {
    "page": lambda site: site.admin.get("host"),
    "item": lambda site: site.admin.get(f"realm/{site.realm}"),
    "embedded": lambda site: site.admin.get("host", embedded='{"_realm": 1}', projection='{"_realm": 1}'),
    "body": lambda site: site.admin.call("POST", "host", content=b"{" + b" " * SMALL + b"}", headers=JSON),
    "values": lambda site: site.admin.call("POST", "host", content=b"[" + b"1," * SMALL + b"1]", headers=JSON),
    "delete": lambda site: site.admin.call("POST", "host/delete", content=b"[" + b"1," * SMALL + b"1]", headers=JSON),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_large_requests_wait_for_each_other(pages: Site, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "SMALL", 500 if name in ("page", "item") else SMALL)
    monkeypatch.setattr(embedding, "SMALL", 500)
    answers: list[Any] = []
    with pages.app.large:
        monkeypatch.setattr(calls, "LARGE_SECONDS", 0.05)
        assert REQUESTS[name](pages).status == 503
        monkeypatch.setattr(calls, "LARGE_SECONDS", 60)
        waiting = threading.Thread(target=lambda: answers.append(REQUESTS[name](pages)))
        waiting.start()
        assert pages.nobody.get("version").status == 200
        if name not in ("page", "item"):
            assert pages.admin.get("host").status == 200
        assert not answers
    waiting.join(60)
    assert answers[0].status in (200, 413, 422)
    assert pages.app.large.acquire(blocking=False)  # given back


def test_bodies_are_bounded_in_values(one_site: Site) -> None:
    post = one_site.admin.call
    assert post("POST", "host", content=b"[" + b"[]," * (MAX_VALUES // 2) + b"1]", headers=JSON).status == 413
    assert post("POST", "host", content=b'{"a":' * (MAX_VALUES + 1), headers=JSON).status == 413
    assert post("POST", "host", content=b'[{"name":[' + b"1," * (MAX_VALUES - 10) + b"1]}]", headers=JSON).status == 422
    assert post("POST", "host", content=b"[" + b"1," * MAX_ITEMS + b"1]", headers=JSON).status == 413
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert post("POST", "host", content=b"name=" + b"x" * MAX_FORM, headers=form).status == 413


def test_documents_are_bounded(sqlite_site: Site) -> None:
    host = {"name": "h", "_realm": sqlite_site.realm, "notes": "x" * 17_000_000}
    answer = sqlite_site.admin.post("host", host)
    assert (answer.status, "16 MiB" in answer.text) == (400, True)
