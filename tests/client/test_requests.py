"""get, post, patch, put, delete and their like, against a backend."""

from __future__ import annotations

import io
from typing import Any

import pytest

from alignak_backend_client.client import Backend, Response
from client.helping import a_command, a_realm, at, failure, unique
from servers import misbehaving as m


def test_get_of_an_item_is_a_plain_dictionary(client: Backend) -> None:
    command = a_command(client)
    item = client.get(f"/command/{command['_id']}")
    assert type(item) is dict
    assert item["_status"] == "OK"
    assert item["name"] == command["name"]
    item["name"] = "changed"
    assert client.get(f"command/{command['_id']}")["name"] == command["name"]


def test_get_of_a_list_is_a_page(client: Backend) -> None:
    page = client.get("command", {"max_results": 1})
    assert page["_status"] == "OK"
    assert len(page["_items"]) == 1
    assert page["_meta"]["max_results"] == 1


@pytest.mark.parametrize("endpoint", ["host", "/host", "host/", "/host/", "host?max_results=1", "/host?page=1"])
def test_endpoints_as_programs_write_them(client: Backend, endpoint: str) -> None:
    assert client.get(endpoint)["_items"]


def test_own_url_is_an_endpoint_too(client: Backend, backend_url: str) -> None:
    assert client.get(client.get_url("host")) == client.get(f"{backend_url}/host") == client.get("host")


def test_query_in_the_endpoint(client: Backend) -> None:
    item = client.get("livesynthesis", {"max_results": 1})["_items"][0]
    assert "history" not in client.get(f"livesynthesis/{item['_id']}")
    assert "history" in client.get(f"livesynthesis/{item['_id']}?history=1")
    assert "history" in client.get(f"livesynthesis/{item['_id']}", {"history": 1})


def test_parameters_reach_the_backend(client: Backend) -> None:
    command = a_command(client, alias="Zwei Wörter + mehr & so")
    for where in (
        {"alias": "Zwei Wörter + mehr & so"},
        '{"alias": "Zwei Wörter + mehr & so"}',
        f'name=="{command["name"]}"',
    ):
        params = {"where": where, "projection": {"name": 1}, "embedded": None, "sort": "-_id", "page": 0}
        before = dict(params)
        (item,) = client.get("command", params)["_items"]
        assert params == before
        assert item["name"] == command["name"]
        assert "command_line" not in item
    embedded = client.get(f"command/{command['_id']}", {"embedded": {"_realm": 1}})
    assert embedded["_realm"]["name"] == "All"


def test_get_domains(client: Backend) -> None:
    domains = client.get_domains()
    assert {"href": "host", "title": "host"} in domains
    assert {"href": "livesynthesis", "title": "livesynthesis"} in domains
    assert len(domains) > 20
    assert all(type(domain) is dict and {"href", "title"} <= set(domain) for domain in domains)


def test_get_domains_needs_a_login(backend_url: str) -> None:
    assert failure(Backend(backend_url).get_domains).code == 401


def test_get_response_has_every_answer(client: Backend, backend_url: str) -> None:
    good = client.get_response("GET", "host", params={"max_results": 1})
    assert good
    assert (good.status_code, good.reason, good.url) == (200, "OK", f"{backend_url}/host?max_results=1")
    assert good.json()["_items"]
    assert good.headers["Content-Type"].startswith("application/json")
    bad = client.get_response("GET", "nothing")
    assert not bad
    assert bad.status_code == 404
    assert "_error" in bad
    posted = client.get_response("post", "command", json={"name": unique(), "_realm": a_realm(client)})
    assert posted.status_code == 201
    assert posted.headers["location"].endswith(posted["_id"])


def test_get_response_has_the_headers_of_the_caller(client: Backend) -> None:
    command = a_command(client)
    unchanged = client.get_response("GET", f"command/{command['_id']}", {"If-None-Match": command["_etag"]})
    assert unchanged.status_code == 304
    assert unchanged.content == b""


@pytest.mark.parametrize(
    ("data", "body", "kind"),
    [
        (
            {"username": "a b", "password": "ü&="},
            b"username=a+b&password=%C3%BC%26%3D",
            "application/x-www-form-urlencoded",
        ),
        (b"\x00raw", b"\x00raw", None),
        ("täxt", "täxt".encode(), None),
        (io.BytesIO(b"from a file"), b"from a file", None),
    ],
)
def test_get_response_sends_data_as_it_is(data: Any, body: bytes, kind: str | None) -> None:
    with m.MisbehavingServer([m.json_answer({})]) as server:
        at(server).get_response("POST", "login", data=data)
        (request,) = server.requests
        assert request.body == body
        assert request.headers.get("content-type") == kind


