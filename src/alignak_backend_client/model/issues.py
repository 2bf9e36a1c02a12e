"""Validation issues as data, and the Alignak backend's messages for them.

Programs parse these texts, so they must not change: they are those of Eve and Cerberus in the Alignak backend 1.4.16.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple, TypeAlias

TEXTS: Final = {
    "required": "required field",
    "unknown": "unknown field",
    "null": "null value not allowed",
    "type": "must be of {rule} type",
    "id": "value '{value}' cannot be converted to a ObjectId",
    "point": "Point not correct {value}: Not compliant to GeoJSON",
    "coordinates": "Point not correct {value}: ",
    "empty": "empty values not allowed",
    "regex": "value does not match regex '{rule}'",
    "minlength": "min length is {rule}",
    "maxlength": "max length is {rule}",
    "min": "min value is {rule}",
    "max": "max value is {rule}",
    "allowed": "unallowed value {value}",
    "allowed_items": "unallowed values {value}",
    "not_unique": "value '{value}' is not unique",
    "no_item": "value '{value}' must exist in resource '{rule}', field '_id'.",
    "dependency": "field '{rule}' is required",
    "read_only": "field is read-only",
    # From here on: see :mod:`.strict`.
    "key": "key '{value}' is not allowed",
    "depth": "nested too deep: at most {value} levels are allowed",
    "range": "integers of more than 64 bits are not allowed",
    "finite": "must be a finite number",
    "surrogate": "not valid Unicode",
    "at_least": "min value is {rule}",
    "at_most": "max value is {rule}",
    "line": "line breaks and NUL characters are not allowed",
    "date_range": "must be an object of one day and its times",
    "days": "'{value}' is not a day or date",
    "times": "'{value}' is not a range of times, such as 08:00-12:00,13:00-17:00",
    "place": "must be a latitude and a longitude in degrees",
    "time_required": "required field",
    "order": "must be after {rule}",
    "itself": "a host cannot depend on itself",
}
"""The text of each code. ``{value}`` is the value, or the invalid part of it, ``{rule}`` the violated rule."""

_SHOWN: Final = 1000
"""Maximum number of characters of a value in a text; values may have megabytes."""

Path: TypeAlias = tuple[str | int, ...]


class Issue(NamedTuple):
    """A validation issue of an item.

    Attributes:
        path: the field, and for an element of a list its index: ``("parents", 0)``.
        code: a key of :data:`TEXTS`.
        value: the value, or the invalid part of it.
        rule: the violated rule: a limit, the allowed values, the name of a type or resource.
    """

    path: Path
    code: str
    value: Any = None
    rule: Any = None

    @property
    def text(self) -> str:
        """The message of the Alignak backend; long values are truncated."""
        value = str(self.value)
        if len(value) > _SHOWN:
            value = f"{value[:_SHOWN]}…"
        return TEXTS[self.code].format(value=value, rule=self.rule)


def to_messages(issues: Iterable[Issue]) -> dict[str, Any]:
    """Return issues in the format of ``_issues`` in responses of the backend.

    Each field has a text, a list of texts, or, for elements of a list, their texts by index:
    ``{"name": "required field", "parents": {"0": "must be of string type"}}``.
    """
    found: dict[str, list[Any]] = {}
    for issue in issues:
        field, *place = issue.path
        texts = found.setdefault(str(field), [])
        if not place:
            texts.append(issue.text)
            continue
        if not texts or not isinstance(texts[-1], dict):
            texts.append({})
        texts[-1].setdefault(str(place[0]), []).append(issue.text)
    return {field: _unwrap_single([_by_position(text) for text in texts]) for field, texts in found.items()}


def _by_position(text: Any) -> Any:
    return {place: _unwrap_single(inner) for place, inner in text.items()} if isinstance(text, dict) else text


def _unwrap_single(texts: list[Any]) -> Any:
    return texts[0] if len(texts) == 1 else texts
