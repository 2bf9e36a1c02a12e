"""Whole lists: get_all and iterate, over several pages, while others write."""

from __future__ import annotations

import contextlib
import http.server
import json
import re
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from alignak_backend_client.client import Backend
from client.conftest import SMALL_PAGE
from client.helping import TOKEN, a_realm, at, failure, unique, wait_for
from servers import misbehaving as m

Read = Callable[[Backend, str, Any], list[dict[str, Any]]]


def _all(client: Backend, endpoint: str, params: Any = None) -> list[dict[str, Any]]:
    whole = client.get_all(endpoint, params)
    assert set(whole) == {"_items", "_status"}
    assert whole["_status"] == "OK"
    items: list[dict[str, Any]] = whole["_items"]
    return items


def _iterated(client: Backend, endpoint: str, params: Any = None) -> list[dict[str, Any]]:
    return list(client.iterate(endpoint, params))


def _ahead(client: Backend, endpoint: str, params: Any = None) -> list[dict[str, Any]]:
    client.processes = 4
    return list(client.iterate(endpoint, params))


def _in_parallel(client: Backend, endpoint: str, params: Any = None) -> list[dict[str, Any]]:
    client.processes = 4
    return _all(client, endpoint, params)


READS = pytest.mark.parametrize("read", [_all, _iterated, _ahead, _in_parallel])

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


def _item(number: int) -> dict[str, Any]:
    # Long enough for the decoder of long answers.
    return {"_id": f"{number:024x}", "name": f"item {number}", "notes": "x" * 3000}


def _paged(count: int, size: int) -> Callable[[m.Request], m.Behaviour]:
    """A server with so many items, which keeps its connections."""

    def answer(request: m.Request) -> m.Behaviour:
        query = {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}
        if "where" not in query and urlsplit(request.path).path != "/host":
            return m.keep_alive({"asked": request.path})
        low = int(found[0], 16) if (found := re.search("[0-9a-f]{24}", query.get("where", ""))) else 0
        items = [_item(number) for number in range(low + 1, min(low + size, count) + 1)]
        return m.keep_alive({"_items": items, "_meta": {"total": count - low}})

    return answer


@pytest.mark.parametrize("processes", [1, 4])
def test_pages_come_as_they_were_sent(processes: int) -> None:
    with m.MisbehavingServer([_paged(25, 10)]) as server:
        client = at(server, processes=processes)
        pages = list(client.pages("host", {"max_results": 10}))
        assert [len(page.keys) for page in pages] == [10, 10, 5]
        assert [page.total for page in pages] == [25, 15, 5]
        for page in pages:
            assert page.content is not None
            assert json.loads(page.content)["_items"] == page.items()
            assert [item["_id"] for item in page.items()] == page.keys
        assert server.connections == 1
        (whole,) = client.pages("host", {"sort": "name", "max_results": 25})
        assert (whole.content, len(whole.items())) == (None, 25)


def test_the_next_page_is_asked_for_while_one_is_worked_on() -> None:
    with m.MisbehavingServer([_paged(50, 10)]) as server:
        client = at(server, processes=4)
        items = client.iterate("host", {"max_results": 10})
        assert not server.requests
        next(items)
        wait_for(lambda: len(server.requests) == 2)
        # Another request does not wait for the page, nor does the page get lost.
        assert client.get("other/thing")["asked"] == "/other/thing"
        assert client.get("other/thing")["asked"] == "/other/thing"
        assert [item["name"] for item in items] == [f"item {number}" for number in range(2, 51)]
        assert len(server.requests) == 7
        # A list that is not read to its end leaves nothing open that anybody would take for an answer.
        for _ in range(3):
            items = client.iterate("host", {"max_results": 10})
            next(items)
            items.close()  # type: ignore[attr-defined] # it is a generator
            assert client.get("other/thing")["asked"] == "/other/thing"


def test_a_page_that_is_lost_is_asked_for_again() -> None:
    broken = 0

    def answer(request: m.Request) -> m.Behaviour:
        nonlocal broken
        if f"{20:024x}" in request.path and not broken:
            broken += 1
            return m.cut_short({"_items": []})
        return _paged(50, 10)(request)

    with m.MisbehavingServer([answer]) as server:
        client = at(server, processes=4, retries=1)
        assert [item["name"] for item in client.iterate("host", {"max_results": 10})] == [
            f"item {number}" for number in range(1, 51)
        ]
        assert broken == 1
        client.retries = 0
        broken = 0
        seen: list[str] = []

        def read() -> None:
            seen.extend(item["name"] for item in client.iterate("host", {"max_results": 10}))

        assert failure(read).code == 1000


