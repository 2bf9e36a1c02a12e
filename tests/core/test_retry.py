"""What is sent again, how often, and after which pause."""

from __future__ import annotations

import contextlib
import email.utils
import time
from collections.abc import Sequence
from typing import Any

import pytest

from alignak_backend_client._core.protocol import Operation, Request, TransportFailure
from alignak_backend_client._core.responses import Response
from alignak_backend_client._core.retry import Settle, deliver, resend
from core.driving import LOST, NOT_REACHED, ROOT, Answer, Driver, answer, session

GOOD = answer(200, {})
READING = ["GET", "HEAD", "OPTIONS"]
WRITING = ["POST", "PATCH", "PUT", "DELETE"]
BUSY: list[Answer] = [answer(status, b"<h1>Oops</h1>") for status in (429, 502, 503, 504)]
TROUBLE: list[Answer] = [*BUSY, answer(500, b"<h1>Oops</h1>")]


def request(method: str) -> Request:
    return Request(method, f"{ROOT}/host", {}, b"{}")


def delivered(
    answers: Sequence[Answer],
    method: str = "GET",
    settle: Settle | None = None,
    *,
    retries: int = 6,
    contacted: bool = True,
    expect_json: bool = False,
) -> tuple[Response | TransportFailure, Driver]:
    """What became of one request: the answer or the failure, and what was sent and waited for."""
    driver = Driver(answers)
    here = session(retries, contacted=contacted)
    try:
        return driver.run(deliver(here, request(method), settle, expect_json=expect_json)), driver
    except TransportFailure as failure:
        return failure, driver


# --- whether it is sent again


@pytest.mark.parametrize("trouble", [LOST, *TROUBLE], ids=str)
@pytest.mark.parametrize("method", WRITING)
def test_a_write_that_may_have_arrived_is_not_repeated(method: str, trouble: Answer) -> None:
    """It could be carried out twice."""
    found, driver = delivered([trouble, GOOD], method)
    assert found is trouble
    assert (len(driver.requests), driver.pauses) == (1, [])


@pytest.mark.parametrize("trouble", [LOST, NOT_REACHED, *TROUBLE], ids=str)
@pytest.mark.parametrize("method", READING)
def test_reading_is_repeated(method: str, trouble: Answer) -> None:
    found, driver = delivered([trouble, trouble, GOOD], method)
    assert found is GOOD
    assert driver.requests == [request(method)] * 3


@pytest.mark.parametrize("method", WRITING)
def test_a_write_that_did_not_arrive_is_repeated(method: str) -> None:
    found, driver = delivered([NOT_REACHED, NOT_REACHED, GOOD], method)
    assert found is GOOD
    assert driver.requests == [request(method)] * 3


@pytest.mark.parametrize("status", [200, 201, 204, 301, 304, 400, 401, 403, 404, 405, 409, 412, 413, 422, 501, 507])
def test_a_verdict_of_the_backend_is_final(status: int) -> None:
    found, driver = delivered([answer(status, {}), GOOD])
    assert isinstance(found, Response)
    assert found.status_code == status
    assert len(driver.requests) == 1


def test_without_retries_nothing_is_repeated() -> None:
    for trouble in (LOST, NOT_REACHED, *TROUBLE):
        found, driver = delivered([trouble, GOOD], retries=0)
        assert found is trouble
        assert (len(driver.requests), driver.pauses) == (1, [])


# --- settling a write whose answer was lost


class Settled:
    """What became of the write, as given; counts how often that was asked."""

    def __init__(self, *answers: Response | Request | None) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self) -> Operation[Response | Request | None]:
        self.asked += 1
        yield from ()
        return self.answers.pop(0)


@pytest.mark.parametrize("trouble", [LOST, *TROUBLE], ids=str)
@pytest.mark.parametrize("method", WRITING)
def test_a_write_that_was_carried_out_is_not_sent_again(method: str, trouble: Answer) -> None:
    known = answer(201, {"_status": "OK"})
    found, driver = delivered([trouble], method, Settled(known))
    assert found is known
    assert len(driver.requests) == 1


def test_a_write_that_was_not_carried_out_is_sent_again() -> None:
    settle = Settled(None, None)
    found, driver = delivered([LOST, LOST, GOOD], "POST", settle)
    assert found is GOOD
    assert driver.requests == [request("POST")] * 3
    assert settle.asked == 2


def test_missing_items_of_a_write_are_sent() -> None:
    rest = Request("POST", f"{ROOT}/host", {}, b"[1]")
    found, driver = delivered([LOST, LOST, GOOD], "POST", Settled(rest, None))
    assert found is GOOD
    assert driver.requests == [request("POST"), rest, rest]


