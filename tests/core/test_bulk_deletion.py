"""Deleting many items: in batches where the backend takes them, with an outcome for each."""

from __future__ import annotations

from typing import Any

import pytest

from alignak_backend_client._core import bulk, bulk_deletion
from alignak_backend_client._core.outcomes import Outcome
from alignak_backend_client._core.protocol import Request
from alignak_backend_client._core.responses import Response
from alignak_backend_client.exceptions import BackendException
from core.bulking import Item, batches, codes, doomed, error, identity, sent
from core.driving import LOST, Answer, Driver, Server, answer, session


def delete(server: Server, some: list[Item], limit: int = 1000, endpoint: str = "host") -> tuple[list[Outcome], Driver]:
    driver, reported = Driver(server), list[Outcome]()
    here = session(0, deletion_limit=limit)
    outcomes: list[Outcome] = driver.run(bulk_deletion.delete(here, endpoint, some, 4, reported.append))
    assert sorted(reported, key=id) == sorted(outcomes, key=id), "each outcome is reported once"
    assert [outcome.id for outcome in outcomes] == [item["_id"] for item in some]
    return outcomes, driver


def all_deleted(request: Request) -> Response:
    if request.method == "DELETE":
        return answer(204, b"")
    return answer(200, {"_items": [{"_status": "OK"}] * len(sent(request))})


def test_few_are_deleted_one_by_one() -> None:
    """It is not worth a question whether the backend deletes several at once."""
    outcomes, driver = delete(all_deleted, doomed(4))
    assert driver.sent == [("DELETE", f"host/{identity(number)}") for number in range(4)]
    assert [request.headers["If-Match"] for request in driver.requests] == ["e0", "e1", "e2", "e3"]
    assert driver.side_by_side == [(4, 4)]
    assert [outcome.answer for outcome in outcomes] == [{"_status": "OK"}] * 4


def test_some_are_deleted_with_one_request() -> None:
    outcomes, driver = delete(all_deleted, doomed(5), endpoint="/host/")
    assert driver.sent == [("POST", "host/delete")]
    assert driver.body() == [{"_id": identity(number), "_etag": f"e{number}"} for number in range(5)]
    assert [outcome.answer for outcome in outcomes] == [{"_status": "OK"}] * 5


@pytest.mark.parametrize(
    ("limit", "sizes"), [(10_000, [500, 500, 3]), (500, [500, 500, 3]), (400, [400, 400, 203]), (1003, [500, 500, 3])]
)
def test_deletions_go_in_the_batches_that_the_backend_takes(limit: int, sizes: list[int]) -> None:
    _, driver = delete(all_deleted, doomed(1003), limit)
    assert batches(driver) == sizes
    # Each is one transaction of the backend.
    assert driver.side_by_side == [(1, len(sizes))]


def test_a_backend_that_deletes_one_by_one() -> None:
    outcomes, driver = delete(all_deleted, doomed(6), 0)
    assert {method for method, _ in driver.sent} == {"DELETE"}
    assert codes(outcomes) == [None] * 6


def test_the_first_deletion_reports_the_error_of_an_unreachable_backend() -> None:
    """The first deletion shows what is wrong."""
    here = session(0)
    here.config = None
    driver = Driver([LOST])
    outcomes = driver.run(bulk_deletion.delete(here, "host", doomed(6), 4))
    assert codes(outcomes) == [1000] * 6
    assert driver.sent == [("GET", "backendconfig"), ("DELETE", f"host/{identity(0)}")]


@pytest.mark.parametrize("wrong", [{"_id": "a"}, {"_etag": "e"}, 5, "x"])
def test_items_without_an_etag_are_not_deleted(wrong: Any) -> None:
    driver = Driver([answer(204, b"")])
    with pytest.raises(BackendException, match="_etag") as caught:
        driver.run(bulk_deletion.delete(session(), "host", [*doomed(2), wrong], 1))
    assert (caught.value.code, driver.requests) == (1000, [])


