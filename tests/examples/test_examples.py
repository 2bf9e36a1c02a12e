"""The data files of `examples/` hold what the data model allows, and links that lead somewhere."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, ClassVar

import pytest
from cerberus import TypeDefinition, Validator

from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.model.start_documents import START_NAMES

EXAMPLES = Path(__file__).parents[2] / "examples"

PACK = {
    "checks-pack-commands.json": "command",
    "checks-pack-users-templates.json": "user",
    "checks-pack-hosts-templates.json": "host",
    "checks-pack-services-templates.json": "service",
}
"""The files of the checks pack, in the order of installation."""

LISTS = {
    **PACK,
    "example_host_checkresult.json": "logcheckresult",
    "example_service_checkresult.json": "logcheckresult",
}
SINGLE = {
    "example_host_data.json": "host",
    "example_host_from_template.json": "host",
    "example_host_livestate.json": "host",
    "example_service_livestate.json": "service",
}
UPDATES = ("example_host_livestate.json", "example_service_livestate.json")
FILES = {**LISTS, **SINGLE}

# Required fields that need not be in a file: the backend or the name on the command line gives them.
ON_COMMAND_LINE = {"name", "host"}

HOST_TEMPLATE = "windows-passive-host"


class _Names(Validator):  # type: ignore[misc]  # Cerberus ships no types
    """The backend's validation, with a name in the place of each id."""

    types_mapping: ClassVar[dict[str, TypeDefinition]] = {
        **Validator.types_mapping,
        "objectid": TypeDefinition("objectid", (str,), ()),
        "point": TypeDefinition("point", (dict,), ()),
        # Cerberus takes a boolean for an integer.
        "integer": TypeDefinition("integer", (int,), (bool,)),
    }


_OURS = {"at_least", "at_most", "one_line", "date_ranges", "place"}
_EVE_RULES = _OURS | {
    "data_relation",
    "unique",
    "dependencies",
    "required",
    "default",
    "title",
    "comment",
    "schema_version",
}


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a field's schema without the rules that need a stored item, which Cerberus does not know."""
    kept = {rule: value for rule, value in schema.items() if rule not in _EVE_RULES}
    if isinstance(kept.get("schema"), dict) and "type" in kept["schema"]:
        kept["schema"] = _schema(kept["schema"])
    return kept


def _errors(resource: Resource, item: dict[str, Any]) -> dict[str, Any]:
    schema = {name: _schema(field) for name, field in resource.fields.items()}
    validator = _Names(schema)
    validator.validate(item, normalize=False)
    errors: dict[str, Any] = validator.errors
    return errors


def _items(name: str) -> list[dict[str, Any]]:
    content = json.loads((EXAMPLES / name).read_bytes().decode("utf-8"))
    items: list[dict[str, Any]] = content if isinstance(content, list) else [content]
    return items


