"""Help: of all, of one action, of a command."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Callable

import pytest

from alignak_backend_client.cli import grammar
from alignak_backend_client.cli.registry import ACTIONS, COMMANDS
from alignak_backend_client.cli.text.action_help import EXAMPLES, action_help
from alignak_backend_client.cli.text.help import HELP
from cli.running import Desk, run

ASKED = [(action, words) for action in ACTIONS for words in ([action, "-h"], ["--help", action], ["help", action])]


@pytest.mark.parametrize(("action", "words"), ASKED)
def test_help_of_an_action(action: str, words: list[str]) -> None:
    ran = run(*words)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"Usage: alignak-backend-cli [options] {action} ")
    assert ran.out == action_help(action) + "\n"


@pytest.mark.parametrize("action", ACTIONS)
def test_help_has_the_options_of_the_action(action: str) -> None:
    shown = set(re.findall(r"^  (?:-\w,|   ) (--[\w-]+)", action_help(action), re.MULTILINE))
    fitting = {
        spellings[-1]
        for name, spellings in (grammar.FLAGS | grammar.VALUES).items()
        if action in grammar.OPTION_ACTIONS.get(name, ACTIONS)
    }
    assert shown == fitting


def test_sections_go_with_options() -> None:
    have = {
        heading: [action for action in ACTIONS if f"\n{heading}:\n" in action_help(action)]
        for heading in ("Output", "Filters", "JSON results", "Exit codes", "Examples")
    }
    assert have == {
        "Output": ["get", "list"],
        "Filters": ["list"],
        "JSON results": ["add", "update", "delete"],
        "Exit codes": [*ACTIONS],
        "Examples": [*ACTIONS],
    }


def test_a_list_that_is_got_has_the_help_of_lists() -> None:
    assert run("get", "-l", "-h").out == run("-l", "-h").out == run("list", "-h").out


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command(name: str) -> None:
    ran = run("help", name)
    assert ran.code == 0
    assert ran.out.startswith(f"Usage: alignak-backend-cli {name} ")
    assert ran.out == run(name, "-h").out
    assert re.search(rf"^  {name} +\S", HELP, re.MULTILINE)
    assert run("-q", "help", name).text == ""


def test_help_of_all() -> None:
    for words in (["help"], ["help", "help"], ["help", "-h"], ["-b", "http://127.0.0.1:1", "help"]):
        ran = run(*words)
        assert (ran.code, ran.out, ran.err) == (0, HELP, "")


def test_help_of_what_there_is_not() -> None:
    ran = run("help", "lst")
    assert (ran.code, ran.out) == (64, "")
    assert ran.err == "Unknown action 'lst': did you mean 'list'?\nRun 'alignak-backend-cli -h' for help.\n"
    for words in (["list", "--where", "nmae=x"], ["-t", "service", "--limit", "x", "list"]):
        assert run(*words).err.endswith("\nRun 'alignak-backend-cli list -h' for help.\n")


@pytest.mark.parametrize("word", ["-h", "--help", "help"])
def test_help_needs_no_imports(word: str) -> None:
    code = """
import sys
before = set(sys.modules)
from alignak_backend_client.cli import main
main(sys.argv[1:])
print(sorted(set(sys.modules) - before))
"""
    ran = subprocess.run([sys.executable, "-c", code, word], capture_output=True, text=True, check=True)
    imported = ran.stdout.splitlines()[-1]
    assert "alignak_backend_client.cli.text.help" in imported
    assert "grammar" not in imported
    assert "json" not in imported


def _prepare(desk: Desk) -> None:
    """Put there what the examples are about."""
    hosts = [{"name": name, "alias": "x"} for name in ("paris-1", "paris-2", "web-01", "web-02", "old-01")]
    for resource, items in {
        "command": [{"name": "old_check", "command_line": "/bin/true"}],
        "host": [*hosts, *({"name": name, "_is_template": True} for name in ("linux", "web"))],
        "service": [{"name": name, "host": "web-01"} for name in ("cpu", "disk")],
    }.items():
        desk.ok("-t", resource, "-d", desk.file(items), "add")
    (desk.folder / "dumps").mkdir()
    desk.file([{"name": "lyon-1"}], "dumps/alignak-object-list-hosts.json")
    desk.file([{"name": "lyon-2"}], "hosts.json")
    desk.file([{"name": "check_lyon", "command_line": "/bin/true"}], "commands.json")
    desk.file({"alias": "Bob", "password": "a long one"}, "bob.json")
    desk.file({"notes": "changed"}, "change.json")
    desk.file([{"name": "web-01/cpu", "notes": "changed"}, {"name": "disk", "host": "web-01"}], "services.json")
    desk.file([{"name": "old-01"}], "old-hosts.json")


@pytest.mark.parametrize("action", ACTIONS)
def test_the_examples_run(action: str, fresh_desks: Callable[[], Desk], monkeypatch: pytest.MonkeyPatch) -> None:
    desk = fresh_desks()
    monkeypatch.chdir(desk.folder)
    _prepare(desk)
    if action == "add":  # the name is free
        desk.ok("delete", "web-01")
    if action == "update":  # what the dumps hold is there
        desk.ok("-d", "dumps", "add")
    lines = EXAMPLES[action].splitlines()
    commands, comments = lines[::2], lines[1::2]
    assert 3 <= len(commands) <= 5
    assert len(comments) == len(commands)
    for line, comment in zip(commands, comments, strict=True):
        file, _, command = line.strip().rpartition(" | ")
        program, *words = shlex.split(command)
        assert program == "alignak-backend-cli"
        assert action in words
        # Files are named relative to the current folder, as a user has it.
        ran = run("-b", desk.url, *words, stdin=(desk.folder / file.split()[1]).read_bytes() if file else b"")
        assert ran.code == 0, (line, ran)
        for written in re.findall(r"to (\S+\.json)", comment):
            assert (desk.folder / written).is_file()