def test_lists_that_are_read_side_by_side_from_a_server_with_one_thread() -> None:
    with OneAtATime() as url:
        client = Backend(url, processes=2, retries=0, timeout=60)
        client.set_token(TOKEN)
        # If both sides waited for each other, it would take the timeout, and fail.
        hosts, services = client.iterate("host", {"max_results": 20}), client.iterate("service", {"max_results": 20})
        pairs = [(one["name"], other["name"]) for one, other in zip(hosts, services, strict=True)]
    assert pairs == [(f"item {number}", f"item {number}") for number in range(1, 61)]


class OneAtATime:
    """A server that attends to one connection at a time, with large pages."""

    def __enter__(self) -> str:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = re.search("[0-9a-f]{24}", unquote(self.path))
                low = int(found[0], 16) if found else 0
                items = [_item(number) | {"notes": "x" * 1_000_000} for number in range(low + 1, min(low + 20, 60) + 1)]
                body = json.dumps({"_items": items, "_meta": {"total": 60 - low}}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with contextlib.suppress(ConnectionError):
                    self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
                pass

        self._server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


@pytest.mark.parametrize("slowness", [{"delay": 600.0}, {"pause_after": 100, "pause": 600.0}], ids=["late", "drips"])
def test_a_slow_prefetched_page_does_not_block_other_requests(slowness: dict[str, Any]) -> None:
    left = [slowness]

    def answer(request: m.Request) -> m.Behaviour:
        found = _paged(50, 10)(request)
        slow = f"{10:024x}" in request.path and left
        return m.Behaviour(found.raw, close=False, **left.pop()) if slow else found

    with m.MisbehavingServer([answer]) as server:
        client = at(server, processes=4, timeout=120)  # until then it would wait
        items = client.iterate("host", {"max_results": 10})
        next(items)
        assert client.get("other/thing")["asked"] == "/other/thing"
        # The page that was given up is asked for again.
        assert len(list(items)) == 49


FORK = """
    import os, sys
    from alignak_backend_client.client import Backend

    client = Backend(sys.argv[1], processes=4, retries=0, timeout=5)
    client.set_token("t")
    pages = client.pages("host", {"max_results": 10})
    seen = list(next(pages).keys)
    ready, go = os.pipe()
    child = os.fork()
    if child == 0:
        os.read(ready, 1)
        seen += [key for page in pages for key in page.keys]
        os._exit(0 if seen == [f"{number:024x}" for number in range(1, 51)] else 1)
    seen += next(pages).keys
    os.write(go, b"x")
    _, status = os.waitpid(child, 0)
    seen += [key for page in pages for key in page.keys]
    assert seen == [f"{number:024x}" for number in range(1, 51)], seen
    assert status == 0, status
    print("done")
"""


def test_a_fork_in_the_middle_of_a_list_loses_nothing() -> None:
    with m.MisbehavingServer([_paged(50, 10)]) as server:
        done = _ran(["-W", "error", "-c", FORK], server)
    assert (done.stdout.strip(), done.stderr) == ("done", "")


def _ran(words: list[str], server: m.MisbehavingServer) -> subprocess.CompletedProcess[str]:
    *options, code = words
    command = [sys.executable, *options, textwrap.dedent(code), server.url]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


def test_many_threads_with_lists_of_their_own() -> None:
    with m.MisbehavingServer([_paged(50, 10)]) as server:
        client = at(server, processes=4)

        def work(number: int) -> int:
            if number % 2:
                return sum(client.get("other/thing")["asked"] == "/other/thing" for _ in range(20))
            return len(list(client.iterate("host", {"max_results": 10})))

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(work, range(16))) == [50, 20] * 8


def test_idle_connections_are_closed_when_the_way_changes() -> None:
    code = """
        import sys
        from alignak_backend_client.client import Backend, BackendException

        client = Backend(sys.argv[1], retries=0)
        client.get("other/thing")
        try:
            client.login("a", "b", proxies={"http": "http://127.0.0.1:9"})
        except BackendException:
            pass
        del client
    """
    with m.MisbehavingServer([_paged(5, 10)]) as server:
        done = _ran(["-X", "dev", "-W", "error", "-c", code], server)
    assert (done.returncode, done.stderr) == (0, "")
