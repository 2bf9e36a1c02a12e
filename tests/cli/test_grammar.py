"""The command line: every spelling of every option, and what is refused."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignak_backend_client.cli import grammar, registry
from alignak_backend_client.cli.access import Access
from alignak_backend_client.cli.grammar import Options, UsageError, parse
from alignak_backend_client.cli.text.help import HELP
from cli.running import run

SPELLINGS = [
    ("backend_url", "-b", "--backend-url"),
    ("username", "-u", "--username"),
    ("password", "-p", "--password"),
    ("data", "-d", "--data"),
    ("folder", "-f", "--folder"),
    ("type", "-t", "--type"),
    ("template", "-T", "--template"),
]
FLAGS = [
    ("verbose", "-v", "--verbose"),
    ("quiet", "-q", "--quiet"),
    ("check", "-c", "--check"),
    ("model", "-m", "--model"),
    ("embedded", "-e", "--embedded"),
    ("include_read_data", "-i", "--include-read-data"),
    ("listed", "-l", "--list"),
    ("help", "-h", "--help"),
    ("version", "-V", "--version"),
]


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("URL", "USERNAME", "PASSWORD"):
        monkeypatch.delenv(f"ALIGNAK_BACKEND_{name}", raising=False)


def _value(options: Options, name: str) -> object:
    return options.access[name] if name in grammar.ACCESS else getattr(options, name)


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize(("name", "short", "long"), SPELLINGS)
def test_every_spelling_of_an_option_with_a_value(name: str, short: str, long: str, *, before: bool) -> None:
    value = "user" if name == "type" else "some=value"
    unique_prefix = long[:-1]
    for words in (
        [short, value],
        [f"{short}={value}"],
        [f"{short}{value}"],
        [long, value],
        [f"{long}={value}"],
        [unique_prefix, value],
        [f"{unique_prefix}={value}"],
    ):
        options = parse([*words, "get", "x"] if before else ["get", *words, "x"])
        assert _value(options, name) == value, words
        assert _value(parse(["get", "x", *words]), name) == value, words


@pytest.mark.parametrize(("name", "short", "long"), SPELLINGS)
@pytest.mark.parametrize("value", ["-x", "--", "-", "-q", "--quiet", "-1"])
def test_values_may_begin_with_a_dash(name: str, short: str, long: str, value: str) -> None:
    if name == "type":
        pytest.skip("no type begins with a dash")
    for words in ([short, value], [long, value], [f"{long}={value}"], [f"{short}={value}"], ["-v", short, value]):
        options = parse([*words, "get", "x"])
        assert _value(options, name) == value, words
        assert not options.quiet


def test_the_short_form_of_backend_url() -> None:
    assert parse(["--backend", "u", "get", "x"]).access["backend_url"] == "u"
    assert parse(["-b=http://h:1/a=b", "-u=admin", "-p=a=dmin", "get", "h"]).access["password"] == "a=dmin"


@pytest.mark.parametrize(("name", "short", "long"), FLAGS)
def test_every_flag(name: str, short: str, long: str) -> None:
    for word in (short, long):
        assert getattr(parse([word, "get", "x"]), name) is True
        assert getattr(parse(["get", "x", word]), name) is True
    assert getattr(parse(["get", "x"]), name) is False


def test_flags_may_be_joined_before_an_option_with_a_value() -> None:
    options = parse(["-vqc", "-lmt", "user", "get"])
    assert (options.verbose, options.quiet, options.check, options.listed, options.model) == (True,) * 5
    assert options.type == "user"
    assert parse(["-lm"]).action == "get"
    assert parse(["-vtuser", "-lm"]).type == "user"


def test_two_dashes_end_the_options() -> None:
    options = parse(["add", "--", "-host"])
    assert (options.action, options.item) == ("add", "-host")
    assert parse(["--", "add", "-q"]).item == "-q"
    assert parse(["-q", "--", "add", "--verbose"]).quiet
    assert not parse(["add", "--", "--verbose"]).verbose


def test_a_word_that_is_no_action_is_the_item_to_add() -> None:
    assert (parse(["new_host"]).action, parse(["new_host"]).item) == ("add", "new_host")
    options = parse(["-t", "user", "new_contact", "--data=stdin"])
    assert (options.action, options.item, options.data, options.type) == ("add", "new_contact", "stdin", "user")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["lst"], "list"),
        (["delte"], "delete"),
        (["upadte"], "update"),
        (["ad"], "add"),
        (["gett", "h1"], "get"),
        (["Get", "h1"], "get"),
        (["remove", "h1"], "did you mean 'delete'"),
        (["frobnicate", "h1"], "the actions are"),
        (["-t", "hosts", "list"], "host"),
        (["-t", "Service", "list"], "service"),
        (["-t", "nonsense", "list"], "the types are"),
        (["--colour", "list"], "--colour"),
        (["--quite", "list"], "--quiet"),
        (["-x", "list"], "-x"),
        ([], "action"),
        (["-v"], "action"),
        (["add"], "data file"),
        (["update"], "data file"),
        (["update", "h1"], "-d"),
        (["get"], "list"),
        (["get", ""], "empty"),
        (["add", "a", "b"], "quote"),
        (["-d", "", "add"], "-d"),
        (["add", "-d"], "-d"),
        (["list", "--type"], "--type"),
        (["-l", "delete"], "--list"),
        (["--quiet=yes", "list"], "--quiet"),
    ],
)
def test_a_wrong_command_line_gets_a_suggestion(words: list[str], hint: str) -> None:
    ran = run(*words)
    assert ran.code == 64
    assert ran.out == ""
    assert hint in ran.err
    action = next((f"{word} " for word in words if word in registry.ACTIONS), "")
    assert ran.err.endswith(f"\nRun 'alignak-backend-cli {action}-h' for help.\n")
    quiet = run("-q", *words)
    assert (quiet.code, quiet.text) == (64, "")


@pytest.mark.parametrize(
    "words", [["-q", "--colour"], ["--colour", "--quiet"], ["-vq", "--colour"], ["--qui", "--colour"]]
)
def test_quiet_holds_for_a_wrong_command_line_too(words: list[str]) -> None:
    ran = run(*words)
    assert (ran.code, ran.text) == (64, "")


@pytest.mark.parametrize(
    "words", [["-p", "-q", "--colour"], ["-dq", "--colour"], ["-tquit", "list"], ["--", "-q", "x", "y"], ["-p=q"]]
)
def test_a_value_does_not_make_quiet(words: list[str]) -> None:
    ran = run(*words)
    assert ran.code == 64
    assert ran.err


def test_templates_are_separated_by_commas_and_perhaps_spaces() -> None:
    assert parse(["-T", "a, b,c d ,", "add", "h"]).templates == ["a", "b", "c d"]
    assert parse(["add", "h"]).templates is None
    assert parse(["-T", "none", "add", "h"]).templates is None


def test_the_environment_is_read_for_missing_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALIGNAK_BACKEND_URL", "http://env")
    monkeypatch.setenv("ALIGNAK_BACKEND_USERNAME", "eve")
    monkeypatch.setenv("ALIGNAK_BACKEND_PASSWORD", "geheim")
    access = Access(**parse(["get", "x"]).access)
    assert (access.backend_url, access.username, access.password) == ("http://env", "eve", "geheim")
    access = Access(**parse(["-b", "http://line", "-u", "admin", "-p", "admin", "get", "x"]).access)
    assert (access.backend_url, access.username, access.password) == ("http://line", "admin", "admin")
    assert "geheim" not in repr(Access(backend_url="http://eve:geheim@host"))


def test_types_of_old_backends() -> None:
    assert parse(["delete", "-t", "retention-service"]).type == "alignakretention"
    assert parse(["-t", "contact", "get", "x"]).type == "user"


def test_help_and_version() -> None:
    for words in (["-h"], ["--help"], ["-h", "nonsense", "x", "y"]):
        assert run(*words).out.rstrip("\n") == HELP.rstrip("\n")
    for words in (["-V"], ["--version"]):
        assert re.fullmatch(r"alignak-backend-cli \d+\.\d+\.\d+\S*\n", run(*words).out)
    assert run("-q", "-h").text == ""


def test_the_help_text_names_every_option_and_no_other() -> None:
    described = {(*filter(None, found),) for found in re.findall(r"^  (?:(-\w),|   ) (--[\w-]+)", HELP, re.MULTILINE)}
    known = {tuple(spellings) for spellings in (grammar.FLAGS | grammar.VALUES).values()}
    assert described == known
    assert set(re.findall(r"(?<!\w)--[a-z][\w-]*", HELP)) == {spellings[-1] for spellings in known}
    for action in registry.ACTIONS:
        assert re.search(rf"^  {action}\b", HELP, re.MULTILINE)


WORDS = st.one_of(
    st.sampled_from(
        [spelling for _, *spellings in SPELLINGS + FLAGS for spelling in spellings]
        + [
            "get",
            "list",
            "add",
            "update",
            "delete",
            "host",
            "service",
            "--",
            "-",
            "=",
            "-b=",
            "--type=",
            "stdin",
            "h/*",
        ]
    ),
    st.text(max_size=12),
    st.text(alphabet="-=qvtbdh ", max_size=6),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(WORDS, max_size=7))
def test_nothing_but_a_usage_error_comes_out(words: list[str]) -> None:
    try:
        options = parse(words)
    except UsageError:
        return
    assert isinstance(options, Options)
    assert options.help or options.version or options.action in registry.ACTIONS
