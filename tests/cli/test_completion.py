"""Completion: what can follow on a command line, and how bash, zsh and fish take it."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import subprocess
from pathlib import Path

import pytest

from alignak_backend_client.cli.completion.bash_line import BashLine
from alignak_backend_client.cli.grammar import FLAGS, OPTION_ACTIONS, VALUES
from alignak_backend_client.cli.registry import ACTIONS, COMMANDS
from alignak_backend_client.model import public_resources
from cli.running import COMMAND, Desk, environment, run, unique
from servers import misbehaving
from servers.misbehaving import Behaviour, MisbehavingServer, Request

PATIENT = {"ALIGNAK_BACKEND_COMPLETION_TIMEOUT": "60"}
"""Tests may run on a busy machine."""


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    return home


def words(*line: str, **variables: str) -> list[str]:
    """The candidates for the last word."""
    ran = run("completion", "fish", "--", *line, variables=PATIENT | variables)
    assert (ran.code, ran.err) == (0, "")
    kind, *rest = ran.out.splitlines()
    return [f"({kind})", *(each.partition("\t")[0] for each in rest)][0 if kind == "files" else 1 :]


# --- words of tables -----------------------------------------------------------------------------------------------


def test_actions_and_commands_with_what_they_do() -> None:
    assert words("") == [*ACTIONS, *COMMANDS, "help"]
    assert words("-b", "http://x", "-v", "lo") == ["login", "logout"]
    descriptions = dict(line.split("\t") for line in run("completion", "zsh", "--", "").out.splitlines()[1:-1])
    assert descriptions.keys() == {*ACTIONS, *COMMANDS}
    assert descriptions["logout"] == "delete the token of a login"
    assert words("help", "prof") == ["profile"]


@pytest.mark.parametrize("action", ["", *ACTIONS])
def test_the_options_of_the_actions(action: str) -> None:
    expected = {
        spelling
        for name, spellings in (*FLAGS.items(), *VALUES.items())
        if not action or action in OPTION_ACTIONS.get(name, ACTIONS)
        for spelling in spellings
    }
    assert set(words(*filter(None, [action]), "-")) == expected


@pytest.mark.parametrize("name", COMMANDS)
def test_the_options_of_a_command_are_those_of_its_help(name: str) -> None:
    shown = run(name, "-h").out
    found = words(name, "--")
    assert "--help" in found
    assert [option for option in found if option not in shown] == []
    descriptions = run("completion", "zsh", "--", name, "--").out.splitlines()[1:]
    assert [line for line in descriptions if "\t" not in line] == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (["list", "-t", "hostg"], ["hostgroup"]),
        (["list", "-t=hostg"], ["-t=hostgroup"]),
        (["--type=hostg"], ["--type=hostgroup"]),
        (["list", "-o", ""], ["table", "wide", "json", "yaml", "csv", "ndjson", "name"]),
        (["problems", "--output=js"], ["--output=json"]),
        (["list", "--columns", "name,ali"], ["name,alias"]),
        (["list", "--columns", "alias,alia"], []),
        (["list", "-t", "user", "--columns", "passw"], []),
        (["problems", "--columns", "sta"], ["state"]),
        (["list", "-t", "service", "--columns", "name,host.ali"], ["name,host.alias"]),
        (["list", "-t", "service", "--columns", "host._realm.na"], ["host._realm.name"]),
        (["list", "-t", "service", "--sort", "-host.addr"], ["-host.address", "-host.address6"]),
        (["list", "-t", "hostgroup", "--columns", "hosts.nam"], ["hosts.name"]),
        (["list", "--columns", "alias."], []),
        (["explain", "service.host.check_int"], ["service.host.check_interval"]),
        (["explain", "hots.a"], []),
        (["list", "--sort", "name,-ali"], ["name,-alias"]),
        (["list", "-t", "service", "--where", "hos"], ["hostgroups=", "host=", "host_dependency_enabled="]),
        (["list", "-t", "service", "--where", "ls_state=U"], ["ls_state=UNKNOWN", "ls_state=UNREACHABLE"]),
        (["list", "--where", "ls_acknowledged="], ["ls_acknowledged=true", "ls_acknowledged=false"]),
        (["problems", "--state", "cr"], ["critical"]),
        (["problems", "--state", "CR"], ["CRITICAL"]),
        (["history", "--type", "ack.d"], ["ack.delete"]),
        (["explain", "hostg"], ["hostgroup"]),
        (["explain", "host.check_int"], ["host.check_interval"]),
        (["why", "web/http", "check_int"], ["check_interval"]),
        (["tree", "te"], ["template"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["profile", ""], ["list", "show", "use", "set", "delete"]),
        (["profile", "set", "x", "url=a", "ti"], ["timeout="]),
        (["-d", ""], ["(files)"]),
        (["--ca-file=/etc"], ["(files)"]),
        (["examples", "--to", ""], ["(files)"]),
        (["validate", "si"], ["(files)"]),
        (["serve", "--cert"], ["--certificate"]),
        (["serve", "--certificate", ""], ["(files)"]),
        (["add", "x"], []),
        (["--unknown=x"], []),
        (["status", "x"], []),
        (["-q"], ["-q"]),
        (["--", "-"], []),
    ],
)
def test_values(line: list[str], expected: list[str]) -> None:
    assert words(*line) == expected


def test_types_and_profiles() -> None:
    assert words("-t", "") == list(public_resources())
    assert words("--profile", "") == []
    run("profile", "set", "paris", "url=http://paris")
    run("profile", "set", "rome", "url=http://rome")
    assert words("--profile", "") == ["paris", "rome"]
    assert words("problems", "--profile=r") == ["--profile=rome"]
    assert words("profile", "use", "p") == ["paris"]


def test_a_configuration_that_is_damaged_is_no_message(home: Path) -> None:
    (home / "config/alignak-backend").mkdir(parents=True)
    (home / "config/alignak-backend/config.toml").write_text("x")
    assert words("--profile", "") == []
    assert words("get", "") == []


# --- names from the backend ----------------------------------------------------------------------------------------


@pytest.fixture
def web(desk: Desk) -> str:
    """A host with services, and a template."""
    name = unique("web")
    for host in (name, f"{name} old"):
        desk.ok("add", host)
    desk.ok("-t", "host", "-d", desk.file({"_is_template": True}), "add", f"{name}-template")
    for service in ("http", "https", "disk /"):
        desk.ok("-t", "service", "-d", desk.file({"host": name}), "add", service)
    return name


def test_names_of_items(desk: Desk, web: str) -> None:
    for line in (["get"], ["update"], ["delete"], ["list"], ["why"]):
        assert words("-b", desk.url, *line, web)[:2] == [web, f"{web} old"]
    assert words("-b", desk.url, "-m", "get", web) == [f"{web}-template"]
    assert words("-b", desk.url, "-T", f"x,{web}") == [f"x,{web}-template"]
    assert words("-b", desk.url, "-t", "service", "get", web) == [f"{web}/", f"{web} old/"]
    assert words("-b", desk.url, "-t", "service", "get", f"{web}/ht") == [f"{web}/http", f"{web}/https"]
    assert words("-b", desk.url, "why", f"{web}/d") == [f"{web}/disk /"]
    assert words("-b", desk.url, "problems", "--host", web) == [web, f"{web} old"]
    assert words("-b", desk.url, "problems", "--realm", "Al") == ["All"]
    assert words("-b", desk.url, "tree", "host", web) == [web, f"{web} old"]
    assert words("-b", desk.url, "tree", "template", web) == [f"{web}-template"]
    assert words("-b", desk.url, "tree", "group", "A") == ["All"]
    assert "All" in words("-b", desk.url, "tree", "realm", "A", "")
    assert words("get", web, ALIGNAK_BACKEND_URL=desk.url)[0] == web
    run("profile", "set", "here", f"url={desk.url}")
    assert words("--profile", "here", "get", web)[0] == web


def test_ids_of_downtimes_that_are_not_over(desk: Desk, web: str) -> None:
    assert run("-b", desk.url, "downtime", web, "--for", "2h", "-m", "new disk").code == 0
    listed = run("-b", desk.url, "downtime", "--list", web, "-o", "json")
    (found,) = json.loads(listed.out)
    assert words("-b", desk.url, "downtime", "--remove", found["id"][:20]) == [found["id"]]
    assert {web, found["id"]} <= set(words("-b", desk.url, "downtime", "--remove", ""))
    assert words("-b", desk.url, "downtime", found["id"][:20]) == []


@pytest.mark.parametrize(
    "access",
    [
        ["-b", "http://127.0.0.1:1"],
        ["-b", "not a url"],
        ["-p", "-"],
        ["-p", "wrong"],
        ["-u", "nobody"],
        ["-b", "embedded:gone/there.db"],
        ["--profile", "gone"],
    ],
)
def test_without_names_there_are_no_candidates(desk: Desk, web: str, access: list[str]) -> None:
    first = [] if "-b" in access else ["-b", desk.url]
    assert words(*first, *access, "get", web) == []
    assert not Path("gone").exists()


def test_a_backend_that_does_not_answer_is_not_waited_for() -> None:
    with MisbehavingServer([misbehaving.slow({"token": "t"}, before=30)]) as server:
        ran = subprocess.run(
            [*COMMAND, "completion", "fish", "--", "-b", server.url, "get", ""],
            capture_output=True, text=True, check=True, env=environment(), timeout=25,
        )  # fmt: skip
        assert (ran.stdout, ran.stderr) == ("words\n", "")
        server._stopping.set()


def test_the_default_password_is_not_tried_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    with MisbehavingServer([misbehaving.after_login(misbehaving.page([{"_id": "1" * 24, "name": "web"}]))]) as server:
        monkeypatch.setenv("http_proxy", server.url)
        line = ["-b", "http://backend.test", "get", ""]
        assert words(*line) == []
        assert server.requests == []
        assert words(*line, ALIGNAK_BACKEND_PASSWORD="x") == ["web"]
        assert run("-b", "http://backend.test", "login", "-p", "x").code == 0
        assert words(*line) == ["web"]


def test_names_that_could_act_on_a_terminal_are_left_out() -> None:
    names = ["web\x1b[31m", "web\n", "web\tx", "web\u202e", "wéb"]
    items = [{"_id": f"{number:024x}", "name": name} for number, name in enumerate(names)]

    def answer(_: Request) -> Behaviour:
        return misbehaving.json_answer({"token": "t", "_items": items, "_meta": {"total": 5}})

    with MisbehavingServer([answer]) as server:
        assert words("-b", server.url, "get", "w") == ["wéb"]


# --- lines of bash -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "before", "current", "word", "replacement"),
    [
        ("a b ", ["b"], "", "c d", "c\\ d"),
        ("x/alignak-backend-cli b c", ["b"], "c", "cd", "cd"),
        ("X=1 alignak-backend-cli b c", ["b"], "c", "cd", "cd"),
        ("a --type=ho", [], "--type=ho", "--type=host", "host"),
        ("a get web:1", ["get"], "web:1", "web:1 x", "1\\ x"),
        ("a 'b c' d\\ e", ["b c"], "d e", "d e$f", "d\\ e\\$f"),
        ("a 'b c", [], "b c", "b cd $", "b cd $"),
        ("a 'b", [], "b", "b'$(x)'", "b'\\''$(x)'\\''"),
        ('a "b c', [], "b c", 'b c"$`\\', 'b c\\"\\$\\`\\\\'),
        ("a --x='b", [], "--x=b", "--x=b c", "b c"),
        ("a ''", [], "", "~x", "\\~x"),
        ("a '' b\\", [""], "b", "bé", "bé"),
    ],
)
def test_a_line_of_bash(text: str, before: list[str], current: str, word: str, replacement: str) -> None:
    line = BashLine(text, " \t\n\"'@><=;|&(:")
    assert (line.words, line.current, line.replacement(word)) == (before, current, replacement)


# --- real shells ---------------------------------------------------------------------------------------------------


SOURCE_ZSH = "source <(alignak-backend-cli completion zsh)"
SHELLS = {
    "bash": (["bash", "--norc", "-i"], "source <(alignak-backend-cli completion bash)"),
    "zsh": (
        ["zsh", "-f", "-i"],
        # Without that, a Tab with something after it is a Tab.
        "autoload -Uz compinit; compinit -u -D; zstyle ':completion:*' insert-tab false; " + SOURCE_ZSH,
    ),
    "fish": (["fish", "--no-config"], "alignak-backend-cli completion fish | source"),
}


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A shell, and a command that takes note of its arguments unless it is asked for completion."""
    name = str(request.param)
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed: apt-get install {name}")
    program = tmp_path / "alignak-backend-cli"
    program.write_text(
        f'#!/bin/sh\nif [ "$1" = completion ]; then exec {COMMAND[0]} "$@"; fi\n'
        f"for word; do printf '<%s>' \"$word\"; done > {tmp_path}/result\n"
    )
    program.chmod(0o755)
    return name


