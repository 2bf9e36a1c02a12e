"""Words about the data model: complete, in step with it, and true as far as a test can check."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from alignak_backend_client import model
from alignak_backend_client.model import public_resources, resources_by_name
from alignak_backend_client.model.descriptions import descriptions_by_resource
from alignak_backend_client.model.fields import AUTOMATIC
from cli.running import Desk
from model.test_json_schema import fits
from servers.provision import ServerUnavailableError
from servers.running import Kind, running_backend

WORDS: dict[str, Any] = json.loads(Path(model.__file__).with_name("descriptions.json").read_bytes())
OWN = {resource: entry["fields"] for resource, entry in WORDS["resources"].items()}
SECTIONS: dict[str, dict[str, Any]] = {"automatic": WORDS["automatic"], "common": WORDS["common"], **OWN}
ENTRIES = {
    **WORDS["resources"],
    **{f"{section}.{field}": entry for section, fields in SECTIONS.items() for field, entry in fields.items()},
}
MODEL = resources_by_name()
DESCRIBED = descriptions_by_resource()
FIELDS = [(resource, field) for resource in MODEL for field in MODEL[resource].fields]

UNITS = {"", "minutes", "seconds", "epoch seconds", "percent", "bytes"}
PLAIN_NUMBERS = re.compile(
    r"schema_version|definition_order|_level|pid|(carbon_|graphite_)?port|flap_history|max_check_attempts"
    r"|(ls_)?current_attempt|ls_grafana_panelid|(first|last)_notification|(hosts|services)_\w+(?<!_threshold)"
)
"""Names of fields that count or name something: their numbers have no unit, and any number is valid."""

FILLED_IN = re.compile(
    r"_links|schema_version|_overall_state_id|_template_fields|ls_\w+|processed|notified|token"
    r"|(hosts|services)_\w+(?<!_threshold)"
)
"""Names of fields that the backend or the engine fills in, besides those that the data model calls computed."""

OTHER_NAMES = {"_dummy", "_internal_host_up", "_echo", "browser", "utc", "disk", "server", "fork", "unknown"}
"""What is named in backticks and is neither a field nor a resource."""

FIRST = ("realm", "timeperiod", "command", "user", "usergroup", "host", "hostgroup", "service")
"""The order in which the examples are added: what others name, first."""


def test_each_resource_and_field_of_the_model_is_described_and_nothing_else() -> None:
    assert set(WORDS) == {"automatic", "common", "resources"}
    assert set(OWN) == set(MODEL)
    assert set(WORDS["automatic"]) == {*AUTOMATIC, "_links"}
    for resource, fields in OWN.items():
        assert set(fields) <= set(MODEL[resource].fields), resource
        assert set(MODEL[resource].fields) <= set(fields) | set(WORDS["common"]), resource
        assert not set(MODEL[resource].fields) & set(WORDS["automatic"]), resource
    for name, described in DESCRIBED.items():
        assert list(described.fields) == [*MODEL[name].fields, *WORDS["automatic"]]


def test_common_words_are_those_of_two_resources_or_more() -> None:
    used = Counter(field for resource, field in FIELDS if field not in OWN[resource])
    assert {field: used[field] for field in WORDS["common"] if used[field] < 2} == {}


def test_own_words_go_before_common_ones() -> None:
    assert DESCRIBED["host"].fields["users"].description == WORDS["common"]["users"]["description"]
    assert DESCRIBED["usergroup"].fields["users"].description == OWN["usergroup"]["users"]["description"]


def test_descriptions_are_short_sentences() -> None:
    for place, entry in ENTRIES.items():
        text = entry["description"]
        assert re.fullmatch(r"[A-Z`].*\.", text), place
        assert "  " not in text, place
        assert len(text) < 300, place


def test_descriptions_say_more_than_the_name() -> None:
    for place, entry in ENTRIES.items():
        stems, name = (
            {word.rstrip("s") for word in re.findall(r"[a-z0-9]{3,}", text.lower().replace("_", " "))}
            for text in (entry["description"], place)
        )
        assert len(stems - name - {"the", "and", "for", "that", "item", "field", "value", "thi"}) >= 3, place


def test_no_description_is_there_twice() -> None:
    twice = {text for text, times in Counter(entry["description"] for entry in ENTRIES.values()).items() if times > 1}
    assert twice == set()


def test_names_in_backticks_exist() -> None:
    values = {str(value) for resource, field in FIELDS for value in MODEL[resource].fields[field].get("allowed", ())}
    known = set(MODEL) | OTHER_NAMES | values | {field for _, field in FIELDS}
    for place, entry in ENTRIES.items():
        for text in (entry["description"], *entry.get("values", {}).values()):
            assert text.count("`") % 2 == 0, place
            assert set(re.findall(r"`(_?[a-z][a-z0-9_]+)`", text)) <= known, place


def test_allowed_values_are_explained() -> None:
    for resource, field in FIELDS:
        schema, words = MODEL[resource].fields[field], DESCRIBED[resource].fields[field]
        if "allowed" in schema:
            assert sorted(words.values) == sorted(str(value) for value in schema["allowed"]), (resource, field)
        elif words.values:
            default = schema.get("default", [])
            used = default if isinstance(default, list) else [default]
            assert {str(value) for value in used} <= set(words.values), (resource, field)
        assert all(meaning and meaning == meaning.strip(" .") for meaning in words.values.values()), (resource, field)


def test_numbers_have_a_unit_and_nothing_else_has() -> None:
    for resource, field in FIELDS:
        words = DESCRIBED[resource].fields[field]
        assert words.unit in UNITS
        if MODEL[resource].fields[field]["type"] in ("integer", "float"):
            assert words.unit or words.values or PLAIN_NUMBERS.fullmatch(field), (resource, field)
        else:
            assert not words.unit, (resource, field)


def test_words_agree_with_the_facts_of_the_model() -> None:
    for name, resource in MODEL.items():
        texts = {field: words.description for field, words in DESCRIBED[name].fields.items()}
        for field in (*resource.fields, *AUTOMATIC):
            if field in {*resource.computed, *AUTOMATIC} or FILLED_IN.fullmatch(field) or resource.internal:
                assert re.search("[Tt]he (backend|engine)", texts[field]), (name, field)
        for field, item in resource.default_items.items():
            assert f"`{item}`" in texts[field], (name, field)
        for field in resource.cumulative:
            assert "templates are added" in texts[field], (name, field)
        for field in resource.restricted:
            assert texts[field].endswith("A secret."), (name, field)
        assert not resource.callers_realm or "the realm of the user who creates" in texts["_realm"]


# Examples


@pytest.fixture(scope="module")
def desk(backend_kind: Kind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A backend with its start documents, and the database server on which some examples depend."""
    with contextlib.ExitStack() as stack:
        try:
            url = stack.enter_context(running_backend(backend_kind)).url
        except ServerUnavailableError as error:
            pytest.skip(str(error))
        found = Desk(url, tmp_path_factory.mktemp("examples"))
        stack.callback(found.close)
        found.ok("add", "db-01")
        found.ok("-t", "service", "add", "db-01/mysql")
        yield found


