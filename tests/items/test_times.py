"""Times as people write them, in a zone that changes between summer and winter."""

from __future__ import annotations

import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from alignak_backend_client.items.query.times import TimeError, format_moment, parse_moment, parse_past, parse_span
from alignak_backend_client.monitoring.downtimes import Times, Window, parse_window

PARIS = ZoneInfo("Europe/Paris")


def at(text: str) -> int:
    """A point in time as ISO 8601 has it, with a zone."""
    return int(datetime.fromisoformat(text).timestamp())


NOW = at("2026-11-27T17:30:20+01:00")  # a Friday


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90m", 5400),
        ("2h", 7200),
        ("2h30m", 9000),
        ("2h 30 min", 9000),
        ("1.5h", 5400),
        ("45s", 45),
        ("1d", 86_400),
        ("1w2d", 777_600),
        (" 2 HOURS ", 7200),
        ("1day 1hr 1minute 1sec", 90_061),
    ],
)
def test_lengths(text: str, seconds: int) -> None:
    assert parse_span(text) == seconds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("90", "'90' has no unit: use 90m for minutes"),
        ("", "'' is not a duration"),
        ("0m", "'0m' is not a duration"),
        ("0.5s", "'0.5s' is not a duration"),
        ("-2h", "'-2h' is not a duration"),
        ("2 months", "'2 months' is not a duration"),
        ("2h and more", "'2h and more' is not a duration"),
        ("2µs", "'2µs' is not a duration"),
        ("11000d", "'11000d' is more than ten years"),
        ("9" * 400 + "d", "is not a duration"),
    ],
)
def test_invalid_durations(text: str, message: str) -> None:
    with pytest.raises(TimeError) as caught:
        parse_span(text)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", "2026-11-27T17:30:20+01:00"),
        ("18:00", "2026-11-27T18:00:00+01:00"),
        ("17:30", "2026-11-28T17:30:00+01:00"),
        ("6:05:07", "2026-11-28T06:05:07+01:00"),
        ("24:00", "2026-11-28T00:00:00+01:00"),
        ("6pm", "2026-11-27T18:00:00+01:00"),
        ("6:30 AM", "2026-11-28T06:30:00+01:00"),
        ("12am", "2026-11-28T00:00:00+01:00"),
        ("12 pm", "2026-11-28T12:00:00+01:00"),
        ("today 8:00", "2026-11-27T08:00:00+01:00"),
        ("yesterday 8:00", "2026-11-26T08:00:00+01:00"),
        ("Tomorrow  6:00", "2026-11-28T06:00:00+01:00"),
        ("monday 22:00", "2026-11-30T22:00:00+01:00"),
        ("fri 18:00", "2026-11-27T18:00:00+01:00"),
        ("friday 17:00", "2026-12-04T17:00:00+01:00"),
        ("2026-12-24 18:00", "2026-12-24T18:00:00+01:00"),
        ("2026-12-24T18:00:01", "2026-12-24T18:00:01+01:00"),
        ("2026-12-24T18:00:01.250Z", "2026-12-24T19:00:01+01:00"),
        ("2026-12-24T18:00Z", "2026-12-24T19:00:00+01:00"),
        ("2026-12-24 18:00 UTC", "2026-12-24T19:00:00+01:00"),
        ("2026-12-24 18:00+05:30", "2026-12-24T13:30:00+01:00"),
        ("2026-12-24T18:00-0500", "2026-12-25T00:00:00+01:00"),
        ("2027-7-1 6:00", "2027-07-01T06:00:00+02:00"),
        ("2026-12-31 24:00", "2027-01-01T00:00:00+01:00"),
        ("+90m", "2026-11-27T19:00:20+01:00"),
        ("@1798131600", "2026-12-24T18:00:00+01:00"),
    ],
)
def test_points_in_time(text: str, expected: str) -> None:
    assert parse_moment(text, NOW, zone=PARIS) == at(expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is not a time: use 18:00, 'tomorrow 6:00'"),
        ("yesterday", "'yesterday' has no time of day: use 'yesterday 18:00'"),
        ("someday", "'someday' is not a time: use 18:00"),
        ("tomorrow morning", "'tomorrow morning' is not a time: use a form such as 18:00"),
        ("25:00", "'25:00' is not a time: hour must be in 0..23"),
        ("18:60", "'18:60' is not a time: minute must be in 0..59"),
        ("24:01", "'24:01' is not a time: hour must be in 0..23"),
        ("13pm", "'13pm' is not a time: there is no 13 pm"),
        ("18", "'18' is not a time"),
        ("2h", "'2h' is a duration: to count from now, use +2h"),
        ("90m", "'90m' is a duration: to count from now, use +90m"),
        ("+2", "'2' has no unit"),
        ("tomorrow", "'tomorrow' has no time of day: use 'tomorrow 18:00'"),
        ("Monday", "'Monday' has no time of day: use 'Monday 18:00'"),
        ("2026-12-24", "'2026-12-24' has no time of day: use '2026-12-24 18:00'"),
        ("2026-02-30 6:00", "'2026-02-30 6:00' is not a time: day is out of range for month"),
        ("2026-12-24 18:00+99:00", "is not a time"),
        ("24.12.2026 18:00", "'24.12.2026 18:00' is not a time: use"),
        ("0000-01-01 00:00", "is not a time"),
        ("9999-12-31 24:00", "is not a time"),
        ("@" + "9" * 30, "is not a time"),
        ("2027-03-28 02:30", "does not exist: the clocks go forward then"),
    ],
)
def test_invalid_points_in_time(text: str, message: str) -> None:
    with pytest.raises(TimeError) as caught:
        parse_moment(text, NOW, zone=PARIS)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", "2026-11-27T17:30:20+01:00"),
        ("2h", "2026-11-27T15:30:20+01:00"),
        ("1 day 90 min", "2026-11-26T16:00:20+01:00"),
        ("17:30", "2026-11-27T17:30:00+01:00"),
        ("18:00", "2026-11-26T18:00:00+01:00"),
        ("6pm", "2026-11-26T18:00:00+01:00"),
        ("6:30 AM", "2026-11-27T06:30:00+01:00"),
        ("24:00", "2026-11-27T00:00:00+01:00"),
        ("today", "2026-11-27T00:00:00+01:00"),
        ("Yesterday", "2026-11-26T00:00:00+01:00"),
        ("yesterday 18:00", "2026-11-26T18:00:00+01:00"),
        ("tomorrow 6:00", "2026-11-28T06:00:00+01:00"),
        ("friday", "2026-11-27T00:00:00+01:00"),
        ("fri 18:00", "2026-11-20T18:00:00+01:00"),
        ("sat", "2026-11-21T00:00:00+01:00"),
        ("monday 22:00", "2026-11-23T22:00:00+01:00"),
        ("2026-11-01", "2026-11-01T00:00:00+01:00"),
        ("2026-12-24T18:00Z", "2026-12-24T19:00:00+01:00"),
        ("+90m", "2026-11-27T19:00:20+01:00"),
        ("@1798131600", "2026-12-24T18:00:00+01:00"),
    ],
)
def test_points_that_have_been(text: str, expected: str) -> None:
    assert parse_past(text, NOW, zone=PARIS) == at(expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is not a time: use 2h, 18:00, 'yesterday 18:00'"),
        ("18", "'18' is not a time"),
        ("-2h", "'-2h' is not a time"),
        ("2h and more", "'2h and more' is not a duration"),
        ("2026-02-30", "'2026-02-30' is not a time: day"),
        ("2026-11-27 noon", "'2026-11-27 noon' is not a time: use a form such as 18:00, 6:30pm"),
        ("2999999999-01-01", "is not a time"),
        ("2026-03-29 02:30", "does not exist: the clocks go forward then"),
    ],
)
def test_invalid_past_times(text: str, message: str) -> None:
    with pytest.raises(TimeError) as caught:
        parse_past(text, NOW, zone=PARIS)
    assert message in str(caught.value)


