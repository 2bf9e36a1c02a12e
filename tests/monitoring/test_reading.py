"""What is no value of its field is as if it were missing, whatever the server sends."""

from __future__ import annotations

import math
from typing import Any

import pytest

from alignak_backend_client.model import resources_by_name
from alignak_backend_client.monitoring.reading import drop_mistyped

HOST = resources_by_name()["host"]


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("name", {"a": 1}, None),
        ("name", "web", "web"),
        ("_realm", ["x"], None),
        ("_realm", None, None),
        ("parents", ["a", None, [1], {"b": 2}, "c"], ["a", "c"]),
        ("parents", "a", None),
        ("ls_last_check", "yesterday", None),
        ("ls_last_check", math.inf, None),
        ("ls_last_check", 1.5, 1.5),
        ("ls_acknowledged", 1, None),
        ("ls_state", ["DOWN"], None),
        ("_links", {"self": 1}, {"self": 1}),
        ("unknown_to_us", [1], [1]),
    ],
)
def test_invalid_values_of_fields_are_left_out(name: str, value: Any, right: Any) -> None:
    assert drop_mistyped(HOST, {"_id": "1", name: value}).get(name) == right
