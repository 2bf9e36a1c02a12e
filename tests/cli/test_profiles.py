"""Profiles: the file, what counts more than what, and the command that keeps them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from cli.running import Desk, Ran, run


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file with profiles, which is not there yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "config" / "alignak-backend" / "config.toml"


def ok(*words: str, **more: Any) -> Ran:
    ran = run(*words, **more)
    assert ran.code == 0, ran
    return ran


def shown(*words: str, **variables: str) -> dict[str, tuple[Any, str]]:
    """The output of ``profile show``: setting to value and source."""
    rows = json.loads(ok("profile", "show", *words, "-o", "json", variables=variables).out)
    return {row["setting"]: (row["value"], row["source"]) for row in rows}


def written(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_from_making_one_to_deleting_it(config: Path) -> None:
    assert ok("profile", "list").err == (
        "No profiles: create one with 'alignak-backend-cli profile set NAME url=URL'\n"
    )
    assert not config.exists()
    ran = ok("profile", "set", "paris", "url=http://paris:5000/", "username=bob", "timeout=2.5", "jobs=2")
    assert (ran.out, ran.err.startswith("Profile 'paris' is created: use it with --profile paris")) == ("", True)
    assert config.stat().st_mode & 0o777 == 0o600
    ok("profile", "set", "test", "url=embedded:t.db")
    assert ok("profile", "use", "paris").err == "Profile 'paris' is in use\n"
    head, row, *_ = ok("profile").out.splitlines()
    assert head.split() == ["NAME", "USED", "URL", "USERNAME", "LOGGED", "IN"]
    assert row.split() == ["paris", "yes", "http://paris:5000/", "bob", "no"]
    assert ok("profile", "list", "-o", "name").out == "paris\ntest\n"
    rows = json.loads(ok("profile", "list", "-o", "json").out)
    assert rows[0] == {
        "name": "paris", "used": True, "url": "http://paris:5000/", "username": "bob", "ca_file": None,
        "certificate": None, "timeout": 2.5, "retries": None, "jobs": 2, "logged_in": False,
    }  # fmt: skip
    assert ok("profile", "set", "paris", "jobs=", "retries=1").err == "Profile 'paris' is changed\n"
    assert (shown()["jobs"], shown()["retries"]) == ((4, "default"), (1, "profile paris"))
    ok("profile", "use", "--none")
    assert shown()["profile"] == (None, "default")
    ok("profile", "use", "paris")
    assert ok("profile", "delete", "paris").err == "Profile 'paris' is deleted\n"
    assert ok("profile", "list", "-o", "name").out == "test\n"
    assert "paris" not in config.read_text()


def test_an_option_counts_more_than_the_environment_and_that_more_than_the_profile() -> None:
    ok("profile", "set", "paris", "url=http://paris", "username=bob", "ca_file=ca.pem", "retries=1")
    variables = {"ALIGNAK_BACKEND_PROFILE": "paris"}
    found = shown(**variables)
    assert found["profile"] == ("paris", "ALIGNAK_BACKEND_PROFILE")
    assert found["url"] == ("http://paris", "profile paris")
    assert found["username"] == ("bob", "profile paris")
    assert found["ca_file"] == (f"{Path.cwd()}/ca.pem", "profile paris")
    assert found["timeout"] == (None, "default")
    variables |= {"ALIGNAK_BACKEND_URL": "http://env", "ALIGNAK_BACKEND_USERNAME": "eve"}
    variables |= {"ALIGNAK_BACKEND_PASSWORD": "s3cr3t"}
    found = shown(**variables)
    assert found["url"] == ("http://env", "ALIGNAK_BACKEND_URL")
    assert found["username"] == ("eve", "ALIGNAK_BACKEND_USERNAME")
    assert found["password"] == ("********", "ALIGNAK_BACKEND_PASSWORD")
    found = shown("-b", "http://option", "-u", "me", "-p", "s3cr3t", "--retries", "3", **variables)
    assert found["url"] == ("http://option", "option")
    assert found["username"] == ("me", "option")
    assert found["password"] == ("********", "option")
    assert found["retries"] == (3, "option")
    assert found["ca_file"][1] == "profile paris"
    ok("profile", "set", "rome", "url=http://rome")
    assert shown("--profile", "rome", ALIGNAK_BACKEND_PROFILE="paris")["url"] == ("http://rome", "profile rome")
    assert shown("rome", ALIGNAK_BACKEND_PROFILE="paris")["profile"] == ("rome", "option")
    assert shown(ALIGNAK_BACKEND_PROFILE="")["url"] == ("http://127.0.0.1:5000", "default")


def test_the_profile_in_use_is_for_its_own_url() -> None:
    ok("profile", "set", "paris", "url=http://paris/", "username=bob", "certificate=me.pem")
    ok("profile", "use", "paris")
    for words, variables in ((("-b", "http://paris"), {}), ((), {"ALIGNAK_BACKEND_URL": "http://paris"})):
        assert shown(*words, **variables)["username"] == ("bob", "profile paris")
    for words, variables in ((("-b", "http://rome"), {}), ((), {"ALIGNAK_BACKEND_URL": "http://rome"})):
        found = shown(*words, **variables)
        assert (found["username"], found["certificate"]) == (("admin", "default"), (None, "default"))
    assert shown("-b", "http://rome", "--profile", "paris")["username"] == ("bob", "profile paris")


@pytest.mark.parametrize("words", [["list", "-o", "name"], ["status", "-o", "name"]])
def test_commands_of_both_kinds_take_profiles(desk: Desk, words: list[str]) -> None:
    ok("profile", "set", "here", f"url={desk.url}")
    ok("profile", "set", "gone", "url=http://127.0.0.1:1", "retries=0")
    ok("profile", "use", "gone")
    assert run(*words).code == 1
    assert ok("--profile", "here", *words) == ok(*words, "--profile=here")
    assert ok(*words, variables={"ALIGNAK_BACKEND_PROFILE": "here"}) == ok("-b", desk.url, *words)


def test_cut_short_options_of_1_4_4_mean_what_they_did() -> None:
    assert run("--p", "x", "-b", "http://127.0.0.1:1", "--retries", "0", "list").code == 1
    assert run("--prof", "x", "list").code == 64


def test_comments_and_order_stay(config: Path) -> None:
    text = (
        '# mine\nprofile = "b" # for now\n\n[profiles.b] # the big one\n# where it is\nurl = "http://b"\n'
        'username = "me"\n\n\n[ profiles . "a" ]\nurl = \'http://a\'\n'
    )
    written(config, text)
    ok("profile", "set", "b", "url=http://c", "jobs=3")
    ok("profile", "use", "a")
    ok("profile", "set", "a", 'username=Łu"\\', "url=")
    assert config.read_text(encoding="utf-8") == (
        '# mine\nprofile = "a"\n\n[profiles.b] # the big one\n# where it is\nurl = "http://c"\n'
        'username = "me"\njobs = 3\n\n\n[ profiles . "a" ]\nusername = "Łu\\"\\\\"\n'
    )
    assert shown()["username"] == ('Łu"\\', "profile a")


@pytest.mark.parametrize(
    "text",
    [
        'profiles.b.url = "http://b"\n',
        'profiles = {b = {url = "http://b"}}\n',
        '[profiles]\nb = {url = "http://b"}\n',
        '[profiles.b]\nusername = """\nurl = x"""\nurl = "http://b"\n',
    ],
)
def test_files_that_cannot_be_changed_safely_are_unchanged(config: Path, text: str) -> None:
    written(config, text)
    ran = run("profile", "set", "b", "url=http://c")
    assert (ran.code, ran.err.count("\n")) == (64, 1)
    assert ran.err.startswith(f"The configuration {config}") or ran.err.startswith(f"{config}:2: username")
    assert config.read_text() == text


def test_a_link_to_the_file_stays(config: Path, tmp_path: Path) -> None:
    (tmp_path / "dotfiles.toml").write_text("")
    config.parent.mkdir(parents=True)
    config.symlink_to(tmp_path / "dotfiles.toml")
    ok("profile", "set", "a", "url=http://a")
    assert config.is_symlink()
    assert "http://a" in (tmp_path / "dotfiles.toml").read_text()


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('profile = "a"\n[profiles.a\n', 2, "the file must be TOML"),
        ("\n\nx", 3, "the file must be TOML"),
        ("[profiles.a]\n\nurll = 1\n", 3, "unknown setting 'urll': did you mean 'url'?"),
        ("[profiles.b]\nurl = 'http://x'\n[profiles.a]\nurl = 1\n", 4, "url must be a non-empty string, not 1"),
        (
            "[profiles.a]\nca_file = 'x\\n\\u001b'\nusername = \"\\u001b[31m\"\n",
            3,
            "username must be a non-empty string, not '\\x1b[31m'",
        ),
        ("[profiles.a]\nretries = -1\n", 2, "retries needs a whole number, 0 or more, not '-1'"),
        ("[profiles.a]\njobs = true\n", 2, "jobs needs a whole number, 1 or more, not 'True'"),
        ("[profiles.a]\n# no\npassword = 'x'\n", 3, "password: profiles hold no secrets: remove it, and log in"),
        ("[profiles.a]\ntoken = 'x'\n", 2, "token: profiles hold no secrets"),
        ("[profiles.a]\nurl = 'http://me:x@h'\n", 2, "url: no user names or passwords in URLs"),
        ("profile = 'b'\n[profiles.a]\n", 1, "there is no profile 'b': the profiles are: a"),
        ("a = 1\n", 1, "unknown key 'a'"),
        ("profiles = 1\n", 1, "a profile must be a table, such as [profiles.paris]"),
    ],
)
def test_an_invalid_file_is_reported_with_its_line(config: Path, text: str, line: int, message: str) -> None:
    written(config, text)
    for words in (["list"], ["problems"], ["profile", "list"], ["login"]):
        ran = run(*words)
        assert (ran.code, ran.out, ran.err.count("\n")) == (64, "", 1), ran
        assert ran.err.startswith(f"{config}:{line}: ")
        assert message in ran.err
    assert run("-q", "list") == Ran(64, "", "")


def test_a_file_that_cannot_be_read_or_written(config: Path) -> None:
    config.parent.mkdir(parents=True)
    config.write_bytes(b"\xff")
    assert run("list").err == f"The configuration {config} is not UTF-8: invalid start byte\n"
    config.unlink()
    config.mkdir()
    assert run("list").err == f"The configuration {config} cannot be read: Is a directory\n"
    config.rmdir()
    for make in (os.mkfifo, lambda path: path.symlink_to("/dev/zero")):
        make(config)
        assert run("list") == Ran(64, "", f"The configuration {config} cannot be read: it is not a regular file\n")
        config.unlink()
    config.parent.rmdir()
    config.parent.write_text("")
    ran = run("profile", "set", "a", "url=x")
    assert (ran.code, ran.err.count("\n")) == (64, 1)
    assert str(config) in ran.err
    ran = run("profile", "set", "a", "url=http://127.0.0.1:9", variables={"XDG_CONFIG_HOME": "/proc"})
    assert (ran.code, ran.err.startswith("The configuration /proc/alignak-backend/config.toml cannot be wr")) == (
        2,
        True,
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--profile", "pari", "list"], "There is no profile 'pari': did you mean 'paris'?"),
        (["--profile", "x", "problems"], "There is no profile 'x': the profiles are: paris"),
        (["profile", "use", "x"], "There is no profile 'x': the profiles are: paris"),
        (["profile", "delete", "x"], "There is no profile 'x': the profiles are: paris"),
        (["profile", "set", "a.b", "url=x"], "A profile name consists of letters, digits, - and _, unlike 'a.b'"),
        (
            ["profile", "set", "paris", "password=x"],
            "password: profiles hold no secrets: remove it, and log in with",
        ),
        (["profile", "set", "paris", "usernam="], "unknown setting 'usernam': did you mean 'username'?"),
        (["profile", "set", "paris", "url=http://a:s3cr3t@b"], "url: no user names or passwords in URLs"),
        (["profile", "set", "paris", "url=ftp://b"], "url: Invalid backend URL 'ftp://b': it must look like http://"),
        (
            ["profile", "set", "a\nb", "url=http://b"],
            "A profile name consists of letters, digits, - and _, unlike 'a\\nb'",
        ),
        (["profile", "set", "paris"], "profile set needs a name and a setting"),
        (["profile", "set", "paris", "url"], "'url' is not a setting: use KEY=VALUE"),
        (["profile", "use"], "profile use needs a name"),
        (["profile", "use", "paris", "--none"], "profile use needs a name"),
        (["profile", "list", "--none"], "The option --none works with 'use' only"),
        (["profile", "list", "x"], "profile list takes no name"),
        (["profile", "delete"], "profile delete needs a name"),
        (["profile", "shwo"], "Unknown action 'shwo': did you mean 'show'?"),
        (["profile", "list", "--columns", "nam"], "Unknown column 'nam': did you mean 'name'?"),
    ],
)
def test_wrong_usage_is_reported(words: list[str], message: str) -> None:
    ok("profile", "set", "paris", "url=http://paris")
    ran = run(*words)
    assert (ran.code, ran.out) == (64, ""), ran
    assert ran.err.startswith(message)
    assert "s3cr3t" not in ran.text


def test_a_file_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "alignak-backend").mkdir()
    (tmp_path / "alignak-backend" / "config.toml").write_text("#" * 1_000_001)
    ran = run("profile", "list")
    assert (ran.code, ran.out) == (64, "")
    assert ran.err.endswith("config.toml has more than 1,000,000 characters\n")


def test_a_missing_file_is_reported_with_the_command_to_create_it() -> None:
    ran = run("--profile", "paris", "list")
    assert (ran.code, ran.err) == (64, "There is no profile 'paris': create one with 'profile set paris url=URL'\n")


def test_the_folder_is_that_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for value in ("", "relative"):
        monkeypatch.setenv("XDG_CONFIG_HOME", value)
        ok("profile", "set", "a", "url=http://a")
    assert (tmp_path / "home/.config/alignak-backend/config.toml").exists()
    assert not Path("relative").exists()


def test_paths_of_a_file_by_hand_start_in_its_folder(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    written(config, '[profiles.a]\nurl = "embedded:site.db"\nca_file = "~/ca.pem"\ncertificate = "/me.pem"\n')
    found = shown("a")
    assert found["url"][0] == f"embedded:{config.parent}/site.db"
    assert (found["ca_file"][0], found["certificate"][0]) == ("/home/me/ca.pem", "/me.pem")
    written(config, '[profiles.a]\nurl = "embedded::memory:"\n')
    assert shown("a")["url"][0] == "embedded::memory:"
