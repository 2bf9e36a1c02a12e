"""A disk without room: the answer says so, nothing is half written, and reading goes on."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from alignak_backend_client import Backend, BackendException
from alignak_backend_embedded.api.application import Application
from alignak_backend_embedded.api.http import Request, Response
from alignak_backend_embedded.app import create_app
from embedded.site import Site
from servers.in_process import over_http


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Site]:
    """A backend whose database must not grow."""
    site = Site(create_app(tmp_path / "site.db"))
    database = site.store.database
    with database.reading() as connection:
        pages = connection.run("PRAGMA page_count")[0][0]
        connection.run(f"PRAGMA max_page_count = {pages}")
    yield site
    site.close()


def test_the_answer_names_the_full_disk(full: Site, caplog: pytest.LogCaptureFixture) -> None:
    command = full.find("command", name="_echo")
    before = full.admin.get("command").json["_meta"]["total"]
    bodies = [{"name": f"c{number}", "notes": "x" * 10_000, "_realm": full.realm} for number in range(50)]
    with caplog.at_level(logging.ERROR):
        answers = [full.admin.post("command", bodies), full.patch("command", command, {"notes": "x" * 500_000})]
    for answer in answers:
        assert (answer.status, answer.json["_status"], answer.json["_error"]["code"]) == (507, "ERR", 507)
        assert answer.json["_error"]["message"] == "The disk of the database is full: free some space and try again"
    # Both meet the same: it is logged once.
    assert [record.exc_info for record in caplog.records] == [None]
    assert full.admin.get("command").json["_meta"]["total"] == before
    assert full.admin.delete(f"command/{full.new('command')['_id']}").status == 204


class Counting:
    """A backend, and the paths that were posted to."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self.posted: list[str] = []

    def handle(self, request: Request) -> Response:
        if request.method == "POST":
            self.posted.append(request.path)
        return self._app.handle(request)


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Site]:
    """A backend whose database must not be written."""
    site = Site(create_app(tmp_path / "site.db"))
    with site.store.database.reading() as connection:
        connection.run("PRAGMA query_only = 1")
    yield site
    site.close()


def test_a_failed_write_is_logged_once_and_not_repeated(read_only: Site, caplog: pytest.LogCaptureFixture) -> None:
    counting = Counting(read_only.app)
    with over_http(counting) as url, Backend(url) as backend, caplog.at_level(logging.ERROR):
        backend.token = read_only.admin.token
        for _ in range(2):
            with pytest.raises(BackendException, match="cannot be written: see the log of the server") as caught:
                backend.post("command", {"name": "x", "_realm": read_only.realm})
            assert caught.value.code == 507
    assert counting.posted == ["/command"] * 2
    assert len(caplog.records) == 1
    assert f"{read_only.store.database.path}: cannot be written" in caplog.text
    assert read_only.admin.get("command").status == 200


def test_the_owner_of_the_database_gets_its_path(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "own.db"
    with Backend(f"embedded:{path}") as backend:
        backend.login("admin", "admin")
        app = backend._transport._opened()
        with app.store.database.reading() as connection:
            connection.run("PRAGMA query_only = 1")
        with pytest.raises(BackendException) as caught:
            backend.post("command", {"name": "x"})
    assert caught.value.reason is not None
    assert caught.value.reason.startswith(f"{path}: cannot be written (")
    assert not caplog.records


def test_a_client_does_not_insist(full: Site) -> None:
    counting = Counting(full.app)
    posted = counting.posted
    with over_http(counting) as url:
        with Backend(url, retries=10) as backend:
            backend.login("admin", "admin")
            with pytest.raises(BackendException) as caught:
                backend.post("command", {"name": "x", "notes": "x" * 1_000_000, "_realm": full.realm})
        posted_once, posted[:] = list(posted), []
        with Backend(url) as backend:
            backend.login("admin", "admin")
            outcomes = backend.create_many(
                "command",
                [{"name": f"many{number}", "notes": "x" * 10_000, "_realm": full.realm} for number in range(500)],
            )
    assert caught.value.code == 507
    assert "disk of the database is full" in caught.value.reason
    assert posted_once == ["/login", "/command"]
    # What did not fit once is not tried in halves.
    assert posted == ["/login", "/command"]
    assert {outcome.error.code for outcome in outcomes if outcome.error} == {507}
