"""Converting attributes to fields: numbers, lists, and names of items. Failures are reported as findings."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Container, Iterator, Mapping
from typing import Any, Final

from alignak_backend_client.items.names.references import show
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.model.storable import is_invalid_key
from alignak_backend_client.site.cfg.attributes import CFG_TYPES, IGNORED_ATTRIBUTES, TABLES, Conversion, Table
from alignak_backend_client.site.cfg.findings import Findings, Kind
from alignak_backend_client.site.cfg.naming import Names
from alignak_backend_client.site.cfg.parsing import Value
from alignak_backend_client.site.cfg.templates import Values, names_in, split_names

_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_FALSE: Final = frozenset({"0", "false", "no", "off"})
_ARGUMENTS: Final = re.compile(r"(?<!\\)!")
_BUILT_IN: Final = frozenset({"bp_rule"})
"""Commands built into the engine."""

_WORDS: Final = {
    "ok": "o", "up": "o", "down": "d", "unreachable": "u", "warning": "w", "unknown": "u", "critical": "c",
    "recovery": "r", "flapping": "f", "downtime": "s", "scheduled": "s", "pending": "p", "none": "n", "all": "a",
}  # fmt: skip
_NOBODY: Final = "n"
_OF_OTHERS: Final = "dwc"
"""States that only hosts or only services have: escalations of Shinken apply to both."""

_SECRET_NAME: Final = re.compile(r"PASS(?!IVE)|PWD|SECRET|TOKEN|COMMUNITY|API_?KEY|PRIVATE_?KEY", re.IGNORECASE)
"""Names of variables whose values are often secrets."""

LOCATION: Final = ("_LOC_LAT", "_LOC_LNG")


class ConversionError(Exception):
    """A value cannot be converted. The message gives the reason."""


class Reader:
    """Converts attributes to fields.

    Args:
        known: the names of items.
        findings: receives the values that cannot be converted.
        minute: the number of time units per minute.
        engine_defaults: by resource, the default values of fields in the engine.
        runs_handlers: True if event handlers are enabled by default, as in Nagios.
    """

    def __init__(
        self,
        known: Names,
        findings: Findings,
        minute: float,
        engine_defaults: Mapping[str, Mapping[str, int]],
        *,
        runs_handlers: bool,
    ) -> None:
        self._known = known
        self._engine_defaults = engine_defaults
        self._runs_handlers = runs_handlers
        self._findings = findings
        self._minute = minute

    def convert_fields(
        self, resource: str, values: Values, table: Table, elsewhere: Collection[str] = ()
    ) -> dict[str, Any]:
        """Convert attributes to fields; those that cannot be converted are reported.

        Args:
            resource: the resource of the item.
            values: the attributes.
            table: their conversions.
            elsewhere: attributes to ignore, since they are handled elsewhere.
        """
        found: dict[str, Any] = {}
        if table is TABLES.get(resource):
            found |= self._engine_defaults.get(resource, {})
        customs: dict[str, str] = {}
        fields = resources_by_name()[resource].fields
        for name, value in values.items():
            if name in elsewhere:
                continue
            if name[0] == "_" and "customs" in fields:
                if value.text is not None:
                    self._add_custom(customs, name, value)
                continue
            conversion = table.get(name)
            if conversion is None:
                self._report_unsupported(name, value)
            elif value.text is not None and (value.text or conversion.kind in ("text", "links", "names")):
                self._convert(found, resource, name, value, conversion)
        if "event_handler" in found and self._runs_handlers:
            found.setdefault("event_handler_enabled", True)
        if customs:
            if "location" in fields and (location := self._convert_location(customs, values)):
                found["location"] = location
            if customs:
                found["customs"] = customs
        return found

    def _convert(self, found: dict[str, Any], resource: str, name: str, value: Value, conversion: Conversion) -> None:
        assert value.text is not None  # noqa: S101 - asked before
        try:
            if conversion.kind == "call":
                command, args = self._convert_check_command(conversion, value)
                found[conversion.field] = command
                found[f"{conversion.field}_args"] = args
            elif conversion.kind in ("letters", "letter"):
                found[conversion.field] = self._convert_letters(resource, name, value, conversion)
            elif conversion.kind == "text":
                found[conversion.field] = value.text
            elif conversion.kind == "names":
                found[conversion.field] = split_names(value.text)
            elif conversion.kind == "flag":
                found[conversion.field] = _parse_flag(value.text)
            elif conversion.kind == "number":
                number = self._parse_number(name, value)
                # In Nagios, a threshold of 0 is that of the main file.
                found[conversion.field] = (
                    found.get(conversion.field, 0) if not number and name.endswith("_threshold") else number
                )
            elif conversion.kind == "minutes":
                found[conversion.field] = self._parse_minutes(name, value)
            elif conversion.kind == "link":
                found[conversion.field] = self._resolve_link(conversion.target, value.text)
            elif conversion.kind == "command":
                found[conversion.field] = self._resolve_command(name, value, value.text)
            else:
                found[conversion.field] = self._convert_each(name, value, conversion)
        except ConversionError as wrong:
            self.report_lost(value, f"{name}: {wrong}")

    def _convert_check_command(self, conversion: Conversion, value: Value) -> tuple[str, str]:
        command, *rest = _ARGUMENTS.split(value.text or "", maxsplit=1)
        try:
            return self._resolve_link(conversion.target, command.strip()), rest[0] if rest else ""
        except ConversionError as wrong:
            if conversion.field != "check_command":
                raise
            raise ConversionError(f"{wrong}; without it, the check is always OK") from None

    def _resolve_link(self, target: str, name: str) -> str:
        found = self._known.items.get(target, {}).get(name)
        if found is None:
            raise ConversionError(f"there is no {CFG_TYPES[target]} {show(name)}")
        return found

    def _convert_each(self, name: str, value: Value, conversion: Conversion) -> list[str]:
        """Return the names of the items in a list; unknown ones are reported."""
        found: list[str] = []
        for word in names_in(value):
            try:
                if conversion.kind == "commands":
                    found.append(self._resolve_command(name, value, word))
                elif word == "*" and conversion.target in ("user", "usergroup"):
                    found += self._known.items.get(conversion.target, {}).values()
                elif word != "null":
                    found.append(self._resolve_link(conversion.target, word))
            except ConversionError as wrong:
                self.report_lost(value, f"{name}: {wrong}")
        return list(dict.fromkeys(found))

    def _resolve_command(self, name: str, value: Value, text: str) -> str:
        command, *rest = _ARGUMENTS.split(text, maxsplit=1)
        if rest:
            self.report_lost(value, f"{name}: the backend cannot store arguments of {show(command.strip())}")
        return self._resolve_link("command", command.strip())

    def _convert_letters(self, resource: str, name: str, value: Value, conversion: Conversion) -> Any:
        allowed: list[str] = resources_by_name()[resource].fields[conversion.field].get("allowed") or list("odwcux")
        found: list[str] = []
        for word in (value.text or "").replace(" ", ",").split(","):
            letter = _WORDS.get(word.lower(), word.lower() if len(word) == 1 else word)
            is_state_of_host = conversion.field.startswith("host_") or resource.startswith("host")
            if letter == "a":
                found += [one for one in allowed if one != _NOBODY]
            elif letter in allowed:
                found.append(letter)
            elif letter in ("u", "x") and (is_state_of_host or "_host_" in conversion.field):
                found += [other for other in ("x", "u") if other in allowed][:1]
            elif letter and letter != _NOBODY and not (value.owner.type == "escalation" and letter in _OF_OTHERS):
                self.report_lost(value, f"{name}: {show(word)} is not one of {', '.join(allowed)}")
        if conversion.kind == "letter":
            if not found:
                raise ConversionError("no state is left")
            return found[0]
        return [_NOBODY] if _NOBODY in found else list(dict.fromkeys(found))

    def _parse_number(self, name: str, value: Value) -> int:
        text = value.text or ""
        try:
            number = float(text) if "." in text else int(text)
            whole = round(number)
        except (ValueError, OverflowError):
            raise ConversionError(f"{show(text, 40)} is not a number") from None
        if whole != number:
            self._report("changed", value, f"{name}: {number:g} is rounded to {whole}")
        return whole

    def _parse_minutes(self, name: str, value: Value) -> int:
        try:
            minutes = float(value.text or "") / self._minute
        except ValueError:
            minutes = math.nan
        if not 0 <= minutes < 1 << 31:
            raise ConversionError(f"{show(value.text, 40)} is not a duration")
        whole = math.ceil(round(minutes, 6))
        if abs(whole - minutes) > 1e-5:
            self._report("changed", value, f"{name}: {minutes:g} minutes are rounded to {whole}")
        return whole

    def _add_custom(self, customs: dict[str, str], name: str, value: Value) -> None:
        if is_invalid_key(name) or "." in name:
            self.report_lost(value, f"{show(name, 80)}: the backend cannot store a variable with this name")
        else:
            customs[name] = value.text or ""
            if value.text not in (None, "", "public") and _SECRET_NAME.search(name):
                self._report("exposed", value, name)

    def _convert_location(self, customs: dict[str, str], values: Values) -> dict[str, Any] | None:
        """Return the location for maps, with the latitude first as in the backend's default."""
        if not all(name in customs for name in LOCATION):
            return None
        try:
            place = [float(customs[name]) for name in LOCATION]
        except ValueError:
            place = [math.nan]
        if not all(map(math.isfinite, place)):
            self._report("changed", values[LOCATION[0]], f"{' and '.join(LOCATION)} are no location: kept as variables")
            return None
        for name in LOCATION:
            del customs[name]
        return {"type": "Point", "coordinates": place}

    def _report_unsupported(self, name: str, value: Value) -> None:
        harmless = IGNORED_ATTRIBUTES["!_"] if name.startswith("!_") else IGNORED_ATTRIBUTES.get(name, ())
        if value.text is None or "*" in harmless or value.text in harmless:
            return
        self.report_lost(value, f"{show(name, 80)}: the backend has no equivalent")

    def known_names(self, value: Value | None, known: Container[str], reason: str) -> Iterator[str]:
        """Yield the names in a value that are known, and report the others.

        Args:
            value: the value, if there is one.
            known: all names that there are.
            reason: the report without the name.
        """
        for name in names_in(value):
            if name in known:
                yield name
            elif value is not None:
                self.report_lost(value, f"{reason} {show(name)}")

    def report_lost(self, value: Value, reason: str) -> None:
        """Report that a value is lost."""
        self._report("lost", value, reason)

    def _report(self, kind: Kind, value: Value, reason: str) -> None:
        owner = value.owner
        self._findings.add(kind, owner.file, value.line, reason, owner.type, owner.label)


def _parse_flag(text: str) -> bool:
    word = text.lower()
    if word not in _TRUE | _FALSE:
        raise ConversionError(f"{show(text, 40)} is neither 0 nor 1")
    return word in _TRUE
