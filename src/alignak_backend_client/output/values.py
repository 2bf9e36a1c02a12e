"""Single values as text: in table cells for people, in CSV fields for programs."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from typing import Any, Final

from alignak_backend_client.output.layout import Kind

NOTHING: Final = "-"
"""What a table shows where there is no value."""

_HTTP_DATE: Final = "%a, %d %b %Y %H:%M:%S GMT"
_UNITS: Final = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


def value_at(row: Mapping[str, Any], field: str) -> Any:
    """Return the value of a field; None if there is none. ``a.b`` leads into the dictionary ``a``."""
    if field in row:
        return row[field]
    first, dot, rest = field.partition(".")
    inner = row.get(first)
    return value_at(inner, rest) if dot and isinstance(inner, Mapping) else None


def cell(value: Any, kind: Kind = "text") -> str:
    """Return a value as a table shows it; what does not fit its kind is shown as it is."""
    if value is None or value in ("", [], {}):
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if kind == "time":
        return _time(value)
    if kind == "duration" and isinstance(value, int | float) and math.isfinite(value):
        return format_duration(value)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ",".join(value)
    return plain(value)


def plain(value: Any) -> str:
    """Return a value as CSV holds it: nothing for null, ``true`` and ``false``, lists and objects as JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    # Most are whole numbers, which JSON would take five times as long for.
    return str(value) if type(value) is int else json.dumps(value, ensure_ascii=False)


def format_duration(seconds: float) -> str:
    """Return a time span in its two largest units: ``3d 4h``, ``2m 5s``, ``0s``."""
    left = max(0, int(seconds))
    parts: list[str] = []
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        if count or parts:
            parts.append(f"{count}{unit}" if count else "")
        if len(parts) == 2:
            break
    return " ".join(filter(None, parts)) or "0s"


def _time(value: Any) -> str:
    """Return a point in time as local time. 0 stands for never."""
    if value == 0:
        return NOTHING
    try:
        if isinstance(value, str):
            import calendar

            value = calendar.timegm(time.strptime(value, _HTTP_DATE))
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(value))
    except (ValueError, TypeError, OverflowError, OSError):
        return plain(value)
