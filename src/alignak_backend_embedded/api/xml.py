"""XML responses. Keys and texts of users are escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from alignak_backend_embedded.domain.json_values import format_date

_NO_NAME: Final = re.compile(r"[^A-Za-z0-9_.-]")
_NO_TEXT: Final = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPED: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;"})
#: Parts of a response; a field with such a name gets another name.
_PARTS: Final = frozenset({"_items", "_links", "_meta"})


def _text(value: Any) -> str:
    text = format_date(value) if isinstance(value, datetime) else str(value)
    return _NO_TEXT.sub("\ufffd", text).translate(_ESCAPED)


def _name(key: Any) -> str:
    name = _NO_NAME.sub("_", str(key))
    if name in _PARTS:
        name += "_"
    return name if re.match("[A-Za-z_]", name) else f"_{name}"


def _element(name: str, value: Any) -> str:
    """Return a value as an element; a list as one element with this name for each of its values."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return "".join(
            f"<{name}>{_text(item)}</{name}>" if isinstance(item, (list, tuple)) else _element(name, item)
            for item in value
        )
    return f"<{name}>{_elements(value) if isinstance(value, Mapping) else _text(value)}</{name}>"


def _elements(fields: Mapping[Any, Any]) -> str:
    return "".join(_element(_name(key), fields[key]) for key in sorted(fields, key=str))


def _links(links: Mapping[str, Any]) -> str:
    """Return the links except ``self``, which is in :func:`_opening`."""
    found: list[str] = []
    for relation in sorted(links):
        if relation == "self":
            continue
        targets = links[relation] if isinstance(links[relation], list) else [links[relation]]
        found += (
            f'<link rel="{relation}" href="{_text(target["href"])}" title="{_text(target["title"])}" />'
            for target in targets
        )
    return "".join(found)


def _opening(links: Mapping[str, Any]) -> str:
    own = links.get("self")
    if own is None:
        return "<resource>"
    return f'<resource href="{_text(own["href"])}" title="{_text(own["title"])}">'


def _resource(fields: Mapping[str, Any], items: Iterable[Any] = ()) -> str:
    links = fields.get("_links", {})
    rest = {name: value for name, value in fields.items() if name != "_links"}
    meta = rest.pop("_meta", None) if "_id" not in fields else None
    parts = [_opening(links), _links(links)]
    if meta is not None:
        parts.append(f"<_meta>{_elements(meta)}</_meta>")
    parts += [_resource(item) for item in items]
    return "".join([*parts, _elements(rest), "</resource>"])


def to_xml(answer: Mapping[str, Any]) -> str:
    """Return the XML of a response: a page, an item or anything else."""
    if "_items" in answer and "_id" not in answer:
        return _resource({name: value for name, value in answer.items() if name != "_items"}, answer["_items"])
    return _resource(answer)
