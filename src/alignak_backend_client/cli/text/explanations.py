"""The text output of ``explain``: types and fields in words."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from alignak_backend_client.model.fields import RARELY_SET

Facts = Mapping[str, Any]

_WIDTH: Final = 100
"""Maximum width of a line in cells, and the width without a terminal; longer lines are hard to read."""

_NARROWEST: Final = 24


def describe_types(found: Sequence[Facts], width: int | None) -> str:
    """Return the list of types with their descriptions.

    Args:
        found: as ``describe_type`` returns them.
        width: width of a line in cells; None if the output is not a terminal.
    """
    lines = []
    for kind, heading in _KINDS.items():
        members = [(each["type"], each["description"]) for each in found if each["kind"] == kind]
        lines += [*_wrapped(f"{heading}:", width), *_listed(members, width), ""]
    return "\n".join([*lines, *_wrapped("Run 'explain TYPE' to see the fields of a type.", width)])


def describe_type_fields(whole: Facts, width: int | None) -> str:
    """Return the description of a type, its fields by groups, and an example.

    Args:
        whole: as ``describe_type`` returns it, with ``fields`` and ``example``.
        width: width of a line in cells; None if the output is not a terminal.
    """
    key = {0: "have no unique name; use their _id", 1: "are identified by their name"}
    named = key.get(len(whole["key"]), "are identified by host/name")
    lines = [*_wrapped(f"{whole['type']}: {_plain(whole['description'])}", width), ""]
    lines += [*_wrapped(f"{whole['plural'][:1].upper()}{whole['plural'][1:]} {named}.", width), ""]
    groups: dict[str, list[Facts]] = {group: [] for group in _GROUPS}
    for each in whole["fields"]:
        groups[_group(each)].append(each)
    for group, fields in groups.items():
        if fields:
            lines += _wrapped(f"{group}:", width)
            lines += _listed(
                ((f"{each['field']}  {summarize_field(each)}", each["description"]) for each in fields), width
            )
            lines += [""]
    lines += _wrapped(f"Example of a data file for 'add -t {whole['type']} -d FILE':", width)
    lines += textwrap.indent(json.dumps(whole["example"], indent=4, ensure_ascii=False), "  ").splitlines()
    return "\n".join(lines)


def describe_field_facts(resource: str, facts: Facts, width: int | None) -> str:
    """Return the description of a field.

    Args:
        resource: the type that has it.
        facts: as ``describe_field`` returns them.
        width: width of a line in cells; None if the output is not a terminal.
    """
    lines = _wrapped(f"{resource}.{facts['field']}  {summarize_field(facts)}", width)
    lines += ["", *_wrapped(_plain(facts["description"]), width)]
    if facts["values"]:
        longest = max(map(len, facts["values"]))
        lines += ["", "Values:"]
        for value, meaning in facts["values"].items():
            lines += _wrapped(
                f"{value:<{longest}}  {_plain(meaning)}", width, "  ", " " * min(longest + 4, _room(width) // 3)
            )
    more = [_TEMPLATES.get(facts["templates"] or "", ""), _SET_BY.get(facts["set_by"], "")]
    for text in filter(None, more):
        lines += ["", *_wrapped(text, width)]
    if facts["link"]:
        lines += ["", *_wrapped(f"See also: explain {facts['link']}", width)]
    return "\n".join(lines)


def summarize_field(facts: Facts) -> str:
    """Summarize a field: ``integer, in minutes, default 5``."""
    kind = f"<{facts['type']}>"
    if facts["link"]:
        kind = f"<list of {facts['link']} names>" if facts["type"] == "list" else f"<{facts['link']} name>"
    parts = [f"in {facts['unit']}" if facts["unit"] else "", _range(facts["minimum"], facts["maximum"])]
    parts += [word for word in ("required", "unique") if facts[word]]
    parts += ["or null" if facts["nullable"] else "", "a secret" if facts["secret"] else ""]
    if facts["default"] not in (None, "", [], {}) and facts["set_by"] == "user" and not facts["required"]:
        default = facts["default"]
        parts.append(f"default {default if isinstance(default, str) else json.dumps(default, ensure_ascii=False)}")
    text = ", ".join(filter(None, parts))
    return f"{kind} {text}" if text else kind


_KINDS: Final = {
    "configuration": "Configuration",
    "action": "Requests to the monitoring engine",
    "log": "Events and check results",
    "state": "States kept by programs",
}
_GROUPS: Final = (
    "Required",
    "Fields",
    "Realm, rights and templates",
    "Rarely set",
    "Live state (updated by check results)",
    "Set by the backend",
)
_TEMPLATES: Final = {
    "value": "An item that does not set it inherits it from its templates.",
    "merged": "The values of the item and of all its templates are combined.",
}
_SET_BY: Final = {
    "backend": "The backend sets this field; leave it out.",
    "monitoring": "Check results update this field.",
}


def _group(facts: Facts) -> str:
    """Return the heading of the group of a field."""
    required, usual, special, rare, live, computed = _GROUPS
    if facts["required"]:
        return required
    if facts["set_by"] != "user":
        return {"monitoring": live, "backend": computed}[facts["set_by"]]
    return rare if facts["field"] in RARELY_SET else special if facts["field"].startswith("_") else usual


def _range(least: float | None, most: float | None) -> str:
    if least is None and most is None:
        return ""
    if most is None:
        return f"{least} or more"
    return f"up to {most}" if least is None else f"{least} to {most}"


def _listed(pairs: Iterable[tuple[str, str]], width: int | None) -> Iterator[str]:
    """Yield the lines of a list: each head, and its description below."""
    for head, description in pairs:
        yield from _wrapped(head, width, "  ", "        ")
        yield from _wrapped(_plain(description), width, "      ", "      ")


def _wrapped(text: str, width: int | None, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(
        text, _room(width), initial_indent=first, subsequent_indent=rest, break_on_hyphens=False, break_long_words=True
    )


def _room(width: int | None) -> int:
    return max(min(width or _WIDTH, _WIDTH), _NARROWEST)


def _plain(text: str) -> str:
    """Return words without the marks of Markdown."""
    return text.replace("`", "")
