"""Paths, methods, headers and bodies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from alignak_backend_embedded.api.http import Request
from alignak_backend_embedded.api.options import Limits
from embedded.site import Site, unique
from servers.caller import Answer

JSON = {"Content-Type": "application/json"}


def ask(site: Site, method: str, path: str, **options: Any) -> Answer:
    """A request of the administrator."""
    headers = {"Authorization": site.admin.token, **options.pop("headers", {})}
    return site.send(method, path, headers=headers, **options)


# Paths and methods


@pytest.mark.parametrize("path", ["host", "/host/", "//host", "/ho%73t"])
def test_paths_that_lead_to_one_list(site: Site, path: str) -> None:
    assert ask(site, "GET", path).json["_meta"]["total"] == 1


@pytest.mark.parametrize(
    "path", ["HOST", "host/x", "host%2Fx", "host/delete/x", "livesynthesisretention", "docs/x", "%ff"]
)
def test_paths_that_lead_nowhere(site: Site, path: str) -> None:
    answer = ask(site, "GET", path)
    assert (answer.status, answer.json["_error"]["code"]) == (404, 404)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "login", "POST"),
        ("POST", "version", "GET"),
        ("PUT", "host", "GET"),
        ("POST", f"host/{'0' * 24}", "PATCH"),
        ("GET", "host/delete", "POST"),
        ("TRACE", "host", "GET"),
        ("BREW", "", "GET"),
    ],
)
def test_methods_that_a_path_does_not_have(site: Site, method: str, path: str, allowed: str) -> None:
    answer = ask(site, method, path)
    assert answer.status == 405
    assert allowed in answer.headers["allow"].split(", ")
    assert method not in answer.headers["allow"].split(", ")


@pytest.mark.parametrize("path", ["", "host", f"host/{'0' * 24}", "version", "login", "docs", "nothing"])
def test_options_need_no_login(site: Site, path: str) -> None:
    answer = site.send("OPTIONS", path)
    assert (answer.status, answer.text) == (200, "")


@pytest.mark.parametrize("path", ["", "host", "version", "docs/index.html", "nothing"])
def test_head_answers_as_get_without_the_body(site: Site, path: str) -> None:
    got, head = ask(site, "GET", path), ask(site, "HEAD", path)
    assert (head.status, head.text) == (got.status, "")
    assert int(head.headers.pop("content-length")) == len(got.text.encode())
    assert dict(head.headers) == dict(got.headers)


@pytest.mark.parametrize(
    ("override", "status"), [("patch", 428), ("DELETE", 428), ("GET", 200), ("TRACE", 405), ("", 405)]
)
def test_a_post_may_override_its_method(site: Site, override: str, status: int) -> None:
    dummy = site.find("host", name="_dummy")
    headers = {"X-HTTP-Method-Override": override, **JSON}
    assert ask(site, "POST", f"host/{dummy['_id']}", headers=headers, body=b"{}").status == status
    assert ask(site, "GET", f"host/{dummy['_id']}", headers=headers).status == 200


# Bodies


def multipart(*parts: str) -> dict[str, Any]:
    body = "".join(f"--line\r\nContent-Disposition: form-data; {part}\r\n" for part in parts) + "--line--\r\n"
    return {"headers": {"Content-Type": "multipart/form-data; boundary=line"}, "body": body.encode()}


def test_a_multipart_form_is_a_body(site: Site) -> None:
    name = unique("Ünïcode")
    form = multipart(
        f'name="name"\r\n\r\n{name}',
        f'name="_realm"\r\n\r\n{site.realm}',
        'name="notes"; filename="x.txt"\r\n\r\na file is no field',
    )
    answer = ask(site, "POST", "command", **form)
    assert answer.status == 201, answer.text
    stored = site.find("command", name=name)
    assert stored["notes"] == ""


def test_form_values_that_take_long_to_parse_stay_text(site: Site) -> None:
    """Forms within forms are text, long headers no fields: reading them takes time with the square of their length."""
    name, inner = unique(), "--inner\r\nContent-Disposition: form-data; name=alias\r\n\r\nx\r\n--inner--"
    form = multipart(
        f'name="name"\r\n\r\n{name}',
        f'name="_realm"\r\n\r\n{site.realm}',
        f'name="notes"\r\nContent-Type: multipart/mixed; boundary=inner\r\n\r\n{inner}',
        f'name="alias"; {"a=b;" * 1000}\r\n\r\nx',
    )
    answer = ask(site, "POST", "command", **form)
    assert answer.status == 201, answer.text
    stored = site.find("command", name=name)
    assert (stored["notes"], stored["alias"]) == (inner, name)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b""),
        ("application/x-www-form-urlencoded", b"&"),
        ("multipart/form-data", b"--x--"),
        ("multipart/form-data; boundary=", b"--\r\n\r\n"),
        ("multipart/form-data; boundary=x", b"\xff\x00"),
        ("application/json", b"\xff"),
        ("application/json", b'\xef\xbb\xbf{"name": 1}'),
        ("text/json", b"{}"),
    ],
)
def test_empty_bodies_are_rejected(site: Site, kind: str, body: bytes) -> None:
    assert ask(site, "POST", "command", headers={"Content-Type": kind}, body=body).status == 400


def test_of_fields_with_one_name_the_first_counts(site: Site) -> None:
    name = unique()
    body = f"name={name}&name=other&_realm={site.realm}&notes=a%20b+c".encode()
    headers = {"Content-Type": "Application/X-WWW-Form-URLEncoded; charset=utf-8"}
    assert ask(site, "POST", "command", headers=headers, body=body).status == 201
    assert site.find("command", name=name)["notes"] == "a b c"


@pytest.mark.parametrize("path", ["command", "login"])
def test_bodies_are_limited_everywhere(site: Site, path: str) -> None:
    answer = ask(site, "POST", path, headers=JSON, body=b"[" + b" " * Limits().body_bytes + b"]")
    assert (answer.status, answer.json["_error"]["code"]) == (413, 413)


@pytest.mark.parametrize(
    ("kind", "body", "message"),
    [
        ("text/plain", b"x", "No data provided in the login request"),
        ("application/json", b"", "No data provided in the login request"),
        ("application/json", b"[1]", "Missing credentials in posted data (username and password are mandatory)"),
        ("application/json", b'{"username": "admin"}', "Missing credentials"),
        ("application/json", b'{"username": "admin", "password": ""}', "Username and password must be provided"),
        ("application/json", b'{"username": ["admin"], "password": {"$ne": 1}}', "Please provide proper credentials"),
    ],
)
def test_logins_without_credentials(site: Site, kind: str, body: bytes, message: str) -> None:
    answer = site.send("POST", "login", headers={"Content-Type": kind}, body=body)
    assert answer.status == 401
    assert answer.json["_error"]["message"].startswith(message)


def test_a_form_logs_in(site: Site) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = site.send("POST", "login", headers=headers, body=b"username=admin&password=admin")
    assert answer.json["token"] == site.admin.token


# Headers


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("{token}", 200),
        ("Token {token}", 200),
        ("bearer   {token} ", 200),
        ("Bearer", 401),
        ("Digest {token}", 401),
        ("Basic {token}", 401),
        ("Basic %%%", 401),
        ("Basic 4pyT", 401),
        ("", 401),
    ],
)
def test_ways_to_send_the_token(site: Site, header: str, status: int) -> None:
    headers = {"Authorization": header.format(token=site.admin.token)}
    answer = site.send("GET", "realm", headers=headers)
    assert answer.status == status
    assert answer.headers.get("www-authenticate") == (None if status == 200 else 'Basic realm="eve"')


def test_conditional_requests_return_not_modified(site: Site) -> None:
    item = site.find("host", name="_dummy")
    path, etag, updated = f"host/{item['_id']}", item["_etag"], item["_updated"]
    for headers, status in (
        ({"If-None-Match": f'W/"{etag}"'}, 304),
        ({"If-None-Match": "*"}, 200),
        ({"If-Modified-Since": updated}, 304),
        ({"If-Modified-Since": updated.lower()}, 304),
        ({"If-Modified-Since": "Mon, 01 Jan 2018 00:00:00 GMT"}, 200),
        ({"If-Modified-Since": ""}, 200),
        ({"If-None-Match": etag, "If-Modified-Since": "Mon, 01 Jan 2018 00:00:00 GMT"}, 200),
        ({"If-Modified-Since": "Fri, 31 Feb 2027 00:00:00 GMT"}, 400),
        ({"If-Modified-Since": "2027-01-01"}, 400),
    ):
        answer = ask(site, "GET", path, headers=headers)
        assert answer.status == status, headers
        assert (answer.text == "") == (status == 304)
    # A list may have changed though nothing in it is new: items leave it.
    assert ask(site, "GET", "host", headers={"If-Modified-Since": updated, "If-None-Match": etag}).status == 200


def test_cors_headers_depend_on_the_origin(site: Site) -> None:
    for origin, allowed in (("https://ui.example", "https://ui.example"), ("https://evil.example", None)):
        headers = ask(site, "GET", "version", headers={"Origin": origin}).headers
        assert headers.get("access-control-allow-origin") == allowed
        assert headers["vary"] == "Origin"
    assert "access-control-allow-origin" not in ask(site, "GET", "version").headers


def test_the_location_is_where_the_client_came(site: Site) -> None:
    body = json.dumps({"name": unique(), "_realm": site.realm}).encode()
    answer = ask(site, "POST", "command", headers={**JSON, "Host": "backend.example:5000"}, body=body)
    assert answer.headers["location"] == f"http://backend.example:5000/command/{answer.json['_id']}"


def test_shown_requests_hold_no_secret() -> None:
    request = Request("GET", "/user", 'where={"token":"secret"}', {"authorization": "secret"}, b"secret")
    assert "secret" not in repr(request)