def test_days_have_23_and_25_hours() -> None:
    spring, autumn = at("2027-03-27T12:00+01:00"), at("2026-10-24T12:00+02:00")
    assert parse_moment("12:00", spring, zone=PARIS) - spring == 23 * 3600
    assert parse_moment("12:00", autumn, zone=PARIS) - autumn == 25 * 3600
    # Of the two the first.
    assert parse_moment("2:30", autumn, zone=PARIS) == at("2026-10-25T02:30+02:00")
    assert format_moment(at("2026-10-25T02:30+02:00"), PARIS) == "Sun 2026-10-25 02:30 CEST (+02:00)"
    assert format_moment(at("2026-10-25T02:30+01:00"), PARIS) == "Sun 2026-10-25 02:30 CET (+01:00)"
    # A length is what it says.
    assert parse_moment("+24h", spring, zone=PARIS) - spring == 86_400


def test_a_day_without_midnight_begins_when_the_clocks_go_forward() -> None:
    santiago = ZoneInfo("America/Santiago")
    for text in "2026-09-06", "today", "sunday":
        assert parse_past(text, at("2026-09-06T12:00-03:00"), santiago) == at("2026-09-06T01:00-03:00")


def test_written_in_full() -> None:
    assert format_moment(NOW, PARIS) == "Fri 2026-11-27 17:30:20 CET (+01:00)"
    assert format_moment(NOW - 20, ZoneInfo("America/Sao_Paulo")) == "Fri 2026-11-27 13:30 -03:00"


