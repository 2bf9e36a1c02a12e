"""Converting attributes to values of fields: numbers, lists and names of items; failures are reported."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from alignak_backend_client.items.names.references import show
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.model.storable import is_invalid_key
from alignak_backend_client.site.cfg.attributes import CALLED, TABLES, WITHOUT_MEANING, As, Table
from alignak_backend_client.site.cfg.findings import Findings
from alignak_backend_client.site.cfg.naming import Names
from alignak_backend_client.site.cfg.parsing import Value
from alignak_backend_client.site.cfg.templates import Values, names

_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_FALSE: Final = frozenset({"0", "false", "no", "off"})
_ARGUMENTS: Final = re.compile(r"(?<!\\)!")
_BUILT_IN: Final = frozenset({"bp_rule"})
"""Commands that the engine knows without a definition."""

_WORDS: Final = {
    "ok": "o", "up": "o", "down": "d", "unreachable": "u", "warning": "w", "unknown": "u", "critical": "c",
    "recovery": "r", "flapping": "f", "downtime": "s", "scheduled": "s", "pending": "p", "none": "n", "all": "a",
}  # fmt: skip
_NOBODY: Final = "n"
_OF_OTHERS: Final = "dwc"
"""The states of hosts or services alone: an escalation of Shinken is for both."""

LOCATION: Final = ("_LOC_LAT", "_LOC_LNG")


class Wrong(Exception):  # noqa: N818 - it is no error: it is told
    """A value that cannot be carried over."""


class Reader:
    """Reads attributes.

    Args:
        known: the names of items.
        findings: what cannot be carried over is added here.
        minute: how many units of time of the files are a minute.
        usual: by resource the values of fields that all items have that say nothing.
        runs_handlers: True when event handlers are enabled where nothing says so, as in Nagios.
    """

    def __init__(
        self,
        known: Names,
        findings: Findings,
        minute: float,
        usual: Mapping[str, Mapping[str, int]],
        *,
        runs_handlers: bool,
    ) -> None:
        self._known = known
        self._usual = usual
        self._runs_handlers = runs_handlers
        self._findings = findings
        self._minute = minute

    def fields(self, resource: str, values: Values, table: Table, elsewhere: Collection[str] = ()) -> dict[str, Any]:
        """Return fields for attributes; what cannot be carried over is told.

        Args:
            resource: of the item.
            values: the attributes.
            table: what they become.
            elsewhere: attributes that are seen to elsewhere.
        """
        found: dict[str, Any] = {}
        if table is TABLES.get(resource):
            found |= self._usual.get(resource, {})
        customs: dict[str, str] = {}
        fields = resources_by_name()[resource].fields
        for name, value in values.items():
            if name in elsewhere:
                continue
            if name[0] == "_" and "customs" in fields:
                if value.text is not None:
                    self._custom(customs, name, value)
                continue
            meant = table.get(name)
            if meant is None:
                self._without_field(name, value)
            elif value.text is not None and (value.text or meant.kind in ("text", "links", "names")):
                self._field(found, resource, name, value, meant)
        if "event_handler" in found and self._runs_handlers:
            found.setdefault("event_handler_enabled", True)
        if customs:
            if "location" in fields and (location := self._location(customs, values)):
                found["location"] = location
            if customs:
                found["customs"] = customs
        return found

    def _field(self, found: dict[str, Any], resource: str, name: str, value: Value, meant: As) -> None:
        assert value.text is not None  # noqa: S101 - asked before
        try:
            if meant.kind == "call":
                command, args = self._call(meant, value)
                found[meant.field] = command
                found[f"{meant.field}_args"] = args
            elif meant.kind in ("letters", "letter"):
                found[meant.field] = self._letters(resource, name, value, meant)
            elif meant.kind == "text":
                found[meant.field] = value.text
            elif meant.kind == "names":
                found[meant.field] = names(value.text)
            elif meant.kind == "flag":
                found[meant.field] = _flag(value.text)
            elif meant.kind == "number":
                number = self._number(name, value)
                # In Nagios, a threshold of 0 is that of the main file.
                found[meant.field] = found.get(meant.field, 0) if not number and name.endswith("_threshold") else number
            elif meant.kind == "minutes":
                found[meant.field] = self._minutes(name, value)
            elif meant.kind == "link":
                found[meant.field] = self._link(meant.target, value.text)
            elif meant.kind == "command":
                found[meant.field] = self._without_arguments(name, value, value.text)
            elif meant.kind == "commands":
                found[meant.field] = self._each(name, value, names(value.text), meant)
            else:
                found[meant.field] = self._each(name, value, names(value.text), meant)
        except Wrong as wrong:
            self.lost(value, f"{name}: {wrong}")

    def _call(self, meant: As, value: Value) -> tuple[str, str]:
        command, *rest = _ARGUMENTS.split(value.text or "", maxsplit=1)
        try:
            return self._link(meant.target, command.strip()), rest[0] if rest else ""
        except Wrong as wrong:
            if meant.field != "check_command":
                raise
            raise Wrong(f"{wrong}; without it, the check is always OK") from None

    def _link(self, target: str, name: str) -> str:
        found = self._known.items.get(target, {}).get(name)
        if found is None:
            raise Wrong(f"there is no {CALLED[target]} {show(name)}")
        return found

    def _each(self, name: str, value: Value, words: list[str], meant: As) -> list[str]:
        """Return the items that a list names; those that there are not are told."""
        found: list[str] = []
        for word in words:
            try:
                if meant.kind == "commands":
                    found.append(self._without_arguments(name, value, word))
                elif word == "*" and meant.target in ("user", "usergroup"):
                    found += self._known.items.get(meant.target, {}).values()
                elif word != "null":
                    found.append(self._link(meant.target, word))
            except Wrong as wrong:
                self.lost(value, f"{name}: {wrong}")
        return list(dict.fromkeys(found))

    def _without_arguments(self, name: str, value: Value, text: str) -> str:
        command, *rest = _ARGUMENTS.split(text, maxsplit=1)
        if rest:
            self.lost(value, f"{name}: the backend cannot store arguments of {show(command.strip())}")
        return self._link("command", command.strip())

    def _letters(self, resource: str, name: str, value: Value, meant: As) -> Any:
        allowed: list[str] = resources_by_name()[resource].fields[meant.field].get("allowed") or list("odwcux")
        found: list[str] = []
        for word in (value.text or "").replace(" ", ",").split(","):
            letter = _WORDS.get(word.lower(), word.lower() if len(word) == 1 else word)
            is_state_of_host = meant.field.startswith("host_") or resource.startswith("host")
            if letter == "a":
                found += [one for one in allowed if one != _NOBODY]
            elif letter in allowed:
                found.append(letter)
            elif letter in ("u", "x") and (is_state_of_host or "_host_" in meant.field):
                found += [other for other in ("x", "u") if other in allowed][:1]
            elif letter and letter != _NOBODY and not (value.owner.type == "escalation" and letter in _OF_OTHERS):
                self.lost(value, f"{name}: {show(word)} is not one of {', '.join(allowed)}")
        if meant.kind == "letter":
            if not found:
                raise Wrong("no state is left")
            return found[0]
        return [_NOBODY] if _NOBODY in found else list(dict.fromkeys(found))

    def _number(self, name: str, value: Value) -> int:
        text = value.text or ""
        try:
            number = float(text) if "." in text else int(text)
            whole = round(number)
        except (ValueError, OverflowError):
            raise Wrong(f"{show(text, 40)} is not a number") from None
        if whole != number:
            self._tell("changed", value, f"{name}: {number:g} is rounded to {whole}")
        return whole

    def _minutes(self, name: str, value: Value) -> int:
        try:
            minutes = float(value.text or "") / self._minute
        except ValueError:
            minutes = math.nan
        if not 0 <= minutes < 1 << 31:
            raise Wrong(f"{show(value.text, 40)} is not a duration")
        whole = math.ceil(round(minutes, 6))
        if abs(whole - minutes) > 1e-5:
            self._tell("changed", value, f"{name}: {minutes:g} minutes are rounded to {whole}")
        return whole

    def _custom(self, customs: dict[str, str], name: str, value: Value) -> None:
        if is_invalid_key(name) or "." in name:
            self.lost(value, f"{show(name, 80)}: the backend cannot store a variable with this name")
        else:
            customs[name] = value.text or ""

    def _location(self, customs: dict[str, str], values: Values) -> dict[str, Any] | None:
        """Return a place for maps, the latitude first as in the backend's default."""
        if not all(name in customs for name in LOCATION):
            return None
        try:
            place = [float(customs[name]) for name in LOCATION]
        except ValueError:
            place = [math.nan]
        if not all(map(math.isfinite, place)):
            self._tell("changed", values[LOCATION[0]], f"{' and '.join(LOCATION)} are no location: kept as variables")
            return None
        for name in LOCATION:
            del customs[name]
        return {"type": "Point", "coordinates": place}

    def _without_field(self, name: str, value: Value) -> None:
        harmless = WITHOUT_MEANING["!_"] if name.startswith("!_") else WITHOUT_MEANING.get(name, ())
        if value.text is None or "*" in harmless or value.text in harmless:
            return
        self.lost(value, f"{show(name, 80)}: the backend has no equivalent")

    def lost(self, value: Value, reason: str) -> None:
        """Tell that a value is not carried over."""
        self._tell("lost", value, reason)

    def _tell(self, kind: Any, value: Value, reason: str) -> None:
        owner = value.owner
        self._findings.add(kind, owner.file, value.line, reason, owner.type, owner.label)


def _flag(text: str) -> bool:
    word = text.lower()
    if word not in _TRUE | _FALSE:
        raise Wrong(f"{show(text, 40)} is neither 0 nor 1")
    return word in _TRUE
