"""Converting time periods.

In Nagios, the times of a date replace those of its weekday; in Shinken and Alignak, they add to them. So the rest of
such a day becomes a time of another period, which is excluded.
"""

from __future__ import annotations

import re
from typing import Any, Final

from alignak_backend_client.items.names.references import show
from alignak_backend_client.model.issues import Issue
from alignak_backend_client.model.start_documents import DAYS
from alignak_backend_client.model.strict import FIELD_RULES
from alignak_backend_client.site.cfg.items import Items
from alignak_backend_client.site.cfg.parsing import Definition, Value
from alignak_backend_client.site.cfg.templates import Values

_SPACES: Final = re.compile(r"\s+")
_SLASH: Final = re.compile(r"\s*/\s*")
_ABOUT: Final = re.compile(r"\s*([-,])\s*")
_TEXTS: Final = ("alias", "notes")
_TIME: Final = re.compile(r"(\d+):(\d+)", re.ASCII)
_DAY: Final = 24 * 60
_WEEKDAY: Final = 5


def add_periods(items: Items) -> None:
    """Add the time periods."""
    known = items.names.items["timeperiod"]
    for definition in items.registered("timeperiod"):
        name = known.get(definition.text("timeperiod_name"))
        if name is None or name in items.items["timeperiod"]:
            continue
        values = items.values(definition)
        data, ranges = _read(items, values)
        data["name"] = name
        # Weekdays in their order, as the backend has those of its own; then the rest in the order of the file.
        places = {day: place for place, day in enumerate(DAYS)}
        ranges.sort(key=lambda one: places.get(next(iter(one)), len(places)))
        data["dateranges"] = ranges if items.is_shinken else _with_exclusion(items, definition, data, ranges)
        items.add("timeperiod", data, definition, values)


def _read(items: Items, values: Values) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Return the fields of a period, and its times."""
    known = items.names.items["timeperiod"]
    data: dict[str, Any] = {}
    ranges: list[dict[str, str]] = []
    for attribute, value in values.items():
        if value.text is None or attribute in ("timeperiod_name", "is_active"):
            continue
        if attribute in _TEXTS:
            data[attribute] = value.text
        elif attribute == "definition_order" and value.text.isdigit():
            data[attribute] = int(value.text[:9])
        elif attribute == "exclude":
            data["exclude"] = [
                known[one] for one in items.reader.known_names(value, known, "exclude: there is no timeperiod")
            ]
        elif attribute[0] != "_" and (found := _range(items, attribute, value)):
            ranges.append(found)
        elif attribute[0] == "_":
            items.reader.report_lost(value, f"{show(attribute, 80)}: time periods have no variables in the backend")
    return data, ranges


def _with_exclusion(
    items: Items, definition: Definition, data: dict[str, Any], ranges: list[dict[str, str]]
) -> list[dict[str, str]]:
    """Exclude the rest of the days whose times replace others; return the times that remain."""
    levels = [_precedence(days) for one in ranges for days in one]
    last = max(
        (level for one, level in zip(ranges, levels, strict=True) if any(map(_minutes, one.values()))), default=0
    )
    replacing = [one for one, level in zip(ranges, levels, strict=True) if level < last]
    if not replacing:
        return ranges
    rest = [{days: text} for one in replacing for days, times in one.items() if (text := _rest_of_day(times))]
    if rest:
        name = items.names.make_unique("timeperiod", f"{data['name']} exceptions", "", definition)
        items.add("timeperiod", {"name": name, "dateranges": rest}, definition)
        data["exclude"] = [*data.get("exclude", ()), name]
        items.names.report_change(
            definition, f"dates replace times of other days: their rest is excluded with {show(name)}"
        )
    if len(set(levels)) > 2 and len({times for one in replacing for times in one.values()}) > 1:
        items.report_lost(definition, "dates of several kinds with different times: where they meet, no time is left")
    return [one for one in ranges if one not in replacing or any(map(_minutes, one.values()))]


def _precedence(days: str) -> int:
    """Return how little special days are: in Nagios, the times of the more special ones count."""
    first, *rest = days.split()
    if first[0].isdigit():
        return 0
    if first in DAYS:
        return _WEEKDAY if not rest else 3 if rest[1:] and rest[1].isalpha() else 4
    return 2 if first == "day" else 1


def _minutes(times: str) -> list[tuple[int, int]]:
    """Return the times of a day in minutes, without empty ones; those that go on the next day end with the day."""
    found = [int(hours) * 60 + int(minutes) for hours, minutes in _TIME.findall(times)]
    pairs = zip(found[::2], found[1::2], strict=True)
    return sorted((start, end if start < end else _DAY) for start, end in pairs if start or end)


def _rest_of_day(times: str) -> str:
    found, at = list[str](), 0
    for start, end in (*_minutes(times), (_DAY, _DAY)):
        if at < start:
            found.append(f"{at // 60:02}:{at % 60:02}-{start // 60:02}:{start % 60:02}")
        at = max(at, end)
    return ",".join(found)


def _range(items: Items, days: str, value: Value) -> dict[str, str] | None:
    """Return the times of some days; None if Alignak does not accept them, which is reported."""
    text = _SPACES.sub(" ", _SLASH.sub(" / ", days.lower())).strip()
    found = {text: _ABOUT.sub(r"\1", value.text or "").strip(",")}
    issue: Issue | None = next(FIELD_RULES["date_ranges"](("dateranges",), [found], True), None)
    if issue is None:
        return found
    items.reader.report_lost(value, f"{show(days, 80)}: {show(value.text, 80)}: {_explain(issue)}")
    return None


def _explain(issue: Issue) -> str:
    return "Alignak does not support these days" if issue.code == "days" else "invalid times of day"
