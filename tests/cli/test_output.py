"""``get`` and ``list`` with ``--output``: what is printed, in which format, and the errors."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from alignak_backend_client.cli.options.columns import default_paths, name_paths
from alignak_backend_client.items.query.fields import parse_field
from alignak_backend_client.model import public_resources
from alignak_backend_client.output.layout import FORMATS
from cli.running import COMMAND, Desk, environment, spawn, unique, without_reader


class Site:
    """Hosts ``<name>-a`` to ``<name>-c``, each with a service ``cpu``."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.name = unique("shown")
        self.hosts = [f"{self.name}-{letter}" for letter in "bca"]
        hosts = [
            {"name": name, "address": f"10.0.0.{number}", "customs": {"_N": number}, "tags": [self.name]}
            for number, name in enumerate(self.hosts)
        ]
        desk.ok("-d", desk.file(hosts), "add")
        services = [{"name": "cpu", "host": name, "alias": self.name, "check_command": "_echo"} for name in self.hosts]
        desk.ok("-t", "service", "-d", desk.file(services), "add")
        self.before = desk.files()

    def list(self, *words: str, code: int = 0) -> str:
        """Run ``list`` for the hosts; nothing but results is on standard output, and no file is written."""
        ran = self.desk.run("list", "--where", f"tags={self.name}", *words)
        assert ran.code == code, ran
        assert self.desk.files() == self.before
        return ran.out

    def services(self, *words: str) -> str:
        ran = self.desk.ok("-t", "service", "list", "--where", f"alias={self.name}", *words)
        assert self.desk.files() == self.before
        return ran.out


@pytest.fixture
def site(desk: Desk) -> Iterator[Site]:
    a_site = Site(desk)
    yield a_site
    for name in a_site.hosts:
        desk.run("delete", name)


def test_a_table(site: Site) -> None:
    width = len(site.name) + 4
    assert site.list("-o", "table", "--sort", "name", "--columns", "name,address,customs._N").splitlines() == [
        f"{'NAME':{width}}{'ADDRESS':8}  CUSTOMS N",
        f"{site.name}-a  10.0.0.2  2",
        f"{site.name}-b  10.0.0.0  0",
        f"{site.name}-c  10.0.0.1  1",
    ]


def test_any_of_the_options_asks_for_a_table(site: Site) -> None:
    for option in (["--sort=name"], ["--limit", "5"], ["--columns=name"], ["-otable"], ["--where", "name~."]):
        assert site.list(*option).startswith("NAME")
    assert len(site.list("--no-headers").splitlines()) == 3


def test_json_and_ndjson_and_yaml_are_what_the_file_holds(site: Site) -> None:
    desk = site.desk
    desk.ok("list", "-t", "service", f"{site.hosts[0]}/*")
    (held,) = desk.load("alignak-object-list-services.json")
    text = (desk.folder / "alignak-object-list-services.json").read_text()
    site.before = desk.files()
    words = ("-t", "service", f"{site.hosts[0]}/*")
    assert desk.ok("list", *words, "-o", "json").out == text
    assert yaml.safe_load(desk.ok("list", *words, "-o", "yaml").out) == [held]
    line = desk.ok("list", *words, "-o", "ndjson").out
    assert line == json.dumps(held, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n" or (
        json.loads(line) == held and list(json.loads(line)) == sorted(held)
    )
    assert line.count("\n") == 1
    assert desk.ok("get", *words, "-o", "json").out == text
    (embedded,) = json.loads(desk.ok("list", *words, "-e", "-o", "json").out)
    assert embedded["host"]["address"] == "10.0.0.0"
    # What is printed is taken back.
    desk.ok("-t", "service", "-d", "stdin", "update", stdin=text.encode())


@pytest.mark.parametrize("name", ["json", "yaml", "ndjson"])
def test_filtered_items_are_whole_too(site: Site, name: str) -> None:
    text = site.list("-o", name, "--sort", "-name", "--limit", "2")
    shown = [json.loads(line) for line in text.splitlines()] if name == "ndjson" else yaml.safe_load(text)
    assert [item["name"] for item in shown] == [f"{site.name}-c", f"{site.name}-b"]
    assert {"_realm", "check_command", "ls_state", "_id"} <= set(shown[0])
    assert not {"_etag", "_links"} & set(shown[0])
    assert list(shown[0]) == sorted(shown[0])


