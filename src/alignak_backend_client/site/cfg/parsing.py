r"""Parsing one file: object definitions, settings (``name=value``) and macros (``$USER1$=value``).

The rules are those of the manuals of Nagios Core ("Object Configuration Overview") and Shinken: ``#`` starts a comment
at the beginning of a line, ``;`` anywhere unless escaped (``\;``); a line that ends with ``\`` continues in the next
one, and one that ends with ``\\`` ends with a backslash.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Final, NamedTuple

from alignak_backend_client.items.names.references import show
from alignak_backend_client.site.cfg.findings import Findings

_DEFINE: Final = re.compile(r"define\s+(\w+)\s*(.*)", re.DOTALL | re.ASCII)
_SETTING: Final = re.compile(r"([A-Za-z]\w*)\s*=(.*)", re.DOTALL | re.ASCII)
_MACRO: Final = re.compile(r"(\$\w+\$)\s*=", re.ASCII)
_COMMENT: Final = re.compile(r"(?<!\\);")
_TIMES: Final = re.compile(r"(?:^|\s)\d{1,2}:\d\d")
_REPEATED: Final = frozenset({"service_overrides"})
"""Attributes that may be repeated in a definition, with one value each."""

_ALIASES: Final = {
    "checks_enabled": "active_checks_enabled",
    "contactgroups": "contact_groups",
    "criticity": "business_impact",
    "execution_failure_options": "execution_failure_criteria",
    "host_groups": "hostgroups",
    "min_criticity": "min_business_impact",
    "normal_check_interval": "check_interval",
    "notification_failure_options": "notification_failure_criteria",
    "retry_check_interval": "retry_interval",
    "service_groups": "servicegroups",
}
"""Aliases of attributes, most of them obsolete: an item may use one name, and its template the other."""

_ALIASES_OF_HOSTS_ELSEWHERE: Final = _ALIASES | {
    "dependent_description": "dependent_service_description",
    "dependent_host": "dependent_host_name",
    "dependent_hostgroup": "dependent_hostgroup_name",
    "description": "service_description",
    "host": "host_name",
    "hostgroup": "hostgroup_name",
    "hostgroups": "hostgroup_name",
    "hosts": "host_name",
    "master_description": "service_description",
    "master_host": "host_name",
    "master_host_name": "host_name",
    "master_service_description": "service_description",
}

_NAMING_HOSTS: Final = frozenset(
    {"service", "hostdependency", "hostescalation", "hostextinfo"}
    | {"servicedependency", "serviceescalation", "serviceextinfo"}
)

_MAX_ERRORS: Final = 10
"""Number of invalid lines after which the rest of a file is skipped."""

_OF_PERIODS: Final = frozenset({"timeperiod_name", "alias", "name", "use", "register", "exclude", "notes"})
"""Attributes of a time period other than days, which may have several words."""


class Definition:
    """The definition of an object.

    Attributes:
        type: its type, such as ``host``.
        file: the path of its file.
        line: its first line.
        values: its attributes by name.
    """

    __slots__ = ("file", "line", "type", "values")

    def __init__(self, type: str, file: str, line: int) -> None:  # noqa: A002 - what the files call it
        self.type = type
        self.file = file
        self.line = line
        self.values: dict[str, Value] = {}

    def text(self, attribute: str) -> str:
        """Return the text of an attribute, without inheritance; empty if it is missing."""
        value = self.values.get(attribute)
        return value.text or "" if value else ""

    @property
    def is_registered(self) -> bool:
        """False for a pure template."""
        return self.text("register").lower() not in ("0", "false", "no", "off")

    @property
    def label(self) -> str:
        """Its name in messages."""
        for attribute in (f"{self.type}_name", "service_description", "name", "host_name", "module_alias"):
            if text := self.text(attribute):
                return text
        return ""


class Value(NamedTuple):
    """The value of an attribute.

    Attributes:
        text: its text; None for ``null``, which cancels inheritance.
        line: its line.
        owner: the definition that sets it.
        adds: True if it is added to the inherited value, as in ``+admins``.
    """

    text: str | None
    line: int
    owner: Definition
    adds: bool = False


class Setting(NamedTuple):
    """A line ``name=value``."""

    name: str
    value: str
    line: int


class Parsed(NamedTuple):
    """The content of a file.

    Attributes:
        definitions: the objects.
        settings: the settings, in order.
        macros: name of each macro to its line. Values are omitted, since they may be passwords.
    """

    definitions: list[Definition]
    settings: list[Setting]
    macros: dict[str, int]


def parse(text: str, file: str, findings: Findings) -> Parsed:
    """Parse a file. Errors are added to the findings, and the rest is parsed."""
    found = Parsed([], [], {})
    current: Definition | None = None
    wrong = 0
    for line, raw in _lines(text):
        if define := _DEFINE.fullmatch(raw):
            if current is not None:
                _report_unclosed(current, findings)
            current = Definition(define[1].lower(), file, line)
            rest = _strip_comment(define[2])
            if rest and not rest.startswith("{"):
                findings.add("error", file, line, f"define {current.type}: missing {{ after it", current.type)
                current = None
            elif rest := rest[1:].strip():
                closed = rest.endswith("}")
                _add_attribute(current, rest.removesuffix("}").strip(), line, findings)
                if closed:
                    found.definitions.append(current)
                    current = None
        elif current is None:
            wrong += not _parse_outside(found, file, line, raw, findings)
            if wrong == _MAX_ERRORS:
                findings.add("error", file, line, "not a configuration file: the rest of it is skipped")
                break
        elif raw.startswith("}"):
            found.definitions.append(current)
            current = None
        elif (inner := _strip_comment(raw)) != "{" or current.values:
            _add_attribute(current, inner, line, findings)
    if current is not None:
        _report_unclosed(current, findings)
    return found


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the non-empty lines, stripped and with their numbers; continued lines are joined."""
    first, parts = 0, list[str]()
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        if not parts:
            if not line or line[0] in "#;":
                continue
            first = number
        goes_on = line.endswith("\\") and not line.endswith("\\\\")
        parts.append(line.removesuffix("\\"))
        if not goes_on:
            yield first, "".join(parts).strip()
            parts = []
    if parts:
        yield first, "".join(parts).strip()


