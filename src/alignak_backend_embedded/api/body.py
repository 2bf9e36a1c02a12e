"""The body of a request: JSON or a form."""

from __future__ import annotations

from typing import Any

import orjson
from flask import request

from alignak_backend_embedded.api.errors import BadRequestError
from alignak_backend_embedded.api.settings import MAX_DEPTH


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            if isinstance(outer, (dict, list))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return
    message = "The JSON of the request nests too deep"
    raise BadRequestError(message)


def json_body() -> Any:
    """Return the JSON of the request.

    Raises:
        BadRequestError: it is no JSON, or nests too deep.
    """
    try:
        value = orjson.loads(request.get_data())
    except orjson.JSONDecodeError:
        raise BadRequestError from None
    _check_depth(value)
    return value


def body() -> Any:
    """Return the body of a write request: JSON or a form.

    Raises:
        BadRequestError: it is neither, or empty.
    """
    kind = request.mimetype
    if kind == "application/json":
        return json_body()
    if kind == "application/x-www-form-urlencoded":
        if not request.form:
            message = "No form-urlencoded data supplied"
            raise BadRequestError(message)
        return request.form.to_dict()
    if kind == "multipart/form-data":
        if not request.form:
            message = "No multipart/form-data supplied"
            raise BadRequestError(message)
        return request.form.to_dict()
    message = "Unknown or no Content-Type header supplied"
    raise BadRequestError(message)
