"""Many items at once: batches, what becomes of each item, and what it costs."""

from __future__ import annotations

import concurrent.futures
import uuid
from collections.abc import Iterator

import pytest

from alignak_backend_client import Backend, BackendException, Change, Outcome
from servers import misbehaving as m
from servers.faulty_proxy import FaultyProxy


@pytest.fixture
def direct(backend_url: str) -> Iterator[Backend]:
    with Backend(backend_url, processes=4) as logged_in:
        assert logged_in.login("admin", "admin")
        yield logged_in


@pytest.fixture
def prefix() -> str:
    return f"m{uuid.uuid4().hex[:8]}-"


def _realm(direct: Backend) -> str:
    found: str = direct.get("realm", {"where": {"name": "All"}})["_items"][0]["_id"]
    return found


def _names(direct: Backend, resource: str, prefix: str) -> list[str]:
    where = {"name": {"$regex": f"^{prefix}"}}
    return [item["name"] for item in direct.get_all(resource, {"where": where})["_items"]]


def _commands(direct: Backend, prefix: str, count: int) -> list[dict[str, object]]:
    realm = _realm(direct)
    return [{"name": f"{prefix}{number:04}", "_realm": realm} for number in range(count)]


def test_outcomes_come_in_the_order_of_the_items(direct: Backend, prefix: str) -> None:
    items = _commands(direct, prefix, 1203)
    outcomes = direct.create_many("command", items)
    assert all(outcome.ok and outcome.tried for outcome in outcomes)
    stored = {item["_id"]: item["name"] for item in direct.get_all("command")["_items"]}
    assert [stored[outcome.id] for outcome in outcomes] == [item["name"] for item in items]
    assert all(outcome.answer is not None and outcome.answer["_etag"] for outcome in outcomes)


@pytest.mark.parametrize("wrong", [{"no_such_field": 1}, {"timeout": "soon"}, {"name": "_echo"}])
def test_one_refused_item_of_500_costs_one_more_request(
    direct: Backend, backend_url: str, prefix: str, wrong: dict[str, object]
) -> None:
    items = _commands(direct, prefix, 500)
    items[123] |= wrong
    with FaultyProxy(backend_url, rate=0) as proxy, Backend(proxy.url) as counted:
        counted.login("admin", "admin")
        before = proxy.passed
        outcomes = counted.create_many("command", items)
        assert proxy.passed - before == 2
    assert [position for position, outcome in enumerate(outcomes) if not outcome.ok] == [123]
    error = outcomes[123].error
    assert error is not None
    assert (error.code, list(error.issues)) == (422, list(wrong))
    assert next(iter(wrong)) in error.reason
    assert len(_names(direct, "command", prefix)) == 499


def test_a_refusal_that_names_no_item_is_found_by_halving(direct: Backend, backend_url: str, prefix: str) -> None:
    """A rule of the backend refuses the whole list in plain text: a service that is on the host already."""
    host = direct.post("host", {"name": f"{prefix}host"})["_id"]
    direct.post("service", {"name": f"{prefix}17", "host": host})
    with FaultyProxy(backend_url, rate=0) as proxy, Backend(proxy.url) as counted:
        counted.login("admin", "admin")
        before = proxy.passed
        outcomes = counted.create_many("service", [{"name": f"{prefix}{n:02}", "host": host} for n in range(64)])
        assert proxy.passed - before <= 2 * 7
    assert [position for position, outcome in enumerate(outcomes) if not outcome.ok] == [17]
    assert len(_names(direct, "service", prefix)) == 64


def test_doubles_within_the_list_are_refused_here(direct: Backend, prefix: str) -> None:
    items = _commands(direct, prefix, 3)
    outcomes = direct.create_many("command", [*items, {**items[1], "notes": "again"}])
    assert [outcome.ok for outcome in outcomes] == [True, True, True, False]
    error = outcomes[3].error
    assert error is not None
    assert (error.code, "name" in error.issues) == (422, True)
    assert len(_names(direct, "command", prefix)) == 3


def test_events_keep_their_order(direct: Backend, prefix: str) -> None:
    host = direct.post("host", {"name": f"{prefix}host"})["_id"]
    results = [
        {"host": host, "state": state, "state_type": "HARD", "last_state": "UP", "last_state_type": "HARD",
         "last_check": 1_600_000_000 + number, "output": str(number)}
        for number, state in enumerate(["DOWN", "UP", "DOWN", "UP", "UNREACHABLE", "DOWN"])
    ]  # fmt: skip
    assert all(outcome.ok for outcome in direct.create_many("logcheckresult", results))
    state = direct.get(f"host/{host}")
    assert (state["ls_state"], state["ls_output"]) == ("DOWN", "5")


