"""JSON and XML, links, and failures of the store."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from alignak_backend_embedded.domain.json_values import format_date, parse_date
from alignak_backend_embedded.store.errors import BusyError, DatabaseError, FullError
from embedded.site import Site

JSON, XML = "application/json", "application/xml; charset=utf-8"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", JSON),
        ("", JSON),
        ("image/png", JSON),
        ("nonsense", JSON),
        ("text/plain, */*", JSON),
        ("application/*", JSON),
        ("application/json;q=0.5, application/xml;q=0.5", JSON),
        ("application/xml, application/json", JSON),
        ("*/*;q=0.1, application/xml;q=0", JSON),
        ("application/xml;q=x", JSON),
        ("application/xml", XML),
        ("APPLICATION/XML", XML),
        ("application/xml;q=0.5, application/json;q=0.4", XML),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", XML),
        ("text/xml", "text/xml; charset=utf-8"),
        ("text/*", "text/xml; charset=utf-8"),
    ],
)
def test_the_client_chooses_the_type(site: Site, accept: str, kind: str) -> None:
    answer = site.send("GET", "version", headers={"Accept": accept})
    assert answer.headers["content-type"] == kind
    assert answer.text == ('{"version":"1.4.16"}' if kind == JSON else "<resource><version>1.4.16</version></resource>")


def xml(site: Site, path: str, **query: str) -> Any:
    headers = {"Authorization": site.admin.token, "Accept": "application/xml"}
    return ET.fromstring(site.send("GET", path, query=query, headers=headers).text)  # noqa: S314 - our own answer


def test_a_page_as_xml(site: Site) -> None:
    page = xml(site, "command", max_results="1", where='{"timeout": -1}')
    assert (page.tag, page.get("title")) == ("resource", "command")
    assert page.get("href") == 'command?max_results=1&where={"timeout": -1}'
    assert [(link.get("rel"), link.get("title")) for link in page.findall("link")] == [
        ("last", "last page"),
        ("next", "next page"),
        ("parent", "home"),
    ]
    assert page.findtext("_meta/total") == "2"
    (item,) = page.findall("resource")
    assert item.get("href") == f"command/{item.findtext('_id')}"
    assert item.findtext("enable_environment_macros") == "False"


def test_an_item_as_xml(site: Site) -> None:
    host = site.new("host", tags=["a", "<b>"], customs={"_X": {"y": [1, {"z": None}, [2]]}, "2d": 1})
    item = xml(site, f"host/{host['_id']}", embedded='{"_realm": 1}')
    assert [link.get("rel") for link in item.findall("link")] == ["collection", "parent"]
    assert [tag.text for tag in item.findall("tags")] == ["a", "<b>"]
    assert [y.text for y in item.findall("customs/_X/y")] == ["1", None, "[2]"]
    assert item.findtext("customs/_X/y/z") == "None"
    assert item.findtext("customs/_2d") == "1"
    assert item.findtext("_realm/name") == "All"
    assert item.findtext("_updated") == host["_updated"]


def test_links_repeat_what_was_asked_for(site: Site) -> None:
    query = {
        "max_results": "1",
        "page": "2",
        "sort": "name",
        "where": '{"name":{"$ne":"Ü"}}',
        "mine": "a b",
        "pretty": "",
    }
    headers = {"Authorization": site.admin.token}
    links = site.send("GET", "command", query=query, headers=headers).json["_links"]
    words = 'where={"name":{"$ne":"Ü"}}&sort=name'
    assert links["self"]["href"] == f"command?max_results=1&{words}&page=2&mine=a b&pretty="
    assert links["prev"]["href"] == f"command?max_results=1&{words}&mine=a b&pretty="
    assert "next" not in links
    none = site.send("GET", "command", query={**query, "where": '{"name":1}'}, headers=headers).json["_links"]
    assert none["self"]["href"] == "command"


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("Mon, 01 Jan 2018 00:00:00 GMT", datetime(2018, 1, 1)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", datetime(9999, 12, 31, 23, 59, 59)),
        ("Mon, 01 Jan 0001 00:00:00 GMT", datetime(1, 1, 1)),
    ],
)
def test_dates_there_and_back(text: str, date: datetime) -> None:
    assert parse_date(text) == date
    assert format_date(date) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "Mon, 01 Jan 0000 00:00:00 GMT",
        "Mon, 32 Jan 2018 00:00:00 GMT",
        "Mon, 01 Jan 2018 00:00:00",
        "Mon, \uff10\uff11 Jan 2018 00:00:00 GMT",
    ],
)
def test_invalid_dates(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize(
    ("error", "status", "logged"),
    [
        (BusyError("x.db: busy"), 503, False),
        (FullError("x.db: full"), 507, True),
        (DatabaseError("x.db: damaged"), 500, True),
        (ZeroDivisionError("internals"), 500, True),
        (MemoryError("internals"), 503, True),
    ],
)
def test_internal_errors_reveal_no_details(
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    status: int,
    logged: bool,
) -> None:
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(site.app.store, "find_one", fail)
    with caplog.at_level(logging.ERROR):
        answer = site.send("GET", "host", query={"where": "secret"}, headers={"Authorization": "secret"})
    assert (answer.status, answer.json["_error"]["code"]) == (status, status)
    assert str(error) not in answer.text
    assert bool(caplog.records) == logged
    assert ("Retry-After" in answer.headers) == (status == 503)
    assert "secret" not in caplog.text