def test_one_that_is_gone_is_deleted() -> None:
    outcomes, _ = delete([error(404)], doomed(1))
    assert [(outcome.ok, outcome.answer) for outcome in outcomes] == [(True, {"_status": "OK"})]
    gone = {"_status": "ERR", "_error": {"code": 404}}
    outcomes, _ = delete([answer(200, {"_items": [gone] * 5})], doomed(5))
    assert [(outcome.ok, outcome.answer) for outcome in outcomes] == [(True, {"_status": "OK"})] * 5


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        ({"_status": "ERR", "_error": {"code": 412, "message": "etags"}}, 412),
        ({"_status": "ERR", "_error": {"code": 400, "message": "x"}}, 400),
        ({"_status": "ERR", "_error": {"code": 599, "message": "x"}}, 599),
        ({"_status": "ERR", "_error": {"code": 600, "message": "x"}}, 500),
        ({"_status": "ERR", "_error": {"code": 399, "message": "x"}}, 500),
        ({"_status": "ERR", "_error": {"code": "412", "message": "x"}}, 500),
        ({"_status": "ERR", "_error": None}, 500),
        ({"_status": "ok"}, 500),
        ({}, 500),
        (None, 500),
        (5, 500),
    ],
    ids=str,
)
def test_each_item_has_its_own_verdict(verdict: Any, code: int) -> None:
    verdicts = [{"_status": "OK"}] * 4 + [verdict]
    outcomes, driver = delete([answer(200, {"_items": verdicts})], doomed(5))
    assert codes(outcomes) == [None] * 4 + [code]
    refusal = outcomes[4].error
    assert refusal is not None
    assert refusal.message.startswith(f"{code} ")
    assert refusal.message.endswith(f"/host/{identity(4)}")
    assert isinstance(refusal.response, Response)
    assert refusal.response.headers["content-type"] == "application/json"
    if code == 599:
        assert refusal.message.startswith("599 Server Error: ERROR for url")
    if code == 412:
        assert refusal.message.startswith("412 Client Error: PRECONDITION FAILED for url")
        assert refusal.reason == "etags"
    assert len(driver.requests) == 1


@pytest.mark.parametrize(
    "body", [{"_items": []}, {"_items": [{"_status": "OK"}] * 4}, {"_items": None}, {}, []], ids=str
)
def test_mismatching_results_are_not_trusted(body: Any) -> None:
    outcomes, _ = delete([answer(200, body)], doomed(5))
    assert codes(outcomes) == [1000] * 5


@pytest.mark.parametrize("status", [400, 404, 405, 413])
def test_deletions_that_are_refused_together_go_one_by_one(status: int) -> None:
    def server(request: Request) -> Answer:
        return all_deleted(request) if request.method == "DELETE" else error(status)

    outcomes, driver = delete(server, doomed(5))
    assert codes(outcomes) == [None] * 5
    assert driver.sent[1:] == [("DELETE", f"host/{identity(number)}") for number in range(5)]
    # Not side by side: a proxy that refuses long lists is no reason to load the backend.
    assert driver.side_by_side == [(1, 1), (1, 5)]


@pytest.mark.parametrize("status", [401, 403, 412, 422, 503])
def test_other_refusals_of_deletions_are_those_of_each(status: int) -> None:
    outcomes, driver = delete([error(status)], doomed(5))
    assert codes(outcomes) == [status] * 5
    assert len(driver.requests) == 1


def test_a_defect_at_one_deletion_is_found_by_halving() -> None:
    def server(request: Request) -> Answer:
        names = [item["_id"] for item in sent(request)]
        return error(500) if identity(3) in names else all_deleted(request)

    outcomes, driver = delete(server, doomed(8))
    assert codes(outcomes) == [None] * 3 + [500] + [None] * 4
    assert batches(driver) == [8, 4, 2, 2, 1, 1, 4]


def test_deletions_are_left_once_the_backend_has_gone() -> None:
    outcomes, driver = delete([LOST], doomed(1003), 500)
    assert len(driver.requests) == 1
    assert [outcome.tried for outcome in outcomes] == [True] * 500 + [False] * 503
    assert codes(outcomes) == [1000] * 1003
    outcomes, driver = delete([LOST], doomed(3))
    assert len(driver.requests) == 1
    assert [outcome.tried for outcome in outcomes] == [True, False, False]


def test_a_lost_answer_to_deletions_is_simply_asked_again() -> None:
    """What it has deleted is gone for the next try, and that is well."""
    gone = {"_status": "ERR", "_error": {"code": 404}}
    driver = Driver([LOST, answer(200, b"<html>Welcome</html>"), answer(200, {"_items": [gone] * 5})])
    outcomes = driver.run(bulk_deletion.delete(session(6, deletion_limit=500), "host", doomed(5), 1))
    assert codes(outcomes) == [None] * 5
    assert driver.sent == [("POST", "host/delete")] * 3


def test_two_items_of_one_id_are_not_sent_again_when_the_answer_is_lost() -> None:
    driver = Driver([LOST])
    outcomes = driver.run(bulk.create(session(), "nothing", [{"_id": identity(1)}] * 2, 1))
    assert codes(outcomes) == [1000, 1000]
    assert len(driver.requests) == 1
