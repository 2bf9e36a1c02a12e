"""Commands with options of their own: how they are found, their options, help and errors."""

from __future__ import annotations

import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from alignak_backend_client.cli import main
from alignak_backend_client.cli.access import Access, NoAccess
from alignak_backend_client.cli.command import Number, access_options, command, option
from alignak_backend_client.cli.grammar import ACCESS
from alignak_backend_client.cli.registry import ACTIONS, COMMANDS, RESERVED
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.exceptions import BackendException
from servers import misbehaving as m

MODULE = "command_of_a_test"


@pytest.fixture(autouse=True)
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the command ``show-off`` was called with; the command is known while the test runs."""
    calls: list[Any] = []

    @command(epilog="Examples:\n  kept   as it is\n", verbose="talk")
    @option("--count", metavar="N", type=Number(1, 9), default=1, show_default=True, help="how many")
    @option("--fail", help="what is raised")
    @access_options
    def show_off(console: Console, access: Access, count: int, fail: str | None) -> int | None:
        """Show what there is."""
        calls.append((access, count, console.verbose))
        if fail:
            raise {"access": NoAccess("no way"), "backend": BackendException(422, "bad"), "defect": KeyError("x")}[fail]
        console.result("shown")
        return None if count == 1 else count

    module = types.ModuleType(MODULE)
    module.show_off = show_off  # type: ignore[attr-defined]  # a module made by hand
    monkeypatch.setitem(sys.modules, MODULE, module)
    monkeypatch.setitem(COMMANDS, "show-off", MODULE)
    for name in ("URL", "USERNAME", "PASSWORD", "PROFILE"):
        monkeypatch.delenv(f"ALIGNAK_BACKEND_{name}", raising=False)
    return calls


@pytest.mark.parametrize(
    "words",
    [
        ["show-off", "-b", "http://b", "-v", "--count", "3"],
        ["-b", "http://b", "show-off", "--count=3", "-v"],
        ["-b=http://b", "-v", "--count", "3", "show-off"],
        ["-vb", "http://b", "show-off", "--count=3"],
        ["--backend-url=http://b", "--verbose", "show-off", "--count", "3"],
    ],
)
def test_options_may_be_anywhere(seen: list[Any], words: list[str]) -> None:
    assert main(words) == 3
    ((access, count, verbose),) = seen
    assert (access.backend_url, count, verbose) == ("http://b", 3, True)


@pytest.mark.parametrize("value", ["-b=http://c", "-v", "--count", "--"])
@pytest.mark.parametrize("option", ["-u", "--username"])
def test_a_value_may_look_like_an_option(seen: list[Any], option: str, value: str) -> None:
    assert main(["show-off", option, value, "-b", "http://b"]) == 0
    access = seen[0][0]
    assert (access.username, access.backend_url) == (value, "http://b")


def test_a_command_has_all_options_of_access(seen: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert main(["profile", "set", "paris", "jobs=2"]) == 0
    given = dict(zip(ACCESS, ["embedded:x.db", "me", "pw", "ca.pem", "me.pem", "2.5", "0", "9", "paris"], strict=True))
    for spellings in range(2):
        words = [part for name, value in given.items() for part in (ACCESS[name][-1 if spellings else 0], value)]
        assert main(["show-off", *words]) == 0
        access = vars(seen[-1][0])
        assert {name: str(access[name]) for name in given} == given


def test_settings_come_from_the_environment(seen: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALIGNAK_BACKEND_URL", "http://e")
    assert main(["show-off", "-u", "me"]) == 0
    assert (seen[0][0].backend_url, seen[0][0].username) == ("http://e", "me")


def test_the_help_has_groups_and_fits_80_columns(capsys: pytest.CaptureFixture[str], seen: list[Any]) -> None:
    assert main(["show-off", "-h"]) == 0
    output = capsys.readouterr().out
    headings = ["Usage: alignak-backend-cli show-off", "Options:", "Access to the backend:", "Connection:", "Examples:"]
    assert [line for line in output.splitlines() if line and not line.startswith(" ")] == [
        f"{headings[0]} [OPTIONS]",
        *headings[1:],
    ]
    assert "  Show what there is.\n" in output
    assert "  kept   as it is\n" in output
    assert "how many  [default: 1]" in output
    assert "-v, --verbose  talk" in output
    assert max(map(len, output.splitlines())) < 80
    assert seen == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--cuont", "3"], "Unknown option --cuont: did you mean --count?"),
        (["--zzz"], "Unknown option --zzz"),
        (["--realm"], "Unknown option --realm"),
        (["-T", "x"], "show-off has no option -T; to add an item with this name: add show-off"),
        (["--count", "10"], "Invalid value for '--count': '10' is not a number from 1 to 9"),
        (["--count=two"], "Invalid value for '--count': 'two' is not a number from 1 to 9"),
        (["--timeout", "0"], "Invalid value for '--timeout': '0' is not a number of seconds above 0"),
        (["--timeout", "nan"], "Invalid value for '--timeout': 'nan' is not a number of seconds above 0"),
        (["--retries=-1"], "Invalid value for '--retries': '-1' is not a number from 0 to 86400"),
        (["-b", ""], "Invalid value for '-b' / '--backend-url': it is empty"),
        (["--count"], "Option '--count' requires an argument"),
        (["more"], "Unexpected argument: more"),
    ],
)
def test_a_usage_error_is_one_line_with_a_pointer_to_help(
    capsys: pytest.CaptureFixture[str], seen: list[Any], words: list[str], message: str
) -> None:
    assert main(["show-off", *words]) == 64
    assert capsys.readouterr() == ("", f"{message}\nRun 'alignak-backend-cli show-off -h' for help.\n")
    assert main(["-q", "show-off", *words]) == 64
    assert capsys.readouterr() == ("", "")
    assert seen == []


@pytest.mark.parametrize(
    ("fail", "code", "message"),
    [("access", 1, "no way"), ("backend", 2, "The backend rejects the request: bad"), ("defect", 2, "Internal error")],
)
def test_failures_of_new_commands_are_reported_like_others(
    capsys: pytest.CaptureFixture[str], fail: str, code: int, message: str
) -> None:
    assert main(["show-off", "--fail", fail]) == code
    assert capsys.readouterr().err.startswith(message)


# --- names of commands ---------------------------------------------------------------------------------------------


def test_a_name_of_a_command_can_be_the_name_of_an_item(seen: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["add", "show-off"], ["-c", "add", "serve"], ["-t", "command", "add", "help"]):
        assert main(["-b", "embedded::memory:", *words]) == 0, capsys.readouterr()
    assert seen == []


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("serv", "did you mean 'serve'?"),
        ("Serve", "did you mean 'serve'?"),
        ("server", "did you mean 'serve'?"),
        ("show-of", "did you mean 'show-off'?"),
        ("ad", "did you mean 'add'?"),
        ("HELP", "did you mean 'help'?"),
        ("hlep", "did you mean 'help'?"),
        ("problms", "did you mean 'problems'?"),
        ("statsu", "did you mean 'status'?"),
        ("lst", "did you mean 'list'?"),
        ("deleet", "did you mean 'delete'?"),
        ("host", "did you mean 'list -t host'?"),
        ("Services", "did you mean 'list -t service'?"),
        ("contacts", "did you mean 'list -t user'?"),
        ("yes", "did you mean '--yes'?"),
        ("json", "did you mean '--json'?"),
        ("VERSION", "did you mean '-V'?"),
        ("ls", "did you mean 'list'?"),
        ("edit", "did you mean 'update'?"),
        ("del", "did you mean 'delete'?"),
        ("patch", "did you mean 'update'?"),
        ("-", f"the actions are: {', '.join([*ACTIONS, *COMMANDS])}, show-off."),
        ("ping", f"the actions are: {', '.join([*ACTIONS, *COMMANDS])}, show-off."),
    ],
)
def test_mistyped_commands_are_no_items(capsys: pytest.CaptureFixture[str], word: str, hint: str) -> None:
    assert main(["-b", "http://127.0.0.1:1", word]) == 64
    assert capsys.readouterr().err == (
        f"Unknown action {word!r}: {hint} To add an item with this name: add {word}\n"
        "Run 'alignak-backend-cli -h' for help.\n"
    )


def test_an_item_with_more_options_may_be_called_like_a_type() -> None:
    for words in (["-t", "hostgroup", "hosts"], ["-t", "command", "yes"], ["-T", "_dummy", "host"]):
        assert main(["-b", "embedded::memory:", *words]) == 0


def test_a_mistyped_command_is_reported_before_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["problms", "--all"], ["--all", "problms"], ["problms", "host", "--all"]):
        assert main(words) == 64
        assert capsys.readouterr().err.startswith("Unknown action 'problms': did you mean 'problems'?\n")


def test_reserved_words_are_no_commands() -> None:
    assert not RESERVED.keys() & COMMANDS.keys()


# --- what is imported ----------------------------------------------------------------------------------------------


def test_get_imports_little(tmp_path: Path) -> None:
    # The time that a command takes is mostly that of its imports.
    code = """
import sys
from alignak_backend_client.cli import main
code = main(sys.argv[1:])
loaded = {name.partition(".")[0] for name in sys.modules} - {"_distutils_hack", "alignak_backend_client"}
import importlib.metadata
known = {"argparse", "asyncio", "dataclasses", "logging", "tempfile", *importlib.metadata.packages_distributions()}
print(code, sorted(loaded & known), [name for name in sys.modules if "cli.profiles" in name])
"""
    with m.MisbehavingServer([m.after_login(m.page([{"_id": "a" * 24, "name": "x"}]))]) as server:
        ran = subprocess.run(
            [sys.executable, "-I", "-c", code, "-b", server.url, "get", "x"],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )
    assert ran.stdout.splitlines()[-1:] == ["0 [] []"], ran