def _links(resource: Resource, item: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return (field, linked resource, name) for every link of an item."""
    found = []
    for link in resource.links.values():
        value = item.get(link.field)
        names = value if isinstance(value, list) else [] if value is None else [value]
        found += [(link.field, link.resource, name) for name in names]
    return found


def _name(resource: str, item: dict[str, Any]) -> str:
    return f"{item['host']}/{item['name']}" if resource == "service" else str(item["name"])


def _installed() -> dict[str, set[str]]:
    """Return the names that a backend knows after the procedure of the README, by resource."""
    known = {resource: set(names) for resource, names in START_NAMES.items()}
    known["service"] = set()
    for name, resource in PACK.items():
        known[resource] |= {_name(resource, item) for item in _items(name)}
    known["host"] |= {"host_test", "host_test_2", "host_test_3"}
    for item in _items("checks-pack-services-templates.json"):
        if item["host"] == HOST_TEMPLATE:
            known["service"] |= {f"{host}/{item['name']}" for host in ("host_test", "host_test_2", "host_test_3")}
    return known


def test_every_data_file_is_checked_here() -> None:
    assert {path.name for path in EXAMPLES.glob("*.json")} == set(FILES)


def test_readme_names_every_data_file() -> None:
    readme = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert [name for name in FILES if name not in readme] == []


def test_readme_uses_only_files_that_exist() -> None:
    readme = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    used = set(re.findall(r"-d examples/(\S+)", readme))
    assert used == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_file_is_a_list_or_one_item_as_its_command_needs(name: str) -> None:
    content = json.loads((EXAMPLES / name).read_bytes().decode("utf-8"))
    assert isinstance(content, list if name in LISTS else dict)
    assert content


@pytest.mark.parametrize(("name", "resource"), FILES.items())
def test_fields_are_known_and_values_allowed(name: str, resource: str) -> None:
    model = resources_by_name()[resource]
    assert [errors for item in _items(name) if (errors := _errors(model, item))] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("no_such_field", 1),
        ("freshness_state", "u"),
        ("check_freshness", "yes"),
        ("users", "admin"),
        ("ls_state", "OK"),
    ],
)
def test_validation_refuses_what_the_data_model_refuses(field: str, value: object) -> None:
    assert field in _errors(resources_by_name()["host"], {field: value})


@pytest.mark.parametrize(("name", "resource"), [(name, FILES[name]) for name in FILES if name not in UPDATES])
def test_required_fields_are_there(name: str, resource: str) -> None:
    required = set(resources_by_name()[resource].required) - resources_by_name()[resource].default_items.keys()
    if name in SINGLE:
        required -= ON_COMMAND_LINE
    assert [required - item.keys() for item in _items(name) if required - item.keys()] == []


@pytest.mark.parametrize("name", [name for name, resource in LISTS.items() if resource == "logcheckresult"])
def test_check_results_name_their_host(name: str) -> None:
    known = _installed()
    for item in _items(name):
        assert item.get("host", item.get("host_name")) in known["host"]
        if name == "example_service_checkresult.json":
            assert item.get("service", f"{item.get('host_name')}/{item.get('service_name')}") in known["service"]
        else:
            assert not {"service", "service_name"} & item.keys()


@pytest.mark.parametrize(("name", "resource"), PACK.items())
def test_pack_names_are_unique(name: str, resource: str) -> None:
    names = [_name(resource, item) for item in _items(name)]
    assert len(names) == len(set(names))
    assert not set(names) & START_NAMES.get(resource, set())


def test_pack_links_lead_to_what_was_created_before() -> None:
    known = {resource: set(names) for resource, names in START_NAMES.items()}
    known["service"] = set()
    dangling = []
    for name, resource in PACK.items():
        for item in _items(name):
            links = _links(resources_by_name()[resource], item)
            dangling += [(name, item["name"], *link) for link in links if link[2] not in known[link[1]]]
            known[resource].add(_name(resource, item))
    assert dangling == []


@pytest.mark.parametrize("name", [name for name in FILES if name not in PACK])
def test_example_links_lead_to_the_pack(name: str) -> None:
    known = _installed()
    links = [link for item in _items(name) for link in _links(resources_by_name()[FILES[name]], item)]
    assert [link for link in links if link[2] not in known[link[1]]] == []


@pytest.mark.parametrize("name", [name for name, resource in PACK.items() if resource != "command"])
def test_pack_holds_templates_alone(name: str) -> None:
    items = _items(name)
    assert all(item["_is_template"] is True for item in items)


def test_services_come_with_the_host_template() -> None:
    services = [item for item in _items("checks-pack-services-templates.json") if item["host"] == HOST_TEMPLATE]
    assert len(services) >= 8
    assert all(item["_templates_from_host_template"] is True for item in services)


@pytest.mark.parametrize("name", ["checks-pack-hosts-templates.json", "checks-pack-services-templates.json"])
def test_silence_is_announced_after_the_freshness_threshold(name: str) -> None:
    for item in _items(name):
        if "freshness_threshold" in item:
            assert item["check_command"].endswith("-agent-silent")
            assert item["check_command_args"] == str(item["freshness_threshold"])


def test_threshold_macros_have_a_value() -> None:
    hosts = _items("checks-pack-hosts-templates.json")
    host_customs = {key for item in hosts for key in item.get("customs", {})}
    services = _items("checks-pack-services-templates.json")
    service_customs = {key for item in services for key in item.get("customs", {})}
    commands = " ".join(item["command_line"] for item in _items("checks-pack-commands.json"))
    values = " ".join(str(value) for item in services for value in item.get("customs", {}).values())
    used_of_host = {f"_{name}" for name in re.findall(r"\$_HOST(\w+?)\$", commands + values)}
    used_of_service = {f"_{name}" for name in re.findall(r"\$_SERVICE(\w+?)\$", commands)}
    assert used_of_host == host_customs
    assert used_of_service == service_customs


def test_user_templates_have_an_empty_password() -> None:
    # Without one the backend stores a well-known password; with an empty one it refuses every login.
    assert {item["password"] for item in _items("checks-pack-users-templates.json")} == {""}


@pytest.mark.parametrize("name", UPDATES)
def test_live_state_files_hold_live_state_alone(name: str) -> None:
    # Any other field would make the backend take the update for a change of configuration.
    (item,) = _items(name)
    assert all(field.startswith("ls_") for field in item)
    assert item["ls_state_type"] == "HARD"


@pytest.mark.parametrize("name", ["example_host_checkresult.json", "example_service_checkresult.json"])
def test_check_results_suit_what_they_are_about(name: str) -> None:
    resource = "service" if name == "example_service_checkresult.json" else "host"
    fields = resources_by_name()[resource].fields
    (live,) = _items(f"example_{resource}_livestate.json")
    for item in _items(name):
        # The backend stores the result of an unsuitable state and changes nothing.
        assert item["state"] in fields["ls_state"]["allowed"]
        assert item["last_state"] in fields["ls_last_state"]["allowed"]
        # The backend ignores a result that is older than the last check.
        assert item["last_check"] >= live["ls_last_check"]