def test_outcomes_are_reported_immediately(direct: Backend, prefix: str) -> None:
    reported: list[Outcome] = []
    outcomes = direct.create_many("command", _commands(direct, prefix, 700), reported.append)
    assert sorted(one.id for one in reported) == sorted(one.id for one in outcomes)
    items = direct.get_all("command", {"where": {"name": {"$regex": f"^{prefix}"}}})["_items"]
    reported.clear()
    direct.update_many(
        "command", [Change(item["_id"], item["_etag"], {"notes": "x"}) for item in items[:20]], reported.append
    )
    assert len(reported) == 20
    reported.clear()
    items = direct.get_all("command", {"where": {"name": {"$regex": f"^{prefix}"}}})["_items"]
    direct.delete_many("command", items[:30], reported.append)
    assert len(reported) == 30


def test_items_after_the_loss_of_the_backend_are_not_tried(direct: Backend, backend_url: str, prefix: str) -> None:
    items = _commands(direct, prefix, 2000)
    with FaultyProxy(backend_url, rate=0) as proxy, Backend(proxy.url, retries=1) as broken:
        broken.login("admin", "admin")
        broken.create_many("command", items[:1])

        def end(_: Outcome) -> None:
            proxy.down = True

        outcomes = broken.create_many("command", items[1:], end)
    written = [outcome.id for outcome in outcomes if outcome.ok]
    assert len(written) == 500
    assert {outcome.error.code for outcome in outcomes if outcome.error is not None} == {1000}
    assert sum(not outcome.tried for outcome in outcomes) == 999
    assert len(_names(direct, "command", prefix)) == 501


def test_an_item_that_is_gone_counts_as_deleted(direct: Backend, prefix: str) -> None:
    direct.create_many("command", _commands(direct, prefix, 2))
    items = direct.get_all("command", {"where": {"name": {"$regex": f"^{prefix}"}}})["_items"]
    assert [outcome.ok for outcome in direct.delete_many("command", items[:1])] == [True]
    outcomes = direct.delete_many("command", items)
    assert [(outcome.ok, outcome.gone) for outcome in outcomes] == [(True, True), (True, False)]


def test_many_are_deleted_with_few_requests(direct: Backend, backend_url: str, prefix: str) -> None:
    direct.create_many("command", _commands(direct, prefix, 703))
    where = {"where": {"name": {"$regex": f"^{prefix}"}}}
    items = direct.get_all("command", where)["_items"]
    stale = direct.patch(f"command/{items[5]['_id']}", {"notes": "x"}, {"If-Match": items[5]["_etag"]})
    direct.delete(f"command/{items[6]['_id']}", {"If-Match": items[6]["_etag"]})
    with FaultyProxy(backend_url, rate=0) as proxy, Backend(proxy.url) as counted:
        counted.login("admin", "admin")
        several = "DELETION_LIMIT" in counted.get("backendconfig")
        before = proxy.passed
        outcomes = counted.delete_many("command", items)
        # The question whether it does so; then 500 at a time, or one by one.
        assert proxy.passed - before == (3 if several else 1 + len(items))
    assert [outcome.id for outcome in outcomes] == [item["_id"] for item in items]
    failed = [outcome for outcome in outcomes if not outcome.ok]
    assert [outcome.id for outcome in failed] == [stale["_id"]]
    assert failed[0].error is not None
    assert failed[0].error.code == 412
    assert "etag" in failed[0].error.reason
    assert f"command/{stale['_id']}" in failed[0].error.message
    assert [item["_id"] for item in direct.get_all("command", where)["_items"]] == [stale["_id"]]


def test_a_kept_item_listed_twice_is_not_reported_as_deleted(direct: Backend, prefix: str) -> None:
    direct.create_many("command", _commands(direct, prefix, 4))
    items = direct.get_all("command", {"where": {"name": {"$regex": f"^{prefix}"}}})["_items"]
    stale = {"_id": items[0]["_id"], "_etag": "stale"}
    outcomes = direct.delete_many("command", [stale, stale, *items[1:], *items[1:]])
    assert [outcome.ok for outcome in outcomes] == [False, False] + [True] * 6
    assert [outcome.error.code for outcome in outcomes if outcome.error is not None] == [412, 412]
    assert _names(direct, "command", prefix) == [items[0]["name"]]


def test_a_lost_answer_to_a_deletion_is_settled(direct: Backend, backend_url: str, prefix: str) -> None:
    direct.create_many("command", _commands(direct, prefix, 20))
    items = direct.get_all("command", {"where": {"name": {"$regex": f"^{prefix}"}}})["_items"]
    with FaultyProxy(backend_url, rate=0, faults=["lost_answer"]) as proxy, Backend(proxy.url) as backend:
        backend.login("admin", "admin")
        backend.get_all("command")  # so that nothing is left to ask
        proxy.strike_next()
        outcomes = backend.delete_many("command", items)
        assert proxy.broken["lost_answer"] == 1
    assert all(outcome.ok and not outcome.gone for outcome in outcomes)
    assert _names(direct, "command", prefix) == []


@pytest.mark.embedded_only  # the Alignak backend may report both
@pytest.mark.parametrize("number", [3, 8])
def test_concurrent_deletions_report_what_they_deleted(direct: Backend, prefix: str, number: int) -> None:
    direct.create_many("command", _commands(direct, prefix, number))
    items = direct.get_all("command", {"where": {"name": {"$regex": f"^{prefix}"}}})["_items"]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        both = list(pool.map(lambda _: direct.delete_many("command", items), range(2)))
    assert all(outcome.ok for outcomes in both for outcome in outcomes)
    assert sorted(one.id for outcomes in both for one in outcomes if not one.gone) == [item["_id"] for item in items]