def test_columns_of_machine_formats(site: Site) -> None:
    columns = ("--columns", "name,host.address,host", "--sort", "host")
    rows = [{"name": "cpu", "host.address": f"10.0.0.{n}", "host": f"{site.name}-{h}"} for h, n in ("a2", "b0", "c1")]
    assert json.loads(site.services("-o", "json", *columns)) == rows
    assert yaml.safe_load(site.services("-o", "yaml", *columns)) == rows
    assert [json.loads(line) for line in site.services("-o", "ndjson", *columns).splitlines()] == rows
    assert list(csv.DictReader(io.StringIO(site.services("-o", "csv", *columns)))) == rows
    assert site.services("-o", "csv", *columns, "--no-headers").splitlines()[0] == f"cpu,10.0.0.2,{site.name}-a"


def test_names_can_be_used_again(site: Site) -> None:
    assert site.services("-o", "name", "--sort", "host").splitlines() == [f"{site.name}-{one}/cpu" for one in "abc"]
    for name in site.services("-o", "name").splitlines():
        site.desk.ok("get", "-t", "service", name, "-o", "name")
    assert sorted(site.list("-o", "name").splitlines()) == sorted(site.hosts)


def test_one_item(site: Site) -> None:
    desk, host = site.desk, site.hosts[0]
    assert json.loads(desk.ok("get", host, "-o", "json").out)["address"] == "10.0.0.0"
    assert yaml.safe_load(desk.ok("get", host, "--columns", "name,_realm.alias", "-o", "yaml").out) == {
        "name": host,
        "_realm.alias": "All",
    }
    assert desk.ok("get", host, "--columns", "address").out == "ADDRESS\n10.0.0.0\n"
    assert (
        desk.ok("get", f"{host}/cpu", "-t", "service", "--columns", "host,name", "--no-headers").out == f"{host}  cpu\n"
    )
    whole = yaml.safe_load(desk.ok("get", f"{host}/*", "-o", "yaml").out)
    assert [service["name"] for service in whole["_services"]] == ["cpu"]
    for name in FORMATS:
        assert desk.ok("get", host, "-o", name).out
    assert desk.files() == site.before
    for words in (["get", f"{host}-", "-o", "json"], ["get", f"{host}-"], ["list", f"{host}-"]):
        ran = desk.run(*words)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == f"There is no host '{host}-': did you mean '{host}'?\n"
    for words in (["get", f"{host}/cpuu"], ["list", f"{host}/cpuu", "-o", "name"]):
        ran = desk.run("-t", "service", *words)
        assert ran.err == f"There is no service '{host}/cpuu': did you mean '{host}/cpu'?\n"
    assert desk.files() == site.before


def test_a_truncated_list_has_a_note(site: Site) -> None:
    ran = site.desk.ok("list", "--where", f"tags={site.name}", "--limit", "2", "-o", "json")
    assert len(json.loads(ran.out)) == 2
    assert ran.err == "Only the first 2 of 3 hosts are shown (--limit)\n"
    for limit in ("3", "0", "100000000000000000000"):
        ran = site.desk.ok("list", "--where", f"tags={site.name}", "--limit", limit, "-o", "name")
        assert (len(ran.out.splitlines()), ran.err) == (3, "")


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_result_has_a_note(desk: Desk, name: str) -> None:
    ran = desk.ok("list", "--where", "name=nothing-like-that", "-o", name)
    assert ran.err == "No hosts found\n"
    assert ran.out in ("", "[]\n") or (name == "csv" and ran.out.startswith("name,_realm,"))