def test_examples_can_be_added(desk: Desk) -> None:
    assert {name for name in DESCRIBED if DESCRIBED[name].example is not None} == set(public_resources())
    for resource in (*FIRST, *(name for name in public_resources() if name not in FIRST)):
        example = DESCRIBED[resource].example
        before = {item["_id"] for item in desk.items(resource)}
        desk.ok("-t", resource, "-d", desk.file(example), "add")
        (added,) = [item for item in desk.items(resource) if item["_id"] not in before]
        for field, value in (example or {}).items():
            schema = MODEL[resource].fields[field]
            if field not in MODEL[resource].links and field != "password":
                assert added[field] == value, field
            assert "default" not in schema or schema.get("required") or schema["default"] != value, field


def test_dumps_fit_the_schema_of_data_files(desk: Desk) -> None:
    for name, resource in public_resources().items():
        desk.ok("-t", name, "list")
        dump = desk.load(f"alignak-object-list-{name}s.json")
        if resource.has_templates:
            desk.ok("-t", name, "list", "-m")
            dump += desk.load(f"alignak-model-list-{name}s.json")
        fits(name, dump)


def test_words_are_loaded_when_they_are_asked_for(tmp_path: Path) -> None:
    program = f"""
import sys
from alignak_backend_client.cli import main
for words in (["add", "web-01"], ["list"], ["get", "web-01"], ["delete", "web-01"]):
    assert main(["-q", "-b", "embedded:{tmp_path}/data", "-f", "{tmp_path}", *words]) == 0
assert "alignak_backend_client.model" in sys.modules
assert "alignak_backend_client.model.descriptions" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