def completed(shell: str, line: str, folder: Path, **variables: str) -> str:
    """What the command is called with when a line, Tab and Enter are typed."""
    start, setup = SHELLS[shell]
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    surroundings = environment(PATH=path, HOME=str(folder), TERM="dumb", **PATIENT, **variables)
    if shell == "fish":
        ran = subprocess.run(
            [*start, "-c", f"{setup}; complete -C $argv[1]", line],
            capture_output=True, text=True, check=True, env=surroundings, cwd=folder,
        )  # fmt: skip
        assert ran.stderr == ""
        return " ".join(each.partition("\t")[0] for each in ran.stdout.splitlines())
    master, slave = pty.openpty()
    with subprocess.Popen(
        start, stdin=slave, stdout=slave, stderr=slave, cwd=folder, start_new_session=True, env=surroundings
    ) as process:
        os.close(slave)
        try:
            os.write(master, f"{setup}; echo READY-$((0 + 1))\n".encode())
            _read_until(master, b"READY-1")
            os.write(master, f"{line}\t\n".encode())
            os.write(master, b"echo DONE-$((0 + 1))\n")
            _read_until(master, b"DONE-1")
        finally:
            process.kill()
            os.close(master)
    result: str = (folder / "result").read_text()
    return result


def _read_until(handle: int, text: bytes) -> None:
    seen = b""
    while text not in seen:
        assert select.select([handle], [], [], 60)[0], seen
        seen += os.read(handle, 65536)


