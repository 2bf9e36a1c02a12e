"""Additional rules: values that the Alignak backend accepts although they make no sense or do damage.

The embedded backend rejects them with 422. The Alignak backend would fail with 500, lose them, or mislead the
monitoring engine, so the client does not send them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

from alignak_backend_client.model.issues import Issue, Path
from alignak_backend_client.model.resources import Resource
from alignak_backend_client.model.start_documents import DAYS

Item = Mapping[str, Any]
Issues = Iterator[Issue]


# Values of single fields. The data model says which rule holds for which field.

_LINE_BREAK: Final = re.compile("[\0\n-\r\x1c-\x1e\x85\u2028\u2029]")
_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_DATE: Final = re.compile(r"\d{4}-\d{1,2}-\d{1,2}", re.ASCII)
_NUMBER: Final = r"-?\d{1,3}"
_OF_MONTH: Final = f"(?:{'|'.join(DAYS)}) {_NUMBER} (?:{'|'.join(_MONTHS)})"
_OF_ANY: Final = f"(?:{'|'.join((*DAYS, *_MONTHS, 'day'))}) {_NUMBER}"
# Compiled on use, since few commands see a time period.
_DAYS_OF_PERIODS: Final = (
    rf"(?a)(?:{'|'.join(DAYS)})"
    rf"|{_DATE.pattern}(?: - {_DATE.pattern})?(?: / \d+)?"
    rf"|{_OF_MONTH}(?: - {_OF_MONTH}(?: / \d+)?)?"
    rf"|{_OF_ANY}(?: - (?:{_OF_ANY}|{_NUMBER})(?: / \d+)?)?"
)
_TIMES: Final = r"(?a)\s*(([01]?\d|2[0-3]):[0-5]\d|24:00)\s*-\s*(([01]?\d|2[0-3]):[0-5]\d|24:00)\s*"


def _is_number(value: Any) -> bool:
    """Return True for a finite number; other values have issues of their own, so limits do not apply."""
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


def _check_minimum(path: Path, value: Any, least: int) -> Issues:
    if _is_number(value) and value < least:
        yield Issue(path, "at_least", value, least)


def _check_maximum(path: Path, value: Any, most: int) -> Issues:
    if _is_number(value) and value > most:
        yield Issue(path, "at_most", value, most)


def _check_one_line(path: Path, value: Any, _: Any) -> Issues:
    """Check that a text is a single line: names and comments become parts of external commands, which end with it."""
    if isinstance(value, str) and _LINE_BREAK.search(value):
        yield Issue(path, "line", value)


def _check_date_ranges(path: Path, value: Any, _: Any) -> Issues:
    """Check ``dateranges``: ``[{"monday": "08:00-12:00,13:00-17:00"}, {"day 1 - 15 / 5": "00:00-24:00"}]``.

    Days have the forms of Nagios that Alignak supports: English names of weekdays and months in lower case, ``day``,
    dates such as 2026-12-31, numbers (negative ones count from the end), ``-`` between the first and the last day, and
    ``/`` before an interval.
    """
    for index, ranges in enumerate(value if isinstance(value, list) else ()):
        place = (*path, index)
        if not isinstance(ranges, dict) or not ranges:
            yield Issue(place, "date_range", ranges)
            continue
        for days, times in ranges.items():
            if not _is_day_expression(days):
                yield Issue(place, "days", days)
            if not isinstance(times, str) or not all(map(_is_time_range, times.split(","))):
                yield Issue(place, "times", times)


def _is_time_range(text: str) -> bool:
    """Return True for a time range. If it ends before it starts, it ends on the next day.

    ``00:00-00:00`` is an empty range, which the samples of Nagios use for holidays.
    """
    found = re.fullmatch(_TIMES, text)
    if found is None:
        return False
    start, end = _minutes(found[1]), _minutes(found[3])
    return start != end or end == 0


def _minutes(text: str) -> int:
    hours, minutes = map(int, text.split(":"))
    return hours * 60 + minutes


def _is_day_expression(text: str) -> bool:
    words = " ".join(text.split())
    return re.fullmatch(_DAYS_OF_PERIODS, words) is not None and all(map(_is_calendar_date, _DATE.findall(words)))


def _is_calendar_date(text: str) -> bool:
    from datetime import date

    year, month, day = map(int, text.split("-"))
    try:
        return bool(date(year, month, day))
    except ValueError:
        return False


def _check_coordinates(path: Path, value: Any, _: Any) -> Issues:
    """Check coordinates in either order: GeoJSON has the longitude first, the data model's default the latitude."""
    numbers = value.get("coordinates") if isinstance(value, dict) else None
    if not isinstance(numbers, list) or not all(map(_is_number, numbers)):
        return
    degrees = [abs(number) for number in numbers[:2]]
    # The third is the altitude.
    if not 2 <= len(numbers) <= 3 or min(degrees) > 90 or max(degrees) > 180:
        yield Issue(path, "place", value)