def test_templates(desk: Desk) -> None:
    name = unique("template")
    desk.ok("-d", desk.file({"_is_template": True}), "add", name)
    for words in (["-m"], ["--where", "_is_template=true"]):
        assert name in desk.ok("list", *words, "-o", "name").out.splitlines()
    assert name not in desk.ok("list", "-o", "name").out.splitlines()
    assert desk.ok("list", "-m", "-o", "table").out.startswith("NAME")
    desk.ok("delete", name)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["list", "-o", "tabel"], "Unknown output format 'tabel': did you mean 'table'?"),
        (["list", "-o", "xml"], "the formats are: table, wide, json, yaml, csv, ndjson, name"),
        (["list", "--columns", "nmae"], "Hosts have no field 'nmae': did you mean 'name'?"),
        (["get", "x", "--columns", "nmae"], "Hosts have no field 'nmae': did you mean 'name'?"),
        (["list", "--columns", ","], "No fields given"),
        (["list", "-t", "user", "--columns", "password"], "The field 'password' of users is a secret"),
        (["list", "--where", "nonsense"], "'nonsense' is not a filter"),
        (["list", "--where", "ls_state=DOWN", "--where", "{"], "is not valid JSON"),
        (["list", "--sort", "nmae"], "did you mean 'name'?"),
        (["list", "--limit", "-1"], "The option --limit needs a whole number; 0 means no limit, not '-1'"),
        (["list", "--limit", "many"], "The option --limit needs a whole number"),
        (["get", "x", "--where", "name=x"], "The option --where works with 'list', not with 'get'"),
        (["get", "x", "--sort", "name"], "The option --sort works with 'list', not with 'get'"),
        (["get", "x", "--limit", "0"], "The option --limit works with 'list', not with 'get'"),
        (["add", "x", "-o", "json"], "The option --output works with 'get' and 'list', not with 'add'"),
        (["x", "--no-headers"], "The option --no-headers works with 'get' and 'list', not with 'add'"),
        (["delete", "--where", "name=x"], "The option --where works with 'list', not with 'delete'"),
        (["get", "x/*", "-o", "table"], "A host with its services needs -o json or yaml"),
        (["list", "-e", "-o", "table"], "The option --embedded works with -o json, yaml or ndjson"),
        (["list", "-e", "-o", "json", "--columns", "name"], "The option --embedded works with -o json, yaml or ndjson"),
        (["list", "-o", "name", "--columns", "name"], "The option --columns cannot be combined with -o name"),
        (["list", "--outp", "json"], "Unknown option --outp: did you mean --output?"),
        (["list", "--json"], "The option --json works with 'add', 'update' and 'delete', not with 'list'"),
    ],
)
def test_invalid_options_are_reported_before_any_request(words: list[str], message: str, tmp_path: Path) -> None:
    ran = Desk("http://127.0.0.1:1", tmp_path).run(*words)
    assert (ran.code, ran.out) == (64, "")
    assert message in ran.err
    assert len(ran.err.splitlines()) <= 2


def test_an_unknown_name_is_reported(desk: Desk) -> None:
    ran = desk.run("list", "--where", "_realm=Pairs")
    assert (ran.code, ran.out, ran.err) == (2, "", "_realm: no realm 'Pairs'\n")


def test_quiet_is_quiet(site: Site) -> None:
    for name in FORMATS:
        ran = site.desk.run("-q", "list", "-o", name)
        assert (ran.code, ran.text) == (0, "")
    assert site.desk.run("-q", "get", "gone", "-o", "json").code == 2


@pytest.mark.parametrize("name", sorted(public_resources()))
def test_each_type_has_columns(desk: Desk, name: str) -> None:
    resource = public_resources()[name]
    for templates in (False, True) if resource.has_templates else (False,):
        shown, wide = default_paths(resource, templates=templates)
        assert len(shown + wide) == len(set(shown + wide))
        for path in (*shown, *wide, *name_paths(resource)):
            assert parse_field(resource, path).path == path
        assert set(name_paths(resource)) <= {*shown, *wide, "_id"}  # which distinguish services of one name
    ran = desk.ok("list", "-t", name, "-o", "csv")
    assert ran.out.splitlines()[0].split(",") == [*default_paths(resource)[0], *default_paths(resource)[1]]


# --- with the installed command, on terminals and pipes


