"""BackendException and the answer it carries, held against what `requests` makes of the same answers."""

from __future__ import annotations

import copy
import http.server
import json
import pickle
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from alignak_backend_client._text import plain_text
from alignak_backend_client.client import Backend, BackendException, Response
from alignak_backend_client.exceptions import http_error
from client.helping import a_command, a_realm, at, failure, unique
from servers import misbehaving as m


def _as_requests_words_it(answer: requests.Response) -> str:
    with pytest.raises(requests.HTTPError) as caught:
        answer.raise_for_status()
    return f"BackendException raised with code {answer.status_code} and message: {caught.value} - {answer}"


def test_text_of_the_manual() -> None:
    answer = Response(401, "UNAUTHORIZED", "URL", {}, b"")
    assert str(http_error(answer)) == (
        "BackendException raised with code 401 and message: 401 Client Error: UNAUTHORIZED for url: URL"
        " - <Response [401]>"
    )


@pytest.mark.parametrize(
    ("endpoint", "params"),
    [
        ("nothing", None),
        ("/nothing/here", {}),
        ("nothing", {"where": '{"name": "a b+c&d=é", "x": ["1"]}', "page": 0, "sort": None, "embedded": "{}"}),
        ("nothing?where={%22a%22:1}", {"max_results": 3}),
        ("user/000000000000000000000000", {"projection": '{"name": 1}'}),
    ],
)
def test_text_is_that_of_requests(client: Backend, backend_url: str, endpoint: str, params: Any) -> None:
    error = failure(client.get, endpoint, params)
    url = f"{backend_url}/{endpoint.removeprefix('/')}"
    same = requests.get(url, params=params, auth=(client.token or "", ""), timeout=10)
    assert str(error) == _as_requests_words_it(same)
    assert error.code == same.status_code == 404
    assert isinstance(error.response, Response)
    assert error.response.url == same.url
    assert error.response.json() == same.json()


@pytest.mark.parametrize("status", [400, 401, 404, 418, 422, 499, 500, 503, 599])
@pytest.mark.parametrize("reason", ["Whatever", "BAD GATEWAY", ""])
def test_text_has_the_reason_as_it_was_sent(status: int, reason: str) -> None:
    with m.MisbehavingServer([m.answer(status, b"{}", reason=reason)]) as server:
        error = failure(at(server).get, "host")
        same = requests.get(f"{server.url}/host", timeout=10)
    assert str(error) == _as_requests_words_it(same)
    assert error.code == status
    assert not error.response
    assert repr(error.response) == str(error.response) == f"<Response [{status}]>"


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_reasons_in_other_languages(encoding: str) -> None:
    raw = b"HTTP/1.1 403 " + "Schlüssel".encode(encoding) + b"\r\nContent-Length: 0\r\n\r\n"
    with m.MisbehavingServer([m.Behaviour(raw)]) as server:
        assert "Client Error: Schlüssel for url" in failure(at(server).get, "host").message


def test_refused_post_has_the_issues(client: Backend) -> None:
    error = failure(client.post, "host", {"alias": "nameless", "nonsense": 1})
    assert error.code == 422
    assert error.message.lower().startswith("422 client error: unprocessable entity for url: ")
    assert isinstance(error.response, Response)
    assert not error.response
    assert "_issues" in error.response
    assert error.response["_issues"] == {
        "name": "required field",
        "nonsense": "unknown field",
    }
    assert "nothing" not in error.response
    with pytest.raises(KeyError):
        error.response["nothing"]
    assert "name: required field" in error.reason
    assert "nonsense: unknown field" in error.reason
    assert any("required field" in note for note in error.__notes__)


def test_refused_list_has_the_issues_by_position(client: Backend) -> None:
    fine = {"name": unique(), "_realm": a_realm(client)}
    error = failure(client.post, "command", [fine, {**fine, "name": unique(), "no": 1}])
    assert error.code == 422
    assert error.issues == {"1": {"no": "unknown field"}}


@pytest.mark.parametrize("method", ["patch", "put"])
def test_refused_changes_carry_the_answer_too(client: Backend, method: str) -> None:
    resource = "command" if method == "patch" else "alignakretention"
    if method == "patch":
        item = a_command(client)
        data: dict[str, Any] = {"command_line": 5, "nonsense": 1}
    else:
        made = client.post("alignakretention", {"host": "x"})
        item = client.get(f"alignakretention/{made['_id']}")
        data = {"host": "y"}
    error = failure(getattr(client, method), f"{resource}/{item['_id']}", data, {"If-Match": "another"})
    assert error.code == 412
    assert isinstance(error.response, Response)
    assert error.response.status_code == 412
    if method == "patch":
        error = failure(client.patch, f"{resource}/{item['_id']}", data, {"If-Match": item["_etag"]})
        assert error.code == 422
        assert isinstance(error.response, Response)
        assert error.response["_issues"]["nonsense"] == "unknown field"
        assert "_error" not in error.response
        assert "nonsense: unknown field" in error.reason


