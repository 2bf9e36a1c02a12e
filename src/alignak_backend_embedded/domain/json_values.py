"""Ids and dates in JSON and HTTP."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from alignak_backend_embedded.store.object_id import ObjectId

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE: Final = rf"(?ai)(?:{'|'.join(_DAYS)}), (\d\d?) ({'|'.join(_MONTHS)}) (\d{{4}}) (\d\d?):(\d\d?):(\d\d?) GMT"


def format_date(date: datetime) -> str:
    """Return a date in UTC as HTTP writes it, in English everywhere: ``Mon, 01 Jan 2018 00:00:00 GMT``."""
    return (
        f"{_DAYS[date.weekday()]}, {date.day:02} {_MONTHS[date.month - 1]} {date.year:04} "
        f"{date.hour:02}:{date.minute:02}:{date.second:02} GMT"
    )


def parse_date(text: str) -> datetime | None:
    """Parse an HTTP date as UTC without a time zone; None if it is invalid."""
    found = re.fullmatch(_DATE, text)
    if found is None:
        return None
    day, month, year, hour, minute, second = found.groups()
    number = _MONTHS.index(month.capitalize()) + 1
    try:
        return datetime(int(year), number, int(day), int(hour), int(minute), int(second))
    except ValueError:
        return None


def json_value(value: Any) -> Any:
    """Return the JSON form of an id, a date or a set; called by encoders for unknown types.

    Raises:
        TypeError: the type is not supported.
    """
    if isinstance(value, ObjectId):
        return str(value)
    if isinstance(value, datetime):
        return format_date(value)
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    message = f"{type(value).__name__} has no JSON form"
    raise TypeError(message)