def on_terminal(desk: Desk, *words: str, **variables: str) -> str:
    """Run the command on a terminal of 40 columns, and return what it got."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "-b", desk.url, *words],
        stdout=theirs,
        stderr=theirs,
        cwd=desk.folder,
        env=environment(COLUMNS="40", **variables),
    ) as process:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 4096):
                shown += part
        except OSError:
            pass  # the other side is closed
    os.close(ours)
    assert process.returncode == 0
    return shown.decode().replace("\r\n", "\n")


HOSTILE: dict[str, Any] = {
    "escape": "\x1b]0;title\x07\x1b[2J\x9b31m",
    "hebrew": "\u05e9\u05e8\u05ea \u05e8\u05d0\u05e9\u05d9 \u202e",
    "long": "x" * 10_000,
    "lines": "one\ntwo\r\nthree\x85four",
}


def test_a_narrow_terminal_stays_readable(desk: Desk) -> None:
    site = unique("narrow")
    hosts = [{"name": f"{site}-{name}", "alias": alias, "notes": site} for name, alias in HOSTILE.items()]
    desk.ok("-d", desk.file(hosts), "add")
    words = ("list", "--where", f"notes={site}")
    for output in FORMATS:
        text = on_terminal(desk, *words, "-o", output, TERM="xterm", NO_COLOR="1")
        assert text.replace("\n", "").isprintable()
    for more in ((), ("--columns", "alias,name,ls_state,_realm,address,ls_last_check")):
        text = on_terminal(desk, *words, "-o", "table", *more, TERM="xterm", NO_COLOR="1")
        *table, message = text.splitlines()
        assert len(table) == 5
        assert all(len(line) <= 40 for line in table)
        assert message.startswith("Columns that do not fit the terminal: ")
        assert message.endswith("; -o wide shows all")
    assert "\x1b[35mUNREACHABLE\x1b[0m" in on_terminal(desk, *words, "--columns", "ls_state", TERM="xterm")
    assert "\x1b" not in on_terminal(desk, *words, "--columns", "ls_state", TERM="dumb")
    for name in HOSTILE:
        desk.ok("delete", f"{site}-{name}")


def test_output_to_a_pipe_in_a_plain_locale(desk: Desk) -> None:
    name = unique("é主")
    desk.ok("-d", desk.file({"alias": unique("alias")}), "add", name)
    alias = desk.item("host", name)["alias"]

    def shown(*words: str) -> str:
        words = ("-b", desk.url, "list", "--where", f"alias={alias}", "--columns", "name,ls_state", *words)
        return spawn(*words, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", TERM="xterm").out

    assert json.loads(shown("-o", "json"))[0]["name"] == name
    assert shown("-o", "csv", "--no-headers") == f"{name},UNREACHABLE\n"
    escaped = name.encode("ascii", "backslashreplace").decode()
    assert shown("-o", "table", "--no-headers") == f"{escaped}  UNREACHABLE\n"
    desk.ok("delete", name)


@pytest.mark.parametrize("name", FORMATS)
def test_a_reader_that_goes_away(desk: Desk, name: str) -> None:
    assert without_reader("-b", desk.url, "list", "-t", "command", "-o", name) == (2, "")


@pytest.mark.parametrize(
    "words", [*(["list", "-t", "command", "-o", name] for name in FORMATS), ["status"], ["explain"]]
)
def test_a_full_disk_is_reported(desk: Desk, words: list[str]) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, *([] if words == ["explain"] else ["-b", desk.url]), *words],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(),
            timeout=60,
            check=False,
        )
    assert done.returncode == 2
    assert b"The output cannot be written: No space left on device\n" in done.stderr
    assert done.stderr.count(b"cannot") == 1


def test_nothing_new_is_imported_without_output(desk: Desk) -> None:
    ran = spawn("-b", desk.url, "list", "-t", "command", PYTHONPROFILEIMPORTTIME="1", cwd=desk.folder)
    imported = {line.rpartition("|")[2].strip() for line in ran.err.splitlines()}
    assert "alignak_backend_client.items.names.filters" in imported
    for name in ("items.query.where", "items.query.fields", "output.table", "output.writing", "cli.columns"):
        assert f"alignak_backend_client.{name}" not in imported
    assert not {"csv", "click", "rich", "yaml"} & imported
