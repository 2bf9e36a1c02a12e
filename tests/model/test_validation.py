"""The validator of both packages. What the Alignak backend answers is held against it in ``conformance``."""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alignak_backend_client.model import resources_by_name
from alignak_backend_client.model.coercion import TEXT_IDS, Ids, expand_dotted
from alignak_backend_client.model.issues import TEXTS, Issue, to_messages
from alignak_backend_client.model.storable import MAX_DEPTH
from alignak_backend_client.model.validation import Validator
from alignak_backend_embedded.store.object_id import ObjectId

ID, OTHER = "0123456789abcdef01234567", "f" * 24


class Known:
    """A store with one item of each resource, of id ``ID``, named ``taken``."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []

    def exists(self, resource: str, identity: Any) -> bool:
        self.asked.append((resource, identity))
        return str(identity) == ID

    def is_taken(self, field: str, value: Any) -> bool:
        self.asked.append((field, value))
        return bool(value == "taken")


def judge(resource: str, item: dict[str, Any], *, new: bool = False, ids: Ids = TEXT_IDS) -> dict[str, Any]:
    """Issues of a change, or of a new item; in words."""
    validator = Validator(resources_by_name()[resource], ids)
    validator.coerce(item)
    return to_messages(validator.validate_new(item, Known()) if new else validator.validate_change(item, {}, Known()))


@pytest.mark.parametrize(
    ("resource", "item", "expected"),
    [
        ("command", {}, {"name": "required field", "_realm": "required field"}),
        ("command", {"name": "a", "_realm": ID}, {}),
        ("command", {"name": "taken", "_realm": ID}, {"name": "value 'taken' is not unique"}),
        ("command", {"name": "a", "_realm": ID, "x": 1}, {"x": "unknown field"}),
        (
            "command",
            {"name": "a", "_realm": OTHER},
            {"_realm": f"value '{OTHER}' must exist in resource 'realm', field '_id'."},
        ),
        ("service", {"name": "a", "_realm": ID, "check_command": ID}, {"name": "field 'host' is required"}),
        ("service", {"name": 5, "_realm": ID}, {"name": "must be of string type"}),
        ("alignak", {"name": "a", "_realm": ID, "x": {"y": [1, None]}}, {}),
        ("alignak", {"name": "a", "_realm": ID, "_etag": "x"}, {"_etag": "unknown field"}),
        ("alignak", {"name": "a", "_realm": ID, "x": {"$y": 1}}, {"x": "key '$y' is not allowed"}),
        ("alignak", {"name": "a", "_realm": ID, "$x": 1}, {"$x": "key '$x' is not allowed"}),
    ],
)
def test_new_items(resource: str, item: dict[str, Any], expected: dict[str, Any]) -> None:
    assert judge(resource, item, new=True) == expected


@pytest.mark.parametrize(
    ("resource", "field", "value", "expected"),
    [
        ("host", "_id", "x", "value 'x' cannot be converted to a ObjectId"),
        ("host", "_id", ID, None),
        ("host", "_realm", "", ["null value not allowed", "value 'None' cannot be converted to a ObjectId"]),
        ("host", "event_handler", "", None),
        ("host", "parents", [None, ID, OTHER, 5], {
            "0": ["null value not allowed", "value 'None' cannot be converted to a ObjectId"],
            "2": f"value '{OTHER}' must exist in resource 'host', field '_id'.",
            "3": "value '5' cannot be converted to a ObjectId",
        }),
        ("host", "parents", ID, "must be of list type"),
        ("host", "parents", None, ["null value not allowed", "must be of list type"]),
        ("host", "notification_options", ["d", "z", 1], "unallowed values ['z', 1]"),
        ("host", "notification_options", [], None),
        ("host", "ls_state", "down", "unallowed value down"),
        ("host", "business_impact", "6", "unallowed value 6"),
        ("host", "initial_state", "", ["min length is 1", "unallowed value "]),
        ("host", "initial_state", "od", ["max length is 1", "unallowed value od"]),
        ("host", "name", "", ["empty values not allowed", "value does not match regex '^[^`~!$%^&*\"|'<>?,()=]+$'"]),
        ("host", "name", "taken", "value 'taken' is not unique"),
        ("host", "name", "é", None),
        ("host", "alias", "\ud800", "not valid Unicode"),
        ("host", "alias", "\U0001f600", None),
        ("host", "check_interval", "12", None),
        ("host", "check_interval", 12.7, None),
        ("host", "check_interval", True, None),
        ("host", "check_interval", "12.7", "must be of integer type"),
        ("host", "check_interval", math.inf, "must be of integer type"),
        ("host", "definition_order", 2**63 - 1, None),
        ("host", "definition_order", 2**63, "integers of more than 64 bits are not allowed"),
        ("host", "definition_order", -(2**63), None),
        ("host", "definition_order", -(2**63) - 1, "integers of more than 64 bits are not allowed"),
        ("host", "ls_latency", 3, None),
        ("host", "ls_latency", "nan", "must be of float type"),
        ("host", "ls_latency", math.nan, "must be a finite number"),
        ("host", "ls_latency", -math.inf, "must be a finite number"),
        ("host", "active_checks_enabled", "FALSE", None),
        ("host", "active_checks_enabled", 2, "must be of boolean type"),
        ("realm", "hosts_critical_threshold", -1, "min value is 0"),
        ("realm", "hosts_critical_threshold", 0, None),
        ("realm", "hosts_critical_threshold", 100, None),
        ("realm", "hosts_critical_threshold", 101, "max value is 100"),
        ("host", "location", {"type": "Point", "coordinates": [1, 2.5]}, None),
        ("host", "location", {"type": "Point", "coordinates": [math.nan]}, "must be a finite number"),
        ("host", "location", 5, "Point not correct 5: Not compliant to GeoJSON"),
        ("host", "location", {"type": "Point", "coordinates": ["x"]},
         "Point not correct {'type': 'Point', 'coordinates': ['x']}: "),
        ("host", "customs", [], "must be of dict type"),
        ("host", "customs", {"a": {"b": [{"c.d": 1}]}}, None),
        ("host", "customs", {"a": [{"": 1}]}, "key '' is not allowed"),
        ("host", "customs", {"a\0": 1}, "key 'a\0' is not allowed"),
        ("host", "customs", {"\udfff": 1}, "key '\udfff' is not allowed"),
        ("host", "customs", {"a": [["\ud800"]]}, "not valid Unicode"),
        ("host", "customs", {"a": 2**64}, "integers of more than 64 bits are not allowed"),
        ("host", "customs", {"a": [math.nan]}, "must be a finite number"),
        ("timeperiod", "exclude", [1, {"$a": 1}], "key '$a' is not allowed"),
        ("userrestrictrole", "crud", ["read", "x"], "unallowed values ['x']"),
    ],
)  # fmt: skip
def test_values(resource: str, field: str, value: Any, expected: Any) -> None:
    assert judge(resource, {field: value}) == ({} if expected is None else {field: expected})


def test_uniqueness_is_asked_for_of_good_values_only() -> None:
    known = Known()
    validator = Validator(resources_by_name()["host"], TEXT_IDS)
    assert validator.validate_change({"name": "a|b", "alias": "x"}, {}, known)
    assert known.asked == []


def test_without_lookups_links_lead_anywhere() -> None:
    validator = Validator(resources_by_name()["host"], TEXT_IDS)
    item = {"name": "taken", "_realm": OTHER}
    validator.coerce(item)
    assert validator.validate_new(item | {"check_command": None}) == []


def test_issues_are_data() -> None:
    validator = Validator(resources_by_name()["host"], TEXT_IDS)
    (issue,) = validator.validate_change({"ls_state": "down"}, {})
    assert issue == Issue(("ls_state",), "allowed", "down", ["UP", "DOWN", "UNREACHABLE"])
    (issue,) = validator.validate_change({"tags": ["a", 5]}, {})
    assert (issue.path, issue.code, issue.rule) == (("tags", 1), "type", "string")


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return value


def test_depth_is_bounded() -> None:
    assert judge("host", {"customs": nested(MAX_DEPTH)}) == {}
    assert "too deep" in judge("host", {"customs": nested(MAX_DEPTH + 1)})["customs"]
    assert "too deep" in judge("host", {"customs": nested(5000)})["customs"]


@pytest.mark.parametrize("name", ["check_command", "customs", "nothing", "", "."])
@pytest.mark.parametrize("levels", [MAX_DEPTH, 2000])
def test_names_of_very_many_levels(name: str, levels: int) -> None:
    dotted = f"{name}{'.a' * levels}"
    assert len(judge("host", {dotted: 1})) == (0 if name == "customs" and levels == MAX_DEPTH else 1)
    assert len(judge("alignak", {dotted: 1})) == (0 if name not in ("", ".") and levels == MAX_DEPTH else 1)


def test_names_with_dots() -> None:
    inner = {"b": 1}
    item: dict[str, Any] = {"customs": inner, "customs.a": 2, "customs.c.d": 3, "notes.x": 4, "alias": "a"}
    expand_dotted(item)
    assert item == {"customs": {"b": 1, "a": 2, "c": {"d": 3}}, "alias": "a", "notes": {"x": 4}}
    assert inner == {"b": 1}


def test_keys_with_dots_inside_of_objects_stay() -> None:
    item = {"customs": {"_V": "1", "_V.y": "2", "a": [{"b.c": 1}]}}
    wanted = copy.deepcopy(item)
    assert judge("host", item) == {}
    assert item == wanted


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=[]), max_size=8)
    | st.sampled_from([ID, OTHER, ID.upper(), "12", "1.5", "true", "0", "d", "UP", "HARD", "taken", "Point", 2**63]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.just("type"), inner, max_size=3)
    ),
    max_leaves=5,
)
OBJECT_IDS = Ids(ObjectId, ObjectId)


@st.composite
def items(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    name = draw(st.sampled_from(sorted(resources_by_name())))
    fields = st.sampled_from([*resources_by_name()[name].fields, "_id", "nothing", "customs.a", "a.b"])
    return name, draw(st.dictionaries(fields, VALUES, max_size=4))


@given(items())
@example(("host", {"parents": [ID, "x", None]}))
def test_both_packages_find_the_same(made: tuple[str, dict[str, Any]]) -> None:
    resource, item = made
    for new in (True, False):
        of_client = judge(resource, copy.deepcopy(item), new=new)
        of_backend = judge(resource, copy.deepcopy(item), new=new, ids=OBJECT_IDS)
        assert of_client == of_backend


@given(items())
def test_every_issue_has_words(made: tuple[str, dict[str, Any]]) -> None:
    resource, item = made
    validator = Validator(resources_by_name()[resource], TEXT_IDS)
    validator.coerce(item)
    for issue in validator.validate_new(item, Known()):
        assert issue.code in TEXTS
        assert "{" not in issue.text.replace(str(issue.value), "").replace(str(issue.rule), "")
        assert to_messages([issue]).keys() == {str(issue.path[0])}
