"""Validation errors for people: the backend's message, and the valid values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from alignak_backend_client.items.names.references import show
from alignak_backend_client.model import Resource
from alignak_backend_client.output.suggestions import nearest

if TYPE_CHECKING:
    from alignak_backend_client.model.descriptions import FieldDescription

_EXCEPT: Final = r"(?s)\^\[\^(.+)\]\+\$"
_ONLY: Final = r"(?s)\^\[(.+)\]\+\$"
_MISMATCH: Final = r"(?s)value does not match regex '(.*)'"
_NUMBERS: Final = ("must be of integer", "must be of float", "must be a finite", "min value", "max value")
_RANGE: Final = r"(\w-\w)"


def format_issues(resource: Resource, issues: Mapping[str, Any]) -> str:
    """Return the validation errors of an item in one line.

    Args:
        resource: the item's resource.
        issues: ``_issues`` in the form of the backend: by field, a text, a list of texts, or texts by position.
    """
    return "; ".join(f"{_field(name)}: {', '.join(_texts(resource, name, issue))}" for name, issue in issues.items())


def _field(name: str) -> str:
    return name if name.isidentifier() and len(name) < 80 else show(name, 80)


def _texts(resource: Resource, field: str, issue: Any) -> Iterator[str]:
    if isinstance(issue, dict):
        for place, inner in issue.items():
            yield f"{place}: {', '.join(_texts(resource, field, inner))}"
    elif isinstance(issue, list):
        texts = [text for one in issue for text in _texts(resource, field, one)]
        # For an empty value, this text is enough.
        yield from [text for text in texts if text.startswith("empty values")] or texts
    else:
        yield _with_hint(resource, field, str(issue))


def _with_hint(resource: Resource, field: str, text: str) -> str:
    """Return a message of the backend with a suggestion; a regular expression is explained in words."""
    schema = resource.fields.get(field, {})
    text = text if text.isprintable() else show(text)[1:-1]
    if text == "unknown field":
        near = nearest(field, resource.fields)
        return f"{text}; did you mean {show(near)}?" if near else text
    if text.startswith("unallowed value") and "allowed" in schema:
        return f"{text}; allowed: {_describe_allowed(resource, field, schema['allowed'])}"
    if found := re.fullmatch(_MISMATCH, text):
        return _describe_regex(str(schema.get("regex", found[1])))
    if text.startswith(_NUMBERS) and field in resource.fields and (unit := _description(resource, field).unit):
        return f"{text}; it is in {unit}"
    return text


def _describe_allowed(resource: Resource, field: str, values: list[Any]) -> str:
    if any(len(str(value)) > 1 for value in values):
        return ", ".join(map(str, values))
    meaning = _description(resource, field).values
    return ", ".join(f"{value} ({meaning[str(value)]})" if str(value) in meaning else str(value) for value in values)


def _description(resource: Resource, field: str) -> FieldDescription:
    from alignak_backend_client.model.descriptions import descriptions_by_resource

    return descriptions_by_resource()[resource.name].fields[field]


def _describe_regex(regex: str) -> str:
    """Return the characters allowed by a regular expression, in words."""
    if found := re.fullmatch(_EXCEPT, regex):
        return f"none of these characters is allowed: {' '.join(found[1])}"
    if found := re.fullmatch(_ONLY, regex):
        parts = [part for part in re.split(_RANGE, found[1].replace("\\", "")) if part]
        named = [part if re.fullmatch(_RANGE, part) else " ".join(part.replace(" ", "")) for part in parts]
        space = " and spaces" if " " in found[1] else ""
        return f"only these characters are allowed: {' '.join(named)}{space}"
    return "its characters, or their order, are not allowed"
