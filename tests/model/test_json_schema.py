"""JSON Schemas of data files: valid ones, which take what `add` takes, and refuse what is misspelt."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from alignak_backend_client.model import public_resources
from alignak_backend_client.model.descriptions import descriptions_by_resource
from alignak_backend_client.model.json_schema import data_file_schema
from cli.running import run

TYPES = list(public_resources())
EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = {
    "checks-pack-commands": "command",
    "checks-pack-users-templates": "user",
    "checks-pack-hosts-templates": "host",
    "checks-pack-services-templates": "service",
    "example_host_checkresult": "logcheckresult",
    "example_host_data": "host",
    "example_host_from_template": "host",
    "example_host_livestate": "host",
    "example_service_checkresult": "logcheckresult",
    "example_service_livestate": "service",
}


@functools.cache
def validator(name: str) -> Any:
    """What judges data files of a type."""
    schema = data_file_schema(public_resources()[name])
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def fits(name: str, data: Any) -> None:
    """Fail with what is wrong with a data file."""
    wrong = [f"{list(error.path)}: {error.message[:200]}" for error in validator(name).iter_errors(data)]
    assert not wrong, (name, wrong[:3])


@pytest.mark.parametrize("name", TYPES)
def test_examples_fit_alone_and_in_lists(name: str) -> None:
    example = descriptions_by_resource()[name].example
    fits(name, example)
    fits(name, [example, example])
    assert validator(name).schema["examples"] == [example]


def test_files_of_the_examples_fit() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.json")} == set(FILES)
    for stem, name in FILES.items():
        fits(name, json.loads((EXAMPLES / f"{stem}.json").read_bytes()))


@pytest.mark.parametrize("name", TYPES)
def test_invalid_items_do_not_fit_the_schema(name: str) -> None:
    example, resource = descriptions_by_resource()[name].example or {}, public_resources()[name]
    assert validator(name).is_valid({**example, "check_intervall": 1}) == resource.allow_unknown
    assert not validator(name).is_valid("text")
    assert not validator(name).is_valid([[example]])
    if "name" in resource.key:
        assert not validator(name).is_valid([{key: value for key, value in example.items() if key != "name"}])
    for field, link in resource.links.items():
        assert not validator(name).is_valid({**example, field: 7}), field
        assert validator(name).is_valid({**example, field: ["x"] if link.many else "x"}), field


@pytest.mark.parametrize(
    ("name", "data", "right"),
    [
        ("host", {"check_interval": -1}, False),
        ("host", {"check_interval": "often"}, False),
        ("host", {"initial_state": "x"}, True),
        ("host", {"initial_state": "y"}, False),
        ("host", {"flap_detection_options": ["o", "?"]}, False),
        ("host", {"event_handler": None, "snapshot_command": None}, True),
        ("host", {"alias": None}, False),
        ("host", {"name": "a<b"}, False),
        ("host", {"_services": [{"name": "cpu", "check_command": "_echo"}]}, True),
        ("host", {"_services": [{"name": "cpu", "check_comand": "_echo"}]}, False),
        ("service", {"host": "web-01", "name": ""}, False),
        ("hostgroup", {"name": ""}, False),
        ("hostgroup", {"name": "x", "_parent": ""}, False),
        ("service", [{"name": "web-01/cpu"}], True),
        ("realm", {"hosts_critical_threshold": 101}, False),
        ("realm", {"_parent": None}, True),
        ("influxdb", {"name": "x", "address": "y", "login": "z"}, False),
        ("user", {"name": "x", "email": "y"}, True),
        ("userrestrictrole", {"user": "x", "realm": "y", "crud": ["read", "write"]}, False),
        ("alignak", {"name": "x", "anything": [1]}, True),
        ("timeperiod", {"dateranges": [{"monday": "00:00-24:00"}]}, True),
    ],
)
def test_values(name: str, data: Any, right: bool) -> None:
    assert validator(name).is_valid(data) == right


def test_no_choice_includes_null() -> None:
    """A schema of choices would have to list it."""
    schemas = [schema for resource in public_resources().values() for schema in resource.fields.values()]
    assert not [schema for schema in schemas if schema.get("nullable") and "allowed" in schema]


def test_fields_are_explained_in_editors_with_names_for_links() -> None:
    fields = data_file_schema(public_resources()["host"])["$defs"]["host"]["properties"]
    assert fields["check_command"]["default"] == "_internal_host_up"
    assert fields["check_command"]["description"].endswith(" The name of a command.")
    assert fields["parents"]["description"].endswith(" The names of host items.")
    assert fields["check_interval"]["description"].endswith(" In minutes.")
    assert "`o`: UP; `d`: DOWN" in fields["initial_state"]["description"]
    assert fields["_etag"]["readOnly"] is True


def test_the_command_prints_it() -> None:
    ran = run("explain", "services", "--schema")
    assert (ran.code, json.loads(ran.out)) == (0, data_file_schema(public_resources()["service"]))
    for words in (["host.name", "--schema"], ["host", "--schema", "-o", "table"], ["--schema", "hots"]):
        ran = run("explain", *words)
        assert (ran.code, ran.out) == (64, "")
        assert "Unknown type" in ran.err or "takes a type" in ran.err