def test_the_local_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        assert parse_moment("12:00", NOW) == at("2026-11-27T12:00-05:00")
        assert format_moment(NOW - 20) == "Fri 2026-11-27 11:30 EST (-05:00)"
        with pytest.raises(TimeError, match="does not exist"):
            parse_moment("2027-03-14 02:30", NOW)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_zone_that_cannot_be_shown_is_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "ODD+25")
    time.tzset()
    try:
        assert format_moment(NOW - 20) == "Fri 2026-11-27 16:30 UTC (+00:00)"
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("times", "window"),
    [
        (Times("2h"), Window(NOW, NOW + 7200)),
        (Times(end="18:00"), Window(NOW, at("2026-11-27T18:00+01:00"))),
        (
            Times(start="22:00", end="6:00"),
            Window(at("2026-11-27T22:00+01:00"), at("2026-11-28T06:00+01:00")),
        ),
        (
            Times(start="tomorrow 22:00", end="tomorrow 23:00"),
            Window(at("2026-11-28T22:00+01:00"), at("2026-11-28T23:00+01:00")),
        ),
        (
            Times(start="sunday 22:00", end="monday 6:00"),
            Window(at("2026-11-29T22:00+01:00"), at("2026-11-30T06:00+01:00")),
        ),
        (Times("2h", start="18:00"), Window(at("2026-11-27T18:00+01:00"), at("2026-11-27T20:00+01:00"))),
        (Times(start="+1h", end="+2h"), Window(NOW + 3600, NOW + 7200)),
        (Times("2h", start="2026-11-27 17:30"), Window(NOW - 20, NOW + 7180)),
        (Times("8h", flexible="1800"), Window(NOW, NOW + 28_800, 1800)),
        (Times("8h", flexible="30m"), Window(NOW, NOW + 28_800, 1800)),
    ],
)
def test_downtimes(times: Times, window: Window) -> None:
    assert parse_window(NOW, times, PARIS) == window


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (Times(), "A downtime needs an end: --for 2h, or --until 18:00"),
        (Times("2h", "18:00"), "A downtime has one end: use --for or --until, not both"),
        (Times("2h", start="today 9:00"), "The start is in the past: Fri 2026-11-27 09:00 CET (+01:00)"),
        (Times(end="today 9:00"), "The end is in the past: Fri 2026-11-27 09:00 CET (+01:00)"),
        (
            Times(start="tomorrow 8:00", end="today 18:00"),
            "The end, Fri 2026-11-27 18:00 CET (+01:00), is not after the start, Sat 2026-11-28 08:00",
        ),
        (Times(end="2206-11-27 18:00"), "more than ten years: until Thu 2206-11-27 18:00"),
        (Times("8h", flexible="0"), "'0s' is not a duration"),
        (Times("8h", flexible="-5"), "'-5' is not a duration"),
    ],
)
def test_downtimes_that_make_no_sense(times: Times, message: str) -> None:
    with pytest.raises(TimeError) as caught:
        parse_window(NOW, times, PARIS)
    assert message in str(caught.value)


def test_a_downtime_in_words() -> None:
    assert parse_window(NOW, Times(start="22:00", end="6:00"), PARIS).describe(PARIS) == (
        "Downtime from Fri 2026-11-27 22:00 CET (+01:00) until Sat 2026-11-28 06:00 CET (+01:00), 8h"
    )
    assert Window(NOW, NOW + 7200, 600).describe(PARIS) == (
        "Flexible downtime: 10m after the first problem between Fri 2026-11-27 17:30:20 CET (+01:00) and "
        "Fri 2026-11-27 19:30:20 CET (+01:00)"
    )
