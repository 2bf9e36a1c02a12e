"""Many items: how they are batched, what becomes of each, and when the rest is left."""

from __future__ import annotations

from typing import Any

import pytest

from alignak_backend_client._core import bulk, bulk_deletion
from alignak_backend_client._core.bulk import BATCH_BYTES, BATCH_ITEMS
from alignak_backend_client._core.operations import encode_json
from alignak_backend_client._core.outcomes import BulkRun, Change, Outcome
from alignak_backend_client._core.protocol import Request
from alignak_backend_client._core.responses import Response
from alignak_backend_client.exceptions import BackendException
from core.bulking import Item, batches, codes, create, created, doomed, error, identity, items, sent
from core.driving import LOST, NOT_REACHED, Answer, Driver, Server, answer, session


def test_items_go_in_batches_and_outcomes_come_in_order() -> None:
    some = items(2 * BATCH_ITEMS + 1)
    outcomes, driver, reported = create(created, some)
    assert batches(driver) == [BATCH_ITEMS, BATCH_ITEMS, 1]
    assert [outcome.id for outcome in outcomes] == [item["_id"] for item in some]
    assert all(outcome.ok and outcome.tried for outcome in outcomes)
    assert [outcome.answer and outcome.answer["_id"] for outcome in outcomes] == [item["_id"] for item in some]
    assert reported == outcomes


@pytest.mark.parametrize(("count", "sizes"), [(1, [1]), (499, [499]), (500, [500]), (501, [500, 1])])
def test_a_batch_has_500_items_at_most(count: int, sizes: list[int]) -> None:
    assert batches(create(created, items(count))[1]) == sizes


