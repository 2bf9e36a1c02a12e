"""Operators, paths, markup and headers that would reach past the backend."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any
from xml.dom import minidom

import pytest

from alignak_backend_embedded.store.sqlite import regexes
from embedded.conftest import NewSite
from embedded.site import Item, Site

IDS = ",".join(f'"{number:024x}"' for number in range(2000))


@pytest.fixture(scope="module")
def shared(new_site: NewSite) -> Iterator[Site]:
    site = new_site()
    site.new("host", customs={"TEXT": "a" * 5000})
    yield site
    site.close()


def get(site: Site, path: str, **params: str) -> Any:
    """Any query: the client library that tests use refuses some itself."""
    headers = {"Authorization": site.admin.token}
    begun = time.process_time()  # what others do on the machine does not count
    answer = site.send("GET", path, query=params, headers=headers)
    assert time.process_time() - begun < 15
    return answer


REFUSED = [
    '{"$where":"1"}',
    '{"name":{"$where":"1"}}',
    '{"name":{"$not":{"$where":"1"}}}',
    '{"customs":{"$elemMatch":{"$where":"1"}}}',
    '{"customs":{"$elemMatch":{"a":{"$where":"1"}}}}',
    '{"customs":{"$elemMatch":{"a\\u0000":1}}}',
    '{"customs":{"$elemMatch":{}}}',
    '{"customs":{"$elemMatch":[1]}}',
    '{"name":{"$not":{}}}',
    '{"$expr":{"$gt":["$a","$b"]}}',
    '{"$function":{}}',
    '{"$or":[{"$comment":"x"}]}',
    '{"_realm":{"$lookup":{}}}',
    '{"_id":{"$oid":"x"}}',
    '{"customs":{"$ref":"user","$id":1}}',
    '{"name":{"$regex":"("}}',
    '{"name":{"$regex":{"$gt":""}}}',
    '{"name":{"$regex":"(?:(?:(?:a{1000}){1000}){1000})"}}',
    '{"$or":[' + ",".join(['{"name":{"$not":{"$regex":"(?:a{100}){20}"}}}'] * 11) + "]}",
    '{"name\\u0000":1}',
    '{"name":"\\ud800"}',
    '{"name":{"$in":["\\ud800"]}}',
    '{"name":{"$regex":"\\ud800"}}',
    '{"customs":{"\\ud800":1}}',
    '{"\\ud800":1}',
    '{"' + ".".join("a" * 65) + '":1}',
    '{"x":1e400}',
    '{"x":' + "9" * 5000 + "}",
    '{"a":' * 5000 + "1" + "}" * 5000,
    '{"' + ".".join("a" * 3000) + '":1}',
    "_updated>datetime(99999,1,1)",
    "__import__('os').system('x')",
    "name.__class__.__mro__",
    "(" * 5000,
]
ANSWERED = [
    '{"' + ".".join("a" * 64) + '":1}',
    '{"__proto__":1,"constructor.prototype":1}',
    '{"tags":{"$elemMatch":{"$gt":"a","$lt":"b"}}}',
    '{"customs.LIST":{"$elemMatch":{"a":1,"b":{"$exists":true}}}}',
    '{"_id":{"$in":[' + IDS + "]}}",
    '{"$or":[' + ",".join(f'{{"name":"{number}"}}' for number in range(2000)) + "]}",
    '{"_updated":{"$gt":"Fri, 31 Dec 9999 23:59:59 GMT"}}',
    '{"_updated":"Mon, 01 Jan 0001 00:00:00 GMT"}',
    '{"name":{"$regex":"((a{1,200}){1,200}){1,200}"}}',
]


@pytest.mark.parametrize("where", REFUSED, ids=lambda text: text[:30].encode("unicode_escape").decode())
def test_filters_that_are_refused(shared: Site, where: str) -> None:
    assert get(shared, "host", where=where).status == 400


@pytest.mark.parametrize("where", ANSWERED, ids=lambda text: text[:30].encode("unicode_escape").decode())
def test_filters_that_are_odd_but_right(shared: Site, where: str) -> None:
    assert get(shared, "host", where=where).status == 200


@pytest.mark.parametrize("pattern", ["(a|aa)+$b", "^(a+)+$b|(a|a)*c"])
def test_a_regular_expression_that_never_ends_is_stopped(
    shared: Site, monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    monkeypatch.setattr(regexes, "SECONDS", 0.2)
    assert get(shared, "host", where=json.dumps({"customs.TEXT": {"$regex": pattern}})).status == 400


@pytest.mark.parametrize(
    ("parameter", "value", "status"),
    [
        ("sort", '[("\\ud800\\U0001f600",1)]', 400),
        ("sort", '[("' + ".".join("a" * 3000) + '",1)]', 400),
        ("sort", '[("$where",1)]', 400),
        ("sort", ".".join("a" * 65), 400),
        ("sort", ".".join("a" * 64), 200),
        ("sort", '[("__proto__",1)]', 200),
        ("projection", '{"$where":1}', 400),
        ("projection", '{"name":{"$slice":1}}', 400),
        ("projection", '{"__proto__":1}', 200),
        ("embedded", '{"__proto__":1,"_realm.__class__":1}', 200),
        ("embedded", '{"users.password":1,"users.token":1}', 200),
        ("embedded", "[" * 5000, 400),
        ("page", "9" * 5000, 200),
    ],
)
def test_other_parameters(shared: Site, parameter: str, value: str, status: int) -> None:
    answer = get(shared, "host", **{parameter: value})
    assert answer.status == status
    assert "scrypt" not in answer.text


def test_ids_are_ids(shared: Site) -> None:
    for item in ("%00", "..", "../user", '{"$gt":""}', "F" * 24, "0" * 25, "$where", "é" * 24, "0" * 23 + "%0a"):
        assert get(shared, f"host/{item}").status == 404


HEADERS: list[Item] = [
    {"If-Match": '"' * 1000},
    {"If-Match": "*"},
    {"If-Match": "\xe9\x00".replace("\x00", "")},
    {"If-Match": '{"$ne":""}'},
    {"If-None-Match": "*"},
    {"If-Modified-Since": "x"},
    {"If-Modified-Since": "Mon, 01 Jan 0000 00:00:00 GMT"},
    {"X-HTTP-Method-Override": "TRACE"},
    {"X-HTTP-Method-Override": "\xff"},
    {"Accept": "x"},
    {"Accept": "image/png"},
    {"Content-Type": "application/json; charset=nope"},
    {"Content-Type": "multipart/form-data; boundary="},
    {"Host": "evil.example\\"},
    {"X-Forwarded-For": "127.0.0.1"},
    {"Origin": "http://[x"},
]


@pytest.mark.parametrize("headers", HEADERS, ids=str)
def test_headers(shared: Site, headers: Item) -> None:
    dummy = shared.find("host", name="_dummy")
    for method, path in (
        ("GET", f"host/{dummy['_id']}"),
        ("POST", "host"),
        ("PATCH", f"host/{dummy['_id']}"),
        ("DELETE", f"host/{dummy['_id']}"),
    ):
        sent = {"Authorization": shared.admin.token, "Content-Type": "application/json", **headers}
        answer = shared.send(method, path, headers=sent, body=b"{}")
        assert answer.status < 500
        if method != "GET":
            assert answer.status >= 400
    assert shared.find("host", name="_dummy") == dummy


def test_method_override_needs_the_same_rights(shared: Site) -> None:
    dummy = shared.find("host", name="_dummy")
    headers = {"X-HTTP-Method-Override": "DELETE", "If-Match": dummy["_etag"]}
    assert shared.nobody.call("POST", "host", headers=headers).status == 401
    assert shared.nobody.call("POST", f"host/{dummy['_id']}", headers=headers).status == 401
    assert shared.admin.call("GET", f"host/{dummy['_id']}", headers=headers).status == 200


def test_keys_of_users_do_not_become_markup(one_site: Site) -> None:
    site = one_site
    customs = {
        "_links": 1,
        "<b>": "<i>\x01&",
        "a b": {"_items": {"x": 1}, "_meta": 2, "1": None},
        "deep": [{"_links": {"related": 1}}, {"_links": {"self": "x"}}],
    }
    host = site.new("host", customs=customs, alias='"<script>alert(1)</script>')
    free = site.admin.post(
        "alignak", {"name": "x", "_realm": site.realm, "_items": [1, {"a": 2}], "_meta": 1, "<q>": 1}
    )
    assert free.status == 201
    xml = {"Accept": "application/xml"}
    for path in ("", "host", f"host/{host['_id']}", "alignak", f"alignak/{free.json['_id']}", "nothing"):
        answer = site.admin.call("GET", path, headers=xml)
        assert answer.status in (200, 404)
        assert "<script>" not in answer.text
        minidom.parseString(answer.text)  # noqa: S318 - our own answer
    answer = site.admin.call("POST", "host", [{"<script>": 1}, {"name": "<"}], headers=xml)
    assert answer.status == 422
    minidom.parseString(answer.text)  # noqa: S318 - our own answer


def test_refusals_repeat_nothing_and_are_no_pages(one_site: Site) -> None:
    form = {"name": "x", "_realm": one_site.realm, "_templates": "<script>alert(1)</script>"}
    answer = one_site.admin.call("POST", "host", form=form)
    assert "<script>" not in answer.text
    assert answer.status == 412
    for path in ("host", "version", "nothing", "docs/index.html"):
        headers = one_site.admin.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_pages_of_other_sites_do_not_write(new_site: NewSite) -> None:
    site = new_site(cors_origins=("https://ui.example",))
    form = {"name": "x", "_realm": site.realm}
    for origin, status in (
        ("https://evil.example", 403),
        ("null", 403),
        ("http://[x", 403),
        ("http://embedded.test.evil.example", 403),
        ("http://embedded.test", 201),
    ):
        assert site.admin.call("POST", "command", form=form, headers={"Origin": origin}).status == status
    own = site.find("command", name="x")
    path, evil = f"command/{own['_id']}", {"Origin": "https://evil.example", "If-Match": own["_etag"]}
    for method, sent in (("DELETE", None), ("PATCH", {"notes": "x"}), ("PUT", {"name": "x"})):
        assert site.admin.call(method, path, sent, headers=evil).status == 403
    assert site.admin.call("DELETE", "command", headers=evil).status == 403
    assert site.find("command", name="x") == own
    # Reading does no harm: browsers do not show the answer to the page.
    for method in ("GET", "HEAD", "OPTIONS"):
        assert site.admin.call(method, path, headers=evil).status == 200
    newer = {"Sec-Fetch-Site": "cross-site"}
    for site_is, mode, status in (
        ("cross-site", "no-cors", 403),
        ("same-site", "cors", 403),
        ("cross-site", "navigate", 200),
        ("same-origin", "cors", 200),
        ("none", "navigate", 200),
    ):
        told = {"Sec-Fetch-Site": site_is, "Sec-Fetch-Mode": mode}
        assert site.admin.call("GET", path, headers=told).status == status
        assert site.admin.call("GET", path, headers={**told, "Origin": "https://ui.example"}).status == 200
        # Links from elsewhere may be followed, but not to what writes.
        wanted = 403 if site_is.endswith("-site") else 200
        assert site.nobody.call("GET", "cron_livesynthesis_history", headers=told).status == wanted
    assert site.nobody.call("GET", "cron_livesynthesis_history", headers={"Origin": "https://x.example"}).status == 403
    login = {"username": "admin", "password": "admin"}
    assert site.nobody.call("POST", "login", login, headers=newer).status == 403
    assert site.nobody.call("POST", "login", login, headers={"Origin": "https://x.example"}).status == 403
    assert site.nobody.call("POST", "login", login, headers={**newer, "Origin": "https://ui.example"}).status == 200
    assert site.nobody.call("OPTIONS", "host", headers=newer).status == 200
    headers = {"Origin": "https://ui.example", "If-Match": own["_etag"]}
    assert site.admin.call("DELETE", f"command/{own['_id']}", headers=headers).status == 204
    assert site.admin.call("GET", "command", headers={"Origin": "https://evil.example"}).status == 200
    site.close()
