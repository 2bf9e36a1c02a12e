"""Command ``explain``: types and fields in words and as data, without a backend."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import subprocess
import sys
from typing import Any

import pytest
import yaml

from alignak_backend_client.cli.text import explanations
from alignak_backend_client.items.writing.data_model import find_issues
from alignak_backend_client.model import public_resources
from alignak_backend_client.model.descriptions import descriptions_by_resource
from alignak_backend_client.model.explaining import describe_fields, describe_type, mandatory_fields
from cli.running import run, spawn

TYPES = list(public_resources())


def explained(*words: str) -> str:
    ran = run("explain", *words)
    assert (ran.code, ran.err) == (0, ""), ran
    return ran.out


def data(*words: str) -> Any:
    return json.loads(explained(*words, "-o", "json"))


def test_all_types_are_listed_with_their_purpose() -> None:
    text = " ".join(explained().replace("`", "").split())
    for name in TYPES:
        assert f" {name} {descriptions_by_resource()[name].description.replace('`', '')}" in text
    assert explained().index("command\n") < explained().index("history\n"), "what people write comes first"


@pytest.mark.parametrize("name", TYPES)
def test_a_type_lists_each_field_once_and_an_example(name: str) -> None:
    text, resource = explained(name), public_resources()[name]
    words = descriptions_by_resource()[name]
    lines = text.splitlines()
    for field in (*resource.fields, "_id", "_created", "_updated", "_etag"):
        assert len([line for line in lines if line.startswith(f"  {field}  <")]) == 1, field
    flat = " ".join(text.split())
    assert all(words.fields[field].description.replace("`", "") in flat for field in resource.fields)
    assert json.loads(text.partition("-d FILE':\n")[2]) == words.example


def test_a_field_shows_all_facts() -> None:
    assert explained("host.check_interval") == (
        "host.check_interval  <integer> in minutes, 0 or more, default 5\n\n"
        "Time between two scheduled checks. With 0, no checks are scheduled.\n\n"
        "An item that does not set it inherits it from its templates.\n"
    )
    text = explained("host.initial_state")
    assert "  o  UP\n  d  DOWN\n" in text
    assert "<command name> or null, default _internal_host_up" in explained("host.check_command")
    assert "See also: explain command" in explained("host.check_command")
    assert "values of the item and of all its templates are combined" in explained("host.customs")
    assert "leave it out" in explained("realm._level")
    assert "Check results update this field" in explained("service.ls_state")
    assert "<string> a secret" in explained("user.password")
    assert "<list of host names>" in explained("host.parents")
    assert "<integer> in percent, 0 to 100, default 5" in explained("realm.hosts_critical_threshold")
    assert "up to" not in explained("realm.hosts_critical_threshold")


@pytest.mark.parametrize(
    ("topic", "message"),
    [
        ("hosts", "host: "),
        ("Host", "host: "),
        ("contact.email", "user.email "),
        ("contactgroups", "usergroup: "),
        ("retention-service", "alignakretention: "),
        ("check results", "logcheckresult: "),
        ("acknowledgement", "actionacknowledge: "),
        ("service.host.address", "host.address "),
        ("service.host._realm.alias", "realm.alias "),
        ("host.customs._OS", "host.customs "),
        ("host._etag", "host._etag "),
    ],
)
def test_types_have_other_names_and_links_are_followed(topic: str, message: str) -> None:
    assert explained(topic).startswith(message)


@pytest.mark.parametrize(
    ("topic", "problem"),
    [
        ("hots", "Unknown type 'hots': did you mean 'host'?"),
        ("check_interval", "Unknown type 'check_interval': did you mean the field 'host.check_interval'?"),
        ("name", "Unknown type 'name': did you mean the field 'host.name'?"),
        ("xyzzy", "Unknown type 'xyzzy': the types are: actionacknowledge, "),
        ("host.check_intervall", "Hosts have no field 'check_intervall': did you mean 'check_interval'?"),
        ("host.name.x", "'name.x': name has no fields of its own"),
        ("host.", None),
        (".name", "Unknown type ''"),
        ("alignak.anything", "'anything' is not a field of the data model: engines may keep such fields"),
        ("alignak_notifications", "Unknown type 'alignak_notifications'"),
    ],
)
def test_unknown_topics_end_with_64_and_the_nearest(topic: str, problem: str | None) -> None:
    ran = run("explain", topic)
    if problem is None:
        assert ran.code == 0
        return
    assert (ran.code, ran.out) == (64, "")
    assert ran.err.startswith(problem), ran.err


def test_json_of_a_type_holds_its_fields_and_an_example() -> None:
    for name in TYPES:
        whole = data(name)
        fields = whole.pop("fields")
        assert whole.pop("example") == descriptions_by_resource()[name].example
        assert whole == describe_type(public_resources()[name])
        assert fields == describe_fields(public_resources()[name])
        assert all(field["description"] for field in fields)
        assert yaml.load(explained(name, "-o", "yaml"), yaml.CSafeLoader)["fields"] == fields
    assert [one["type"] for one in data()] == TYPES


def test_facts_of_fields_are_those_of_the_data_model() -> None:
    fields = {field["field"]: field for field in data("host")["fields"]}
    assert fields["check_command"]["default"] == "_internal_host_up"
    assert (fields["check_command"]["type"], fields["check_command"]["link"]) == ("id", "command")
    assert (fields["parents"]["type"], fields["parents"]["link"]) == ("list", "host")
    assert [fields[name]["templates"] for name in ("alias", "tags", "name", "_realm", "ls_state")] == [
        "value",
        "merged",
        None,
        None,
        None,
    ]
    assert [fields[name]["set_by"] for name in ("alias", "ls_state", "_etag")] == ["user", "monitoring", "backend"]
    assert fields["check_interval"]["minimum"] == 0
    assert fields["initial_state"]["values"] == {"o": "UP", "d": "DOWN", "x": "UNREACHABLE"}
    assert data("user.password")["secret"] is True
    assert data("user.password") == next(one for one in data("user")["fields"] if one["field"] == "password")


@pytest.mark.parametrize("name", TYPES)
def test_required_are_the_fields_without_which_nothing_can_be_added(name: str) -> None:
    resource = public_resources()[name]
    example = dict(descriptions_by_resource()[name].example or {})
    assert mandatory_fields(resource) <= example.keys()
    for field in example:
        rest = {other: value for other, value in example.items() if other not in (field, "_realm")}
        missing = "required" in str(find_issues(resource, {**rest, "_realm": "0" * 24}).get(field, ""))
        missing |= field in resource.key  # a name, and the host of a service: described elsewhere
        assert missing == (field in mandatory_fields(resource)), field


def test_other_formats_hold_types_or_fields() -> None:
    assert explained("-o", "name").splitlines() == TYPES
    assert explained("realm", "-o", "name").splitlines()[:2] == ["name", "alias"]
    (row,) = csv.DictReader(io.StringIO(explained("realm.name", "-o", "csv")))
    assert (row["field"], row["required"], row["unique"]) == ("name", "true", "true")
    assert explained("realm", "--columns", "field,type").splitlines()[:2] == [
        "FIELD                        TYPE",
        "name                         string",
    ]
    assert len(explained("realm", "-o", "ndjson").splitlines()) == len(describe_fields(public_resources()["realm"]))
    assert explained("--no-headers", "-o", "table").startswith("actionacknowledge")
    ran = run("explain", "realm", "--columns", "kind")
    assert ran.code == 64
    assert ran.err.startswith("Unknown column 'kind': ")
    assert run("explain", "-q").out == ""


@pytest.mark.parametrize("width", [1, 24, 40, 80])
def test_text_fits_the_terminal(width: int) -> None:
    for name in TYPES:
        whole = {**describe_type(public_resources()[name]), "fields": describe_fields(public_resources()[name])}
        text = explanations.describe_type_fields({**whole, "example": None}, width)
        fields = [explanations.describe_field_facts(name, each, width) for each in whole["fields"]]
        lines = [line for one in (text, *fields) for line in one.splitlines()]
        assert max(map(len, lines)) <= max(width, 24)
    assert max(
        map(len, explanations.describe_types([describe_type(public_resources()["host"])], width).splitlines())
    ) <= max(width, 24)


def test_explain_needs_no_backend_and_loads_none() -> None:
    program = """
import sys
from alignak_backend_client.cli import main
assert main(["explain", "host"]) == 0
assert not {"alignak_backend_embedded", "httpx2", "ssl", "yaml"} & sys.modules.keys(), sys.modules.keys()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


def test_installed_command_in_the_locale_c_and_a_pipe() -> None:
    ran = spawn("explain", "user", LC_ALL="C", PYTHONUTF8="0", PYTHONIOENCODING="")
    assert (ran.code, ran.err) == (0, "")
    assert "A person or program that logs in" in ran.out


def test_examples_of_the_help_run() -> None:
    lines = re.findall(r"^  alignak-backend-cli (explain.*)$", explained("-h"), re.MULTILINE)
    assert len(lines) >= 6
    for line in lines:
        ran = run(*shlex.split(line.partition(" > ")[0]))
        assert (ran.code, ran.err) == (0, ""), line
        assert ran.out


@pytest.mark.parametrize("option", ["-b", "--username"])
def test_explain_has_no_options_of_access(option: str) -> None:
    ran = run("explain", "host", option, "http://127.0.0.1:1")
    assert (ran.code, ran.out) == (64, "")
    assert ran.err.startswith(f"explain does not access a backend: omit {option}\n")
