"""JSON answers, written by a fast encoder, and XML ones that no stored key or text can break."""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar, Final

import orjson
from eve.render import XMLRenderer as EveXMLRenderer
from flask import Response, current_app, request

from alignak_backend_embedded.domain.json_values import json_value

_NO_XML_NAME: Final = re.compile(r"[^A-Za-z0-9_.-]")
_NO_XML_TEXT: Final = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: What Eve takes for parts of an answer, wherever it stands.
_PARTS: Final = frozenset({"_items", "_links", "_meta"})
_NO_ITEMS: Final = b'"_items":[]'
_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS


class Text:
    """The items of a page as the JSON text of a list, in pieces: many megabytes, which are not copied."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    def put_into(self, answer: Response) -> None:
        """Put the items into an answer that was rendered with an empty list in their place."""
        before, _, after = answer.get_data().partition(_NO_ITEMS)
        pieces = [before, _NO_ITEMS.removesuffix(b"[]"), *self._pieces, after]
        answer.response = pieces
        answer.content_length = sum(map(len, pieces))


def encode(value: Any) -> Any:
    """Return the JSON form of a value, and an empty list for the items of a page that are text already."""
    if isinstance(value, Text):
        return []
    return json_value(value)


def is_plain() -> bool:
    """Return True when the request is answered with JSON, without spaces."""
    from eve.utils import import_from_string

    offered = [mime for name in current_app.config["RENDERERS"] for mime in import_from_string(name).mime]
    wanted = request.accept_mimetypes.best_match(offered) or offered[0]
    return wanted in JSONRenderer.mime and "pretty" not in request.args


class JSONRenderer:
    """Eve's interface for the body of an answer; ``?pretty`` indents that of a GET."""

    mime: ClassVar[tuple[str, ...]] = ("application/json",)

    def render(self, data: Any) -> str | bytes:
        """Return the JSON text of an answer."""
        if request.method == "GET" and "pretty" in request.args:
            return json.dumps(data, indent=4, default=encode)
        return orjson.dumps(data, default=encode, option=_OPTIONS)


def _xml_name(key: Any) -> str:
    name = _NO_XML_NAME.sub("_", str(key))
    return name if re.match("[A-Za-z_]", name) else f"_{name}"


def _xml_value(value: Any) -> Any:
    """Return a value of a document with keys that are names of XML, and text without what XML cannot hold."""
    if isinstance(value, dict):
        return {
            f"{_xml_name(key)}_" if key in _PARTS else _xml_name(key): _xml_value(item) for key, item in value.items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_xml_value(item) for item in value]
    return _NO_XML_TEXT.sub("\ufffd", value) if isinstance(value, str) else value


def _xml_document(document: Any) -> Any:
    """Return a document, whose own links stay."""
    if not isinstance(document, dict):
        return _xml_value(document)
    found: dict[str, Any] = _xml_value({key: value for key, value in document.items() if key != "_links"})
    return {**found, "_links": document["_links"]} if "_links" in document else found


class XMLRenderer(EveXMLRenderer):  # type: ignore[misc]  # Eve ships no types
    """Eve's XML. Keys of free-form fields come from users: they must not become markup."""

    def render(self, data: Any) -> str:
        """Return the XML text of an answer."""
        if not isinstance(data, dict):
            return str(super().render([_xml_document(item) for item in data] if data else data))
        parts = {key: data[key] for key in ("_links", "_meta") if key in data and "_id" not in data}
        if "_items" in data and "_id" not in data:
            parts["_items"] = [_xml_document(item) for item in data["_items"]]
        rest = {key: value for key, value in data.items() if key not in parts}
        return str(super().render({**_xml_document(rest), **parts}))
