"""Logins that are kept: where their token goes, and where not."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keyring
import keyring.backend
import keyring.errors
import pytest

from alignak_backend_client.client import Backend
from cli.running import COMMAND, Desk, Ran, environment, run, unique
from servers import misbehaving
from servers.misbehaving import Behaviour, MisbehavingServer, Request, Script

SECRET = "s3cr3t-w0rd"


@pytest.fixture(autouse=True)
def logins(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with logins, which is not there yet."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    return home / "state" / "alignak-backend" / "logins"


@pytest.fixture
def user(desk: Desk) -> Iterator[str]:
    """A user of the backend."""
    name = unique("user")
    desk.ok("-t", "user", "-d", desk.file({"password": SECRET, "back_role_super_admin": True}), "add", name)
    yield name
    desk.ok("-t", "user", "-p", "admin", "delete", name)


def at(desk: Desk, *words: str, **more: Any) -> Ran:
    """Run the command on the backend of a desk; all commands take these options."""
    return run("-b", desk.url, *words, **more)


def ok(desk: Desk, *words: str, **more: Any) -> Ran:
    ran = at(desk, *words, **more)
    assert ran.code == 0, ran
    return ran


def token_in(logins: Path) -> str:
    (file,) = logins.iterdir()
    token: str = json.loads(file.read_text())["token"]
    return token


def test_once_logged_in_no_password_is_needed(desk: Desk, user: str, logins: Path) -> None:
    ran = ok(desk, "-u", user, "login", "-p", "-", stdin=f"{SECRET}\n".encode())
    assert (ran.out, ran.err) == ("", f"Logged in to '{desk.url}' as '{user}'\n")
    (file,) = logins.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert logins.stat().st_mode & 0o777 == 0o700
    assert SECRET not in file.read_text()
    token = token_in(logins)
    for words in (["-v", "list", "-o", "name"], ["-v", "problems"], ["-v", "-c", "add", unique("host")]):
        ran = ok(desk, "-u", user, *words)
        assert f"Using the login of '{user}'" in ran.err
        assert token not in ran.text
    # A password counts more.
    assert at(desk, "-u", user, "-p", "wrong", "list").code == 1
    assert at(desk, "-u", user, "list", variables={"ALIGNAK_BACKEND_PASSWORD": "wrong"}).code == 1
    # It is for that user alone.
    assert "Using" not in ok(desk, "-v", "list", "-o", "name").err
    ran = ok(desk, "logout", "-u", user)
    assert ran.err == f"Logged out at '{desk.url}' as '{user}'\n"
    assert list(logins.iterdir()) == []
    assert ok(desk, "logout", "-u", user).err == f"Not logged in at '{desk.url}' as '{user}'\n"
    assert at(desk, "-u", user, "list").code == 1


def test_a_refused_login_changes_nothing(desk: Desk, user: str, logins: Path) -> None:
    ran = at(desk, "login", "-u", user, "-p", "wrong")
    assert (ran.code, logins.exists()) == (1, False)
    ok(desk, "login", "-u", user, variables={"ALIGNAK_BACKEND_PASSWORD": SECRET})
    token = token_in(logins)
    assert at(desk, "login", "-u", user, "-p", "wrong").code == 1
    assert token_in(logins) == token
    ran = at(desk, "login", "-u", user, stdin=b"")
    assert (ran.code, ran.err) == (1, "No password was given (-p)\n")


@pytest.mark.parametrize("words", [["problems"], ["list", "-o", "name"], ["ack", "web", "-m", "x"], ["history"]])
def test_a_login_that_ends_midway(words: list[str]) -> None:
    def answer(request: Request) -> Behaviour:
        if request.path.endswith("/login"):
            return misbehaving.keep_alive({"token": "t"})
        return misbehaving.json_answer({"_status": "ERR"}, 401, headers={"WWW-Authenticate": 'Basic realm="eve"'})

    with MisbehavingServer([answer]) as server:
        ran = run("-b", server.url, *words)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("The backend no longer accepts the login: renew it with 'alignak-backend-cli login'")


def test_a_refused_default_password_names_the_login(desk: Desk, user: str) -> None:
    ran = at(desk, "-u", user, "list")
    assert ran.code == 1
    assert ran.err.endswith(f"or log in with 'alignak-backend-cli login -b {desk.url} -u {user}'\n")
    ran = at(desk, "login", "-u", user, stdin=b"wrong\n")
    assert (ran.code, ran.err.endswith("check the name (-u) and the password (-p)\n")) == (1, True), ran


def test_an_expired_token_is_reported_with_the_fix(desk: Desk, user: str, logins: Path) -> None:
    ok(desk, "login", "-u", user, "-p", SECRET)
    with Backend(desk.url) as backend:
        assert backend.login(user, SECRET, generate="force")
    for words in (["list"], ["problems"], ["add", "h"], ["-c", "delete", "h"]):
        ran = at(desk, "-u", user, *words)
        assert (ran.code, ran.out) == (1, "")
        assert ran.err == (
            f"The login of '{user}' at '{desk.url}' has expired: "
            f"renew it with 'alignak-backend-cli login -b {desk.url} -u {user}'\n"
        )
    run("profile", "set", "here", f"url={desk.url}", f"username={user}")
    assert "renew it with 'alignak-backend-cli login --profile here'" in run("--profile", "here", "list").err
    assert run("login", "--profile", "here", "-p", SECRET).code == 0
    ok(desk, "-u", user, "list")
    assert len(list(logins.iterdir())) == 1


def _backend(tokens: list[str | None]) -> Script:
    """A backend that takes note of the tokens it is sent."""

    def answer(request: Request) -> Behaviour:
        tokens.append(request.headers.get("authorization"))
        if request.path.endswith("/login"):
            return misbehaving.json_answer({"token": "t0ken"})
        return misbehaving.json_answer({"_items": [], "_meta": {"total": 0}})

    return answer


def test_a_token_is_only_sent_to_its_url(logins: Path) -> None:
    first: list[str | None] = []
    other: list[str | None] = []
    with MisbehavingServer([_backend(first)]) as one, MisbehavingServer([_backend(other)]) as two:
        assert run("-b", one.url, "login", "-p", "x").code == 0
        assert run("-b", f"{one.url}/", "list", "-o", "name").code == 0
        assert len({token for token in first if token}) == 1
        for url in (two.url, f"{one.url}/below", one.url.replace("127.0.0.1", "localhost")):
            before = len(first)
            run("-b", url, "--retries", "0", "list", "-o", "name")
            assert first[before : before + 1] in ([], [None])
        # Not even where a file is renamed, or written, for it.
        assert run("-b", two.url, "-u", "admin", "login", "-p", "x").code == 0
        mine, its = (next(path for path in logins.iterdir() if url in path.read_text()) for url in (one.url, two.url))
        its.write_bytes(mine.read_bytes())
        other.clear()
        run("-b", two.url, "list", "-o", "name")
        assert other[0] is None


def test_a_redirect_does_not_take_the_token_along() -> None:
    seen: list[str | None] = []
    with MisbehavingServer([_backend(seen)]) as there:

        def answer(request: Request) -> Behaviour:
            if request.path.endswith("/login"):
                return misbehaving.json_answer({"token": "t0ken"})
            return misbehaving.redirect(there.url)

        with MisbehavingServer([answer]) as here:
            assert run("-b", here.url, "login", "-p", "x").code == 0
            ran = run("-b", here.url, "list")
    assert (ran.code, seen) == (1, [])


def test_permissions_of_a_readable_login_are_fixed_with_a_warning(desk: Desk, user: str, logins: Path) -> None:
    ok(desk, "login", "-u", user, "-p", SECRET)
    (file,) = logins.iterdir()
    file.chmod(0o644)
    ran = ok(desk, "-u", user, "list", "-o", "name")
    assert ran.err.startswith(f"Warning: other users could read the login in '{file}'; its permissions are now fixed.")
    assert file.stat().st_mode & 0o777 == 0o600
    assert ok(desk, "-u", user, "-t", "user", "list", "-o", "name").err == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_login_owned_by_another_user_is_ignored(desk: Desk, logins: Path) -> None:
    ok(desk, "login", "-p", "admin")
    (file,) = logins.iterdir()
    os.chown(file, 12345, 12345)
    ran = ok(desk, "-v", "list", "-o", "name")
    assert f"Warning: the login in '{file}' is not used: the file belongs to another user\n" in ran.err
    assert "Logging in" in ran.err


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"token": 1}', b"\xff", b"[" * 100_000])
def test_a_damaged_login_is_as_good_as_none(desk: Desk, logins: Path, content: bytes) -> None:
    ok(desk, "login", "-p", "admin")
    (file,) = logins.iterdir()
    file.write_bytes(content)
    ran = ok(desk, "-v", "list", "-o", "name")
    assert "Logging in" in ran.err
    ok(desk, "login", "-p", "admin")
    assert "Using" in ok(desk, "-v", "list", "-o", "name").err


def test_a_login_that_is_no_file_does_not_block(desk: Desk, logins: Path) -> None:
    ok(desk, "login", "-p", "admin")
    (file,) = logins.iterdir()
    file.unlink()
    os.mkfifo(file)
    assert (
        f"Warning: the login in '{file}' is not used: it is not a regular file\n" in ok(desk, "list", "-o", "name").err
    )
    ok(desk, "logout")
    assert list(logins.iterdir()) == []


def test_logins_that_cannot_be_written_or_deleted(desk: Desk, logins: Path) -> None:
    logins.parent.mkdir(parents=True)
    logins.write_text("")
    ran = at(desk, "login", "-p", "admin")
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert str(logins) in ran.err
    assert at(desk, "logout").code in (0, 2)
    assert at(desk, "list", "-o", "name").code == 0


def test_a_database_in_a_file_is_the_same_from_every_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("-b", "embedded:t.db", "add", "h").code == 0
    assert run("-b", "embedded:t.db", "login", "-p", "admin").code == 0
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert "Using" in run("-b", "embedded:../t.db", "-v", "list", "-o", "name").err
    assert run("-b", "embedded::memory:", "login", "-p", "admin").code == 64


def test_profiles_show_whether_a_login_is_stored(desk: Desk) -> None:
    run("profile", "set", "here", f"url={desk.url}/")
    assert run("profile", "list", "-o", "csv", "--columns", "logged_in").out == "logged_in\nfalse\n"
    token = {row["setting"]: row for row in json.loads(run("profile", "show", "here", "-o", "json").out)}["token"]
    assert token == {"setting": "token", "value": None, "source": "default"}
    ok(desk, "login", "-p", "admin")
    assert run("profile", "list", "-o", "csv", "--columns", "logged_in").out == "logged_in\ntrue\n"
    token = {row["setting"]: row for row in json.loads(run("profile", "show", "here", "-o", "json").out)}["token"]
    assert token == {"setting": "token", "value": "********", "source": "login"}


def test_the_password_is_asked_for_once_on_a_terminal(desk: Desk) -> None:
    master, slave = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "-b", desk.url, "login"],
        stdin=slave, stdout=slave, stderr=slave, env=environment(), start_new_session=True,
    ) as process:  # fmt: skip
        os.close(slave)
        shown = b""
        answered = False
        try:
            while more := os.read(master, 1000):
                shown += more
                if not answered and b"assword" in shown:
                    answered = True
                    os.write(master, b"\x04")  # Ctrl-D
        except OSError:
            pass  # the terminal is closed at the other end
        code = process.wait(timeout=30)
    os.close(master)
    assert (code, shown.count(b"Password of admin")) == (1, 1)
    assert b"No password was given (-p)" in shown


class Chain(keyring.backend.KeyringBackend):
    """A keyring in memory; it can be locked."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # it has no types
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def _check(self) -> None:
        if self.locked:
            raise keyring.errors.KeyringLocked("it is locked")

    def get_password(self, service: str, username: str) -> str | None:
        self._check()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._check()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._check()
        del self.kept[service, username]