def test_a_filter_that_the_backend_does_not_take_has_a_reason(client: Backend) -> None:
    with pytest.raises(BackendException) as caught:
        client.get("host", {"where": '{"name": {"$nonsense": 1}}'})
    assert (caught.value.code, caught.value.reason) == (400, "a filter, a sort or another parameter is invalid")


def test_missing_rights_have_a_reason(client: Backend) -> None:
    item = a_command(client)
    user = f"user-{item['_id']}"
    client.post("user", {"name": user, "password": "hush-hush", "_realm": item["_realm"]})
    with Backend(client.url_endpoint_root) as other:
        assert other.login(user, "hush-hush")
        headers = {"If-Match": item["_etag"]}
        errors = {
            "create": failure(other.post, "command", {"name": user, "_realm": item["_realm"]}),
            "update": failure(other.patch, f"command/{item['_id']}", {"notes": "n"}, headers),
            "delete": failure(other.delete, f"command/{item['_id']}", headers),
        }
    for verb, error in errors.items():
        reason = f"the user has no right to {verb} it: an administrator can grant it (userrestrictrole)"
        assert (error.code, error.reason) == (401, reason)


def test_rule_refusals_in_plain_text_have_a_reason(client: Backend) -> None:
    realm = client.get("realm", {"where": '{"name": "All"}'})["_items"][0]
    error = failure(client.delete, f"realm/{realm['_id']}", {"If-Match": realm["_etag"]})
    assert error.code == 412
    assert isinstance(error.response, Response)
    assert not error.response.is_json()
    assert "_issues" not in error.response
    assert error.reason
    assert "<" not in error.reason
    assert error.issues == {}


def _cannot_talk() -> BackendException:
    with m.MisbehavingServer() as server:
        return failure(Backend(server.url, retries=0).get, "host")


def test_no_connection_is_code_1000_with_a_dictionary_for_programs() -> None:
    error = _cannot_talk()
    assert error.reason == error.message
    assert error.code == 1000
    details = {"message": error.message, "code": 1000}
    assert error.response == {"_status": "ERR", "_error": details, "_issues": details}
    assert json.loads(json.dumps(error.response)) == error.response
    assert "\n" not in error.message
    assert str(error).startswith(f"BackendException raised with code 1000 and message: {error.message} - {{'_status'")


def test_misuse_has_no_response() -> None:
    client = Backend("http://127.0.0.1:9")
    for error in (
        failure(client.login, "", ""),
        failure(client.login, "admin", "admin", proxies={"ftp": "http://127.0.0.1:9"}),
        failure(client.patch, "host/x", {}),
        failure(client.put, "host/x", {}, {}),
        failure(client.get, "//elsewhere/host"),
        failure(client.post, "host", {"name": object()}),
        failure(client.post, "host", {"name": float("nan")}),
        failure(client.get, "host", {"where": {"name": object()}}),
        failure(client.get, "host", {"where": b"\xff"}),
        failure(client.get, "host", {"where": "\ud800"}),
        failure(client.get, "host\ud800"),
        failure(client.get, "host", {"where": "x" * 70000}),
        failure(client.get_all, "host", {"where": {"name": object()}, "max_results": 5}),
        failure(client.delete, "host/x", {"If-Match": "a\r\nX: b"}),
        failure(client.delete, "host/x", {"X\r\nY": "b"}),
        failure(client.delete, "host/x", {"X Y": "b"}),
        failure(client.delete, "host/x", {"": "b"}),
        failure(Backend("ftp://127.0.0.1").get, "host"),
        failure(Backend("127.0.0.1:5000").get, "host"),
        failure(Backend("").get, "host"),
        failure(Backend("http://u:p@127.0.0.1:9").get, "host"),
        failure(Backend("http://127.0.0.1:99999").get, "host"),
        failure(Backend, "http://127.0.0.1:5000", timeout=0),
        failure(Backend, "http://127.0.0.1:5000", timeout=(1, -1)),
        failure(Backend, "http://127.0.0.1:5000", timeout="5"),
        failure(Backend, None),
        failure(client.get, "host", 5),
        failure(client.get, "host", [("where", "x")]),
        failure(client.get_all, "host", "a=b"),
        failure(client.get_all, None),
        failure(next, client.iterate("host", 5)),  # type: ignore[arg-type]
        failure(client.delete, "host/x", "x"),
        failure(client.patch, "host/x", {}, "x"),
        failure(client.get_response, "GET", "host", 5),
        failure(client.create_many, "host", [5]),
        failure(client.create_many, "host", {"name": "x"}),
        failure(client.update_many, "host", [{"_id": "x"}]),
        failure(client.delete_many, "host", [{"_id": "x"}]),
        failure(client.delete_many, "host", ["x"]),
    ):
        assert error.reason == error.message
        assert error.code == 1000, error
        assert error.response is None, error
        assert error.message
        assert str(error).endswith(" - None")


def test_keyword_construction_and_defaults() -> None:
    error = BackendException(code=17, message="text", response={"a": 1})
    assert (error.code, error.message, error.response) == (17, "text", {"a": 1})
    assert str(error) == "BackendException raised with code 17 and message: text - {'a': 1}"
    assert BackendException(1, "x").response is None
    assert error.args == ("text",)
    assert error.issues == {}
    assert error.reason == "text"