FIELD_RULES: Final[dict[str, Callable[[Path, Any, Any], Issues]]] = {
    "at_least": _check_minimum,
    "at_most": _check_maximum,
    "one_line": _check_one_line,
    "date_ranges": _check_date_ranges,
    "place": _check_coordinates,
}
"""Key in the schema of a field to the function that validates values; it ignores values of other types."""


# Rules for several fields.


def _check_downtime(item: Item) -> Issues:
    """Check the times of a downtime, which must be given: their defaults are in 1970."""
    if item.get("action", "add") != "add":
        return
    missing = [name for name in ("start_time", "end_time") if name not in item]
    yield from (Issue((name,), "time_required") for name in missing)
    start, end = item.get("start_time"), item.get("end_time")
    if isinstance(start, int) and isinstance(end, int) and end <= start:
        yield Issue(("end_time",), "order", end, "start_time")
    if item.get("fixed") is False and item.get("duration") == 0:
        yield Issue(("duration",), "at_least", 0, 1)


def _check_escalation(item: Item) -> Issues:
    """Check the times of an escalation; a last time of 0 means no end."""
    first, last = item.get("first_notification_time"), item.get("last_notification_time")
    if isinstance(first, int) and isinstance(last, int) and 0 < last < first:
        yield Issue(("last_notification_time",), "order", last, "first_notification_time")


def _check_flapping(item: Item) -> Issues:
    """Check the flap thresholds; 0 means the threshold of the engine."""
    low, high = item.get("low_flap_threshold"), item.get("high_flap_threshold")
    if isinstance(low, int) and isinstance(high, int) and 0 < high < low:
        yield Issue(("low_flap_threshold",), "at_most", low, high)


def _check_dependency(item: Item) -> Issues:
    one, other = item.get("hosts"), item.get("dependent_hosts")
    if isinstance(one, list) and isinstance(other, list) and not set(map(str, one)).isdisjoint(map(str, other)):
        yield Issue(("dependent_hosts",), "itself")


_FLAP_THRESHOLDS: Final = frozenset({"low_flap_threshold", "high_flap_threshold"})
_TIMES_OF_ESCALATIONS: Final = frozenset({"first_notification_time", "last_notification_time"})

ITEM_RULES: Final[dict[str, tuple[frozenset[str], Callable[[Item], Issues]]]] = {
    "actiondowntime": (frozenset({"action", "start_time", "end_time", "fixed", "duration"}), _check_downtime),
    "host": (_FLAP_THRESHOLDS, _check_flapping),
    "service": (_FLAP_THRESHOLDS, _check_flapping),
    "hostescalation": (_TIMES_OF_ESCALATIONS, _check_escalation),
    "serviceescalation": (_TIMES_OF_ESCALATIONS, _check_escalation),
    "hostdependency": (frozenset({"hosts", "dependent_hosts"}), _check_dependency),
}
"""Resource to the fields that depend on each other, and the function that validates them in an item."""


_PLACE: Final = frozenset({"host", "service"})
"""Fields of an action that must match: its service must be on its host."""


def related_fields(resource: Resource, names: Collection[str]) -> frozenset[str]:
    """Return the fields that must be validated together with some changed fields."""
    rule = ITEM_RULES.get(resource.name)
    groups = ([rule[0]] if rule else []) + ([_PLACE] if resource.kind == "action" else [])
    return frozenset().union(*(group for group in groups if not group.isdisjoint(names)))