@pytest.mark.parametrize("limit", ["500", -1, True, None, 0])
@pytest.mark.parametrize(
    "answer",
    [
        m.json_answer({"_items": []}),
        m.json_answer({"_items": [{"_id": "x"}] * 6}),
        m.json_answer({"_items": [{"_status": "ERR", "_error": {"code": "x"}}] * 6}),
        m.json_answer({"_items": [5] * 6}),
        m.json_answer([]),
        m.html(200),
        m.html(500),
    ],
)
def test_odd_answers_to_deletions(answer: m.Behaviour, limit: object) -> None:
    items = [{"_id": f"{number:024x}", "_etag": "x"} for number in range(6)]
    for announced, deletes in ((limit, False), (4, True), (10**9, True)):

        def behaviour(request: m.Request, announced: object = announced) -> m.Behaviour:
            return m.json_answer({"DELETION_LIMIT": announced}) if request.path == "/backendconfig" else answer

        with m.MisbehavingServer([behaviour]) as server, Backend(server.url, retries=0) as backend:
            backend.set_token("t")
            outcomes = backend.delete_many("host", items)
            paths = {request.path for request in server.requests if request.method == "POST"}
        assert paths == ({"/host/delete"} if deletes else set())
        assert len(outcomes) == 6
        if deletes:
            assert not any(outcome.ok for outcome in outcomes)


def test_a_defect_at_one_deletion_is_found_by_halving() -> None:
    items = [{"_id": f"{number:024x}", "_etag": "x"} for number in range(1200)]
    poison = items[3]["_id"]
    deleted: set[str] = set()

    def answer(request: m.Request) -> m.Behaviour:
        if request.path == "/backendconfig":
            return m.json_answer({"DELETION_LIMIT": 1000})
        wanted = [item["_id"] for item in request.json]
        if poison in wanted:
            return m.html(500)
        deleted.update(wanted)
        return m.json_answer({"_items": [{"_status": "OK"}] * len(wanted)})

    with m.MisbehavingServer([answer]) as server, Backend(server.url, retries=0) as backend:
        backend.set_token("t")
        outcomes = backend.delete_many("host", items)
        assert len(server.requests) < 25
    assert [outcome.id for outcome in outcomes] == [item["_id"] for item in items]
    assert [outcome.id for outcome in outcomes if not outcome.ok] == [poison]
    assert deleted == {item["_id"] for item in items} - {poison}


def test_items_without_a_tag_are_noticed_before_any_is_deleted() -> None:
    items = [{"_id": f"{number:024x}", "_etag": "x"} for number in range(600)]
    del items[-1]["_etag"]
    with m.MisbehavingServer([m.json_answer({"DELETION_LIMIT": 500})]) as server, Backend(server.url) as backend:
        with pytest.raises(BackendException, match="_etag"):
            backend.delete_many("host", items)
        assert not [request for request in server.requests if request.method == "POST"]


def test_a_refused_list_of_deletions_is_deleted_one_by_one(direct: Backend, backend_url: str, prefix: str) -> None:
    direct.create_many("command", _commands(direct, prefix, 9))
    items = direct.get_all("command", {"where": {"name": {"$regex": f"^{prefix}"}}})["_items"]

    class Narrow(FaultyProxy):
        def _forward(self, head: bytes, body: bytes) -> bytes:
            if b"/delete " in head:
                return b"HTTP/1.1 405 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            return super()._forward(head, body)

    with Narrow(backend_url, rate=0) as proxy, Backend(proxy.url) as backend:
        backend.login("admin", "admin")
        assert all(outcome.ok for outcome in backend.delete_many("command", items))
    assert _names(direct, "command", prefix) == []


def test_deletions_on_an_unreachable_backend_have_outcomes() -> None:
    reported: list[Outcome] = []
    with Backend("http://127.0.0.1:9", retries=0) as nowhere:
        items = [{"_id": f"{number:024x}", "_etag": "x"} for number in range(10)]
        outcomes = nowhere.delete_many("host", items, reported.append)
    assert [outcome.error.code for outcome in outcomes if outcome.error] == [1000] * 10
    assert len(reported) == 10


def test_nothing_to_do_needs_no_request() -> None:
    with Backend("http://127.0.0.1:9", retries=0) as nowhere:
        assert nowhere.create_many("host", []) == []
        assert nowhere.update_many("host", []) == []
        assert nowhere.delete_many("host", []) == []


def test_missing_rights_are_reported_for_each_item(direct: Backend, prefix: str) -> None:
    items = _commands(direct, prefix, 3)
    with Backend(direct.url_endpoint_root) as nobody:
        nobody.token = "nonsense"
        outcomes = nobody.create_many("command", items)
    assert [outcome.error.code for outcome in outcomes if outcome.error is not None] == [401] * 3
    with pytest.raises(BackendException):
        nobody.get("command")