@pytest.mark.parametrize("copied", [lambda error: pickle.loads(pickle.dumps(error)), copy.deepcopy, copy.copy])  # noqa: S301 - our own
def test_exceptions_travel_between_processes(copied: Any) -> None:
    answer = Response(422, "NO", "http://x/", {"Content-Type": "application/json"}, b'{"_issues": {"name": "bad"}}')
    for error in (http_error(answer), _cannot_talk(), BackendException(1000, "misuse")):
        error.where = "here"  # type: ignore[attr-defined]  # what a program notes on it
        again = copied(error)
        assert type(again) is BackendException
        assert str(again) == str(error)
        assert (again.code, again.message, again.reason) == (error.code, error.message, error.reason)
        assert (again.args, vars(again)["where"]) == ((error.message,), "here")
        assert getattr(again, "__notes__", []) == getattr(error, "__notes__", [])
        if isinstance(error.response, Response):
            assert isinstance(again.response, Response)
            assert again.response["_issues"] == {"name": "bad"}
            assert again.response.headers["content-type"] == "application/json"
            assert again.response.status_code == 422


class _Answers(http.server.BaseHTTPRequestHandler):
    status, body, kind = 200, b"", "application/json"

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.send_header("Content-Type", self.kind)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def anything() -> Iterator[tuple[str, type[_Answers]]]:
    """A server that answers what the test sets."""
    handler = type("Handler", (_Answers,), {})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", handler
        server.shutdown()
        thread.join()


def test_decode_takes_the_responses_of_requests(anything: tuple[str, type[_Answers]]) -> None:
    url, handler = anything
    handler.body = b'{"name": "x"}'
    assert Backend.decode(requests.get(url, timeout=5)) == {"name": "x"}

    handler.status = 404
    answer = requests.get(url, timeout=5)
    error = failure(Backend.decode, answer)
    assert str(error) == _as_requests_words_it(answer)
    assert error.code == 404
    assert id(error.response) == id(answer)

    handler.status, handler.body = 200, b'{"_status": "ERR", "_error": {"code": 417, "message": "told"}}'
    answer = requests.get(url, timeout=5)
    error = failure(Backend.decode, answer)
    assert (error.code, error.message, id(error.response)) == (417, "told", id(answer))

    for body in (b"ok", b"", b"<html>", b"\xff\xfe\x00", b'{"a":'):
        handler.body = body
        error = failure(Backend.decode, requests.get(url, timeout=5))
        assert error.code == 1000
        assert url in error.message
        assert isinstance(error.response, dict)
        assert json.dumps(error.response)


def test_decode_takes_our_own_responses(client: Backend) -> None:
    assert Backend.decode(client.get_response("GET", "command"))["_items"]
    answer = client.get_response("GET", "nothing")
    assert not answer
    assert failure(client.decode, answer).code == 404


def test_response_looks_into_its_body() -> None:
    answer = Response(200, "OK", "u", {"Content-Type": "text/plain; charset=latin-1"}, "é".encode("latin-1"))
    assert answer
    assert answer.ok
    answer.raise_for_status()
    assert answer.text == "é"
    assert "_issues" not in answer
    assert answer.headers["CONTENT-TYPE"].startswith("text/plain")
    assert "Content-type" in answer.headers
    assert answer.headers.get("nothing") is None
    with pytest.raises(ValueError):
        answer.json()
    assert "a" not in Response(200, "OK", "u", {}, b'["a"]')
    assert failure(Response(500, "NO", "u", {}, b"").raise_for_status).code == 500


@pytest.mark.parametrize(
    "charset", ["nonsense", "idna", "undefined", "base64", "rot13", "unicode_escape", "utf-16", ""]
)
def test_hostile_charsets_still_give_a_text(charset: str) -> None:
    answer = Response(500, "NO", "u", {"content-type": f"text/html; charset={charset}"}, b"<p>No \\d way\xff</p>")
    assert isinstance(answer.text, str)
    assert isinstance(http_error(answer).reason, str)


@pytest.mark.parametrize(
    "hostile", ["<title ", "<title>", "<script", "<p <", "<", "</title ", "<title></title  ", "<style>a</style", "&#1;"]
)
def test_hostile_pages_do_not_keep_the_client_busy(hostile: str) -> None:
    import time

    before = time.process_time()
    text = plain_text("<html>" + hostile * (1_000_000 // len(hostile)))
    assert time.process_time() - before < 2
    assert len(text) <= 300


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<!DOCTYPE html><title>Oops</title><h1>500</h1><p>It &lt;broke&gt;.</p>", "500 It <broke>."),
        ("plain\x1b[31m text\r\n of two   lines\x00", "plain [31m text of two lines"),
        ("<html><style>a{}</style><script>x()</script>gone</html>", "gone"),
        ("a < b and b > c", "a < b and b > c"),
        ("", ""),
    ],
)
def test_plain_text_of_pages(page: str, text: str) -> None:
    assert plain_text(page) == text
