"""What the command prints, logs or writes holds no password and no token; these go to the backend's own host only."""

from __future__ import annotations

import base64
import email.utils
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from alignak_backend_client import Backend
from alignak_backend_client._core import retry
from alignak_backend_client._http import sync_driver
from cli.running import run
from client.helping import Records
from faults.running import admin, data_file
from servers import misbehaving as m
from servers.faulty_proxy import FAULTS, FaultyProxy

PASSWORD = "pa55-w0rd-s3cret"
TOKEN = "1500000000000-t0ken-s3cret"
USER = "keeper"
OTHER = "0ther-s3cret"

COMMANDS = [
    ["list"],
    ["-t", "user", "list", "-e"],
    ["-t", "user", "get", "keeper"],
    ["-t", "user", "get", "-e", "keeper"],
    ["-t", "host", "get", "nothing"],
    ["-t", "user", "-d", "user.json", "add"],
    ["-t", "user", "-d", "user.json", "update"],
    ["-t", "user", "-d", "user.json", "-c", "add"],
    ["-t", "user", "-d", "wrong.json", "add"],
    ["-t", "user", "delete", "other"],
    ["get"],
    ["--nonsense", "list"],
]


def _hold_no_secret(texts: list[str], *secrets: str) -> None:
    for secret in secrets:
        basic = base64.b64encode(f"{secret}:".encode()).decode()
        for text in texts:
            assert secret not in text
            assert basic not in text


def _files(folder: Path) -> list[str]:
    """What the command has written; each file for its owner's eyes only."""
    written = [path for path in folder.iterdir() if path.name.startswith("alignak-")]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in written)
    return [path.read_text() for path in written]


def _data(folder: Path) -> None:
    data_file(folder, [{"name": "other", "password": OTHER, "token": OTHER, "alias": "x"}], "user.json")
    data_file(folder, [{"name": "third", "password": [OTHER], "email": 5, "can_submit_commands": "x"}], "wrong.json")


@pytest.mark.parametrize(
    ("where", "verbosity"),
    [("backend", []), ("backend", ["-v"]), ("backend", ["-q"]), ("faults", ["-v"]), ("embedded", ["-v"])],
)
def test_no_secret_is_printed(backend_url: str, tmp_path: Path, log: Records, where: str, verbosity: list[str]) -> None:
    if where == "embedded":
        url, user, password = f"embedded:{tmp_path / 'site.db'}", "admin", "admin"
        token = "not known"
    else:
        with admin(backend_url) as direct:
            realm = direct.get_all("realm", {"where": {"name": "All"}})["_items"][0]["_id"]
            there = direct.get_all("user", {"where": {"name": USER}})["_items"]
            if not there:
                account = {"name": USER, "password": PASSWORD, "_realm": realm, "back_role_super_admin": True}
                direct.post("user", account)
        keeper = Backend(backend_url)
        assert keeper.login(USER, PASSWORD)
        token, user, password = str(keeper.token), USER, PASSWORD
        url = backend_url
    _data(tmp_path)
    texts: list[str] = []
    log.texts.clear()
    with FaultyProxy(backend_url, rate=0.3 if where == "faults" else 0, faults=FAULTS[:-1], seed=2) as proxy:
        for words in COMMANDS:
            place = proxy.url if where == "faults" else url
            ran = run("-b", place, "-u", user, "-p", password, "-f", str(tmp_path), *verbosity, *words)
            texts += [ran.text]
            if verbosity == ["-q"]:
                assert ran.text == ""
    assert len(log.texts) > len(COMMANDS)
    secrets = [PASSWORD, OTHER, token] if where != "embedded" else [OTHER]
    _hold_no_secret([*texts, *log.texts, *_files(tmp_path)], *secrets)


@pytest.mark.parametrize(
    "behaviour",
    [m.html(500), m.html(200), m.no_answer(), m.json_answer({"_error": {"code": 401, "message": "no"}}, 401)],
)
@pytest.mark.parametrize("step", ["login", "later"])
def test_failures_reveal_no_secret(tmp_path: Path, log: Records, behaviour: m.Behaviour, step: str) -> None:
    script: list[m.Script] = [m.json_answer({"token": TOKEN})] if step == "later" else []
    _data(tmp_path)
    texts: list[str] = []
    for words in COMMANDS[1:8:2]:
        with m.MisbehavingServer([*script, behaviour]) as server:
            common = ["-b", server.url, "-u", USER, "-p", PASSWORD, "--retries", "0", "-v", "-f", str(tmp_path)]
            ran = run(*common, *words)
        assert ran.code in (1, 2)
        texts += [ran.text]
    _hold_no_secret([*texts, *log.texts, *_files(tmp_path)], PASSWORD, TOKEN, OTHER)


@pytest.mark.parametrize("words", [["list"], ["add", "h1"], ["delete", "h1"], ["get", "h1"]])
def test_the_token_goes_to_the_backend_only(tmp_path: Path, words: list[str]) -> None:
    """Another server is in a redirect, and in the links that the backend gives."""
    with m.MisbehavingServer([m.json_answer({})]) as elsewhere:
        page = {
            "_items": [{"_id": "1" * 24, "_etag": "e", "name": "admin", "_realm": "2" * 24}],
            "_links": {"next": {"href": f"{elsewhere.url}/host?page=2"}, "self": {"href": elsewhere.url}},
            "_meta": {"total": 1},
        }
        for status in (301, 302, 303, 307, 308):
            for script in (
                [m.redirect(f"{elsewhere.url}/login", status)],
                [m.json_answer({"token": TOKEN}), m.redirect(f"{elsewhere.url}/host", status)],
                [m.json_answer({"token": TOKEN}), m.json_answer(page), m.redirect(f"{elsewhere.url}/host", status)],
            ):
                with m.MisbehavingServer(script) as server:
                    ran = run("-b", server.url, "-f", str(tmp_path), "--retries", "0", *words)
                    assert ran.code in (0, 1, 2)
                    assert server.requests
        assert elsewhere.connections == 0


@pytest.mark.parametrize("header", ["7", "date"])
def test_retry_after_is_respected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, header: str) -> None:
    """The backend asks for a pause, in seconds or by a date."""
    now = 1_700_000_000.0
    slept: list[float] = []
    monkeypatch.setattr(retry, "time", SimpleNamespace(time=lambda: now))
    monkeypatch.setattr(sync_driver, "time", SimpleNamespace(sleep=slept.append))
    value = email.utils.formatdate(now + 7, usegmt=True) if header == "date" else header
    busy = m.answer(503, b"busy", "text/plain", {"Retry-After": value})
    with m.MisbehavingServer([busy, m.json_answer({"token": "t", "_items": [], "_meta": {"total": 0}})]) as server:
        assert run("-b", server.url, "-f", str(tmp_path), "list").code == 0
    assert slept == [7]
    assert json.loads((tmp_path / "alignak-object-list-hosts.json").read_text()) == []


@pytest.mark.parametrize("words", [["list"], ["add", "h1"]])
def test_without_retries_each_request_is_sent_once(tmp_path: Path, words: list[str]) -> None:
    with m.MisbehavingServer([m.json_answer({"token": "t"}), m.html(503)]) as server:
        assert run("-b", server.url, "-f", str(tmp_path), "--retries", "0", *words).code == 2
        paths = [(request.method, request.path) for request in server.requests]
    assert len(paths) == len(set(paths))
