"""A disk without room: the answer says so, nothing is half written, and reading goes on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from alignak_backend_client import Backend, BackendException
from alignak_backend_embedded.app import create_app
from embedded.site import Site


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Site]:
    """A backend whose database must not grow."""
    site = Site(create_app(tmp_path / "site.db"))
    database = site.app.data.access.database
    with database.reading() as connection:
        pages = connection.run("PRAGMA page_count")[0][0]
        connection.run(f"PRAGMA max_page_count = {pages}")
    yield site
    site.close()
    database.close()


def test_the_answer_says_that_the_disk_is_full(full: Site, caplog: pytest.LogCaptureFixture) -> None:
    command = full.find("command", name="_echo")
    before = full.admin.get("command").json["_meta"]["total"]
    bodies = [{"name": f"c{number}", "notes": "x" * 10_000, "_realm": full.realm} for number in range(50)]
    with caplog.at_level(logging.ERROR):
        answers = [full.admin.post("command", bodies), full.patch("command", command, {"notes": "x" * 500_000})]
    for answer in answers:
        assert (answer.status, answer.json["_status"], answer.json["_error"]["code"]) == (507, "ERR", 507)
        assert answer.json["_error"]["message"] == "The disk of the database is full: make room and try again"
    assert [record.exc_info for record in caplog.records] == [None, None]
    assert full.admin.get("command").json["_meta"]["total"] == before
    assert full.admin.delete(f"command/{full.new('command')['_id']}").status == 204


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_client_does_not_insist(full: Site) -> None:
    posted: list[str] = []

    def counted(environ: dict[str, Any], start: Any) -> Any:
        if environ["REQUEST_METHOD"] == "POST":
            posted.append(environ["PATH_INFO"])
        return full.app(environ, start)

    with make_server("127.0.0.1", 0, counted, handler_class=Quiet) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        with Backend(f"http://127.0.0.1:{server.server_port}", retries=10) as backend:
            backend.login("admin", "admin")
            with pytest.raises(BackendException) as caught:
                backend.post("command", {"name": "x", "notes": "x" * 1_000_000, "_realm": full.realm})
        posted_once, posted[:] = list(posted), []
        with Backend(f"http://127.0.0.1:{server.server_port}") as backend:
            backend.login("admin", "admin")
            outcomes = backend.create_many(
                "command",
                [{"name": f"many{number}", "notes": "x" * 10_000, "_realm": full.realm} for number in range(500)],
            )
        server.shutdown()
    assert caught.value.code == 507
    assert "disk of the database is full" in caught.value.reason
    assert posted_once == ["/login", "/command"]
    # What did not fit once is not tried in halves.
    assert posted == ["/login", "/command"]
    assert {outcome.error.code for outcome in outcomes if outcome.error} == {507}
