"""JSON answers, written by a fast encoder."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, ClassVar

import orjson
from bson import ObjectId
from flask import request

DATE_FORMAT = "%a, %d %b %Y %H:%M:%S GMT"
_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS


def encode(value: Any) -> Any:
    """Return the JSON form of an id or a date."""
    if isinstance(value, ObjectId):
        return str(value)
    if isinstance(value, datetime):
        return value.strftime(DATE_FORMAT)
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    message = f"{type(value).__name__} has no JSON form"
    raise TypeError(message)


class JSONRenderer:
    """Eve's interface for the body of an answer; ``?pretty`` indents that of a GET."""

    mime: ClassVar[tuple[str, ...]] = ("application/json",)

    def render(self, data: Any) -> str | bytes:
        """Return the JSON text of an answer."""
        if request.method == "GET" and "pretty" in request.args:
            return json.dumps(data, indent=4, default=encode)
        return orjson.dumps(data, default=encode, option=_OPTIONS)
