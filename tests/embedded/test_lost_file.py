"""A database file that is removed or replaced under a running backend: nothing is acknowledged that would be lost."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from alignak_backend_embedded.app import create_app
from embedded.site import Site


@pytest.fixture
def on_disk(tmp_path: Path) -> Iterator[tuple[Site, Path]]:
    path = tmp_path / "folder" / "site.db"
    site = Site(create_app(path))
    yield site, path
    site.close()


def removed(path: Path) -> None:
    for each in path.parent.glob("site.db*"):
        each.unlink()


def replaced(path: Path) -> None:
    shutil.copy(path, path.with_name("copy"))
    path.with_name("copy").replace(path)


def moved(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))


@pytest.mark.parametrize("loses", [removed, replaced, moved])
def test_every_request_is_refused_with_the_reason_in_the_log(
    on_disk: tuple[Site, Path], loses: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    site, path = on_disk
    loses(path)
    here = path.exists()
    with caplog.at_level(logging.ERROR):
        answers = [
            site.admin.post("command", {"name": "c", "_realm": site.realm}),
            site.admin.get("host"),
            site.admin.call("POST", "login", {"username": "admin", "password": "admin"}),
        ]
    for answer in answers:
        assert (answer.status, "file was removed" in answer.json["_error"]["message"]) == (503, True), answer
    (record,) = caplog.records  # not one a request
    assert "removed or replaced" in caplog.text
    assert record.exc_info is None
    assert path.exists() is here  # none is made in its place
