"""What is refused though the Alignak backend takes it, and what looks like it and is not refused."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignak_backend_client.model import public_resources, resources_by_name
from alignak_backend_client.model.coercion import TEXT_IDS
from alignak_backend_client.model.issues import to_messages
from alignak_backend_client.model.start_documents import START_DOCUMENTS
from alignak_backend_client.model.strict import FIELD_RULES, related_fields
from alignak_backend_client.model.validation import Validator

LINE = "line breaks and NUL characters are not allowed"
ID = "0123456789abcdef01234567"


def new(resource: str, /, **item: Any) -> dict[str, Any]:
    validator = Validator(resources_by_name()[resource], TEXT_IDS)
    validator.coerce(item)
    return to_messages(validator.validate_new_strictly(item))


def change(resource: str, before: dict[str, Any], /, **changes: Any) -> dict[str, Any]:
    validator = Validator(resources_by_name()[resource], TEXT_IDS)
    validator.coerce(changes)
    return to_messages(validator.validate_change_strictly(changes, before))


@pytest.mark.parametrize("text", ["a\nb", "a\r", "a\n", "a\0b", "\va", "a\f", "a\x1c", "a\x85b", "a\u2028b", "\u2029"])
def test_names_and_comments_are_one_line(text: str) -> None:
    for resource, model in public_resources().items():
        for field in {"name", "comment"} & model.fields.keys():
            assert change(resource, {}, **{field: text}) == {field: LINE}
    assert change("host", {}, notes=text, alias=text) == {}


def test_addresses_are_one_line() -> None:
    # The commands of notifications and checks get them.
    for resource, fields in {"host": ["address", "address6"], "user": ["email", "pager", "address1"]}.items():
        for field in fields:
            assert change(resource, {}, **{field: "a\nb"}) == {field: LINE}


def test_a_downtime_that_is_not_fixed_lasts() -> None:
    times = {"start_time": 1, "end_time": 2}
    assert new("actiondowntime", fixed=False, duration=0, **times) == {"duration": "min value is 1"}
    assert new("actiondowntime", fixed=True, duration=0, **times) == {}
    assert new("actiondowntime", fixed=False, **times) == {}
    assert change("actiondowntime", {"fixed": False, "duration": 9, **times}, duration=0) != {}


@pytest.mark.parametrize("resource", ["hostescalation", "serviceescalation"])
def test_an_escalation_ends_after_it_starts(resource: str) -> None:
    wrong = {"last_notification_time": "must be after first_notification_time"}
    assert new(resource, first_notification_time=9, last_notification_time=8) == wrong
    assert change(resource, {"last_notification_time": 8}, first_notification_time=9) == wrong
    for last in (0, 9, 10):
        assert new(resource, first_notification_time=9, last_notification_time=last) == {}


def test_a_host_does_not_depend_on_itself() -> None:
    wrong = {"dependent_hosts": "a host cannot depend on itself"}
    assert new("hostdependency", hosts=[ID], dependent_hosts=[ID]) == wrong
    assert change("hostdependency", {"hosts": [ID]}, dependent_hosts=[ID]) == wrong
    assert new("hostdependency", hosts=[ID], dependent_hosts=[ID[::-1]]) == {}


@pytest.mark.parametrize("text", ["a b", "é", "\xa0", "a;b", "\U0001f600", "", "a\tb", "\x1b[0m", 5, None])
def test_single_line_fields_reject_line_breaks(text: Any) -> None:
    assert change("host", {}, name=text) == {}


@pytest.mark.parametrize(
    ("resource", "field", "least", "most"),
    [
        *(("host", name, 0, None) for name in ("check_interval", "retry_interval", "max_check_attempts")),
        *(("service", name, 0, None) for name in ("notification_interval", "first_notification_delay")),
        ("hostescalation", "first_notification", 0, None),
        ("actiondowntime", "duration", 0, None),
        ("command", "timeout", -1, None),
        ("serviceescalation", "notification_interval", 0, None),
        *(
            (kind, name, 0, None)
            for kind in ("host", "service")
            for name in ("freshness_threshold", "time_to_orphanage")
        ),
        *((kind, f"{end}_flap_threshold", 0, 100) for kind in ("host", "service") for end in ("low", "high")),
        ("alignak", "high_service_flap_threshold", 0, 100),
        *(("logcheckresult", name, 0, None) for name in ("last_check", "current_attempt", "last_time_0", "latency")),
        *(("logcheckresult", name, 0, 4) for name in ("state_id", "last_state_id")),
        ("logcheckresult", "acknowledgement_type", 0, 2),
        *(("service", name, 0, None) for name in ("ls_last_check", "ls_execution_time", "ls_current_attempt")),
        ("user", "min_business_impact", 0, None),
        ("grafana", "port", 0, 65535),
        ("alignakdaemon", "port", 0, 65535),
    ],
)
def test_numbers_have_limits(resource: str, field: str, least: int, most: int | None) -> None:
    before = {"start_time": 1, "end_time": 2}
    assert change(resource, before, **{field: least}) == {}
    assert change(resource, before, **{field: least - 1}) == {field: f"min value is {least}"}
    assert change(resource, before, **{field: str(least - 1)}) == {field: f"min value is {least}"}
    if most is not None:
        assert change(resource, {}, **{field: most}) == {}
        assert change(resource, {}, **{field: most + 1}) == {field: f"max value is {most}"}


def test_defaults_keep_to_the_limits() -> None:
    for name, resource in public_resources().items():
        defaults = {field: schema["default"] for field, schema in resource.fields.items() if "default" in schema}
        assert change(name, {}, **defaults) == {}


def test_start_documents_make_sense() -> None:
    for resource, documents in START_DOCUMENTS.items():
        for document in documents:
            plain = {name: value for name, value in document.items() if name not in resources_by_name()[resource].links}
            assert new(resource, **plain) == {}


@pytest.mark.parametrize(
    "days",
    [
        *("monday", "sunday", "2026-12-31", "2026-1-1", "day 2", "day -1", "february 10", "february -1", "friday -2"),
        *("thursday -1 november", "2026-01-01 - 2027-02-01", "monday 3 - thursday 4", "day 1 - 15", "day 20 - -1"),
        *("july 10 - 15", "april 10 - may 15", "tuesday 1 april - friday 2 may", "2026-01-01 - 2026-02-01 / 3"),
        *("2026-04-01 / 7", "day 1 - 15 / 5", "july 10 - 15 / 2", "tuesday 1 april - friday 2 may / 6"),
    ],
)
def test_days_of_a_time_period(days: str) -> None:
    assert change("timeperiod", {}, dateranges=[{days: "00:00-24:00"}]) == {}


@pytest.mark.parametrize(
    "days",
    [
        "funday",
        "Monday",
        " ",
        "monday!",
        "1",
        "2026-13-01",
        "2026-01-32",
        "2026-02-30",
        "2026-04-01 - 2026-04-31",
        "26-01-01",
        "day 1000",
        "5 - 6",
        "1 january",
        "january",
        "monday 3 january - thursday 2",
        "2026-01-01 - day 3",
    ],
)
def test_invalid_days(days: str) -> None:
    issues = change("timeperiod", {}, dateranges=[{"monday": "09:00-17:00"}, {days: "09:00-17:00"}])
    assert issues == {"dateranges": {"1": f"'{days}' is not a day or date"}}


@pytest.mark.parametrize(
    "times",
    [
        "00:00-24:00",
        "9:00-17:30",
        "09:00-12:00,13:00-17:00",
        " 09:00 - 12:00 , 13:00-17:00",
        "22:00-06:00",
        "00:00-00:00",
    ],
)
def test_times_of_a_day(times: str) -> None:
    assert change("timeperiod", {}, dateranges=[{"monday": times}]) == {}


@pytest.mark.parametrize("coordinates", [[48.8, 2.3], [34.05, -118.24], [-118.24, 34.05], [180, -90], [0, 0, 8848]])
def test_places_on_earth(coordinates: list[float]) -> None:
    assert change("host", {}, location={"type": "Point", "coordinates": coordinates}) == {}


@pytest.mark.parametrize(
    "coordinates", [[], [1], [180.1, 0], [0, -181], [91, 91], [-90.1, 120], [1, 2, 3, 4], [1e308, 0]]
)
def test_invalid_coordinates(coordinates: list[float]) -> None:
    wrong = {"location": "must be a latitude and a longitude in degrees"}
    assert change("host", {}, location={"type": "Point", "coordinates": coordinates}) == wrong


@pytest.mark.parametrize("resource", ["host", "service"])
def test_flapping_ends_below_where_it_begins(resource: str) -> None:
    wrong = {"low_flap_threshold": "max value is 20"}
    assert new(resource, low_flap_threshold=30, high_flap_threshold=20) == wrong
    assert change(resource, {"low_flap_threshold": 30}, high_flap_threshold=20) == wrong
    assert change(resource, {"low_flap_threshold": 30, "high_flap_threshold": 20}, alias="x") == {}
    for low, high in ((20, 30), (20, 20), (30, 0), (0, 0), (0, 100)):
        assert new(resource, low_flap_threshold=low, high_flap_threshold=high) == {}


@pytest.mark.parametrize("times", ["08:00-08:00", "12:00-12:00", "24:00-24:00", "09:00-12:00,13:00-13:00"])
def test_a_range_of_times_lasts(times: str) -> None:
    issues = change("timeperiod", {}, dateranges=[{"monday": times}])
    assert issues == {"dateranges": {"0": f"'{times}' is not a range of times, such as 08:00-12:00,13:00-17:00"}}


@pytest.mark.parametrize(
    "times", ["25:00-99:00", "24:01-24:30", "09:60-10:00", "09:00", "09:00-", "", "09:00-10:00,", "9-17", "a", 5, None]
)
def test_invalid_ranges_of_times(times: Any) -> None:
    issues = change("timeperiod", {}, dateranges=[{"monday": times}])
    assert issues == {"dateranges": {"0": f"'{times}' is not a range of times, such as 08:00-12:00,13:00-17:00"}}


@pytest.mark.parametrize("ranges", ["monday", 5, None, [], {}, ["monday"]])
def test_invalid_days_with_times(ranges: Any) -> None:
    issues = change("timeperiod", {}, dateranges=[ranges])
    assert issues == {"dateranges": {"0": "must be an object of one day and its times"}}
    assert change("timeperiod", {}, dateranges=ranges if isinstance(ranges, str) else []) == {}


def test_a_downtime_has_its_times() -> None:
    both = {"start_time": "required field", "end_time": "required field"}
    assert new("actiondowntime", host=ID, service=None) == both
    assert new("actiondowntime", start_time=1000) == {"end_time": "required field"}
    assert new("actiondowntime", start_time=1000, end_time=1001) == {}
    assert new("actiondowntime", action="delete") == {}


def test_a_downtime_ends_after_it_starts() -> None:
    wrong = {"end_time": "must be after start_time"}
    assert new("actiondowntime", start_time=1000, end_time=1000) == wrong
    assert new("actiondowntime", start_time="1000", end_time="999") == wrong
    before = {"start_time": 1000, "end_time": 2000, "action": "add"}
    assert change("actiondowntime", before, end_time=999) == wrong
    assert change("actiondowntime", before, start_time=2000) == wrong
    assert change("actiondowntime", before, start_time=1999) == {}
    old = {"start_time": 0, "end_time": 0}
    assert change("actiondowntime", old, processed=True) == {}
    assert change("actiondowntime", old, action="delete") == {}
    assert related_fields(resources_by_name()["actiondowntime"], {"end_time"}) == {
        "action",
        "duration",
        "fixed",
        "start_time",
        "end_time",
    }
    assert related_fields(resources_by_name()["actiondowntime"], {"comment"}) == frozenset()
    assert related_fields(resources_by_name()["actionforcecheck"], {"service"}) == {"host", "service"}
    assert related_fields(resources_by_name()["service"], {"host"}) == frozenset()


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("ls_latency", "nan", "must be a finite number"),
        ("ls_latency", "-inf", "must be a finite number"),
        ("ls_latency", "1.5", None),
        ("ls_latency", "x", None),
        ("check_interval", "9" * 30, "integers of more than 64 bits are not allowed"),
        ("check_interval", "9" * 5000, None),
        ("check_interval", math.inf, "must be a finite number"),
        ("alias", math.nan, "must be a finite number"),
        ("tags", [[{"a": math.inf}]], "must be a finite number"),
        ("no_such_field", {"$a": 1}, "key '$a' is not allowed"),
        ("no_such_field", 1, None),
    ],
)
def test_unstorable_values_are_found_in_any_field(field: str, value: Any, text: str | None) -> None:
    assert change("host", {}, **{field: value}) == ({} if text is None else {field: text})


def test_every_rule_of_the_data_model_is_known() -> None:
    cerberus = {
        "type",
        "schema",
        "required",
        "unique",
        "nullable",
        "empty",
        "regex",
        "allowed",
        "min",
        "max",
        "default",
    }
    cerberus |= {"minlength", "maxlength", "dependencies", "data_relation"}
    used = {key for resource in resources_by_name().values() for schema in resource.fields.values() for key in schema}
    assert used - cerberus == set(FIELD_RULES)


@given(st.lists(st.dictionaries(st.text(max_size=20), st.text(max_size=20)) | st.text(max_size=5), max_size=3))
def test_any_date_ranges_are_judged(ranges: list[Any]) -> None:
    assert set(change("timeperiod", {}, dateranges=ranges)) <= {"dateranges"}
