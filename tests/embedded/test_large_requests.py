"""What would take much memory: one request after the other, and refused beyond a limit."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from alignak_backend_embedded.api import admission
from alignak_backend_embedded.api.admission import LARGE, LONG, PLACES, SMALL, NoPlaceError
from alignak_backend_embedded.api.http import Request
from alignak_backend_embedded.api.options import MAX_FORM, MAX_TEXT, Limits, Options
from alignak_backend_embedded.api.resources import embedding
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
    assert (answer.status, "larger than" in answer.text, "max_results" in answer.text) == (400, True, True), answer
    return True


def test_pages_are_bounded(pages: Site) -> None:
    def get(**headers: str) -> bool:
        params = {"where": '{"name": {"$regex": "^host"}}'}
        return refused(pages.admin.call("GET", "host", params=params, headers=headers))

    pages.app.options = Options(limits=Limits(answer_bytes=100_000))
    assert not get()
    pages.app.options = Options(limits=Limits(answer_bytes=5_000))
    assert get()
    pages.app.options = Options(limits=Limits(answer_bytes=40_000))
    assert not get()
    assert get(Accept="application/xml")


def test_embedded_documents_are_counted_as_often_as_they_are_there(
    pages: Site,
) -> None:
    def get(most: int, *links: str) -> bool:
        pages.app.options = Options(limits=Limits(answer_bytes=most))
        return refused(pages.admin.get("host", embedded=json.dumps(dict.fromkeys(links, 1))))

    links = [CHAIN.rsplit(".", count)[0] for count in (3, 2, 1)]
    links.append(CHAIN)
    assert not get(1_000_000, *links)
    assert not get(20_000, *links[:2])
    assert get(20_000, *links)
    assert get(500, "_realm")


def test_an_item_is_bounded_too(pages: Site) -> None:
    path = f"realm/{pages.realm}"
    pages.app.options = Options(limits=Limits(answer_bytes=2000))
    assert not refused(pages.admin.get(path))
    assert refused(pages.admin.get(path, embedded='{"_children": 1}'))


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
    monkeypatch.setattr(admission, "SMALL", 500 if name in ("page", "item") else SMALL)
    monkeypatch.setattr(embedding, "SMALL", 500)
    answers: list[Any] = []
    handle = pages.app.handle
    assert pages.app.places.take(LARGE)
    with monkeypatch.context() as hasty:
        hasty.setattr(pages.app, "handle", lambda request: handle(request, 0.05))
        crowded = REQUESTS[name](pages)
    assert (crowded.status, crowded.headers["Retry-After"]) == (503, "5")
    assert "Too many large or slow requests at once" in crowded.text
    waiting = threading.Thread(target=lambda: answers.append(REQUESTS[name](pages)))
    waiting.start()
    assert pages.nobody.get("version").status == 200
    if name not in ("page", "item"):
        assert pages.admin.get("host").status == 200
    assert not answers
    pages.app.places.give_back(LARGE)
    waiting.join(60)
    assert answers[0].status in (200, 413, 422)
    assert pages.app.places.take(LARGE)  # given back


COSTLY: dict[str, tuple[str, float]] = {"size": ("QUICK_BYTES", 500), "time": ("QUICK_SECONDS", -1.0)}


@pytest.mark.parametrize("cost", COSTLY)
@pytest.mark.parametrize("path", ["/host", "/realm/{realm}"])
def test_long_requests_have_a_few_places(pages: Site, cost: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, *COSTLY[cost])
    token = {"authorization": pages.admin.token}
    request = Request("GET", path.format(realm=pages.realm), headers=token)
    for _ in range(2 * PLACES[LONG]):
        assert pages.app.handle(request, 0.0).status == 200  # each gives its place back
    assert all(pages.app.places.take(LONG) for _ in range(PLACES[LONG]))
    with pytest.raises(NoPlaceError) as refused:
        pages.app.handle(request, 0.0)
    assert refused.value.kind == LONG
    assert pages.app.handle(request, 0.01).status == 503
    assert pages.nobody.get("version").status == 200
    pages.app.places.give_back(LONG)
    assert pages.app.handle(request, 0.01).status == 200


def test_bodies_are_bounded_in_values(one_site: Site) -> None:
    post, (values, items) = one_site.admin.call, (Limits().values, Limits().items)
    assert post("POST", "host", content=b"[" + b"[]," * (values // 2) + b"1]", headers=JSON).status == 413
    assert post("POST", "host", content=b'{"a":' * (values + 1), headers=JSON).status == 413
    assert post("POST", "host", content=b'[{"name":[' + b"1," * (values - 10) + b"1]}]", headers=JSON).status == 422
    assert post("POST", "host", content=b"[" + b"1," * items + b"1]", headers=JSON).status == 413
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert post("POST", "host", content=b"name=" + b"x" * MAX_FORM, headers=form).status == 413


def test_documents_are_bounded(sqlite_site: Site) -> None:
    host = {"name": "h", "_realm": sqlite_site.realm, "notes": "x" * 17_000_000}
    answer = sqlite_site.admin.post("host", host)
    assert (answer.status, "16 MiB" in answer.text) == (400, True)


def test_texts_are_bounded_before_they_are_written(one_site: Site) -> None:
    """Writing JSON takes eight bytes for each letter, and the library that does it dies without them."""
    answer = one_site.admin.post("host", {"name": "h", "customs": {"a": ["", {"x" * (MAX_TEXT + 1): 1}]}})
    assert (answer.status, "16 MiB" in answer.text) == (400, True)
    answer = one_site.admin.post("host", {"name": "h", "_realm": one_site.realm, "check_command": "x" * 100_000})
    assert (answer.status, len(answer.text) < 2000, "xxx…' cannot be" in answer.text) == (422, True, True)
