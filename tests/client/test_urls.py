"""Endpoints and parameters become URLs of the backend, and of no other server."""

from __future__ import annotations

import contextlib
import json
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx2
import pytest
import requests
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alignak_backend_client._core import urls
from alignak_backend_client._core.decoding import decode_json
from alignak_backend_client._text import plain_text
from alignak_backend_client.client import Backend, BackendException
from client.helping import TOKEN, at, failure
from servers import misbehaving as m

# Other work on the machine makes single examples slow.
CALM = settings(deadline=None, max_examples=60)

ROOT = "https://monitoring.example/backend"

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("root", "endpoint", "url"),
    [
        ("http://h:5000", "host", "http://h:5000/host"),
        ("http://h:5000/", "host", "http://h:5000/host"),
        ("http://h:5000", "/host", "http://h:5000/host"),
        ("http://h:5000", "host/", "http://h:5000/host/"),
        ("http://h:5000", "", "http://h:5000/"),
        ("http://h:5000", "/", "http://h:5000/"),
        ("http://h:5000/backend/", "host/1", "http://h:5000/backend/host/1"),
        ("http://h:5000/backend", "/host/1", "http://h:5000/backend/host/1"),
        ("http://h:5000/backend", "http://h:5000/backend/host", "http://h:5000/backend/host"),
        ("http://h:5000", "livesynthesis/1?history=1", "http://h:5000/livesynthesis/1?history=1"),
        ("http://[::1]:5000", "host", "http://[::1]:5000/host"),
    ],
)
def test_get_url(root: str, endpoint: str, url: str) -> None:
    client = Backend(root)
    assert client.get_url(endpoint) == url
    assert client.url_endpoint_root == root.rstrip("/")


@pytest.mark.parametrize(
    "endpoint",
    [
        "//evil.test/host",
        "///evil.test",
        "http://evil.test/host",
        "HTTPS://evil.test",
        "ftp://evil.test",
        "https://monitoring.example.evil.test/backend/host",
        "https://monitoring.example/backend//evil.test",
        "https://monitoring.example/other",
        "\\\\evil.test",
        "/\\evil.test",
        "../other",
        "host/../../other",
        "host/..",
        "%2e%2e/other",
        "host/%2E./x",
    ],
)
def test_endpoints_that_lead_away_are_refused(endpoint: str) -> None:
    error = failure(Backend(ROOT).get_url, endpoint)
    assert (error.code, error.response) == (1000, None)


def test_no_request_leaves_for_an_endpoint_that_leads_away() -> None:
    with m.MisbehavingServer([m.json_answer({})]) as server, m.MisbehavingServer([m.json_answer({})]) as other:
        client = at(server)
        for endpoint in (f"//127.0.0.1:{other.port}/host", f"{other.url}/host", f"@127.0.0.1:{other.port}/"):
            try:
                client.get(endpoint)
            except BackendException as error:
                assert error.code == 1000  # noqa: PT017 - not all of them raise
        for one in (failure(client.post, other.url, {}), failure(client.delete, f"{other.url}/host/1", {})):
            assert one.code == 1000
        assert other.requests == []
        assert other.connections == 0
        assert all(TOKEN not in request.path for request in server.requests)


def test_base_path_of_the_backend_is_kept() -> None:
    with m.MisbehavingServer([m.json_answer({"_items": []})]) as server:
        client = Backend(f"{server.url}/backend/")
        client.get("/host")
        client.get("")
        client.post("host", {})
        assert [request.path for request in server.requests] == ["/backend/host", "/backend/", "/backend/host"]


