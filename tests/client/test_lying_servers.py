"""What answers may be no backend at all: every lie ends in a BackendException, soon, and no token leaves."""

from __future__ import annotations

import json
import re
import tracemalloc
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from alignak_backend_client.client import Backend, BackendException, Change, Outcome
from client.helping import TOKEN, at, failure
from servers import misbehaving as m

BODY = {"_items": [{"_id": "a" * 24}]}

CUT = m.cut_short(BODY)
TOO_LONG = m.answer(200, json.dumps(BODY).encode(), length=3)
NOT_HTTP = m.Behaviour(b"SSH-2.0-OpenSSH_9.6\r\n")
BAD_LENGTH = m.Behaviour(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}")
BAD_CHUNKS = m.Behaviour(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n")
BAD_GZIP = m.answer(200, b"not gzip at all", headers={"Content-Encoding": "gzip"})
ENDLESS_HEADERS = m.Behaviour(b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 200_000)
NO_STATUS = m.Behaviour(b"HTTP/1.1\r\n\r\n")

LIES: dict[str, m.Behaviour] = {
    "html": m.html(200),
    "empty": m.empty_body(),
    "nothing but space": m.answer(200, b" \n "),
    "not json": m.not_json(),
    "cut short": CUT,
    "length too small": TOO_LONG,
    "204": m.answer(204, content_type=""),
    "redirect": m.redirect("http://127.0.0.1:1/"),
    "redirect without place": m.answer(302),
    "300": m.answer(300, b"{}"),
    "304": m.answer(304),
    "deep": m.answer(200, b"[" * 200_000),
    "deep object": m.answer(200, b'{"_items":' * 50_000),
    "invalid utf-8": m.answer(200, b'{"a": "\xff"}'),
    "a list": m.json_answer([1]),
    "a text": m.json_answer("ok"),
    "a number": m.json_answer(5),
    "null": m.json_answer(None),
    "no answer": m.no_answer(),
    "reset": m.reset_after_reading(),
    "reset before": m.reset_before_reading(),
    "not http": NOT_HTTP,
    "bad length": BAD_LENGTH,
    "bad chunks": BAD_CHUNKS,
    "bad gzip": BAD_GZIP,
    "endless headers": ENDLESS_HEADERS,
    "no status": NO_STATUS,
}

CALLS: dict[str, Callable[[Backend], Any]] = {
    "get": lambda client: client.get("host"),
    "get_all": lambda client: client.get_all("host", {"max_results": 5}),
    "get_all sorted": lambda client: client.get_all("host", {"sort": "name", "max_results": 5}),
    "get_domains": lambda client: client.get_domains(),
    "login": lambda client: client.login("a", "b"),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_lies_are_code_1000(lie: m.Behaviour, call: Callable[[Backend], Any]) -> None:
    with m.MisbehavingServer([lie]) as server:
        error = failure(call, at(server))
    assert error.code == 1000
    assert error.message
    assert TOKEN not in str(error)
    assert json.dumps(error.response)


def _failure_if_any(call: Callable[[Backend], Any], client: Backend) -> BackendException | None:
    try:
        call(client)
    except BackendException as error:
        return error
    return None


WRITES: dict[str, Callable[[Backend], Any]] = {
    "post": lambda client: client.post("host", {"name": "x"}),
    "post of a list": lambda client: client.post("host", [{"name": "x"}, {"name": "y"}]),
    "post of no resource": lambda client: client.post("search", {"target": ""}),
    "patch": lambda client: client.patch("host/1", {"a": 1}, {"If-Match": "x"}),
    "put": lambda client: client.put("host/1", {"a": 1}, {"If-Match": "x"}, True),
    "delete": lambda client: client.delete("host/1", {"If-Match": "x"}),
    "logout": lambda client: client.logout(),
}


@pytest.mark.parametrize(
    ("lie", "retries"), [*((lie, 0) for lie in LIES), *((lie, 1) for lie in ("html", "cut short", "no answer"))]
)
@pytest.mark.parametrize("call", WRITES.values(), ids=WRITES.keys())
def test_writes_to_liars_end_and_never_with_another_exception(
    lie: str, retries: int, call: Callable[[Backend], Any]
) -> None:
    with m.MisbehavingServer([LIES[lie]]) as server:
        # Some of the lies are good answers to some of the calls.
        error = _failure_if_any(call, at(server, retries=retries))
        assert error is None or (error.code == 1000 and TOKEN not in str(error))
        assert len(server.requests) <= 5


@pytest.mark.parametrize(
    "body",
    [
        {"_issues": 5, "_error": 7, "_items": 3},
        {"_issues": {"exception": "x"}, "_items": None},
        {"_issues": [["exception"]], "_items": [1, None, {"_issues": 5}, {"_issues": {"exception": 1}}]},
        {"_issues": {"exception": {"a": [1, {"b": None}]}}},
        {"_error": {"code": "x", "message": {"exception": 1}}},
        {"_items": {"exception": 1}},
        ["exception"],
        "exception",
        None,
    ],
)
@pytest.mark.parametrize("status", [200, 400, 412, 422, 500])
def test_odd_error_bodies_have_a_text(body: Any, status: int) -> None:
    with m.MisbehavingServer([m.json_answer(body, status)]) as server:
        for call in [*CALLS.values(), *WRITES.values()]:
            error = _failure_if_any(call, at(server))
            if error is not None:
                assert error.code in (status, 1000)
                assert isinstance(str(error) + error.reason, str)
                assert isinstance(error.issues, dict)


@pytest.mark.parametrize("lie", ["html", "a list", "redirect", "cut short"])
def test_queries_are_left_out_of_messages(lie: str) -> None:
    with m.MisbehavingServer([LIES[lie]]) as server:
        error = failure(at(server).get, "host", {"where": '{"name": "web"}'})
    assert error.code == 1000
    assert f"{server.url}/host" in error.message
    assert "where" not in error.message


def test_nan_is_taken() -> None:
    with m.MisbehavingServer([m.answer(200, b'{"ls_latency": NaN, "x": Infinity}')]) as server:
        item = at(server).get("host/1")
    assert item["ls_latency"] != item["ls_latency"]
    assert item["x"] == float("inf")


def test_error_in_a_good_answer() -> None:
    told = {"_status": "ERR", "_error": {"code": 409, "message": "no"}, "_issues": {"name": "bad"}}
    with m.MisbehavingServer([m.json_answer(told)]) as server:
        error = failure(at(server).get, "host")
    assert (error.code, error.message) == (409, "no")
    assert error.response is not None
    assert error.response["_issues"] == {"name": "bad"}


@pytest.mark.parametrize("status", [301, 302, 307])
@pytest.mark.parametrize("call", [*CALLS.values(), *WRITES.values()], ids=[*CALLS, *WRITES])
def test_no_redirect_is_followed(status: int, call: Callable[[Backend], Any]) -> None:
    with (
        m.MisbehavingServer([m.json_answer({"token": "x", "_items": []})]) as other,
        m.MisbehavingServer([m.redirect(f"{other.url}/host", status)]) as server,
    ):
        # Logout does not look at the body.
        error = _failure_if_any(call, at(server))
        assert error is None or error.code == 1000
        assert other.connections == 0
        assert len(server.requests) == 1


# --- lists


def _query(request: m.Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}


def _page(items: list[Any], total: Any = None) -> m.Behaviour:
    return m.json_answer({"_items": items, **({"_meta": {"total": total}} if total is not None else {})})


def _id(number: int) -> str:
    return f"{number:024x}"


LISTS: dict[str, list[m.Script]] = {
    "no items": [m.json_answer({"_meta": {"total": 5}})],
    "items are no list": [m.json_answer({"_items": {"a": 1}})],
    "items are no objects": [m.json_answer({"_items": [1, 2]})],
    "not increasing": [_page([{"_id": _id(2)}, {"_id": _id(1)}])],
    "the same twice": [_page([{"_id": _id(1)}, {"_id": _id(1)}])],
    "the same page for ever": [_page([{"_id": _id(1)}, {"_id": _id(2)}], 5)],
    "the same page for ever, no total": [_page([{"_id": _id(1)}, {"_id": _id(2)}])],
    "ids are numbers": [_page([{"_id": 1}, {"_id": 2}], 50)],
    "ids are null": [_page([{"_id": None}], 50)],
    "ids are no ids": [_page([{"_id": 'a")'}], 50)],
    "above what was asked for": [_page([{"_id": _id(3)}], 5), _page([{"_id": _id(9)}], 4), _page([{"_id": _id(7)}], 4)],
    "ids are empty": [_page([{"_id": ""}])],
}


@pytest.mark.parametrize("script", LISTS.values(), ids=LISTS.keys())
@pytest.mark.parametrize("processes", [1, 4])
@pytest.mark.parametrize("where", [None, 'name=="x"'])
def test_lists_that_lie(script: list[m.Script], processes: int, where: str | None) -> None:
    with m.MisbehavingServer(script) as server:
        client = at(server, processes=processes)
        error = failure(client.get_all, "host", {"max_results": 2, "where": where})
        assert error.code == 1000
        assert len(server.requests) < 20
        error = failure(lambda: list(client.iterate("host", {"max_results": 2})))
        assert error.code == 1000


@pytest.mark.parametrize("processes", [1, 4])
@pytest.mark.parametrize("params", [{}, {"sort": "name"}, {"where": 'name=="x"'}])
@pytest.mark.parametrize("sent", [[], [{"_id": _id(1)}, {"_id": _id(2)}], [{"a": "1"}, {"a": "2"}]], ids=str)
@pytest.mark.parametrize("total", [100, 10**12])
def test_a_list_with_fewer_items_than_are_counted_was_not_read(
    processes: int, params: dict[str, str], sent: list[dict[str, str]], total: int
) -> None:
    def first_page_only(request: m.Request) -> m.Behaviour:
        query = _query(request)
        first = int(query.get("page", 1)) == 1 and "_id" not in query.get("where", "")
        return _page(sent if first else [], total)

    with m.MisbehavingServer([first_page_only]) as server:
        client = at(server, processes=processes)
        tracemalloc.start()
        try:
            error = failure(client.get_all, "host", {"max_results": 2, **params})
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert error.code == 1000
        assert "the list is incomplete" in error.message
        assert peak < 20_000_000
        assert len(server.requests) < 200
        error = failure(lambda: list(client.iterate("host", {"max_results": 2, **params})))
        assert "the list is incomplete" in error.message


def test_items_that_go_between_being_counted_and_being_sent_are_no_error() -> None:
    with m.MisbehavingServer([_page([], 2), _page([{"_id": _id(2)}], 1)]) as server:
        assert at(server).get_all("host", {"max_results": 2})["_items"] == [{"_id": _id(2)}]


def test_a_total_below_what_came_does_not_end_a_list() -> None:
    pages = [_page([{"_id": _id(1)}, {"_id": _id(2)}], 1), _page([{"_id": _id(3)}], 1)]
    with m.MisbehavingServer(pages) as server:
        items = at(server).get_all("host", {"max_results": 2})["_items"]
    assert [item["_id"] for item in items] == [_id(1), _id(2), _id(3)]


@pytest.mark.parametrize("params", [{}, {"sort": "name"}, {"where": 'name=="x"'}])
@pytest.mark.parametrize("processes", [1, 4])
def test_lists_without_a_total_are_read_to_their_end(params: dict[str, str], processes: int) -> None:
    def pages(request: m.Request) -> m.Behaviour:
        query = _query(request)
        where = query.get("where", "")
        last = re.search("[0-9a-f]{24}", where)
        done = int(query.get("page", 1)) - 1 if "sort" in params else int(last.group(), 16) if last else 0
        return _page([{"_id": _id(done + 1)}] if done < 5 else [])

    with m.MisbehavingServer([pages]) as server:
        items = at(server, processes=processes).get_all("host", {"max_results": 1, **params})["_items"]
    assert [item["_id"] for item in items] == [_id(number) for number in range(1, 6)]


@pytest.mark.parametrize("total", ["5", None, -1, 1.5, True, {}])
def test_odd_totals(total: Any) -> None:
    pages = [_page([{"_id": _id(1)}], total), _page([{"_id": _id(2)}], total), _page([], total)]
    with m.MisbehavingServer(pages) as server:
        items = at(server).get_all("host", {"max_results": 1})["_items"]
    assert [item["_id"] for item in items][:1] == [_id(1)]


@pytest.mark.parametrize(
    "config", [m.html(404), m.html(200), m.json_answer({}), m.json_answer([]), m.json_answer({"PAGINATION_LIMIT": -1})]
)
def test_the_default_page_size_is_50(config: m.Behaviour) -> None:
    with m.MisbehavingServer([config, _page([])]) as server:
        client = at(server)
        assert client.get_all("host") == {"_items": [], "_status": "OK"}
        assert client.get_all("host") == {"_items": [], "_status": "OK"}
        assert [urlsplit(request.path).path for request in server.requests] == ["/backendconfig", "/host", "/host"]
        assert {_query(request)["max_results"] for request in server.requests[1:]} == {"50"}


def test_parallel_reading_stops_when_one_page_fails() -> None:
    def some(request: m.Request) -> m.Behaviour:
        page = int(_query(request).get("page", 1))
        if page == 3:
            return m.html(500)
        return _page([{"_id": _id(page)}], 100_000)

    with m.MisbehavingServer([some]) as server:
        error = failure(at(server, processes=4).get_all, "host", {"sort": "name", "max_results": 1})
        assert error.code == 500
        assert len(server.requests) < 100


# --- many items

HOSTS = [{"_id": _id(number), "_etag": "e", "name": f"h{number}"} for number in range(1, 7)]

MANY: dict[str, Callable[[Backend], list[Outcome]]] = {
    "create": lambda client: client.create_many("host", HOSTS[:2]),
    "create one": lambda client: client.create_many("host", HOSTS[:1]),
    "update": lambda client: client.update_many("host", [Change(host["_id"], "e", {"a": 1}) for host in HOSTS[:2]]),
    "delete few": lambda client: client.delete_many("host", HOSTS[:2]),
    "delete": lambda client: client.delete_many("host", HOSTS),
}

NO_OBJECTS: list[Any] = [[], [1], [{}, {}], "ok", 5, True, None]


@pytest.mark.parametrize("body", NO_OBJECTS, ids=str)
@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize("call", MANY.values(), ids=MANY)
@pytest.mark.parametrize("processes", [1, 4])
def test_incomplete_answers_about_many_items_are_not_believed(
    body: Any, status: int, call: Callable[[Backend], list[Outcome]], processes: int
) -> None:
    def answer(request: m.Request) -> m.Behaviour:
        return m.json_answer({"DELETION_LIMIT": 500} if "backendconfig" in request.path else body, status)

    with m.MisbehavingServer([answer]) as server:
        outcomes = call(at(server, processes=processes))
    assert outcomes
    for outcome in outcomes:
        assert outcome.error is not None
        assert (outcome.ok, outcome.error.code) == (False, 1000)


@pytest.mark.parametrize("body", NO_OBJECTS, ids=str)
@pytest.mark.parametrize("call", ["post", "post of a list", "patch", "put", "delete"])
def test_a_write_is_answered_with_an_object(body: Any, call: str) -> None:
    with m.MisbehavingServer([m.json_answer(body)]) as server:
        error = failure(WRITES[call], at(server))
    assert error.code == 1000
    assert "No object in the response of http://" in error.message


@pytest.mark.parametrize(
    "items",
    [[1, 2], [None, {"_id": _id(2)}], [[], {}], {"a": {}, "b": {}}, [{"_status": "OK"}], [{}, {}, {}], "ab"],
    ids=str,
)
def test_odd_verdicts_on_created_items(items: Any) -> None:
    with m.MisbehavingServer([m.json_answer({"_status": "OK", "_items": items}, 201)]) as server:
        first, second = at(server).create_many("host", HOSTS[:2])
    assert (first.ok, second.ok) == (False, items == [None, {"_id": _id(2)}])
    assert first.error is not None
    assert first.error.code == 1000


def test_items_of_a_good_answer_that_were_refused() -> None:
    told = [{"_status": "OK", "_id": _id(1)}, {"_status": "ERR", "_issues": {"name": "is odd"}}]
    with m.MisbehavingServer([m.json_answer({"_status": "ERR", "_items": told}, 201)]) as server:
        first, second = at(server).create_many("host", HOSTS[:2])
    assert first.ok
    assert second.error is not None
    assert (second.error.code, second.error.reason) == (422, "name: is odd")
    with m.MisbehavingServer([m.json_answer(told[1], 201)]) as server:
        (only,) = at(server).create_many("host", HOSTS[:1])
    assert only.error is not None
    assert (only.error.code, only.error.reason) == (422, "name: is odd")


@pytest.mark.parametrize(
    "body",
    [{"_status": "ERR", "_issues": {"name": "is odd"}}, {"_items": [{"_status": "OK"}, {"_status": "ERR"}]}],
)
@pytest.mark.parametrize("call", ["post", "post of a list", "patch", "put", "delete"])
def test_a_refusal_with_a_good_status_is_no_success(body: Any, call: str) -> None:
    with m.MisbehavingServer([m.json_answer(body, 201)]) as server:
        error = failure(WRITES[call], at(server))
    assert error.code == 422
    assert error.response is not None


def test_answers_of_other_items_are_not_believed() -> None:
    other = {"_status": "OK", "_id": _id(99), "_etag": "e"}
    for call in [*MANY, "delete"]:
        body = other if call in ("create one", "update") else {"_items": [other] * (6 if call == "delete" else 2)}

        def answer(request: m.Request, body: Any = body) -> m.Behaviour:
            return m.json_answer({"DELETION_LIMIT": 500} if "backendconfig" in request.path else body)

        if call == "delete few":
            continue
        with m.MisbehavingServer([answer]) as server:
            outcomes = MANY[call](at(server))
        assert [outcome.error.code for outcome in outcomes if outcome.error is not None] == [1000] * len(outcomes), call