@pytest.fixture
def chain() -> Iterator[Chain]:
    before = keyring.get_keyring()
    keyring.set_keyring(chain := Chain())
    yield chain
    keyring.set_keyring(before)


def test_where_there_is_a_keyring_the_token_is_in_no_file(desk: Desk, user: str, logins: Path, chain: Chain) -> None:
    ran = ok(desk, "-u", user, "-v", "login", "-p", SECRET)
    assert "The token is stored in the keyring" in ran.err
    ((place, token),) = chain.kept.items()
    assert place == ("alignak-backend-client", f"{user} at {desk.url}")
    (file,) = logins.iterdir()
    assert token not in file.read_text()
    assert "All" in ok(desk, "-u", user, "list", "-t", "realm", "-o", "name").out.splitlines()
    ok(desk, "-u", user, "logout")
    assert (chain.kept, list(logins.iterdir())) == ({}, [])


def test_a_locked_keyring_is_no_error(desk: Desk, user: str, logins: Path, chain: Chain) -> None:
    chain.locked = True
    ok(desk, "-u", user, "login", "-p", SECRET)
    assert token_in(logins)
    assert "All" in ok(desk, "-u", user, "list", "-t", "realm", "-o", "name").out.splitlines()


def test_a_token_missing_from_the_keyring_is_reported(desk: Desk, user: str, chain: Chain) -> None:
    ok(desk, "-u", user, "login", "-p", SECRET)
    chain.locked = True
    ran = at(desk, "-u", user, "list", "-o", "name")
    assert ran.code == 1
    assert "the keyring does not have its token. Run 'login' again" in ran.err
    chain.locked = False
    chain.kept.clear()
    ok(desk, "-u", user, "logout")
