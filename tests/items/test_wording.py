"""What is wrong with an item, in words that help."""

from __future__ import annotations

from typing import Any

import pytest

from alignak_backend_client._core.responses import Response
from alignak_backend_client.exceptions import http_error
from alignak_backend_client.items.writing.results import OVERTAKEN
from alignak_backend_client.items.writing.wording import format_issues
from alignak_backend_client.items.writing.writer import rejection_reason
from alignak_backend_client.model import public_resources
from alignak_backend_client.model.coercion import TEXT_IDS
from alignak_backend_client.model.issues import to_messages
from alignak_backend_client.model.validation import Validator


@pytest.mark.parametrize(
    ("resource", "changes", "text"),
    [
        ("host", {"check_intervall": 1}, "check_intervall: unknown field; did you mean 'check_interval'?"),
        ("host", {"colour": 1}, "colour: unknown field"),
        ("host", {"a.b\n" * 50: 1}, "'a.b\\na.b\\na.b\\na.b\\na.b\\na.b"),
        ("host", {"ls_state": "down"}, "ls_state: unallowed value down; allowed: UP, DOWN, UNREACHABLE"),
        (
            "service",
            {"initial_state": "z"},
            "initial_state: unallowed value z; allowed: o (OK), w (WARNING), c (CRITICAL), u (",
        ),
        (
            "hostescalation",
            {"escalation_options": ["z", 1]},
            "escalation_options: unallowed values ['z', 1]; allowed: d (",
        ),
        ("host", {"name": "a|b"}, "name: none of these characters is allowed: ` ~ ! $ % ^ & * \" | ' < > ? , ( ) ="),
        ("realm", {"name": "a/b"}, "name: only these characters are allowed: a-z A-Z 0-9 - _ and spaces"),
        ("host", {"name": ""}, "name: empty values not allowed"),
        ("host", {"tags": ["a", 5, None]}, "tags: 1: must be of string type, 2: null value not allowed, must be of"),
        ("host", {"ls_state": "a\nb\x1b"}, "ls_state: unallowed value a\\nb\\x1b; allowed: UP"),
        ("host", {"check_interval": "5m"}, "check_interval: must be of integer type; it is in minutes"),
        ("host", {"check_interval": -5}, "check_interval: min value is 0; it is in minutes"),
        ("command", {"name": 5, "x": 1}, "name: must be of string type; x: unknown field"),
    ],
)
def test_issues_in_words(resource: str, changes: dict[str, Any], text: str) -> None:
    model = public_resources()[resource]
    found = format_issues(model, to_messages(Validator(model, TEXT_IDS).validate_change(changes, {})))
    assert found.startswith(text)
    assert found.isprintable()
    if not text.endswith(("(", "of", "UP", "b")):
        assert found == text


def test_every_regular_expression_has_words() -> None:
    for model in public_resources().values():
        for field, schema in model.fields.items():
            if "regex" in schema:
                text = format_issues(model, {field: f"value does not match regex '{schema['regex']}'"})
                assert "characters" in text


def test_no_regular_expression_is_shown() -> None:
    """Another release of the backend may have others."""
    model = public_resources()["host"]
    for field, regex, text in (
        ("notes", "^[a-c]+$", "only these characters are allowed: a-c"),
        ("notes", "(a|b)'{2}", "its characters, or their order, are not allowed"),
        ("new_field", "^[^;]+$", "none of these characters is allowed: ;"),
    ):
        assert format_issues(model, {field: f"value does not match regex '{regex}'"}) == f"{field}: {text}"


def test_unknown_texts_are_unchanged() -> None:
    model = public_resources()["host"]
    assert format_issues(model, {"exception": "unhashable type: 'list'"}) == "exception: unhashable type: 'list'"
    assert format_issues(model, {"name": "unallowed value x", "_id": ["a", {"0": "b"}]}) == (
        "name: unallowed value x; _id: a, 0: b"
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"_status": "ERR", "_error": {"code": 412, "message": "Client and server etags don\'t match"}}', OVERTAKEN),
        (b"Default item, protected", "Default item, protected"),
    ],
)
def test_overtaken_changes_differ_from_rejections_by_rules(content: bytes, reason: str) -> None:
    answer = Response(412, "PRECONDITION FAILED", "http://b/host/1", {}, content)
    assert rejection_reason(http_error(answer), public_resources()["host"]) == (reason, 412)
