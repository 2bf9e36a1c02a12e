"""Creating, changing and deleting: what is sent, and what a write whose answer was lost is settled by."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from alignak_backend_client._core import writes
from alignak_backend_client._core.protocol import Request, TransportFailure
from alignak_backend_client._core.responses import Response
from alignak_backend_client.exceptions import BackendException
from core.driving import LOST, NOT_REACHED, Answer, Driver, answer, session

ID, OTHER = "5" * 24, "a" * 24
GONE = answer(404, {"_status": "ERR", "_error": {"code": 404, "message": "gone"}})
OVERTAKEN = answer(412, {"_status": "ERR", "_error": {"code": 412, "message": "etags"}})
STORED = {
    "_id": ID,
    "_etag": "new",
    "_created": "c",
    "_updated": "u",
    "_links": {"self": {}},
    "name": "x",
    "notes": "n",
}
RESULT = {name: STORED[name] for name in ("_id", "_etag", "_created", "_updated", "_links")} | {"_status": "OK"}


def page(*items: Any) -> Response:
    return answer(200, {"_items": list(items), "_meta": {"total": len(items)}})


def code_of(driver: Driver, operation: Any) -> int:
    with pytest.raises(BackendException) as caught:
        driver.run(operation)
    return caught.value.code


def asked(request: Request) -> tuple[Any, int | None]:
    """The filter and the size of the page that a request asks for."""
    query = parse_qs(urlsplit(request.url).query)
    return json.loads(query["where"][0]), int(query["max_results"][0]) if "max_results" in query else None


# --- creating


def test_a_new_item_gets_its_id_here() -> None:
    driver = Driver([answer(201, RESULT)])
    assert driver.run(writes.post(session(), "host", {"name": "x"}, {"X-Own": "1"})) == RESULT
    assert driver.sent == [("POST", "host")]
    assert driver.requests[0].headers["X-Own"] == "1"
    identity = driver.body().pop("_id")
    assert driver.body() == {"name": "x", "_id": identity}
    assert len(identity) == 24
    assert int(identity, 16)


def test_new_items_get_ids_of_their_own() -> None:
    driver = Driver([answer(201, {"_status": "OK", "_items": [{}, {}, {}]})])
    driver.run(writes.post(session(), "/host/", [{"name": "x"}, {"name": "y", "_id": "A" * 24}, {"name": "z"}], None))
    first, second, third = (item["_id"] for item in driver.body())
    # The backend keeps ids in lower case.
    assert second == "a" * 24
    assert len({first, second, third}) == 3
    assert [item["name"] for item in driver.body()] == ["x", "y", "z"]


@pytest.mark.parametrize(
    ("endpoint", "data"),
    [
        ("login", {"username": "x"}),
        ("host/delete", [{"_id": ID}]),
        ("host", []),
        ("host", "text"),
        ("host", [{"name": "x"}, 5]),
        ("host", {"name": "x", "_id": "no id"}),
        ("host", {"name": "x", "_id": None}),
        ("host", [{"_id": ID}, {"_id": ID}]),
        ("host", [{"_id": "A" * 24}, {"_id": "a" * 24}]),
    ],
)
def test_other_posts_are_sent_unchanged_and_once(endpoint: str, data: Any) -> None:
    """Nothing could be settled: without an id, nobody knows whether it arrived."""
    driver = Driver([LOST, answer(200, {})])
    assert code_of(driver, writes.post(session(), endpoint, data, None)) == 1000
    assert len(driver.requests) == 1
    assert driver.body() == data
    driver = Driver([answer(200, {"token": "t"})])
    assert driver.run(writes.post(session(), endpoint, data, {"X-Own": "1"})) == {"token": "t"}
    assert driver.sent == [("POST", endpoint)]
    assert driver.requests[0].headers["X-Own"] == "1"


def test_a_stored_new_item_gets_the_response_of_the_backend() -> None:
    driver = Driver([LOST, page(STORED)])
    assert driver.run(writes.post(session(), "host", {"_id": ID, "name": "x"}, None)) == RESULT
    assert driver.sent == [("POST", "host"), ("GET", "host")]
    assert asked(driver.requests[1]) == ({"_id": {"$in": [ID]}}, 1)


def test_stored_new_items_are_returned_in_order() -> None:
    first, second = {"_id": ID, "_etag": "1"}, {"_id": OTHER, "_etag": "2"}
    driver = Driver([LOST, page(second, first)])
    body = driver.run(writes.post(session(), "host", [{"_id": ID}, {"_id": OTHER}], None))
    assert body == {"_status": "OK", "_items": [first | {"_status": "OK"}, second | {"_status": "OK"}]}
    assert asked(driver.requests[1]) == ({"_id": {"$in": [ID, OTHER]}}, 2)


def test_a_new_item_that_did_not_arrive_is_sent_again() -> None:
    driver = Driver([LOST, page(), answer(201, RESULT)])
    assert driver.run(writes.post(session(), "host", {"_id": ID, "name": "x"}, {"X-Own": "1"})) == RESULT
    assert driver.sent == [("POST", "host"), ("GET", "host"), ("POST", "host")]
    assert driver.requests[2] == driver.requests[0]


def test_of_a_list_that_arrived_in_part_the_rest_is_sent() -> None:
    stored = [{"_id": ID, "_etag": "1"}, {"_id": OTHER, "_etag": "2"}]
    driver = Driver(
        [LOST, page(stored[0]), page(), answer(201, {"_id": OTHER, "_etag": "2", "_status": "OK"}), page(*stored)]
    )
    items = [{"_id": ID, "name": "x"}, {"_id": OTHER, "name": "y"}]
    body = driver.run(writes.post(session(), "host", items, {"X-Own": "1"}))
    # The answer to the second request is about the rest only: both are looked up.
    assert body == {"_status": "OK", "_items": [one | {"_status": "OK"} for one in stored]}
    assert driver.sent == [("POST", "host"), *[("GET", "host")] * 2, ("POST", "host"), ("GET", "host")]
    assert driver.body(3) == [items[1]]
    assert driver.requests[3].headers["X-Own"] == "1"
    # A small page may have hidden it: it is asked for by itself.
    assert asked(driver.requests[2]) == ({"_id": OTHER}, None)


def test_a_rejection_of_the_rest_is_reported() -> None:
    refused = answer(422, {"_status": "ERR", "_issues": {"name": "no"}, "_error": {"code": 422, "message": "x"}})
    driver = Driver([LOST, page({"_id": ID}), page(), refused, page({"_id": ID}), page()])
    assert code_of(driver, writes.post(session(), "host", [{"_id": ID}, {"_id": OTHER}], None)) == 422


def test_new_items_are_looked_up_in_parts_that_fit_a_url() -> None:
    ids = [f"{number:024x}" for number in range(165)]

    def server(request: Request) -> Answer:
        if request.method == "POST":
            return LOST
        where, size = asked(request)
        wanted = where["_id"]["$in"]
        sizes.append((len(wanted), size))
        return page(*[{"_id": one} for one in wanted])

    sizes: list[tuple[int, int | None]] = []
    body = Driver(server).run(writes.post(session(), "host", [{"_id": one} for one in ids], None))
    assert [item["_id"] for item in body["_items"]] == ids
    assert sizes == [(80, 80), (80, 80), (5, 5)]


def test_new_items_hidden_by_a_small_page_are_found() -> None:
    ids = [f"{number:024x}" for number in range(4)]

    def server(request: Request) -> Answer:
        if request.method == "POST":
            return LOST
        where, _ = asked(request)
        return page({"_id": where["_id"]["$in"][0] if isinstance(where["_id"], dict) else where["_id"]})

    driver = Driver(server)
    body = driver.run(writes.post(session(), "host", [{"_id": one} for one in ids], None))
    assert [item["_id"] for item in body["_items"]] == ids
    # One look-up of all, then those that it did not show.
    assert len(driver.requests) == 1 + 1 + 3


@pytest.mark.parametrize("items", [None, {}, "x", [5], [{"_id": 5}], [{"name": "x"}]], ids=str)
def test_an_odd_list_finds_nothing(items: Any) -> None:
    driver = Driver([LOST, answer(200, {"_items": items}), answer(201, RESULT)])
    assert driver.run(writes.post(session(), "host", {"_id": ID}, None)) == RESULT
    assert driver.sent[2] == ("POST", "host")


def test_a_page_of_a_proxy_is_no_creation() -> None:
    driver = Driver([answer(201, b"<html>Welcome</html>"), page(STORED)])
    assert driver.run(writes.post(session(), "host", {"_id": ID}, None)) == RESULT


# --- deleting


def test_a_deletion_names_the_version() -> None:
    driver = Driver([answer(204, b"")])
    assert driver.run(writes.delete(session(), f"host/{ID}", {"If-Match": "e"})) == {"_status": "OK"}
    assert driver.sent == [("DELETE", f"host/{ID}")]
    assert driver.requests[0].headers["If-Match"] == "e"
    assert driver.body() is None


def test_a_deletion_whose_answer_was_lost_is_settled() -> None:
    headers = {"if-match": "e"}
    driver = Driver([LOST, GONE])
    assert driver.run(writes.delete(session(), f"host/{ID}", headers)) == {"_status": "OK"}
    assert driver.sent == [("DELETE", f"host/{ID}"), ("GET", f"host/{ID}")]
    driver = Driver([LOST, answer(200, STORED), answer(204, b"")])
    assert driver.run(writes.delete(session(), f"host/{ID}", headers)) == {"_status": "OK"}
    assert [method for method, _ in driver.sent] == ["DELETE", "GET", "DELETE"]


def test_the_deletion_of_all_is_simply_repeated() -> None:
    driver = Driver([LOST, answer(204, b"")])
    assert driver.run(writes.delete(session(), "host", None)) == {"_status": "OK"}
    assert driver.sent == [("DELETE", "host")] * 2


def test_an_answer_of_its_own_to_a_deletion_is_passed_on() -> None:
    assert Driver([answer(200, {"deleted": 3})]).run(writes.delete(session(), "host", {})) == {
        "deleted": 3,
        "_status": "OK",
    }
    assert code_of(Driver([GONE]), writes.delete(session(), f"host/{ID}", {"If-Match": "e"})) == 404
    assert code_of(Driver([OVERTAKEN]), writes.delete(session(), f"host/{ID}", {"If-Match": "e"})) == 412


def test_a_page_of_a_proxy_is_no_deletion() -> None:
    driver = Driver([answer(200, b"<html>Welcome</html>"), GONE])
    assert driver.run(writes.delete(session(), f"host/{ID}", {"If-Match": "e"})) == {"_status": "OK"}
    # Nor is it the item that was asked for then.
    driver = Driver([LOST, answer(200, b"<html>Welcome</html>"), GONE])
    assert driver.run(writes.delete(session(), f"host/{ID}", {"If-Match": "e"})) == {"_status": "OK"}
    assert [method for method, _ in driver.sent] == ["DELETE", "GET", "GET"]


# --- changing


def change(
    data: Any,
    *,
    of: str = "host",
    method: str = "PATCH",
    headers: Any = None,
    inception: bool = False,
    retries: int = 6,
) -> Any:
    given = {"If-Match": "old"} if headers is None else headers
    return writes.update(session(retries), method, f"{of}/{ID}", data, given, inception)


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_change_names_the_version(method: str) -> None:
    driver = Driver([answer(200, RESULT)])
    assert driver.run(change({"notes": "n"}, method=method, headers={"If-Match": "old", "X-Own": "1"})) == RESULT
    assert driver.sent == [(method, f"host/{ID}")]
    assert driver.body() == {"notes": "n"}
    assert (driver.requests[0].headers["If-Match"], driver.requests[0].headers["X-Own"]) == ("old", "1")


@pytest.mark.parametrize("headers", ["If-Match", ["If-Match"], 5])
def test_headers_that_are_none_are_refused(headers: Any) -> None:
    for operation in (
        writes.delete(session(), f"host/{ID}", headers),
        writes.update(session(), "PATCH", f"host/{ID}", {}, headers, False),
    ):
        driver = Driver([answer(200, RESULT)])
        assert code_of(driver, operation) == 1000
        assert driver.requests == []


@pytest.mark.parametrize("headers", [{}, None, ""])
def test_a_change_without_a_version_is_not_sent(headers: Any) -> None:
    driver = Driver([answer(200, RESULT)])
    operation = writes.update(session(), "PATCH", f"host/{ID}", {}, headers, True)
    assert code_of(driver, operation) == 1000
    assert driver.requests == []


def test_an_overtaken_change_is_reported() -> None:
    driver = Driver([OVERTAKEN, answer(200, STORED)])
    assert code_of(driver, change({"notes": "n"})) == 412
    assert len(driver.requests) == 1


def test_with_inception_an_overtaken_change_is_sent_once_more() -> None:
    driver = Driver([OVERTAKEN, answer(200, STORED), answer(200, RESULT)])
    assert driver.run(change({"notes": "n"}, inception=True, headers={"IF-MATCH": "old", "X-Own": "1"})) == RESULT
    assert [method for method, _ in driver.sent] == ["PATCH", "GET", "PATCH"]
    sent = driver.requests[2]
    assert {name: value for name, value in sent.headers.items() if name.lower() in ("if-match", "x-own")} == {
        "If-Match": "new",
        "X-Own": "1",
    }
    assert driver.body(2) == {"notes": "n"}
    # Once: a second overtaking is an error.
    driver = Driver([OVERTAKEN, answer(200, STORED), OVERTAKEN])
    assert code_of(driver, change({"notes": "n"}, inception=True)) == 412
    assert len(driver.requests) == 3


@pytest.mark.parametrize("etag", ["old", None, 5])
def test_a_refusal_of_the_version_that_is_there_is_final(etag: Any) -> None:
    """The backend refused the change itself, and would again."""
    driver = Driver([OVERTAKEN, answer(200, {**STORED, "_etag": etag})])
    assert code_of(driver, change({"notes": "n"}, inception=True)) == 412
    assert len(driver.requests) == 2


def test_a_page_of_a_proxy_is_no_change() -> None:
    driver = Driver([answer(200, b"<html>Welcome</html>"), answer(200, STORED)])
    assert driver.run(change({"notes": "n"})) == RESULT


def test_inception_is_for_overtaken_changes_only() -> None:
    for status in (404, 409, 422):
        driver = Driver([answer(status, {"_error": {"code": status}})])
        assert code_of(driver, change({"notes": "n"}, inception=True)) == status
        assert len(driver.requests) == 1


def test_a_stored_change_gets_the_response_of_the_backend() -> None:
    driver = Driver([LOST, answer(200, STORED)])
    assert driver.run(change({"notes": "n"})) == RESULT
    assert [method for method, _ in driver.sent] == ["PATCH", "GET"]


@pytest.mark.parametrize(
    "there", [{**STORED, "_etag": "old"}, {**STORED, "notes": "of somebody else"}, {"_id": ID, "_etag": "new"}], ids=str
)
def test_a_change_that_did_not_arrive_is_sent_again(there: Any) -> None:
    """Its version is still there, or others changed it: then the backend compares the version once more."""
    driver = Driver([LOST, answer(200, there), answer(200, RESULT)])
    assert driver.run(change({"notes": "n"})) == RESULT
    assert [method for method, _ in driver.sent] == ["PATCH", "GET", "PATCH"]
    assert driver.requests[2] == driver.requests[0]


def test_a_change_of_a_deleted_item_is_reported() -> None:
    driver = Driver([LOST, GONE])
    assert code_of(driver, change({"notes": "n"})) == 404
    # Somebody may have made it again meanwhile.
    driver = Driver([LOST, GONE, answer(200, RESULT)])
    assert driver.run(change({"notes": "n"})) == RESULT
    # Who may not ask does not know.
    driver = Driver([LOST, answer(401, {"_error": {"code": 401, "message": "no"}}), answer(200, RESULT)])
    assert code_of(driver, change({"notes": "n"})) == 401


def test_a_change_is_settled_by_the_version_that_was_sent_last() -> None:
    """With inception the second try names the version that was read meanwhile."""
    driver = Driver([OVERTAKEN, answer(200, STORED), LOST, answer(200, {**STORED, "_etag": "newer"})])
    assert driver.run(change({"notes": "n"}, inception=True)) == {**RESULT, "_etag": "newer"}
    driver = Driver([OVERTAKEN, answer(200, STORED), LOST, answer(200, STORED), answer(200, RESULT)])
    assert driver.run(change({"notes": "n"}, inception=True)) == RESULT
    assert len(driver.requests) == 5


# --- whether a stored value is the one that was sent


@pytest.mark.parametrize(
    ("stored", "sent"),
    [
        (5, 5),
        (5, 5.0),
        (5, "5"),
        (5, " 5 "),
        (5.5, "5.5"),
        (-1, "-1"),
        (True, True),
        (False, False),
        (True, "true"),
        (True, "1"),
        (True, "TRUE"),
        (False, "false"),
        (False, "0"),
        ("x", "x"),
        (ID, ID),
        (OTHER, OTHER.upper()),
        (None, None),
        ([], []),
        ([OTHER, 1], [OTHER.upper(), "1"]),
        # Objects are merged: what was there before stays.
        ({"a": 1, "b": 2}, {"a": 1}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": "1"}}),
        ({}, {}),
        ({"a": 1}, {"a": 1, "b": None}),  # null removes a key
    ],
)
def test_a_value_as_the_backend_stores_it(stored: Any, sent: Any) -> None:
    item = {**STORED, "field": stored}
    driver = Driver([LOST, answer(200, item)])
    assert driver.run(change({"notes": "n", "field": sent})) == RESULT
    assert len(driver.requests) == 2


@pytest.mark.parametrize(
    ("stored", "sent"),
    [
        (5, 6),
        (5, "6"),
        (5, "5.0"),
        (5, ""),
        (5.5, "5"),
        (True, False),
        (True, None),
        (True, "false"),
        (True, "0"),
        (False, "true"),
        (False, "1"),
        (False, ""),
        (True, "yes"),
        ("x", "X"),
        ("5", 5),
        ("abc", "ABC"),
        (ID, OTHER),
        (None, 0),
        (None, ""),
        (None, {}),
        (None, []),
        (None, "None"),
        (5, [5]),
        ("x", ["x"]),
        ("[]", []),
        ([], "[]"),
        (0, None),
        ([1, 2], [2, 1]),
        ([1, 2], [1]),
        ([1], [1, 2]),
        ([1], [2]),
        ([], None),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1}, [{"a": 1}]),
    ],
)
def test_a_value_set_by_another_client_is_a_conflict(stored: Any, sent: Any) -> None:
    item = answer(200, {**STORED, "field": stored})
    driver = Driver([LOST, item, OVERTAKEN, item])
    assert code_of(driver, change({"notes": "n", "field": sent})) == 412
    assert [method for method, _ in driver.sent[:3]] == ["PATCH", "GET", "PATCH"]


def test_a_secret_cannot_be_read_back() -> None:
    """So the other fields decide."""
    for name in ("password", "token"):
        driver = Driver([LOST, answer(200, STORED)])
        assert driver.run(change({"notes": "n", name: "5ecret"}, of="/user")) == RESULT
    for data, of in (
        ({"notes": "m", "password": "5ecret"}, "user"),
        ({"notes": "n", "password": "5ecret"}, "influxdb"),
    ):
        driver = Driver([LOST, answer(200, STORED), OVERTAKEN, answer(200, STORED)])
        assert code_of(driver, change(data, of=of)) == 412


@pytest.mark.parametrize("data", [None, [{"notes": "n"}], "notes"])
def test_other_bodies_are_not_settled_as_changes(data: Any) -> None:
    driver = Driver([LOST, answer(200, STORED), answer(200, RESULT)])
    assert driver.run(change(data)) == RESULT
    assert len(driver.requests) == 3


def test_without_retries_a_lost_write_is_reported() -> None:
    for lost in (LOST, NOT_REACHED):
        driver = Driver([lost])
        assert code_of(driver, change({"notes": "n"}, retries=0)) == 1000
        assert len(driver.requests) == 1
        assert isinstance(lost, TransportFailure)


def test_the_etag_of_a_change_is_found_in_any_case() -> None:
    assert writes.etag_of({"IF-MATCH": "x", "other": "y"}) == "x"
    assert writes.etag_of({"other": "y"}) is None