def test_nothing_is_asked_before_a_request_may_have_arrived() -> None:
    settle = Settled(None)
    found, driver = delivered([NOT_REACHED, NOT_REACHED, LOST, GOOD], "POST", settle)
    assert found is GOOD
    assert (len(driver.requests), settle.asked) == (4, 1)


def test_reading_needs_no_question() -> None:
    found, driver = delivered([LOST, answer(404, {})], "GET", Settled())
    assert isinstance(found, Response)
    assert (found.status_code, len(driver.requests)) == (404, 2)


def test_a_write_that_may_have_arrived_once_stays_uncertain() -> None:
    """The next try does not reach the backend: what became of the first one still counts."""
    known = answer(201, {})
    settle = Settled(None, known)
    found, driver = delivered([LOST, NOT_REACHED, GOOD], "POST", settle)
    assert found is known
    assert (len(driver.requests), settle.asked) == (2, 2)


@pytest.mark.parametrize("status", [404, 409, 412, 422])
def test_the_refusal_of_a_second_try_may_come_from_the_first(status: int) -> None:
    """The first one was carried out late: it exists already, was changed, or is gone."""
    known, refused = answer(201, {}), answer(status, {})
    found, _ = delivered([LOST, refused], "POST", Settled(None, known))
    assert found is known
    found, driver = delivered([LOST, refused], "POST", Settled(None, None))
    assert found is refused
    assert len(driver.requests) == 2


@pytest.mark.parametrize("status", [200, 201, 400, 401, 403, 413])
def test_other_answers_to_a_second_try_need_no_question(status: int) -> None:
    settle = Settled(None)
    found, _ = delivered([LOST, answer(status, {})], "POST", settle)
    assert isinstance(found, Response)
    assert (found.status_code, settle.asked) == (status, 1)


@pytest.mark.parametrize("trouble", [None, NOT_REACHED])
def test_a_refusal_of_the_only_try_that_arrived_is_not_asked_about(trouble: Answer | None) -> None:
    found, _ = delivered([*([trouble] if trouble else []), answer(409, {})], "POST", Settled())
    assert isinstance(found, Response)
    assert found.status_code == 409


def test_a_request_that_may_simply_be_repeated() -> None:
    found, driver = delivered([LOST, *TROUBLE[:2], answer(404, {})], "POST", resend)
    assert isinstance(found, Response)
    assert found.status_code == 404
    assert driver.requests == [request("POST")] * 4


def test_the_last_attempt_determines_the_error() -> None:
    busy, lost = answer(503, b""), LOST
    assert delivered([lost, busy], retries=1)[0] is busy
    assert delivered([busy, lost], retries=1)[0] is lost


# --- what counts as trouble of the server


def test_a_page_in_the_place_of_json_is_the_page_of_a_proxy() -> None:
    page = answer(200, b"<html>Welcome</html>")
    assert delivered([page, GOOD], expect_json=True)[0] is GOOD
    assert delivered([page, GOOD])[0] is page
    created = answer(201, b"<html>Welcome</html>")
    assert delivered([created, GOOD], expect_json=True)[0] is GOOD
    # It is JSON, and that it is empty is for others to judge.
    assert len(delivered([answer(200, b"null")], expect_json=True)[1].requests) == 1
    # No status of a good answer with a body: 204 has none.
    gone = answer(204, b"")
    assert delivered([gone, GOOD], expect_json=True)[0] is gone


@pytest.mark.parametrize(
    ("body", "is_trouble"),
    [
        ({"_issues": {"exception": "database"}}, True),
        ({"_items": [{"_status": "OK"}, {"_issues": {"exception": "database"}}]}, True),
        ({"_issues": {"exception": "database", "name": "required field"}}, False),
        ({"_issues": {"name": '"exception" is no name'}}, False),
        ({"_issues": "exception"}, False),
        ({"exception": "?"}, False),
        ({"_items": [5, {"_issues": None}], "exception": 1}, False),
        ({"_items": {"_issues": {"exception": "database"}}}, False),
        (["exception"], False),
        (b'{"exception"', False),
        ({"_issues": {"name": "required field"}}, False),
    ],
    ids=str,
)
def test_an_exception_while_it_validated_is_trouble(body: Any, is_trouble: bool) -> None:
    """The real backend reports it as an issue of the item."""
    found, driver = delivered([answer(422, body), GOOD])
    assert (found is GOOD) is is_trouble
    assert len(driver.requests) == 1 + is_trouble
    # The status alone says so: of other answers the body does not matter.
    assert len(delivered([answer(400, body), GOOD])[1].requests) == 1


# --- how often