def test_form_logs_in(backend_url: str) -> None:
    answer = Backend(backend_url).get_response("POST", "login", data={"username": "admin", "password": "admin"})
    assert answer["token"]


def test_headers_of_the_caller() -> None:
    with m.MisbehavingServer([m.json_answer({})]) as server:
        headers: dict[str, Any] = {"If-Match": b"bytes", "X-None": None, "X-Number": 5, "X-Space": " a b "}
        before = dict(headers)
        at(server).get_response("GET", "host", headers)
        assert headers == before
        received = server.requests[0].headers
        assert received["if-match"] == "bytes"
        assert "x-none" not in received
        assert received["x-number"] == "5"
        assert received["x-space"] == "a b"


def test_post_of_an_item(client: Backend) -> None:
    data = {"name": unique(), "_realm": a_realm(client)}
    before = dict(data)
    made = client.post("command", data)
    assert data == before
    assert made["_status"] == "OK"
    item = client.get(f"command/{made['_id']}")
    assert item["_etag"] == made["_etag"]
    assert item["name"] == data["name"]
    assert failure(client.post, "command", data, None, None).issues == {"name": f"value '{data['name']}' is not unique"}


def test_post_of_a_list(client: Backend) -> None:
    realm = a_realm(client)
    items = [{"name": unique(), "_realm": realm} for _ in range(3)]
    made = client.post("/command", items)
    assert made["_status"] == "OK"
    assert [client.get(f"command/{one['_id']}")["name"] for one in made["_items"]] == [item["name"] for item in items]
    single = client.post("command", [{"name": unique(), "_realm": realm}], headers={"X-Any": "1"})
    assert client.get(f"command/{single['_id']}")["_etag"] == single["_etag"]


def test_post_keeps_the_id_of_the_caller(client: Backend) -> None:
    identity = "abcdef0123456789abcdef01"
    if client.get_response("GET", f"command/{identity}"):
        client.delete(f"command/{identity}", {"If-Match": client.get(f"command/{identity}")["_etag"]})
    assert client.post("command", {"_id": identity, "name": unique(), "_realm": a_realm(client)})["_id"] == identity
    error = failure(client.post, "command", {"_id": identity, "name": unique(), "_realm": a_realm(client)})
    assert error.code == 409


def test_patch(client: Backend) -> None:
    command = a_command(client)
    endpoint = f"command/{command['_id']}"
    result = client.patch(endpoint, {"alias": "new"}, {"If-Match": command["_etag"]})
    item = client.get(endpoint)
    assert result["_status"] == "OK"
    assert item["alias"] == "new"
    assert item["_etag"] == result["_etag"] != command["_etag"]


@pytest.mark.parametrize("headers", [None, {}])
def test_changes_without_headers_are_misuse(headers: Any) -> None:
    with m.MisbehavingServer([m.json_answer({})]) as server:
        client = at(server)
        for call in (client.patch, client.put):
            error = failure(call, "host/1", {}, headers)
            assert (error.code, error.response) == (1000, None)
            assert "If-Match" in error.message
        assert server.requests == []


def test_headers_without_if_match_are_the_backends_to_refuse(client: Backend) -> None:
    command = a_command(client)
    error = failure(
        client.patch, f"command/{command['_id']}", {"alias": "x"}, {"Content-Type": "application/json"}, True
    )
    assert error.code == 428


def test_patch_of_a_changed_item(client: Backend) -> None:
    command = a_command(client)
    endpoint, headers = f"command/{command['_id']}", {"If-Match": command["_etag"]}
    client.patch(endpoint, {"alias": "first"}, headers)
    for inception in (False, None, 0):
        error = failure(client.patch, endpoint, {"alias": "second"}, headers, inception)
        assert error.code == 412
        assert isinstance(error.response, Response)
        assert error.response.status_code == 412
    assert client.get(endpoint)["alias"] == "first"
    before = dict(headers)
    # As programs of 1.4.4 call it: the fourth by position.
    result = client.patch(endpoint, {"alias": "second"}, headers, True)
    assert headers == before
    item = client.get(endpoint)
    assert (item["alias"], item["_etag"]) == ("second", result["_etag"])
    client.patch(endpoint, {"alias": "third"}, {"if-match": command["_etag"]}, inception=True)
    assert client.get(endpoint)["alias"] == "third"


def test_inception_does_not_repeat_what_a_rule_refuses(client: Backend) -> None:
    realm = client.get("realm", {"where": {"name": "All"}})["_items"][0]
    endpoint, headers = f"realm/{realm['_id']}", {"If-Match": realm["_etag"]}
    error = failure(client.patch, endpoint, {"_children": []}, headers, True)
    assert error.code == 412
    assert error.reason
    assert client.get(endpoint)["_etag"] == realm["_etag"]


