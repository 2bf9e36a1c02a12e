"""Parsing times: ``18:00``, ``tomorrow 6:00``, ``monday 22:00``, ``2026-12-24 18:00``, ``+2h``; ``2h30m``.

A time without a date is the next such time for future events, and the last one for past events, such as the start of a
history. Times without a zone are local, including daylight saving time.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final, Literal

from alignak_backend_client.items.names.references import show
from alignak_backend_client.model.start_documents import DAYS

_FUTURE_FORMS: Final = "18:00, 'tomorrow 6:00', 'monday 22:00', '2026-12-24 18:00', 2026-12-24T18:00Z, +2h or now"
_PAST_FORMS: Final = "2h, 18:00, 'yesterday 18:00', 'monday 22:00', 2026-12-24, '2026-12-24 18:00' or 2026-12-24T18:00Z"

MAX_SPAN: Final = 10 * 366 * 86_400
"""Ten years, in seconds; longer spans are assumed to be mistakes."""

_UNITS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_PART: Final = re.compile(
    r"(\d{1,9}(?:\.\d{1,3})?)\s*(seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w)(?![a-z])"
)
_CLOCK: Final = re.compile(r"(\d{1,2})(?::(\d\d)(?::(\d\d)(?:\.\d+)?)?)?\s*(am|pm)?")
_DATE: Final = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_DATE_AND_TIME: Final = re.compile(rf"({_DATE.pattern})(?:\s+|t)(\S.*?)\s*(z|utc|[+-]\d\d:?\d\d)?")
_DAY: Final = timedelta(days=1)
_RELATIVE_DAYS: Final = {"yesterday": -1, "today": 0, "tomorrow": 1}


class TimeError(ValueError):
    """A text is not a valid time. The message gives valid forms."""


def parse_span(text: str) -> int:
    """Parse a time span such as ``2h30m``, ``90 min`` or ``1.5d``, in seconds.

    Raises:
        TimeError: it is not a time span, less than a second, or longer than ten years.
    """
    rest, seconds = text.strip().lower(), 0.0
    if rest.isdigit():
        raise TimeError(f"{show(text)} has no unit: use {rest}m for minutes, {rest}h for hours")
    while found := _PART.match(rest):
        seconds += float(found[1]) * _UNITS[found[2][0]]
        rest = rest[found.end() :].lstrip()
    if rest or seconds < 1:
        raise TimeError(f"{show(text)} is not a duration: use 90m, 2h, 2h30m, 1d or 1w")
    if seconds > MAX_SPAN:
        raise TimeError(f"{show(text)} is more than ten years")
    return int(seconds)


def parse_moment(text: str, now: int, after: int | None = None, zone: tzinfo | None = None) -> int:
    """Parse a point in time in the future, in seconds since 1970.

    Args:
        text: the text.
        now: the current time, in seconds since 1970, to which ``today``, ``tomorrow`` and ``+2h`` are relative.
        after: a time of day or weekday is the first one after this time; None for now.
        zone: time zone of times without one; None for the local one.

    Raises:
        TimeError: it is not a time, or it is skipped by daylight saving time.
    """
    return _parse(text, now, now if after is None else after, zone, step=1)


def parse_past(text: str, now: int, zone: tzinfo | None = None) -> int:
    """Parse a point in time in the past, in seconds since 1970.

    A time of day or weekday is the last one, a day without a time is its start, and a time span is relative to now.
    Dates may be in the future. Arguments and errors are those of :func:`parse_moment`.
    """
    return _parse(text, now, now, zone, step=-1)


def _parse(text: str, now: int, start: int, zone: tzinfo | None, step: Literal[1, -1]) -> int:
    """Parse a point in time; if it fits several days, the nearest one from ``start`` in the direction of ``step``."""
    words = " ".join(text.lower().split())
    try:
        found = _parse_relative(words, now, step)
        return _parse_calendar(text, words, now, start, zone, step) if found is None else found
    except TimeError:
        raise
    except (ValueError, OverflowError, OSError) as error:
        raise TimeError(f"{show(text)} is not a time: {error}") from None


def _parse_relative(words: str, now: int, step: int) -> int | None:
    """Parse a point in time that needs no calendar: ``now``, ``+2h``, ``2h``, ``@1798131600``; or None."""
    if words == "now":
        return now
    if words.startswith("+"):
        return now + parse_span(words[1:])
    if words.startswith("@") and words[1:].isdigit():
        datetime.fromtimestamp(int(words[1:]))
        return int(words[1:])
    if _PART.match(words):
        if step > 0:
            raise TimeError(f"{show(words)} is a duration: to count from now, use +{words.replace(' ', '')}")
        return now - parse_span(words)
    return None


def _parse_calendar(text: str, words: str, now: int, start: int, zone: tzinfo | None, step: int) -> int:
    """Parse a date, a weekday or a time of day."""
    if found := _DATE_AND_TIME.fullmatch(words):
        return _to_timestamp(text, _parse_date(found[1]), found[2], _parse_offset(found[3]) if found[3] else zone)
    day, _, clock = words.partition(" ")
    weekday = next((at for at, name in enumerate(DAYS) if len(day) > 2 and name.startswith(day)), None)
    dated = _DATE.fullmatch(day)
    if step > 0 and not clock and (day in _RELATIVE_DAYS or weekday is not None or dated):
        raise TimeError(f"{show(text)} has no time of day: use '{text.strip()} 18:00'")
    if day in _RELATIVE_DAYS:
        return _to_timestamp(text, datetime.fromtimestamp(now, zone).date() + _DAY * _RELATIVE_DAYS[day], clock, zone)
    if dated:
        return _to_timestamp(text, _parse_date(day), clock, zone)
    if weekday is not None:
        return _nearest_occurrence(text, clock, start, zone, step, weekday)
    if ":" in words or words.endswith(("am", "pm")):
        return _nearest_occurrence(text, words, start, zone, step)
    raise TimeError(f"{show(text)} is not a time: use {_FUTURE_FORMS if step > 0 else _PAST_FORMS}")


def format_moment(moment: int, zone: tzinfo | None = None) -> str:
    """Format a point in time: ``Sat 2026-11-28 18:00 CET (+01:00)``."""
    try:
        at = datetime.fromtimestamp(moment, zone).astimezone(zone)
    except ValueError:  # TZ is a day or more apart from UTC
        at = datetime.fromtimestamp(moment, UTC)
    name, offset = at.tzname() or "", f"{at:%z}"
    offset = f"{offset[:3]}:{offset[3:5]}"
    # %a depends on the locale.
    shown = f"{DAYS[at.weekday()][:3].title()} {at:{'%Y-%m-%d %H:%M:%S' if at.second else '%Y-%m-%d %H:%M'}}"
    return f"{shown} {name} ({offset})" if name.isalpha() else f"{shown} {offset}"


def _nearest_occurrence(
    text: str, clock: str, start: int, zone: tzinfo | None, step: int, weekday: int | None = None
) -> int:
    """Return the next or previous time from a start at which clocks show this, on a weekday or any day."""
    day = datetime.fromtimestamp(start, zone).date()
    for _ in range(9):
        if weekday in (None, day.weekday()):
            moment = _to_timestamp(text, day, clock, zone)
            if moment > start if step > 0 else moment <= start:
                return moment
        day += _DAY * step
    raise AssertionError("every weekday occurs within nine days")


def _parse_date(text: str) -> date:
    return date(*map(int, text.split("-")))


def _to_timestamp(text: str, day: date, clock: str, zone: tzinfo | None) -> int:
    """Return the time at which clocks show this on a day; if they do twice, the first one."""
    if not clock:  # The first moment of a day: some clocks go forward at midnight.
        return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())
    found = _CLOCK.fullmatch(clock)
    if found is None or not (found[2] or found[4]):
        raise TimeError(f"{show(text)} is not a time: use a form such as 18:00, 6:30pm or '2026-12-24 18:00'")
    hour, minute, second = (int(part or 0) for part in found.groups()[:3])
    if found[4]:
        if not 1 <= hour <= 12:
            raise TimeError(f"{show(text)} is not a time: there is no {hour} {found[4]}")
        hour = hour % 12 + 12 * (found[4] == "pm")
    if (hour, minute, second) == (24, 0, 0):
        hour, day = 0, day + _DAY
    shown = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=zone)
    moment = int(shown.timestamp())
    if datetime.fromtimestamp(moment, zone).replace(tzinfo=None) != shown.replace(tzinfo=None):
        raise TimeError(f"{show(text)} does not exist: the clocks go forward then; use a time before or after")
    return moment


def _parse_offset(text: str) -> tzinfo:
    """Parse an offset from UTC: ``z``, ``+01:00``, ``-0530``."""
    return datetime.strptime("+0000" if text in ("z", "utc") else text, "%z").tzinfo  # type: ignore[return-value]
