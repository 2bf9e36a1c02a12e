"""Whole lists: get_all and iterate, over several pages, while others write."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from alignak_backend_client.client import Backend
from client.conftest import SMALL_PAGE
from client.helping import a_realm, failure, unique

Read = Callable[[Backend, str, Any], list[dict[str, Any]]]


def _all(client: Backend, endpoint: str, params: Any = None) -> list[dict[str, Any]]:
    whole = client.get_all(endpoint, params)
    assert set(whole) == {"_items", "_status"}
    assert whole["_status"] == "OK"
    items: list[dict[str, Any]] = whole["_items"]
    return items


def _iterated(client: Backend, endpoint: str, params: Any = None) -> list[dict[str, Any]]:
    return list(client.iterate(endpoint, params))


def _in_parallel(client: Backend, endpoint: str, params: Any = None) -> list[dict[str, Any]]:
    client.processes = 4
    return _all(client, endpoint, params)


READS = pytest.mark.parametrize("read", [_all, _iterated, _in_parallel])

COUNT = 5 * SMALL_PAGE + 3


@pytest.fixture(scope="module")
def commands(small_pages_url: str) -> tuple[str, list[str]]:
    """An alias of 38 commands, and their names in the order of creation."""
    with Backend(small_pages_url) as client:
        client.login("admin", "admin")
        realm, alias = a_realm(client), unique("alias")
        names = [f"{alias}-{number * 17 % COUNT:02}" for number in range(COUNT)]
        made = client.post("command", [{"name": name, "alias": alias, "_realm": realm} for name in names])
        assert len(made["_items"]) == COUNT
    return alias, names


@READS
def test_all_items_in_the_order_of_creation(small_pages: Backend, commands: tuple[str, list[str]], read: Read) -> None:
    alias, names = commands
    assert [item["name"] for item in read(small_pages, "command", {"where": {"alias": alias}})] == names


@READS
@pytest.mark.parametrize("form", ["json", "python", "dict", "endpoint"])
def test_every_form_of_filter(small_pages: Backend, commands: tuple[str, list[str]], read: Read, form: str) -> None:
    alias, names = commands
    endpoint = "command"
    params: dict[str, Any] = {"where": {"alias": alias}, "sort": None}
    if form == "json":
        params["where"] = json.dumps({"alias": alias})
    elif form == "python":
        params["where"] = f'alias=="{alias}" or alias=="nothing"'
    elif form == "endpoint":
        endpoint, params = f'/command?where={{"alias": "{alias}"}}&projection={{"name": 1}}', {}
    before = json.dumps(params)
    items = read(small_pages, endpoint, params)
    assert json.dumps(params) == before
    assert [item["name"] for item in items] == names
    assert ("alias" in items[0]) is (form != "endpoint")


@READS
@pytest.mark.parametrize(("sort", "reverse"), [("name", False), ("-name", True), ('[("name", -1)]', True)])
def test_order_of_the_caller(
    small_pages: Backend, commands: tuple[str, list[str]], read: Read, sort: str, reverse: bool
) -> None:
    alias, names = commands
    items = read(small_pages, "command", {"where": json.dumps({"alias": alias}), "sort": sort})
    assert [item["name"] for item in items] == sorted(names, reverse=reverse)


@READS
@pytest.mark.parametrize("size", [1, 3, COUNT, 1000, 0, "5", None])
def test_page_size_of_the_caller(small_pages: Backend, commands: tuple[str, list[str]], read: Read, size: Any) -> None:
    alias, names = commands
    items = read(small_pages, "command", {"where": {"alias": alias}, "max_results": size, "page": 3})
    assert [item["name"] for item in items] == names


@READS
def test_projection_and_embedding(small_pages: Backend, commands: tuple[str, list[str]], read: Read) -> None:
    alias, names = commands
    params = {"where": {"alias": alias}, "projection": '{"name": 1, "_realm": 1}', "embedded": '{"_realm": 1}'}
    items = read(small_pages, "command", params)
    assert [item["name"] for item in items] == names
    assert {item["_realm"]["name"] for item in items} == {"All"}
    assert "alias" not in items[0]


@READS
def test_nothing_matches(small_pages: Backend, read: Read) -> None:
    assert read(small_pages, "command", {"where": {"alias": "nothing"}}) == []
    assert read(small_pages, "command", {"where": 'alias=="nothing"'}) == []
    assert read(small_pages, "command", {"where": {"alias": "nothing"}, "sort": "name"}) == []


@READS
def test_more_than_one_filter_on_the_id(small_pages: Backend, commands: tuple[str, list[str]], read: Read) -> None:
    alias, names = commands
    ids = [item["_id"] for item in _all(small_pages, "command", {"where": {"alias": alias}})]
    assert [i["name"] for i in read(small_pages, "command", {"where": {"_id": {"$in": ids[::-1]}}})] == names
    rest = {"$or": [{"_id": {"$gt": ids[20]}}, {"_id": ids[0]}], "alias": alias}
    assert [i["name"] for i in read(small_pages, "command", {"where": rest})] == [names[0], *names[21:]]


@READS
def test_errors_of_lists(small_pages: Backend, read: Read) -> None:
    assert failure(read, small_pages, "nothing").code == 404
    assert failure(read, small_pages, "command", {"where": '{"$where": "1"}'}).code == 400
    assert failure(read, small_pages, "command", {"where": "import os"}).code == 400
    one = small_pages.get("command")["_items"][0]
    assert failure(read, small_pages, f"command/{one['_id']}").code == 1000
    small_pages.set_token("wrong")
    assert failure(read, small_pages, "command").code == 401


@READS
@pytest.mark.parametrize("form", ["dict", "sorted", "python"])
def test_items_that_exist_throughout_come_once_while_others_write(
    small_pages_url: str, commands: tuple[str, list[str]], read: Read, form: str
) -> None:
    alias, names = commands
    stop = threading.Event()
    made = threading.Event()

    def write() -> None:
        """Add before, between and after, and delete again, until the reader has done."""
        with Backend(small_pages_url) as writer:
            writer.login("admin", "admin")
            realm, number = a_realm(writer), 0
            while not stop.is_set():
                number += 1
                low = {
                    "_id": f"{number % 250 + 1:024x}",
                    "name": unique(f"{alias}-00"),
                    "alias": alias,
                    "_realm": realm,
                }
                high = {"name": unique(f"{alias}-50"), "alias": alias, "_realm": realm}
                both = writer.post("command", [low, high])["_items"]
                made.set()
                for item in both:
                    writer.delete(f"command/{item['_id']}", {"If-Match": item["_etag"]})

    params: dict[str, Any] = {"where": {"alias": alias}}
    if form == "sorted":
        params["sort"] = "name"
    elif form == "python":
        params["where"] = f'alias=="{alias}"'
    thread = threading.Thread(target=write)
    thread.start()
    try:
        assert made.wait(10)
        with Backend(small_pages_url) as client:
            client.login("admin", "admin")
            for _ in range(2):
                seen = [item["name"] for item in read(client, "command", params)]
                steady = [name for name in seen if name in set(names)]
                if form == "sorted":
                    assert sorted(steady) == sorted(names)
                else:
                    assert steady == names
                assert len(seen) == len(set(seen))
    finally:
        stop.set()
        thread.join(20)


def test_iterate_keeps_one_page_at_a_time(small_pages: Backend, commands: tuple[str, list[str]]) -> None:
    alias, names = commands
    sent: list[str] = []
    send = small_pages._send
    small_pages._send = lambda request: sent.append(request.url) or send(request)  # type: ignore[method-assign,func-returns-value] # counts
    items = small_pages.iterate("command", {"where": {"alias": alias}})
    assert sent == []
    assert next(items)["name"] == names[0]
    assert len(sent) == 2  # the page size, and a page
    assert [item["name"] for item in items] == names[1:]
    assert len(sent) == 2 + COUNT // SMALL_PAGE