def test_a_batch_stays_below_what_servers_take() -> None:
    """nginx takes a megabyte as shipped: the bytes of the items are counted as they are sent."""
    whole = len(encode_json(items(3, notes="")))
    exact = items(3, notes="x" * ((BATCH_BYTES - whole) // 3))
    exact[0]["notes"] += "x" * ((BATCH_BYTES - whole) % 3)
    assert len(encode_json(exact)) == BATCH_BYTES
    assert batches(create(created, exact)[1]) == [3]
    exact[1]["notes"] += "x"
    assert batches(create(created, exact)[1]) == [2, 1]
    # Letters beyond ASCII take more bytes than they are characters.
    long = items(4, notes="é" * 100_000)
    _, driver, _ = create(created, long)
    assert batches(driver) == [1] * 4
    assert all(len(request.content or b"") < 1_000_000 for request in driver.requests)


def test_items_that_are_too_large_for_any_batch_go_by_themselves() -> None:
    some = items(3, notes="x")
    some[1]["notes"] = "x" * BATCH_BYTES
    assert batches(create(created, some)[1]) == [1, 1, 1]
    some = items(3, notes="x")
    some[0]["notes"] = "x" * BATCH_BYTES
    _, driver, _ = create(created, some)
    assert batches(driver) == [1, 1, 1]
    assert driver.side_by_side == [(4, 3)]


def test_only_batches_that_are_too_large_are_halved() -> None:
    some = items(2 * BATCH_ITEMS, notes="")
    some[-1]["notes"] = "x" * BATCH_BYTES
    sizes = batches(create(created, some)[1])
    assert sizes[:3] == [BATCH_ITEMS, BATCH_ITEMS // 2, BATCH_ITEMS // 4]
    assert sizes[-1] == 1
    assert sum(sizes) == 2 * BATCH_ITEMS


def test_items_without_an_id_get_one() -> None:
    some: list[Item] = [{"name": "a"}, {"name": "b", "_id": identity(1)}, {"name": "c", "_id": ""}]
    outcomes, driver, _ = create(created, some)
    assert [item["_id"] for item in sent(driver.requests[0])] == [outcome.id for outcome in outcomes]
    assert outcomes[1].id == identity(1)
    assert len({outcome.id for outcome in outcomes}) == 3
    assert all(len(outcome.id) == 24 for outcome in outcomes)
    assert some[0] == {"name": "a"}


@pytest.mark.parametrize(
    ("resource", "at_once", "side_by_side"),
    [
        ("host", 4, 4),
        ("/service/", 4, 4),
        ("host", 0, 1),
        ("host", -1, 1),
        # Each is written into lists of those above it.
        ("/realm/", 4, 1),
        # Events have no key, but an order.
        ("history", 4, 1),
        ("nothing", 4, 1),
    ],
)
def test_batches_side_by_side(resource: str, at_once: int, side_by_side: int) -> None:
    _, driver, _ = create(created, items(BATCH_ITEMS + 1), resource, at_once)
    assert driver.side_by_side == [(side_by_side, 2)]
    assert [path.strip("/") for _, path in driver.sent] == [resource.strip("/")] * 2


def test_check_results_go_one_by_one() -> None:
    """The backend decides for all check results of a list by the last of them."""
    _, driver, _ = create(created, [{"host": identity(1)}] * 3, "logcheckresult")
    assert batches(driver) == [1, 1, 1]


@pytest.mark.parametrize("wrong", [{}, {"name": "x"}, [{"name": "x"}, 5], ["x"]])
def test_invalid_lists_of_items_are_refused(wrong: Any) -> None:
    driver = Driver([answer(201, {})])
    with pytest.raises(BackendException, match="list of dictionaries") as caught:
        driver.run(bulk.create(session(), "host", wrong, 1))
    assert (caught.value.code, driver.requests) == (1000, [])


def test_no_items_need_no_request() -> None:
    for operation in (
        bulk.create(session(), "host", [], 4),
        bulk.update(session(), "host", [], 4),
        bulk_deletion.delete(session(), "host", [], 4),
    ):
        driver = Driver([answer(500)])
        assert driver.run(operation) == []
        assert driver.requests == []


def test_the_second_item_of_a_name_is_refused_here() -> None:
    some = [{"name": "a"}, {"name": "b"}, {"name": "a"}, {"name": "a"}]
    outcomes, driver, reported = create(created, some)
    assert codes(outcomes) == [None, None, 422, 422]
    assert [item["name"] for item in sent(driver.requests[0])] == ["a", "b"]
    refusal = outcomes[2].error
    assert refusal is not None
    assert refusal.issues == {"name": "value 'a' is not unique"}
    assert isinstance(refusal.response, Response)
    assert refusal.response.headers["content-type"] == "application/json"
    assert refusal.response["_status"] == "ERR"
    message = "Insertion failure: 1 document(s) contain(s) error(s)"
    assert refusal.response["_error"] == {"code": 422, "message": message}
    assert (outcomes[2].tried, outcomes[2].answer) == (True, None)
    assert {one.id for one in reported} == {one.id for one in outcomes}


def test_services_of_a_name_are_doubles_on_one_host_only() -> None:
    here, there = identity(1), identity(2)
    some = [{"name": "cpu", "host": here}, {"name": "cpu", "host": there}, {"name": "cpu", "host": here}]
    outcomes, _, _ = create(created, some, "service")
    assert codes(outcomes) == [None, None, 422]
    assert outcomes[2].error is not None
    assert outcomes[2].error.issues == {"name": "value 'cpu' is not unique"}


def test_items_without_names_are_not_duplicated() -> None:
    """What is wrong with it the backend says."""
    for resource, some in (
        ("history", [{"name": "a"}, {"name": "a"}]),
        ("host", [{"name": None}, {"name": None}]),
        ("host", [{}, {}]),
        ("host", [{"name": 5}, {"name": 5}]),
        ("service", [{"name": "a"}, {"name": "a"}]),
        ("nothing", [{"name": "a"}, {"name": "a"}]),
    ):
        assert codes(create(created, some, resource)[0]) == [None, None]
    assert codes(create(created, [{"name": None}, {"name": "a"}, {"name": "a"}])[0]) == [None, None, 422]


class Picky:
    """A backend that refuses lists with items of some names, and names them."""

    def __init__(self, *wrong: str, names_it: bool = True, status: int = 422) -> None:
        self.wrong, self.names_it, self.status = wrong, names_it, status
        self.stored: list[str] = []

    def __call__(self, request: Request) -> Response:
        if request.method == "GET":
            return answer(200, {"_items": [], "_meta": {"total": 0}})
        some = sent(request)
        bad = [item["name"] in self.wrong for item in some]
        if not any(bad):
            self.stored += [item["name"] for item in some]
            return created(request)
        if not self.names_it:
            return answer(self.status, b"refused")
        verdicts = [
            {"_status": "ERR", "_issues": {"name": f"no {item['name']}"}} if no else {"_status": "OK"}
            for no, item in zip(bad, some, strict=True)
        ]
        more = {"_items": verdicts} if len(verdicts) > 1 else {"_issues": verdicts[0]["_issues"]}
        return error(self.status, **more)


def test_of_a_refused_batch_the_good_items_are_sent_again() -> None:
    server = Picky("n3", "n7")
    outcomes, driver, _ = create(server, items(10))
    assert batches(driver) == [10, 8]
    assert codes(outcomes) == [None] * 3 + [422] + [None] * 3 + [422] + [None] * 2
    assert outcomes[7].error is not None
    assert outcomes[7].error.issues == {"name": "no n7"}
    assert outcomes[7].error.code == 422
    assert sorted(server.stored) == sorted(f"n{number}" for number in range(10) if number not in (3, 7))


def test_of_a_batch_that_is_refused_whole_nothing_is_sent_again() -> None:
    outcomes, driver, _ = create(Picky("n0", "n1", "n2"), items(3))
    assert batches(driver) == [3]
    assert codes(outcomes) == [422] * 3


class Shared:
    """A backend in which somebody else adds items, too: each time it was asked, there is one more of those."""

    def __init__(self, *theirs: int) -> None:
        self.theirs = [identity(number) for number in theirs]
        self.stored: list[str] = []

    def __call__(self, request: Request) -> Response:
        if request.method == "GET":
            found = [{"_id": one} for one in sorted(self.stored)]
            if self.theirs:
                self.stored.append(self.theirs.pop(0))
            return answer(200, {"_items": found, "_meta": {"total": len(found)}})
        ids = [item["_id"] for item in sent(request)]
        if refused := sum(one in self.stored for one in ids):
            # The Alignak backend stores what comes before the first of them.
            self.stored += ids[: -refused if ids[0] not in self.stored else 0]
            return error(409)
        self.stored += ids
        return created(request)


def test_items_added_concurrently_exist_once() -> None:
    """The other one is given time to end; asking for each item alone would take a request an item."""
    server = Shared(1, 2, 3)
    server.stored.append(identity(0))
    outcomes, driver, _ = create(server, items(8))
    assert codes(outcomes) == [409] * 4 + [None] * 4
    assert sorted(server.stored) == [identity(number) for number in range(8)]
    assert batches(driver) == [8, 4]
    assert len(driver.requests) == 2 + 5


def test_a_batch_that_was_taken_in_part_is_not_added_twice() -> None:
    server = Shared()
    server.stored.append(identity(7))
    outcomes, driver, _ = create(server, items(8))
    assert codes(outcomes) == [409] * 8
    assert batches(driver) == [8]
    assert sorted(server.stored) == [identity(number) for number in range(8)]


def test_a_refusal_that_names_no_item_is_found_by_halving() -> None:
    server = Picky("n5", names_it=False, status=412)
    outcomes, driver, _ = create(server, items(16))
    assert codes(outcomes) == [None] * 5 + [412] + [None] * 10
    assert batches(driver) == [16, 8, 4, 4, 2, 1, 1, 2, 8]
    assert sorted(server.stored) == sorted(f"n{number}" for number in range(16) if number != 5)


@pytest.mark.parametrize(
    "verdicts", [None, {}, [], [{}], [{"_issues": {"name": "x"}}], [5, 5, 5], [{}, {}, {}]], ids=str
)
def test_odd_verdicts_name_no_item(verdicts: Any) -> None:
    """Then the batch is halved; nothing is taken for refused that might not be."""
    refusal = error(422, _issues={"x": "y"}, _items=verdicts)
    outcomes, driver, _ = create([refusal], items(3))
    assert codes(outcomes) == [422] * 3
    assert batches(driver) == [3, 1, 2, 1, 1]


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_a_refusal_of_them_all_is_that_of_each(status: int) -> None:
    outcomes, driver, _ = create([error(status)], items(10))
    assert codes(outcomes) == [status] * 10
    assert len(driver.requests) == 1
    assert all(outcome.tried for outcome in outcomes)


@pytest.mark.parametrize(
    "body", [{"_items": []}, {"_items": None}, {"_items": [{}] * 2}, {"_items": [{}] * 4}, {}], ids=str
)
def test_an_incomplete_bulk_response_is_not_trusted(body: Any) -> None:
    outcomes, driver, _ = create([answer(201, {"_status": "OK", **body})], items(3))
    assert codes(outcomes) == [1000] * 3
    assert len(driver.requests) == 1


def test_once_the_backend_has_gone_the_rest_is_left() -> None:
    def server(request: Request) -> Answer:
        return created(request) if sent(request)[0]["name"] == "n0" else LOST

    outcomes, driver, reported = create(server, items(3 * BATCH_ITEMS), at_once=1)
    assert len(driver.requests) == 2
    assert codes(outcomes) == [None] * BATCH_ITEMS + [1000] * 2 * BATCH_ITEMS
    assert [outcome.tried for outcome in outcomes] == [True] * 2 * BATCH_ITEMS + [False] * BATCH_ITEMS
    assert len(reported) == 3 * BATCH_ITEMS


@pytest.mark.parametrize("gone", [LOST, NOT_REACHED, *(error(status) for status in (429, 502, 503, 504, 507))], ids=str)
def test_an_unavailable_backend_skips_the_rest(gone: Answer) -> None:
    outcomes, driver, _ = create([gone], items(BATCH_ITEMS + 1))
    assert len(driver.requests) == 1
    assert [outcome.tried for outcome in outcomes] == [True] * BATCH_ITEMS + [False]


def changes(count: int) -> list[Change]:
    return [Change(identity(number), "e", {"notes": "n"}) for number in range(count)]


def update(server: Server, count: int) -> tuple[list[Outcome], Driver]:
    driver, reported = Driver(server), list[Outcome]()
    outcomes: list[Outcome] = driver.run(bulk.update(session(0), "host", changes(count), 4, reported.append))
    assert reported == outcomes
    return outcomes, driver


def test_a_backend_that_fails_at_everything_has_gone() -> None:
    """25 errors of its own in a row: no use in going on."""
    outcomes, driver = update([error(500)], 30)
    assert [outcome.tried for outcome in outcomes] == [True] * 25 + [False] * 5
    assert len(driver.requests) == 25
    assert codes(outcomes) == [500] * 30


def test_errors_of_the_backend_count_in_a_row_only() -> None:
    """One item that it can carry out, or refuses for a reason, shows that it works."""
    for good in (answer(200, {"_status": "OK"}), error(412), error(422), error(404)):
        script = [error(500)] * 24 + [good] + [error(500)] * 24 + [good]
        outcomes, driver = update(script, 50)
        assert all(outcome.tried for outcome in outcomes)
        assert len(driver.requests) == 50
        outcomes, driver = update([error(500)] * 24 + [good] + [error(500)], 60)
        assert [outcome.tried for outcome in outcomes] == [True] * 50 + [False] * 10


def test_unsent_items_count_as_no_defect_and_as_no_success() -> None:
    """Of several in flight the first ends the run; those reported afterwards do not start it again."""
    run = BulkRun(None)
    gone = BackendException(503, "busy", error(503))
    run.report([Outcome("a", error=gone)])
    assert [outcome.tried for outcome in run.skipped(["b", "c"]) or []] == [False, False]
    run.report([Outcome("d", answer={})])
    (left,) = run.skipped(["e"]) or []
    assert (left.id, left.error, left.tried, left.ok) == ("e", gone, False, False)


def test_changes_go_side_by_side_each_with_its_version() -> None:
    some = [Change("a", "e1", {"notes": "1"}), Change("b", "e2", {"notes": "2"})]
    driver = Driver([answer(200, {"_etag": "new", "_status": "OK"})])
    outcomes = driver.run(bulk.update(session(), "host", some, 4))
    assert driver.sent == [("PATCH", "host/a"), ("PATCH", "host/b")]
    assert [request.headers["If-Match"] for request in driver.requests] == ["e1", "e2"]
    assert [driver.body(number) for number in range(2)] == [{"notes": "1"}, {"notes": "2"}]
    assert [(outcome.id, outcome.answer, outcome.ok) for outcome in outcomes] == [
        (one, {"_etag": "new", "_status": "OK"}, True) for one in "ab"
    ]
    assert driver.side_by_side == [(4, 2)]


@pytest.mark.parametrize(("endpoint", "at_once"), [("host", 0), ("host", -1), ("host", 1), ("realm", 4)])
def test_at_least_one_item_is_sent_at_a_time(endpoint: str, at_once: int) -> None:
    driver = Driver([answer(200, {})])
    driver.run(bulk.update(session(), endpoint, changes(2), at_once))
    assert driver.side_by_side == [(1, 2)]
    driver = Driver([answer(204, b"")])
    driver.run(bulk_deletion.delete(session(), endpoint, doomed(2), at_once))
    assert driver.side_by_side == [(1, 2)]


def test_an_overtaken_change_is_reported_and_not_repeated() -> None:
    outcomes, driver = update([error(412)], 1)
    assert (codes(outcomes), len(driver.requests)) == ([412], 1)


def test_an_item_that_is_gone_cannot_be_changed() -> None:
    outcomes, _ = update([error(404), answer(200, {})], 2)
    assert codes(outcomes) == [404, None]


@pytest.mark.parametrize("wrong", [[("a", "e", {})], [changes(1)[0], {"_id": "a"}]])
def test_invalid_changes_are_refused(wrong: Any) -> None:
    driver = Driver([answer(200, {})])
    with pytest.raises(BackendException, match="Changes must be a list") as caught:
        driver.run(bulk.update(session(), "host", wrong, 1))
    assert (caught.value.code, driver.requests) == (1000, [])
