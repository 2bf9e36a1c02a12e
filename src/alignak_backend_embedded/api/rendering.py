"""Rendering responses as JSON, or as XML on request."""

from __future__ import annotations

import json
from typing import Final

import orjson

from alignak_backend_embedded.api.call import Answer, Call
from alignak_backend_embedded.api.errors import HTTPError, error_body, message_of, status_of
from alignak_backend_embedded.api.http import Response
from alignak_backend_embedded.domain.errors import RequestError, RuleError
from alignak_backend_embedded.domain.json_values import format_date, json_value

_OPTIONS: Final = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS
_JSON: Final = "application/json"
_XML: Final = ("application/xml", "text/xml", "application/x-xml")
_WITHOUT_BODY: Final = frozenset({204, 304})


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _accepted(accept: str) -> str:
    """Return the preferred type of an ``Accept`` header; JSON if it accepts none of ours."""
    ranges: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        ranges[name] = next((_quality(text[2:]) for text in parameters if text.startswith("q=")), 1.0)
    best, found = (0.0, 0), _JSON
    for offered in (_JSON, *_XML):
        exact, kind = ranges.get(offered), ranges.get(f"{offered.partition('/')[0]}/*")
        if exact is not None:
            score = (exact, 2)
        elif kind is not None:
            score = (kind, 1)
        else:
            score = (ranges.get("*/*", 0.0), 0)
        if score[0] > 0 and score > best:
            best, found = score, offered
    return found


def answer_type(call: Call) -> str:
    """Return the type of the response to a request."""
    accept = call.request.headers.get("accept", "*/*")
    return _JSON if accept in ("*/*", _JSON) else _accepted(accept)


def is_plain(call: Call) -> bool:
    """Return True if the response is JSON without indentation."""
    return not call.is_pretty and answer_type(call) == _JSON


def _json(call: Call, answer: Answer) -> bytes:
    if call.is_pretty:
        return json.dumps(answer.body, indent=4, default=json_value).encode()
    rest: bytes = orjson.dumps(answer.body, default=json_value, option=_OPTIONS)
    if answer.items is None:
        return rest
    return b"".join([b'{"_items":', *answer.items, b",", rest[1:]])


def respond(call: Call, answer: Answer) -> Response:
    """Return the response for the result of a view."""
    kind = answer_type(call)
    headers = [("Content-Type", kind if kind == _JSON else f"{kind}; charset=utf-8"), *answer.headers]
    if answer.etag is not None:
        headers.append(("ETag", f'"{answer.etag}"'))
    if answer.modified is not None:
        headers.append(("Last-Modified", format_date(answer.modified)))
    if answer.status in _WITHOUT_BODY:
        return Response(answer.status, headers)
    if kind == _JSON:
        return Response(answer.status, headers, _json(call, answer))
    from alignak_backend_embedded.api.xml import to_xml

    return Response(answer.status, headers, to_xml(answer.body).encode())


def refuse(call: Call, error: RequestError) -> Response:
    """Return the response for an error."""
    status, message = status_of(error), message_of(error, call.method)
    if isinstance(error, RuleError) or status == 403:
        # A plain line of text, as in the Alignak backend.
        return Response(status, [("Content-Type", "text/html; charset=utf-8")], message.encode(errors="replace"))
    headers = tuple(error.headers) if isinstance(error, HTTPError) else ()
    return respond(call, Answer(error_body(status, message), status, headers=headers))
