"""Single values as text: in table cells for people, in CSV fields for programs."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from typing import Any, Final

from alignak_backend_client.output.layout import Kind

NO_VALUE: Final = "-"
"""The text of an empty cell in tables."""

_HTTP_DATE: Final = "%a, %d %b %Y %H:%M:%S GMT"
_UNITS: Final = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


def get_value(row: Mapping[str, Any], field: str) -> Any:
    """Return the value of a field, or None. ``a.b`` is the key ``b`` of the dictionary ``a``."""
    if field in row:
        return row[field]
    first, dot, rest = field.partition(".")
    inner = row.get(first)
    return get_value(inner, rest) if dot and isinstance(inner, Mapping) else None


def format_cell(value: Any, kind: Kind) -> str:
    """Format a value for a table. A value that does not fit the kind of its column is formatted as text."""
    if value is None or value in ("", [], {}):
        return NO_VALUE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if kind == "time":
        return _format_time(value)
    if kind == "duration" and isinstance(value, int | float) and math.isfinite(value):
        return format_duration(value)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ",".join(value)
    return format_plain(value)


def format_plain(value: Any) -> str:
    """Format a value for CSV: an empty text for null, ``true`` or ``false``, lists and objects as JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    # Most are integers, for which json.dumps takes five times as long.
    return str(value) if type(value) is int else json.dumps(value, ensure_ascii=False)


def format_duration(seconds: float) -> str:
    """Format a time span in its two largest units: ``3d 4h``, ``2m 5s``, ``0s``."""
    left = max(0, int(seconds))
    parts: list[str] = []
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        if count or parts:
            parts.append(f"{count}{unit}" if count else "")
        if len(parts) == 2:
            break
    return " ".join(filter(None, parts)) or "0s"


def _format_time(value: Any) -> str:
    """Format a point in time as local time; 0 means never."""
    if value == 0:
        return NO_VALUE
    try:
        if isinstance(value, str):
            import calendar

            value = calendar.timegm(time.strptime(value, _HTTP_DATE))
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(value))
    except (ValueError, TypeError, OverflowError, OSError):
        return format_plain(value)