def _etag_server(*script: m.Behaviour) -> m.MisbehavingServer:
    return m.MisbehavingServer(list(script))


REFUSED_BY_TAG = m.json_answer({"_status": "ERR", "_error": {"code": 412, "message": "tag"}}, 412)
REFUSED_BY_RULE = m.answer(412, b"forbidden by a rule", "text/html")


@pytest.mark.parametrize("method", ["patch", "put"])
def test_inception_reads_the_item_again_once(method: str) -> None:
    verb = method.upper()
    # The tag is another one: retried once, with the new tag and the same verb.
    with _etag_server(REFUSED_BY_TAG, m.json_answer({"_etag": "new"}), m.json_answer({"_etag": "newer"})) as server:
        headers = {"IF-match": "old", "X-Mine": "1"}
        result = getattr(at(server), method)("host/1", {"a": 1}, headers, True)
        assert result["_etag"] == "newer"
        assert [(r.method, r.path) for r in server.requests] == [
            (verb, "/host/1"),
            ("GET", "/host/1"),
            (verb, "/host/1"),
        ]
        assert [r.headers.get("if-match") for r in server.requests] == ["old", None, "new"]
        assert [r.headers.get("x-mine") for r in server.requests] == ["1", None, "1"]
        assert server.requests[0].body == server.requests[2].body
    # Changed once more in between: the caller decides.
    with _etag_server(REFUSED_BY_TAG, m.json_answer({"_etag": "new"}), REFUSED_BY_TAG) as server:
        assert failure(getattr(at(server), method), "host/1", {"a": 1}, {"If-Match": "old"}, True).code == 412
        assert len(server.requests) == 3
    # The tag is the same: the rule would refuse again.
    with _etag_server(REFUSED_BY_RULE, m.json_answer({"_etag": "old"})) as server:
        error = failure(getattr(at(server), method), "host/1", {"a": 1}, {"If-Match": "old"}, True)
        assert (error.code, error.reason) == (412, "forbidden by a rule")
        assert [r.method for r in server.requests] == [verb, "GET"]
    # The item is gone, or what is read is none.
    for answer, code in ((m.html(404), 404), (m.json_answer([]), 1000), (m.json_answer({"_etag": 5}), 412)):
        with _etag_server(REFUSED_BY_TAG, answer) as server:
            assert failure(getattr(at(server), method), "host/1", {"a": 1}, {"If-Match": "old"}, True).code == code
            assert len(server.requests) == 2
    # Not asked for: nothing is read.
    with _etag_server(REFUSED_BY_TAG) as server:
        assert failure(getattr(at(server), method), "host/1", {"a": 1}, {"If-Match": "old"}).code == 412
        assert len(server.requests) == 1


def test_put_replaces_and_stays_a_put(client: Backend) -> None:
    made = client.post("alignakretention", {"host": "a", "other": 1})
    endpoint = f"alignakretention/{made['_id']}"
    result = client.put(endpoint, {"host": "b"}, {"If-Match": made["_etag"]})
    item = client.get(endpoint)
    assert (item["host"], item["_etag"]) == ("b", result["_etag"])
    assert "other" not in item
    assert failure(client.put, endpoint, {"host": "c"}, {"If-Match": made["_etag"]}).code == 412
    client.put(endpoint, {"more": 1}, {"If-Match": made["_etag"]}, True)
    item = client.get(endpoint)
    assert item["more"] == 1
    # A PATCH would have kept it.
    assert "host" not in item
    client.delete(endpoint, {"If-Match": item["_etag"]})


def test_put_of_what_has_none(client: Backend) -> None:
    command = a_command(client)
    assert failure(client.put, f"command/{command['_id']}", {}, {"If-Match": command["_etag"]}).code == 405


def test_delete_of_an_item(client: Backend) -> None:
    command = a_command(client)
    endpoint = f"command/{command['_id']}"
    assert failure(client.delete, endpoint, {"If-Match": "another"}).code == 412
    assert failure(client.delete, endpoint, {}).code == 428
    assert client.delete(endpoint, {"If-Match": command["_etag"]})["_status"] == "OK"
    assert failure(client.get, endpoint).code == 404
    assert failure(client.delete, endpoint, {"If-Match": command["_etag"]}).code == 404


@pytest.mark.parametrize("headers", [{}, None])
def test_delete_of_all_items(client: Backend, headers: Any) -> None:
    client.post("alignakretention", {"host": "a"})
    assert client.delete("alignakretention", headers)["_status"] == "OK"
    assert client.get_all("alignakretention")["_items"] == []