@pytest.mark.parametrize(("retries", "tries"), [(0, 1), (1, 2), (2, 3), (6, 3), (8, 3), (9, 4), (12, 5)])
def test_a_defect_is_not_met_as_often_as_there_are_retries(retries: int, tries: int) -> None:
    defect = answer(500, b"")
    found, driver = delivered([defect], retries=retries)
    assert found is defect
    assert (len(driver.requests), len(driver.pauses)) == (tries, tries - 1)


def test_answers_of_a_busy_server_are_no_defects() -> None:
    busy, defect = answer(503, b""), answer(500, b"")
    assert delivered([busy, busy, busy, defect, defect, GOOD])[0] is GOOD
    assert delivered([defect, busy, defect, busy, defect, GOOD])[0] is defect
    # A lost answer is none either.
    assert delivered([LOST, LOST, LOST, defect, defect, GOOD])[0] is GOOD


@pytest.mark.parametrize("trouble", [LOST, NOT_REACHED, *BUSY], ids=str)
@pytest.mark.parametrize("retries", [0, 1, 3, 12])
def test_tries_are_bounded(retries: int, trouble: Answer) -> None:
    found, driver = delivered([trouble], retries=retries)
    assert found is trouble
    assert (len(driver.requests), len(driver.pauses)) == (retries + 1, retries)


def test_a_wrong_url_is_reported_soon() -> None:
    """As long as nobody has answered there, two more tries are enough."""
    for retries, tries in ((0, 1), (1, 2), (2, 3), (6, 3)):
        found, driver = delivered([NOT_REACHED], retries=retries, contacted=False)
        assert found is NOT_REACHED
        assert (len(driver.requests), len(driver.pauses)) == (tries, tries - 1)
    # Somebody is there when a request arrives, or is answered that the server is busy.
    for trouble in (LOST, answer(503, b"")):
        assert len(delivered([trouble], contacted=False)[1].requests) == 7


@pytest.mark.parametrize(
    ("found", "contacted"), [(GOOD, True), (answer(404, {}), True), (answer(503, b""), False), (LOST, False)], ids=str
)
def test_a_response_marks_the_backend_as_contacted(found: Answer, contacted: bool) -> None:
    here = session(0, contacted=False)
    with contextlib.suppress(TransportFailure):
        Driver([found]).run(deliver(here, request("GET")))
    assert here.contacted is contacted


# --- the pauses


def test_pauses_grow_up_to_a_limit_and_differ() -> None:
    _, driver = delivered([LOST], retries=12)
    for number, pause in enumerate(driver.pauses):
        longest = min(0.1 * 2**number, 3.0)
        assert longest / 2 <= pause <= longest
    assert len(set(driver.pauses)) == len(driver.pauses)


def test_pauses_are_spread_over_half_of_their_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients that were turned away together shall not come back together."""
    drawn: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        drawn.append((low, high))
        return high

    monkeypatch.setattr("random.uniform", uniform)
    _, driver = delivered([answer(503, b"")], retries=7)
    assert driver.pauses == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.0, 3.0])
    assert set(drawn) == {(0.5, 1)}


@pytest.mark.parametrize(
    ("asked", "pause"),
    [
        *(("0", 0), ("7", 7), (" 7 ", 7), ("30", 30), ("31", 30), ("0000000000007", 7)),
        *(("999999999", 30), ("9999999999", 30), ("9" * 60_000, 30), ("Sun, 06 Nov 1994 08:49:37 GMT", 0)),
    ],
    ids=lambda value: str(value)[:20],
)
def test_retry_after_in_seconds(asked: str, pause: float) -> None:
    found, driver = delivered([answer(503, b"", {"Retry-After": asked}), GOOD])
    assert found is GOOD
    assert driver.pauses == [pause]


def test_retry_after_as_a_date() -> None:
    until = email.utils.formatdate(time.time() + 20, usegmt=True)
    _, driver = delivered([answer(429, b"", {"Retry-After": until}), GOOD])
    # Dates are in whole seconds, and the test itself takes a moment.
    assert 10 < driver.pauses[0] <= 20
    until = email.utils.formatdate(time.time() + 3600, usegmt=True)
    _, driver = delivered([answer(429, b"", {"Retry-After": until}), GOOD])
    assert driver.pauses == [30]


FAR = ["Sun, 06 Nov 99999 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 +99999999999999"]
"""Dates and zones that no clock has."""


@pytest.mark.parametrize("asked", ["", "soon", "-7", "7.5", "1e3", "٣", "7 8", *FAR])
def test_invalid_times_are_not_waited_for(asked: str) -> None:
    _, driver = delivered([answer(503, b"", {"Retry-After": asked}), GOOD])
    assert 0.05 <= driver.pauses[0] <= 0.1
