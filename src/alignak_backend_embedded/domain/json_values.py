"""Ids and dates as JSON holds them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from bson import ObjectId

DATE_FORMAT: Final = "%a, %d %b %Y %H:%M:%S GMT"


def json_value(value: Any) -> Any:
    """Return the JSON form of an id, a date or a set: what encoders call for values that they do not know.

    Raises:
        TypeError: the value has none.
    """
    if isinstance(value, ObjectId):
        return str(value)
    if isinstance(value, datetime):
        return value.strftime(DATE_FORMAT)
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    message = f"{type(value).__name__} has no JSON form"
    raise TypeError(message)
