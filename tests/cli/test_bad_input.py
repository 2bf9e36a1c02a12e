"""Bad input: one clear message, the right exit code, nothing half-written; a dry run says the same."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from cli.running import Desk, run, unique

BAD_FILES: dict[str, tuple[bytes, str]] = {
    "not JSON": (b'{"alias": }', "not JSON"),
    "cut short": (b'{"alias": "x"', "not JSON"),
    "not UTF-8": (b'{"alias": "\xe9"}', "UTF-8"),
    "UTF-16": ('{"alias": "x"}'.encode("utf-16"), "UTF-8"),
    "empty": (b"", "empty"),
    "white space": (b" \n\t ", "empty"),
    "a number": (b"12", "12"),
    "a text": (b'"host"', "host"),
    "null": (b"null", "null"),
    "list of lists": (b"[[]]", "entry 1"),
    "list with a number": (b'[{"name": "a"}, 3]', "entry 2"),
    "NaN": (b'{"alias": NaN}', "NaN"),
    "infinity": (b'{"alias": -Infinity}', "Infinity"),
    "a name twice": (b'{"alias": "a", "alias": "b"}', "alias"),
    "deep lists": (b"[" * 100_000 + b"]" * 100_000, "deep"),
    "deep objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "deep"),
}


@pytest.mark.parametrize("action", ["add", "update"])
@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_bad_data_file(desk: Desk, kind: str, action: str) -> None:
    content, hint = BAD_FILES[kind]
    name = desk.file(content)
    before = desk.items("host")
    for words in (["-d", name, action, unique()], ["-c", "-d", name, action], ["-d", name, action]):
        ran = desk.run(*words)
        assert ran.code == 2, ran
        assert ran.out == ""
        assert hint in ran.err
        assert name in ran.err
        assert ran.err.count("\n") == 1
        assert len(ran.err) < 400
    assert desk.items("host") == before
    ran = desk.run("-d", "stdin", action, unique(), stdin=content)
    assert ran.code == 2
    assert hint in ran.err
    assert "standard input" in ran.err


def test_a_byte_order_mark_is_no_error(desk: Desk) -> None:
    name = unique("h")
    desk.ok("-d", desk.file(b'\xef\xbb\xbf{"alias": "x"}'), "add", name)
    assert desk.item("host", name)["alias"] == "x"


@pytest.mark.parametrize("make", ["missing", "folder", "unreadable name"])
def test_a_data_file_that_cannot_be_read(desk: Desk, make: str) -> None:
    name = "nothing.json"
    if make == "folder":
        (desk.folder / name).mkdir()
    elif make == "unreadable name":
        name = "x" * 300
    ran = desk.run("-d", name, "add", unique())
    assert ran.code == 2
    assert name in ran.err
    assert ran.err.count("\n") == 1


def test_a_name_of_a_file_with_a_null_byte(desk: Desk) -> None:
    assert desk.run("-d", "a\0b", "add", unique()).code == 2
    assert desk.run("-f", "a\0b", "list").code == 2


def _json(data: Any) -> str:
    """JSON in which infinity is 1e999: every parser takes that for a number."""
    return json.dumps(data).replace("Infinity", "1e999")


BAD_ITEMS: dict[str, tuple[str, Any, str]] = {
    "an unknown field": ("host", {"colour": "red"}, "colour"),
    "a wrong type": ("host", {"check_interval": "often"}, "check_interval"),
    "a value that is not allowed": ("host", {"business_impact": 9}, "business_impact"),
    "a value in a list that is not allowed": ("host", {"flap_detection_options": ["zz"]}, "flap_detection_options"),
    "null where none may be": ("host", {"alias": None}, "alias"),
    "a bad point": ("host", {"location": [1, 2]}, "location"),
    "a huge number": ("host", {"check_interval": 2**70}, "check_interval"),
    "an endless number": ("host", {"check_interval": 10**1000}, "check_interval: must be a finite number"),
    "a huge number deep down": ("host", {"customs": {"_A": [2**70]}}, "customs"),
    "an infinite number": ("host", {"check_interval": math.inf}, "check_interval: must be a finite number"),
    "an infinite number deep down": ("host", {"customs": {"_A": [{"b": math.inf}]}}, "customs"),
    "an infinite number for a text": ("host", {"alias": -math.inf}, "alias: must be a finite number"),
    "an infinite number for an unknown field": ("host", {"colour": math.inf}, "colour"),
    "a float that is not a number": ("host", {"ls_latency": "nan"}, "ls_latency"),
    "a linked item that does not exist": ("host", {"check_command": "no-such-command"}, "no-such-command"),
    "an id that does not exist": ("host", {"check_command": "a" * 24}, "check_command"),
    "one of a list that does not exist": ("host", {"users": ["admin", "nobody"]}, "nobody"),
    "a realm that does not exist": ("host", {"_realm": "Atlantis"}, "Atlantis"),
    "a template that does not exist": ("host", {"_templates": ["no-template"]}, "no-template"),
    "a number for a link": ("host", {"check_command": 3}, "check_command"),
    "a text for a list of links": ("host", {"users": "admin"}, "users"),
    "a nested list of links": ("host", {"users": [["admin"]]}, "users"),
    "null in a list of links": ("host", {"users": [None]}, "users"),
    "an empty dictionary for a link": ("host", {"check_command": {}}, "check_command"),
    "a deep value": ("host", {"customs": {"a": [[[[[[]]]]]]}, "users": [[[[[]]]]]}, "users"),
    "a service on no host": ("service", {}, "host"),
    "a service on an unknown host": ("service", {"host": "no-host"}, "no-host"),
    "no required field": ("grafana", {}, "address"),
    "a bad name of a realm": ("realm", {"alias": "x", "_realm": "All"}, "_realm"),
    "a parent that does not exist": ("realm", {"_parent": "Atlantis"}, "Atlantis"),
}


@pytest.mark.parametrize("case", BAD_ITEMS)
def test_a_bad_item(desk: Desk, case: str) -> None:
    kind, data, hint = BAD_ITEMS[case]
    name = unique("bad")
    before = len(desk.items(kind))
    for words in (["-c"], []):
        ran = desk.run(*words, "-t", kind, "-d", desk.file(_json(data)), "add", name)
        assert ran.code == 2, ran
        assert name in ran.err
        assert hint in ran.err
        assert ran.out == ""
        assert ran.err.count("\n") == 1
    assert len(desk.items(kind)) == before
    # In a list the others go on.
    good = unique("good")
    items = [
        {"name": name, **data},
        {"name": good, **({"host": "_dummy", "_is_template": True} if kind == "service" else {})},
    ]
    if kind == "grafana":
        items[1] |= {"address": "a", "apikey": "k"}
    ran = desk.run("-t", kind, "-d", desk.file(_json(items)), "add")
    assert ran.code == 2
    assert hint in ran.err
    assert "1 failed" in ran.err
    assert desk.item(kind, good)
    assert desk.items(kind, name=name) == []


@pytest.mark.parametrize("case", [case for case in BAD_ITEMS if BAD_ITEMS[case][0] == "host"])
def test_a_bad_change(desk: Desk, case: str) -> None:
    _, data, hint = BAD_ITEMS[case]
    name = unique("good")
    desk.ok("add", name)
    before = desk.item("host", name)
    for words in (["-c"], []):
        ran = desk.run(*words, "-d", desk.file(_json(data)), "update", name)
        assert ran.code == 2, ran
        assert name in ran.err
        assert hint in ran.err
    assert desk.item("host", name) == before


NAMES = [
    "with space",
    "with/slash",
    "cafe",
    "5b8e3f2a1c9d440000000000",
    "ABCDEF0123456789abcdef01",
    "ünï-çødé 日本",
    "-dash",
    "..",
    "../../up",
    "a\\b",
    "x" * 400,
    "list",
    "tab\there",
    "12",
    "true",
]


@pytest.mark.parametrize("name", NAMES)
def test_odd_names(desk: Desk, name: str) -> None:
    # Commands take any name, hosts not all of them.
    name = (
        name if len(name) in (24, 400) or name in ("..", "list", "-dash", "12", "true", "cafe") else f"{name}{unique()}"
    )
    desk.ok("-t", "command", "add", "--", name)
    try:
        assert desk.item_by_scan("command", name)["alias"] == name
        ran = desk.ok("-t", "command", "add", "--", name)
        assert "is unchanged" in ran.out
        ran = desk.run("-t", "command", "-d", desk.file({"alias": "other"}), "add", "--", name)
        assert (ran.code, "it already exists, and differs in: alias" in ran.err) == (2, True)
        before = desk.files()
        desk.ok("-t", "command", "get", "--", name)
        (written,) = desk.files() - before
        assert desk.load(written)["name"] == name
        # As a link: by name.
        host = unique("host")
        desk.ok("-d", desk.file({"check_command": name}), "add", host)
        assert desk.named("command", desk.item("host", host)["check_command"]) == name
        desk.ok("get", host)
        assert desk.load(f"alignak-object-dump-host-{host}.json")["check_command"] == name
        desk.ok("delete", host)
        desk.ok("-t", "command", "-d", desk.file({"alias": "changed"}), "update", "--", name)
        assert desk.item_by_scan("command", name)["alias"] == "changed"
    finally:
        desk.ok("-t", "command", "delete", "--", name)


@pytest.mark.parametrize("text", ["a\x1b[31mred", "\x9b31m", "line\nbreak", "a\rb", "\u202ereverse", "\x07bell"])
def test_control_characters_are_never_printed(desk: Desk, text: str) -> None:
    runs = [
        desk.run("get", text),
        desk.run("-d", desk.file({"check_command": text}), "add", unique()),
        desk.run("-d", desk.file({text: 1}), "add", unique()),
        desk.run("-d", text, "add", "h"),
        desk.run("-t", text, "list"),
        desk.run("-u", text, "list"),
        desk.run("-b", f"http://127.0.0.1:1/{text}", "list"),
        desk.run("-v", "-t", "command", "add", text),
        desk.run("-v", "-t", "command", "get", text),
        desk.run("-v", "-t", "command", "-d", desk.file([{"name": text}]), "add"),
        desk.run("-v", "-t", "command", "delete", text),
        desk.run(f"-{text}"),
        desk.run(f"--{text}"),
        desk.run(text, "x"),
    ]
    for ran in runs:
        assert all(char.isprintable() or char == "\n" for char in ran.text), ran
        for line in ran.err.splitlines():
            assert not line.startswith("break")


def test_ten_thousand_characters(desk: Desk) -> None:
    name = "n" * 10_000
    ran = desk.run("get", name)
    assert ran.code == 2
    assert len(ran.err) < 1000
    desk.run("-t", "command", "add", name)
    assert len(desk.run("-t", "command", "get", name).err) < 1000


def test_duplicates_in_the_data(desk: Desk) -> None:
    name = unique("twice")
    ran = desk.run("-d", desk.file([{"name": name}, {"name": name}]), "add")
    assert ran.code == 2
    assert "twice" in ran.err
    assert desk.item("host", name)


def test_circular_parents(desk: Desk) -> None:
    a, b, c, d = (unique(name) for name in "abcd")
    items = [{"name": a, "parents": [b]}, {"name": b, "parents": [a]}, {"name": c}, {"name": d, "parents": [a]}]
    for words in (["-c"], []):
        ran = desk.run(*words, "-d", desk.file(items), "add")
        assert ran.code == 2
        assert "3 failed" in ran.err
        assert "1 host " in ran.err
    assert desk.item("host", c)


def test_items_that_need_one_that_fails_are_not_added(desk: Desk) -> None:
    a, b = unique("a"), unique("b")
    ran = desk.run("-d", desk.file([{"name": b, "parents": [a]}, {"name": a, "colour": "red"}]), "add")
    assert ran.code == 2
    assert f"it needs host '{a}'" in ran.err
    assert desk.items("host", name=b) == []


def _under_a_file(folder: Path) -> Path:
    (folder / "file").write_text("x")
    return folder / "file" / "below"


@pytest.mark.parametrize("words", [["list"], ["get", "_dummy"], ["list", "-t", "command"]])
def test_a_folder_that_cannot_be_written(desk: Desk, words: list[str]) -> None:
    for folder in (_under_a_file(desk.folder), desk.folder / "file", desk.folder / "not-there"):
        ran = desk.run("-f", str(folder), *words)
        assert ran.code == 2
        assert str(folder) in ran.err
        assert "-f" in ran.err
    if Path("/proc/self").is_dir():
        ran = desk.run("-f", "/proc/self", *words)
        assert ran.code == 2
        assert "/proc/self" in ran.err


@pytest.mark.parametrize("words", [[], ["-c"]])
def test_a_folder_in_the_place_of_the_dump(desk: Desk, words: list[str]) -> None:
    (desk.folder / "alignak-object-list-hosts.json").mkdir()
    ran = desk.run(*words, "list")
    assert ran.code == 2
    assert "alignak-object-list-hosts.json" in ran.err
    assert desk.files() == {"alignak-object-list-hosts.json"}


def test_the_disk_is_full(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.ok("list")
    path = desk.folder / "alignak-object-list-hosts.json"
    before = path.read_bytes()

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    ran = desk.run("list")
    assert ran.code == 2
    assert "No space left on device" in ran.err
    assert path.read_bytes() == before
    assert desk.files() == {path.name}


def test_missing_items(desk: Desk) -> None:
    for words in (
        ["get", "no-such-host"],
        ["get", "no-such-host/*"],
        ["-t", "service", "get", "_dummy/no-service"],
        ["-t", "service", "list", "no-such-host/*"],
        ["delete", "no-such-host"],
        ["-t", "service", "delete", "no-such-host/*"],
        ["-t", "history", "get", "a" * 24],
        ["-t", "history", "delete", "no-id"],
        ["-d", desk.file({"alias": "x"}), "update", "no-such-host"],
    ):
        for more in ([], ["-c"]):
            ran = desk.run(*more, *words)
            assert ran.code == 2, words
            assert ran.out == ""
            assert ran.err.count("\n") == 1
            assert "no" in ran.err
    assert desk.run("-T", "no-template", "add", unique()).code == 2
    assert not any(name.startswith("alignak") for name in desk.files())


def test_quiet_prints_nothing_at_all(desk: Desk) -> None:
    bad, good, name = desk.file({"colour": 1}), desk.file({"alias": "x"}), unique()
    for words, code in (
        (["list"], 0),
        (["get", "_dummy"], 0),
        (["-d", good, "add", name], 0),
        (["-d", good, "add", name], 0),
        (["-d", desk.file({"alias": "y"}), "add", name], 2),
        (["-v", "-d", good, "update", name], 0),
        (["-d", bad, "update", name], 2),
        (["delete", name], 0),
        (["delete", name], 2),
        (["-d", "nothing", "add", name], 2),
        (["-p", "wrong", "list"], 1),
        (["-b", "http://127.0.0.1:1", "list"], 1),
        (["-f", "/nowhere", "list"], 2),
    ):
        ran = desk.run("-q", *words)
        assert (ran.code, ran.text) == (code, ""), words


def test_verbose_prints_the_steps(desk: Desk) -> None:
    name = unique()
    ran = desk.ok("-v", "add", name)
    assert "Logging in" in ran.err
    assert "Adding" in ran.err
    assert "admin:" not in ran.err
    plain = desk.ok("delete", name)
    assert plain.err == ""


def test_output_that_is_not_utf_8(desk: Desk) -> None:
    name = unique("ü")
    desk.ok("add", name)
    ran = desk.ok("get", name, encoding="ascii")
    assert json.loads(ran.out)["name"] == name
    assert desk.load(f"alignak-object-dump-host-{name}.json")["name"] == name


def test_printed_json_is_valid_for_any_content(desk: Desk) -> None:
    name = unique("host")
    alias = "\x1b[31m \x9b \u202e \U0001f600 \u2028"
    for encoding in ("utf-8", "ascii", "latin-1"):
        desk.run("-d", desk.file({"alias": alias}), "add", name)
        ran = desk.ok("get", name, encoding=encoding)
        assert json.loads(ran.out)["alias"] == alias
        assert all(char.isprintable() or char == "\n" for char in ran.out)
        assert desk.load(f"alignak-object-dump-host-{name}.json")["alias"] == alias


def test_a_service_of_several_hosts(desk: Desk) -> None:
    first, second, service = unique("h"), unique("h"), unique("s")
    for host in (first, second):
        desk.ok("add", host)
        desk.ok("-t", "service", "add", f"{host}/{service}")
    both = (f"{first}/{service}", f"{second}/{service}")
    for words in (
        ["-t", "service", "delete", service],
        ["-t", "service", "-d", desk.file({"alias": "x"}), "update", service],
        ["-t", "service", "-d", desk.file({"service_dependencies": [service]}), "add", f"{first}/new"],
    ):
        for more in (["-c"], []):
            ran = desk.run(*more, *words)
            assert ran.code == 2
            assert all(name in ran.err for name in both)
    assert len(desk.items("service", name=service)) == 2
    # Reading gives the first one, and says so.
    ran = desk.ok("-t", "service", "get", service)
    assert "2 services" in ran.err
    desk.ok("-t", "service", "get", both[1])
    assert desk.load(f"alignak-object-dump-service-{second}_{service}.json")["host"] == second
    desk.ok("-t", "service", "-d", desk.file({"service_dependencies": [both[1]]}), "add", f"{first}/new")
    desk.ok("-t", "service", "delete", both[0])
    assert len(desk.items("service", name=service)) == 1


@pytest.mark.parametrize("words", [["export"], ["validate"], ["diff"], ["apply", "--yes"], ["import", "x", "--to"]])
def test_an_empty_name_is_not_the_current_folder(desk: Desk, words: list[str]) -> None:
    """As the variable of a script may be."""
    (desk.folder / "x").write_text("define host {\n  host_name h\n}\n")
    ran = run(*words, "")
    assert (ran.code, "it is empty" in ran.err) == (64, True), ran
    assert desk.files() == {"x"}


@pytest.mark.parametrize("words", [["get"], ["delete"], ["why"], ["history"], ["recheck"], ["-t", "service", "get"]])
@pytest.mark.parametrize("name", ["caf\udce9", "c*\udce9", "caf\udce9/ping"])
def test_a_name_that_is_not_utf_8_is_one_that_no_item_has(desk: Desk, words: list[str], name: str) -> None:
    ran = run("-b", desk.url, *words, name)
    assert (ran.code, ran.out) == (2, "")
    assert ascii(name) in ran.err
    assert "no " in ran.err.lower()


def test_no_item_has_a_value_that_is_not_utf_8(desk: Desk) -> None:
    name = unique("h")
    desk.ok("add", name)
    found = desk.ok("list", "--where", f"name={name}", "--where", "alias!=caf\udce9", "-o", "name")
    assert found.out == f"{name}\n"
    assert desk.ok("list", "--where", "name=caf\udce9", "-o", "name").out == ""
