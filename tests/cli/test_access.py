"""Logging in: refusals, backends that are not there, servers that are none, and users with few rights."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.running import Desk, run, spawn, unique
from servers import misbehaving
from servers.misbehaving import Behaviour, MisbehavingServer

SECRET = "s3cr3t-w0rd"


@pytest.fixture
def user(desk: Desk) -> Iterator[str]:
    """A user without any right but to read."""
    name = unique("user")
    desk.ok("-t", "realm", "add", f"{name}-realm")
    data = {"password": SECRET, "_realm": f"{name}-realm", "can_submit_commands": False}
    desk.ok("-t", "user", "-d", desk.file(data), "add", name)
    yield name
    desk.ok("-t", "user", "delete", name)


@pytest.mark.parametrize("words", [["-p", SECRET], ["-u", "nobody", "-p", SECRET], ["-u", "nobody"]])
def test_a_refused_login(desk: Desk, words: list[str]) -> None:
    ran = desk.run("-v", *words, "list")
    assert ran.code == 1
    assert "rejects" in ran.err
    assert "-u" in ran.err
    assert "-p" in ran.err
    assert SECRET not in ran.text
    assert desk.files() == set()


def test_an_empty_password_or_name(desk: Desk) -> None:
    ran = desk.run("-p", "", "list")
    assert ran.code == 1
    assert "password" in ran.err.lower()
    assert desk.run("-u", "", "list").code == 64


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("http://127.0.0.1:1", "No connection"),
        ("http://no-such-host.invalid", "no-such-host.invalid"),
        ("not a url", "not a url"),
        ("ftp://127.0.0.1", "ftp://127.0.0.1"),
        ("127.0.0.1:5000", "127.0.0.1:5000"),
        ("http://", "http://"),
        ("http://[::1", "http://[::1"),
        ("http://127.0.0.1:99999", "99999"),
    ],
)
def test_no_backend_at_the_url(url: str, hint: str) -> None:
    ran = run("-b", url, "-p", SECRET, "list")
    assert ran.code == 1, ran
    assert hint in ran.err
    assert "-b" in ran.err
    assert SECRET not in ran.text
    assert ran.err.count("\n") == 1


def test_a_proxy_that_is_in_the_way_is_named() -> None:
    ran = spawn("-b", "http://backend.test", "--retries", "0", "list", http_proxy="http://me:pr0xy-s3cret@127.0.0.1:1")
    assert ran.code == 1
    assert "the proxy 'http://...@127.0.0.1:1' of the environment (http_proxy)" in ran.err
    assert "pr0xy" not in ran.err
    ran = spawn(
        "-b", "http://127.0.0.1:1", "--retries", "0", "list", http_proxy="http://127.0.0.1:2", no_proxy="127.0.0.1"
    )
    assert "proxy" not in ran.err
    ran = spawn("-b", "http://backend.test", "list", all_proxy="socks5://127.0.0.1:1")
    assert ran.code == 1
    assert "all_proxy" in ran.err
    assert "(-b)" not in ran.err


def test_errors_name_the_reason_without_the_url(tmp_path: Path) -> None:
    (tmp_path / "broken.db").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    for words in (
        ["-b", "https://127.0.0.1:1", "--ca-file", "/etc/hostname"],
        ["-b", "https://127.0.0.1:1", "--certificate", "/etc/hostname"],
        ["-b", f"embedded:{tmp_path}/broken.db"],
    ):
        ran = run(*words, "list")
        assert ran.code == 1, ran
        assert words[-1].removeprefix("embedded:") in ran.err
        assert "(-b)" not in ran.err


def test_a_password_in_the_url_is_not_printed() -> None:
    ran = run("-v", "-b", f"http://eve:{SECRET}@127.0.0.1:1", "list")
    assert ran.code == 1
    assert SECRET not in ran.text


@pytest.mark.parametrize(
    "behaviour",
    [
        misbehaving.html(200),
        misbehaving.html(500),
        misbehaving.html(404),
        misbehaving.empty_body(),
        misbehaving.not_json(),
        misbehaving.no_answer(),
        misbehaving.cut_short({"token": "t" * 50}),
        misbehaving.redirect("https://example.com/"),
        misbehaving.json_answer({"no": "token"}),
        misbehaving.json_answer(["token"]),
        misbehaving.json_answer({"token": 3}),
        misbehaving.reset_after_reading(),
    ],
)
def test_a_server_that_is_no_backend(behaviour: Behaviour) -> None:
    with MisbehavingServer([behaviour]) as server:
        ran = run("-b", server.url, "-p", SECRET, "list")
    assert ran.code == 1, ran
    assert str(server.port) in ran.err
    assert "-b" in ran.err
    assert SECRET not in ran.text
    assert ran.err.count("\n") == 1
    assert "?." not in ran.err


@pytest.mark.parametrize(
    "behaviour",
    [
        misbehaving.html(200),
        misbehaving.html(500),
        misbehaving.empty_body(),
        misbehaving.not_json(),
        misbehaving.no_answer(),
        misbehaving.cut_short({"_items": [], "_meta": {"total": 0}}),
        misbehaving.json_answer({"_items": 3}),
        misbehaving.json_answer({"_items": [3], "_meta": {"total": 1}}),
        misbehaving.json_answer([]),
        misbehaving.json_answer({}),
        misbehaving.json_answer({"_items": [{}], "_meta": {"total": 1}}),
    ],
)
@pytest.mark.parametrize("words", [["list"], ["get", "h"], ["add", "h"], ["delete"], ["-T", "t", "update", "h"]])
def test_a_backend_that_breaks_down(desk: Desk, behaviour: Behaviour, words: list[str]) -> None:
    with MisbehavingServer([misbehaving.after_login(behaviour, page_limit=50)]) as server:
        ran = run("-v", "-b", server.url, "-f", str(desk.folder), *words)
    assert ran.code == 2, ran
    assert ran.err
    assert SECRET not in ran.text
    assert desk.files() == set()


def test_a_user_without_a_realm() -> None:
    answers = misbehaving.json_answer({"_items": [{"_id": "0" * 23 + "1", "name": "admin"}], "_meta": {"total": 1}})
    with MisbehavingServer([misbehaving.after_login(answers)]) as server:
        ran = run("-b", server.url, "-t", "user", "add", "me")
    assert ran.code == 2
    assert "has no realm" in ran.err


def test_the_environment(desk: Desk, user: str) -> None:
    variables = {"ALIGNAK_BACKEND_URL": desk.url, "ALIGNAK_BACKEND_USERNAME": user, "ALIGNAK_BACKEND_PASSWORD": SECRET}
    ran = run("-v", "-f", str(desk.folder), "list", variables=variables)
    assert ran.code == 0
    assert user in ran.err
    assert SECRET not in ran.text
    assert run("-p", "wrong", "list", variables=variables).code == 1


def test_a_password_from_standard_input(desk: Desk, user: str) -> None:
    assert desk.run("-u", user, "-p", "-", "list", stdin=SECRET.encode() + b"\n").code == 0
    assert desk.run("-u", user, "-p-", "list", stdin=SECRET.encode() + b"\r\n").code == 0
    assert desk.run("-u", user, "-p=-", "list", stdin=b"wrong\n").code == 1
    ran = desk.run("-u", user, "-p", "-", "list", stdin=b"")
    assert (ran.code, "No password" in ran.err) == (1, True)
    # What follows the line is the data.
    name = unique()
    desk.ok("-p", "-", "-d", "stdin", "add", name, stdin=b'admin\n{"alias": "after the password"}')
    assert desk.item("host", name)["alias"] == "after the password"


def test_a_user_without_rights(desk: Desk, user: str) -> None:
    login = ["-u", user, "-p", SECRET]
    name = unique("host")
    desk.ok("add", name)
    desk.ok("add", f"{name}-own", "-d", desk.file({"_realm": f"{user}-realm"}))
    for words in (
        ["add", unique()],
        ["-t", "command", "add", unique()],
        ["-d", desk.file({"alias": "x"}), "update", f"{name}-own"],
        ["delete", f"{name}-own"],
    ):
        ran = desk.run(*login, *words)
        assert ran.code == 2, (words, ran)
        assert ran.err
        assert ran.out == ""
        assert SECRET not in ran.text
    assert desk.run(*login, "get", f"{name}-own").code == 0
    desk.ok("delete", f"{name}-own")
    desk.ok("delete", name)


def test_new_items_get_the_realm_of_the_logged_in_user(desk: Desk) -> None:
    name = unique("boss")
    desk.ok("-t", "realm", "add", f"{name}-realm")
    data = {"password": SECRET, "_realm": f"{name}-realm", "back_role_super_admin": True}
    desk.ok("-t", "user", "-d", desk.file(data), "add", name)
    realm = desk.item("realm", f"{name}-realm")["_id"]
    login = ["-u", name, "-p", SECRET]
    for kind in ("host", "command", "hostgroup", "timeperiod"):
        desk.ok(*login, "-t", kind, "add", f"{name}-{kind}")
        assert desk.item(kind, f"{name}-{kind}")["_realm"] == realm
        # An update leaves it there.
        desk.ok("-t", kind, "-d", desk.file({"alias": "x"}), "update", f"{name}-{kind}")
        assert desk.item(kind, f"{name}-{kind}")["_realm"] == realm
        desk.ok("-t", kind, "delete", f"{name}-{kind}")
    desk.ok("-t", "user", "delete", name)


def test_passwords_of_users(desk: Desk) -> None:
    name = unique("user")
    ran = desk.ok("-v", "-t", "user", "add", name)
    assert "password" in ran.err
    assert desk.run("-u", name, "-p", "NOPASSWORDSET", "list").code == 1
    ran = desk.ok("-v", "-t", "user", "-d", desk.file({"password": SECRET}), "update", name)
    assert SECRET not in ran.text
    assert desk.run("-u", name, "-p", SECRET, "list").code == 0
    # The released backend shows tokens and hashes to every user.
    token = desk.item("user", name)["token"] or "never shown"
    ran = desk.ok("-t", "user", "get", name)
    dump = desk.load(f"alignak-object-dump-user-{name}.json")
    assert not {"password", "token"} & set(dump)
    for text in (ran.text, json.dumps(dump)):
        assert token not in text
        assert "pbkdf2" not in text
    # The dump taken back, and -i, leave password and token as they are.
    desk.ok("-t", "user", "-d", desk.file(dump | {"email": "x@y", "token": "mine"}), "update", name)
    desk.ok("-i", "-t", "user", "-d", desk.file({"email": "z@y"}), "update", name)
    assert desk.run("-u", name, "-p", SECRET, "list").code == 0
    assert (desk.item("user", name)["token"] or "never shown") == token
    desk.ok("-e", "-t", "userrestrictrole", "list")
    text = (desk.folder / "alignak-object-list-userrestrictroles.json").read_text()
    assert "pbkdf2" not in text
    assert token not in text
    desk.ok("-t", "user", "delete", name)


@pytest.mark.parametrize(
    "words",
    [
        ["list"],
        ["get", "h"],
        ["-o", "name", "list"],
        ["delete"],
        ["-c", "delete"],
        ["-T", "t", "update", "h"],
        ["problems"],
        ["why", "host/x"],
    ],
)
def test_a_database_that_is_not_there_is_made_by_add_alone(tmp_path: Path, words: list[str]) -> None:
    url = f"embedded:{tmp_path}/mistyped/site.db"
    ran = run("-b", url, *words)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        f"There is no database '{tmp_path}/mistyped/site.db': check the URL (-b), or create it with 'add' or 'apply'\n"
    )
    assert list(tmp_path.iterdir()) == []
    assert run("-b", url, "-c", "add", "h").code == 0
    assert list(tmp_path.iterdir()) == []
    assert run("-b", url, "add", "h").code == 0
    assert run("-b", url, "-o", "name", "list").out == "h\n"


def test_an_empty_file_is_no_database_without_hosts(tmp_path: Path) -> None:
    file = tmp_path / "site.db"
    file.touch()
    ran = run("-b", f"embedded:{file}", "list")
    assert (ran.code, ran.out, ran.err.startswith(f"There is no database '{file}': ")) == (1, "", True)
    assert file.stat().st_size == 0
    assert run("-b", f"embedded:{file}", "add", "h").code == 0
