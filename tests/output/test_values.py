"""Single values: how people and programs see them."""

from typing import Any

import pytest

from alignak_backend_client.output.layout import Kind
from alignak_backend_client.output.values import format_cell, format_duration, format_plain, get_value


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        (None, "text", "-"),
        ("", "text", "-"),
        ([], "text", "-"),
        ({}, "text", "-"),
        ("a", "text", "a"),
        (0, "number", "0"),
        (1.5, "number", "1.5"),
        (True, "boolean", "yes"),
        (False, "boolean", "no"),
        (["linux", "web"], "text", "linux,web"),
        ([1, None], "text", "[1, null]"),
        ({"_OS": "é"}, "text", '{"_OS": "é"}'),
        (0, "time", "-"),
        (1_770_000_000, "time", "2026-02-02 02:40:00"),
        ("Mon, 02 Feb 2026 02:40:00 GMT", "time", "2026-02-02 02:40:00"),
        ("yesterday", "time", "yesterday"),
        (10**30, "time", str(10**30)),
        ([1], "time", "[1]"),
        (float("nan"), "time", "NaN"),
        (7505, "duration", "2h 5m"),
        (float("inf"), "duration", "Infinity"),
        ("long", "duration", "long"),
    ],
)
@pytest.mark.usefixtures("utc")
def test_cells(value: Any, kind: Kind, shown: str) -> None:
    assert format_cell(value, kind) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0s"),
        (-5, "0s"),
        (59.9, "59s"),
        (125, "2m 5s"),
        (7200, "2h"),
        (7205, "2h"),
        (86_400 + 300, "1d"),
        (3 * 86_400 + 4 * 3600 + 59, "3d 4h"),
        (400 * 86_400, "400d"),
    ],
)
def test_durations_have_two_units(seconds: float, shown: str) -> None:
    assert format_duration(seconds) == shown


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), ("a\nb", "a\nb"), (True, "true"), (3, "3"), (["a"], '["a"]'), ({"é": 1}, '{"é": 1}')],
)
def test_programs_get_the_value(value: Any, text: str) -> None:
    assert format_plain(value) == text


def test_fields_lead_into_dictionaries() -> None:
    row = {"host": {"address": "::1", "customs": {"_OS": "x"}}, "a.b": 1, "a": {"b": 2}, "name": "n"}
    assert get_value(row, "host.address") == "::1"
    assert get_value(row, "host.customs._OS") == "x"
    assert get_value(row, "a.b") == 1
    assert get_value(row, "name.x") is None
    assert get_value(row, "gone") is None
