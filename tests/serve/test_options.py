"""Limits that a site may move: each option of ``serve`` reaches what it limits, and the table names it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click
import pytest

from alignak_backend_client.cli.command import Option
from alignak_backend_client.cli.commands import serve as serve_command
from alignak_backend_embedded.api.options import Limits as RequestLimits
from alignak_backend_embedded.api.options import Options
from alignak_backend_embedded.server import running
from alignak_backend_embedded.server.settings import Settings
from alignak_backend_embedded.server.startup import create_application
from alignak_backend_embedded.store.sqlite import budget, connection
from cli.running import run
from serve.wire import Reply, Wire, login
from servers.serve import Serve

_SECURITY = Path(__file__).parents[2] / "SECURITY.md"


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The settings that the command runs a server with."""
    found: list[Settings] = []

    def keep(settings: Settings, *_: Any) -> bool:
        found.append(settings)
        return True

    monkeypatch.setattr(running, "serve", keep)
    return found


def test_limits_are_moved_by_options(given: list[Settings]) -> None:
    options = {
        "page-limit": 11,
        "page-default": 12 - 2,
        "client-timeout": 13,
        "keep-alive": 14,
        "request-timeout": 15,
        "connections": 16,
        "max-body": 17,
        "max-items": 18,
        "max-answer": 19,
        "filter-timeout": 20,
        "write-timeout": 21,
    }
    assert run("serve", "--database=:memory:", *(f"--{name}={value}" for name, value in options.items())).code == 0
    found = given[0]
    limits = found.limits
    assert (found.filter_seconds, found.write_seconds) == (20, 21)
    assert found.options == Options(11, 10, limits=RequestLimits(17 << 20, 18, 19 << 20))
    assert (limits.client_seconds, limits.idle_seconds, limits.request_seconds, limits.connections) == (13, 14, 15, 16)
    assert limits.body_bytes == 17 << 20


def test_defaults_are_those_of_the_library(given: list[Settings]) -> None:
    assert run("serve", "--database=:memory:").code == 0
    found, default = given[0], Settings()
    assert (found.options, found.limits) == (default.options, default.limits)
    assert (found.filter_seconds, found.write_seconds) == (budget.SECONDS, connection.WRITE_SECONDS)


def test_the_table_of_limits_names_the_options() -> None:
    command = serve_command.serve
    assert isinstance(command, click.Command)
    options = {each.opts[0] for each in command.params if isinstance(each, Option) and each.group == "Limits"}
    table = _SECURITY.read_text(encoding="utf-8").partition("| What is limited")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(--[a-z-]+)`", table)) == options


def test_times_reach_the_database() -> None:
    app = create_application(Settings(database=":memory:", filter_seconds=7.5, write_seconds=6.5))
    times = app.store.database._times  # type: ignore[attr-defined]
    app.close()
    assert (times.filter_seconds, times.write()) == (7.5, 6.5)


def test_requests_within_other_limits() -> None:
    with (
        Serve("--database=:memory:", "--max-body=1", "--max-items=2", "--max-answer=1") as served,
        Wire(served) as wire,
    ):
        token = login(served).json["token"]

        def ask(method: str, path: str, body: str = "") -> Reply:
            return wire.request(method, path, body.encode(), Authorization=token, Content_Type="application/json")

        assert ask("POST", "/host", '[{"name":"a"},{"name":"b"},{"name":"c"}]').status == 413
        assert ask("POST", "/host", '[{"name":"a"},{"name":"b"}]').status == 201
        for name in ("c", "d"):
            assert ask("POST", "/host", f'{{"name":"{name}","notes":"{"n" * 600_000}"}}').status == 201
        assert ask("GET", "/host?max_results=1").status == 200
        answer = ask("GET", "/host")
        assert (answer.status, b"larger than 1 MiB" in answer.body) == (400, True)
        refused = ask("POST", "/host", " " * (1 << 20) + "{}")
        assert (refused.status, b"at most 1048576 bytes" in refused.body) == (413, True)
