"""Whatever is sent, the answer is a refusal and no failure of the server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignak_backend_embedded.api.options import MAX_DEPTH, Limits
from embedded.conftest import NewSite
from embedded.site import Site, unique

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def shared(layer: str, new_site: NewSite) -> Iterator[Site]:
    site = new_site(layer)
    yield site
    site.close()


names = st.sampled_from(
    ["name", "_id", "_realm", "ls_state_id", "customs.a", "$or", "$and", "$not", "$in", "$gt", "$x", ""]
)
operators = st.sampled_from(
    [
        "$gt",
        "$in",
        "$nin",
        "$regex",
        "$not",
        "$elemMatch",
        "$all",
        "$size",
        "$mod",
        "$exists",
        "$type",
        "$options",
        "$or",
    ]
)
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=5), st.just("0" * 24)
)
queries = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(names, inner, max_size=3),
        st.dictionaries(operators, inner, max_size=2),
    ),
    max_leaves=8,
)


@settings(max_examples=80, deadline=None)
@given(query=st.dictionaries(names, queries, max_size=3))
def test_any_filter_is_answered(shared: Site, query: dict[str, Any]) -> None:
    answer = shared.admin.call("GET", "host", params={"where": json.dumps(query)})
    assert answer.status in (200, 400), (answer, query)


@settings(max_examples=60, deadline=None)
@given(
    params=st.dictionaries(
        st.sampled_from(["where", "sort", "projection", "embedded", "page", "max_results", "aggregate", "version"]),
        st.one_of(
            st.text(max_size=12), st.sampled_from(["inf", "nan", "-1", "9" * 30, "[]", "{}", "1", '{"a": []}', "((("])
        ),
        max_size=3,
    )
)
def test_any_query_is_answered(shared: Site, params: dict[str, str]) -> None:
    for path in ("host", "user", "alignakretention"):
        answer = shared.admin.call("GET", path, params=params)
        assert answer.status in (200, 400), (answer, params)


values = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=6,
)
fields = st.sampled_from(
    [
        "name",
        "alias",
        "host",
        "_id",
        "_realm",
        "_templates",
        "_template_fields",
        "_parent",
        "customs",
        "location",
        "tags",
        "check_command",
        "ls_state",
        "ls_state_type",
        "business_impact",
        "password",
        "host_name",
        "_is_template",
        "users",
    ]
)


@settings(max_examples=60, deadline=None)
@given(
    resource=st.sampled_from(
        ["host", "service", "user", "realm", "hostgroup", "logcheckresult", "alignakretention", "command"]
    ),
    body=st.one_of(
        values, st.dictionaries(fields, values, max_size=4), st.lists(st.dictionaries(fields, values), max_size=2)
    ),
)
def test_any_body_is_answered(shared: Site, resource: str, body: Any) -> None:
    text = json.dumps(body)
    answer = shared.admin.call("POST", resource, content=text, headers=JSON)
    assert answer.status in (201, 400, 409, 412, 422), (answer, body)
    dummy = shared.find("host", name="_dummy")
    answer = shared.admin.call(
        "PATCH", f"host/{dummy['_id']}", content=text, headers={**JSON, "If-Match": dummy["_etag"]}
    )
    assert answer.status in (200, 400, 412, 422), (answer, body)
    if answer.status == 200:  # keep what the other examples look up
        changed = shared.admin.get(f"host/{dummy['_id']}").json
        assert shared.patch("host", changed, {"name": "_dummy", "_is_template": True}).status == 200


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "",
        "nul",
        '{"name": "\\ud800"}',
        "[" * 10_000,
        '{"a":' * 10_000,
        '{"name": NaN}',
        b"\xff\xfe",
        '{"name": 1e999}',
    ],
)
def test_text_that_is_no_json(one_site: Site, content: str | bytes) -> None:
    answer = one_site.admin.call("POST", "command", content=content, headers=JSON)
    assert answer.status in (400, 422)
    assert answer.json["_status"] == "ERR"


def test_forms_within_forms(one_site: Site) -> None:
    content = "".join(f"--b{n}\r\nContent-Type: multipart/mixed; boundary=b{n + 1}\r\n\r\n" for n in range(1200))
    headers = {"Content-Type": "multipart/form-data; boundary=b0"}
    for path in ("login", "host"):
        assert one_site.admin.call("POST", path, content=content, headers=headers).status == 400


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": value}
    return value


def test_depth_is_limited(one_site: Site) -> None:
    assert one_site.admin.post("host", {"name": "flat", "_realm": one_site.realm, "customs": nested(20)}).status == 201
    answer = one_site.admin.post("host", {"name": "deep", "customs": nested(MAX_DEPTH + 1)})
    assert answer.status == 400


def test_size_is_limited(one_site: Site) -> None:
    answer = one_site.admin.call("POST", "command", content=b"[" + b" " * Limits().body_bytes + b"]", headers=JSON)
    assert answer.status == 413
    assert answer.json["_error"]["code"] == 413


@pytest.mark.parametrize("key", ["$set", "a\0b", ""])
def test_keys_that_a_store_may_take_for_operators(site: Site, key: str) -> None:
    answer = site.admin.post("host", {"name": unique(), "_realm": site.realm, "customs": {"deep": [{key: 1}]}})
    assert answer.status == 422
    answer = site.admin.post("alignakretention", {key: 1})
    assert answer.status == 422


def test_pages_are_limited(layer: str, new_site: NewSite) -> None:
    site = new_site(layer, page_limit=3, page_default=2)
    assert site.nobody.get("backendconfig").json == {
        "PAGINATION_LIMIT": 3,
        "PAGINATION_DEFAULT": 2,
        "DELETION_LIMIT": 1000,
    }
    for asked, given_ in (("999999", 3), ("", 2), ("0", 2)):
        page = site.admin.get("command", max_results=asked).json
        assert page["_meta"]["max_results"] == given_
    site.close()


def test_files_of_the_package_are_not_served(one_site: Site) -> None:
    for path in (
        "static/app.py",
        "docs/../app.py",
        "docs/%2e%2e/app.py",
        "docs/__init__.py",
        "schema",
        "../etc/passwd",
    ):
        assert one_site.admin.call("GET", path).status == 404


def test_errors_show_nothing_of_the_inside(one_site: Site) -> None:
    for path in ("nothing", "host?where={", "host?sort=("):
        answer = one_site.admin.call("GET", path)
        assert answer.status in (400, 404)
        assert not re.search(r"Traceback|site-packages|\.py|sqlite|mongo", answer.text, re.IGNORECASE)