def test_real_shells_complete_words(shell: str, tmp_path: Path) -> None:
    expected = {"fish": "--type=hostgroup"}.get(shell, "<list><--type=hostgroup>")
    assert completed(shell, "alignak-backend-cli list --type=hostg", tmp_path) == expected
    expected = {"fish": "check_interval"}.get(shell, "<why><web/http><check_interval>")
    assert completed(shell, "alignak-backend-cli why web/http check_inter", tmp_path) == expected


def test_real_shells_complete_names_with_spaces_and_colons(shell: str, tmp_path: Path, desk: Desk) -> None:
    name = unique("db")
    desk.ok("add", f"{name}:1 [x] #old")
    expected = f"{name}:1 [x] #old"
    for begun in (f"{name}:", f"'{name}:1 [x"):
        line = f"alignak-backend-cli get {begun}"
        found = completed(shell, line, tmp_path, ALIGNAK_BACKEND_URL=desk.url)
        assert found == {"fish": expected}.get(shell, f"<get><{expected}>"), begun
    desk.ok("delete", f"{name}:1 [x] #old")


def test_real_shells_complete_files(shell: str, tmp_path: Path) -> None:
    (tmp_path / "data of mine.json").write_text("{}")
    for begun, before in (("-d dat", "<-d><"), ("--data=dat", "<--data=")):
        found = completed(shell, f"alignak-backend-cli add {begun}", tmp_path)
        alone = before.rpartition("<")[2] + "data of mine.json"
        assert found == {"fish": alone}.get(shell, f"<add>{before}data of mine.json>"), begun