def _strip_comment(text: str) -> str:
    if ";" not in text:
        return text
    return _COMMENT.split(text, maxsplit=1)[0].replace("\\;", ";").strip()


def _parse_outside(found: Parsed, file: str, line: int, text: str, findings: Findings) -> bool:
    """Parse a line outside of definitions; return False if it is invalid."""
    if macro := _MACRO.match(text):
        found.macros.setdefault(macro[1], line)
    elif setting := _SETTING.fullmatch(text):
        found.settings.append(Setting(setting[1].lower(), setting[2].strip(), line))
    elif _strip_comment(text):
        # The line is not quoted: the file may be something else, with secrets.
        neither = "neither 'define TYPE {', nor 'name=value', nor '$MACRO$=value'"
        findings.add("error", file, line, "a } without a 'define'" if text.startswith("}") else neither)
        return False
    return True


def _report_unclosed(definition: Definition, findings: Findings) -> None:
    reason = f"define {definition.type} is not closed: a line with a }} is missing"
    findings.add("error", definition.file, definition.line, reason, definition.type, definition.label)


def canonical_name(type_: str, name: str) -> str:
    """Return the canonical name of an attribute."""
    return (_ALIASES_OF_HOSTS_ELSEWHERE if type_ in _NAMING_HOSTS else _ALIASES).get(name, name)


def _add_attribute(definition: Definition, text: str, line: int, findings: Findings) -> None:
    if not text:
        return
    name, text = _split(definition.type, text)
    # Nagios takes custom variables in any case.
    name = name.upper() if name.startswith(("_", "!_")) else name.lower()
    name = canonical_name(definition.type, name)
    before = definition.values.get(name)
    if before is not None and name in _REPEATED:
        text = f"{before.text}\n{text}"
    elif before is not None and before.text != text:
        reason = f"{show(name, 80)}: duplicate, first in line {before.line}: the last one is used"
        findings.add("lost", definition.file, line, reason, definition.type, definition.label)
    adds = text.startswith("+") and not name.startswith("_") and name not in _WITH_PLUS
    if adds:
        text = text[1:].strip()
    # Thousands of definitions have the same names and texts.
    definition.values[sys.intern(name)] = Value(None if text == "null" else sys.intern(text), line, definition, adds)


_WITH_PLUS: Final = frozenset({"alias", "pager", "address", "notes", "display_name", "command_line", "email"})
"""Attributes whose value may start with a plus sign, such as telephone numbers."""


def _split(type_: str, text: str) -> tuple[str, str]:
    """Split a line into the name and the text of an attribute; for days of a time period, into days and times."""
    name, *rest = text.split(None, 1)
    if type_ == "timeperiod" and name not in _OF_PERIODS and name[0] != "_" and (times := _TIMES.search(text)):
        return text[: times.start()].strip(), text[times.start() :].strip()
    return name, rest[0] if rest else ""