@CALM
@given(endpoint=TEXTS | st.text("/.:@\\?#%25eE2fhost \t\n;&=["))
@example("//evil.test")
@example("..%2fx")
@example("\t//evil.test")
@example("@evil.test/")
@example(":80@evil.test/")
@example("?x=//evil.test/#@")
def test_nothing_leads_away_from_the_root(endpoint: str) -> None:
    try:
        url = urls.build(ROOT, endpoint)
    except BackendException as error:
        assert error.code == 1000  # noqa: PT017 - refusing is one of the two right answers
        return
    assert url == ROOT + url[len(ROOT) :]
    assert url[len(ROOT)] in "/?"
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "monitoring.example", "")
    # What is really sent, and what a server or a proxy between makes of it.
    sent = httpx2.URL(url)
    assert (sent.host, sent.scheme, sent.port) == ("monitoring.example", "https", None)
    path = sent.raw_path.decode("ascii").partition("?")[0]
    assert f"{path}/".startswith("/backend/")
    assert ".." not in unquote(path).split("/")
    assert url.isascii()
    assert url.isprintable()
    assert " " not in url


@CALM
@given(st.dictionaries(TEXTS, TEXTS | st.integers() | st.booleans() | st.none() | st.lists(TEXTS)))
def test_parameters_come_back(params: dict[str, Any]) -> None:
    expected = [
        (name, str(one))
        for name, value in params.items()
        for one in (value if isinstance(value, list) else [value])
        if one is not None
    ]
    url = urls.build(ROOT, "host", params)
    assert parse_qsl(urlsplit(url).query, keep_blank_values=True, strict_parsing=bool(expected)) == expected
    # And what httpx2 sends is the same text.
    sent = httpx2.URL(url).raw_path.decode("ascii").partition("?")[2]
    assert parse_qsl(sent, keep_blank_values=True) == expected


@CALM
@given(st.dictionaries(TEXTS, st.recursive(TEXTS | st.integers() | st.none(), st.lists, max_leaves=5)))
def test_dictionaries_go_as_json(where: dict[str, Any]) -> None:
    query = urls.encode({"where": MappingProxyType(where)})
    assert json.loads(dict(parse_qsl(query))["where"]) == where


@pytest.mark.parametrize(
    "params",
    [
        {"where": '{"name": "a b"}', "page": 0, "embedded": None, "x": ["1", None, 2], "y": True, "z": "é&=+/"},
        {"page": 0},
        {"sort": None},
        {"a": b"bytes"},
        {},
        None,
        "where=1",
    ],
)
def test_queries_are_those_of_requests(params: Any) -> None:
    same = requests.Request("GET", f"{ROOT}/host", params=params).prepare().url
    assert urls.build(ROOT, "host", params) == same


def test_requests_have_the_path_of_the_url() -> None:
    with m.MisbehavingServer([m.json_answer({"_items": []})]) as server:
        client = at(server)
        params = {"where": '{"name": "a b+c/ü"}', "page": 0, "sort": None}
        before = dict(params)
        client.get("host", params)
        client.get("livesynthesis/1?history=1&concatenation=1")
        client.get("host?max_results=1", {"page": 2})
        assert params == before
        paths = [request.path for request in server.requests]
        assert paths[0] == "/host?where=%7B%22name%22%3A+%22a+b%2Bc%2F%C3%BC%22%7D&page=0"
        assert paths[1:] == ["/livesynthesis/1?history=1&concatenation=1", "/host?max_results=1&page=2"]


@CALM
@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(b"[" * 100_000)
@example(b'{"a":' * 5000)
@example(b"\xef\xbb\xbf{}")
@example(b"NaN")
@example(b"9" * 5000)
def test_decode_json_decodes_or_raises_value_error(content: bytes) -> None:
    with contextlib.suppress(ValueError):
        decode_json(content)


@CALM
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63) | TEXTS | st.floats(allow_nan=False), st.lists
    )
)
def test_decode_json_gives_what_was_encoded(value: Any) -> None:
    assert decode_json(json.dumps(value).encode()) == value


@CALM
@given(st.text() | st.text("<>/!titlescrph1&#; \x00\x1b\u202e\u009b"), st.integers(1, 40))
def test_plain_text_is_one_short_printable_line(text: str, limit: int) -> None:
    line = plain_text(text, limit)
    assert len(line) <= limit
    assert line.isprintable()
    assert line == line.strip()
