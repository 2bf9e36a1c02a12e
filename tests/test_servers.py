"""The launchers themselves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from pymongo import MongoClient
from pymongo.errors import DuplicateKeyError

from servers import misbehaving as m
from servers import real
from servers.ferretdb import FerretDB
from servers.provision import ServerUnavailableError
from servers.real import RealBackend
from servers.running import RunningBackend


def test_backend_is_chosen_and_answers(backend: RunningBackend, backend_url: str) -> None:
    assert backend.call("GET", "host").json["_meta"]["total"] >= 1
    assert httpx2.get(backend_url + "/version", trust_env=False).json()["version"]


@pytest.mark.real_only
@pytest.mark.parametrize("server", ["waitress", "uwsgi"])
def test_real_backend_has_its_page_sizes_and_is_gone_afterwards(server: real.Server) -> None:
    with RealBackend(server, page_limit=7, page_default=3) as backend:
        answer = httpx2.get(backend.url + "/backendconfig", trust_env=False)
        assert answer.json() == {"PAGINATION_LIMIT": 7, "PAGINATION_DEFAULT": 3}
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(backend.url + "/version", trust_env=False)
    backend.stop()


@pytest.mark.real_only
def test_port_in_use_is_reported_with_the_servers_log() -> None:
    with RealBackend() as first, pytest.raises(ServerUnavailableError, match="in use"):
        RealBackend(port=first.port).__enter__()


@pytest.fixture
def documents(ferretdb: FerretDB) -> Iterator[Any]:
    """A collection of a new database."""
    with MongoClient[dict[str, Any]](ferretdb.uri()) as client:
        yield client.get_default_database().documents


def at_once(work: Callable[[], None], threads: int = 8) -> None:
    running = [threading.Thread(target=work) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()


@pytest.mark.mongo_only
def test_ferretdb_changes_a_document_whole(documents: Any) -> None:
    """MongoDB does; the released FerretDB does not."""
    documents.insert_one({"_id": 1, "updated": 0, "modified": 0})
    won: list[int] = []

    def change() -> None:
        for n in range(30):
            documents.update_one({"_id": 1}, {"$inc": {"updated": 1}})
            documents.find_one_and_update({"_id": 1}, {"$inc": {"modified": 1}})
            won.extend(
                [n] * documents.update_many({"_id": 1, f"taken.{n}": None}, {"$set": {f"taken.{n}": 1}}).modified_count
            )

    at_once(change)
    assert documents.find_one({}, {"taken": 0}) == {"_id": 1, "updated": 240, "modified": 240}
    assert sorted(won) == list(range(30))


@pytest.mark.mongo_only
def test_ferretdb_reports_a_duplicate_in_an_update(documents: Any) -> None:
    """MongoDB does; the released FerretDB has an internal error there."""
    documents.create_index("name", unique=True)
    documents.insert_many([{"name": "a"}, {"name": "b"}])
    for change in (documents.update_one, documents.find_one_and_update):
        with pytest.raises(DuplicateKeyError):
            change({"name": "a"}, {"$set": {"name": "b"}})


@pytest.mark.mongo_only
def test_ferretdb_keeps_what_it_acknowledged_when_it_is_killed() -> None:
    with FerretDB() as server, MongoClient[dict[str, Any]](server.uri()) as client:
        client.get_default_database().documents.insert_many([{"n": n} for n in range(100)])
        server.kill()
        server.restart()
        assert client.get_default_database().documents.count_documents({}) == 100


def test_misbehaving_server_plays_its_script_and_keeps_the_record() -> None:
    script: list[m.Script] = [
        m.html(500),
        m.keep_alive({"n": 1}),
        m.keep_alive({"n": 2}),
        m.empty_body(),
        m.no_answer(),
        m.cut_short({"long": "x" * 50}),
        m.redirect("http://elsewhere.test/"),
        m.reset_after_reading(),
        lambda request: m.json_answer({"path": request.path}),
    ]
    once = httpx2.Limits(max_keepalive_connections=0)
    with m.MisbehavingServer(script) as server, httpx2.Client(limits=once, base_url=server.url) as client:
        assert client.get("/a").status_code == 500
        with httpx2.Client(base_url=server.url) as keeping:
            assert [keeping.post("/b", json={"x": n}).json()["n"] for n in (1, 2)] == [1, 2]
        assert server.connections == 2
        assert client.get("/c").content == b""
        for _ in range(2):
            with pytest.raises(httpx2.RemoteProtocolError):
                client.get("/d")
        assert client.get("/e").headers["location"] == "http://elsewhere.test/"
        with pytest.raises(httpx2.ReadError):
            client.get("/f")
        assert client.get("/g?h=1").json() == {"path": "/g?h=1"}
    assert [r.path for r in server.requests] == ["/a", "/b", "/b", "/c", "/d", "/d", "/e", "/f", "/g?h=1"]
    assert server.requests[2].json == {"x": 2}
    assert server.requests[2].connection == 2


def test_misbehaving_server_that_resets_before_reading_or_refuses_or_is_slow() -> None:
    with (
        m.MisbehavingServer([m.reset_before_reading(), m.slow({}, within=5)]) as server,
        httpx2.Client(base_url=server.url, trust_env=False) as client,
    ):
        # A reset that arrives before the request is sent is met while sending, and reading then finds the end only.
        with pytest.raises((httpx2.NetworkError, httpx2.RemoteProtocolError)):
            client.get("/")
        assert server.requests == []
        with pytest.raises(httpx2.ReadTimeout):
            client.get("/", timeout=0.2)
    with m.MisbehavingServer() as server, pytest.raises(httpx2.ConnectError):
        httpx2.get(server.url, trust_env=False)
