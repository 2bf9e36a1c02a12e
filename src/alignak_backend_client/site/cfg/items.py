"""The items that result from definitions, with their effective values."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any, Final

from alignak_backend_client.items.names.references import full_name
from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.model.start_documents import ROOT
from alignak_backend_client.site.cfg.attributes import (
    NAGIOS_INTERVALS,
    RESOURCES,
    SHINKEN_ATTRIBUTES,
    SHINKEN_TYPES,
    TABLES,
)
from alignak_backend_client.site.cfg.findings import Findings
from alignak_backend_client.site.cfg.naming import Names
from alignak_backend_client.site.cfg.parsing import Definition, Value
from alignak_backend_client.site.cfg.sources import Configuration
from alignak_backend_client.site.cfg.templates import Templates, Values, names_in
from alignak_backend_client.site.cfg.values import Reader
from alignak_backend_client.site.files.folder import site_types
from alignak_backend_client.site.inheriting import inherited_values, start_values
from alignak_backend_client.site.progress import Progress

Data = dict[str, Any]

_ALWAYS: Final = "24x7"
_SECONDS: Final = 60.0
_DEFAULT_ORDER: Final = 100
_DIGITS: Final = 10
_REGULAR: Final = re.compile(r"[*?+]|\\\.")
"""Characters that make a name a regular expression with ``use_regexp_matching``, according to the Nagios manual."""


class Items:
    """The converted items, and the shared state of the conversion.

    Attributes:
        items: the items by resource and full name.
        origins: resource and full name of an item to its definition and its attributes, including inherited ones.
        definitions: the definitions by type.
        templates: the templates by type.
        names: the names of the items.
        reader: converts attributes.
        is_shinken: True for files of Shinken or Alignak, whose defaults and inheritance differ from those of Nagios.
        findings: the findings.
    """

    def __init__(self, configuration: Configuration, findings: Findings, progress: Progress) -> None:
        self.findings = findings
        self.configuration = configuration
        self.definitions: dict[str, list[Definition]] = {}
        for definition in configuration.definitions:
            self.definitions.setdefault(definition.type, []).append(definition)
        self.templates = {type_: Templates(found, findings) for type_, found in self.definitions.items()}
        self.names = Names(findings)
        self.items: dict[str, dict[str, Data]] = {resource: {} for resource in site_types()}
        self.origins: dict[tuple[str, str], tuple[Definition, Values]] = {}
        self.is_shinken = not self.definitions.keys().isdisjoint(SHINKEN_TYPES) or any(
            not one.values.keys().isdisjoint(SHINKEN_ATTRIBUTES) for one in configuration.definitions
        )
        minute = _SECONDS / self._interval_length()
        self.reader = Reader(
            self.names, findings, minute, self._read_engine_defaults(minute), runs_handlers=not self.is_shinken
        )
        self.realm = ROOT
        self._some_names = self._is_on("use_regexp_matching")
        self._every_name = self._some_names and self._is_on("use_true_regexp_matching")
        self._progress = progress
        self._number = 0
        self._added: dict[tuple[str, tuple[str, ...]], Data] = {}

    def _interval_length(self) -> float:
        """Return the time unit of the files in seconds."""
        found = self.configuration.settings.get("interval_length")
        if found is None:
            return _SECONDS
        file, setting = found
        try:
            seconds = float(setting.value)
        except ValueError:
            seconds = 0
        if 0 < seconds < 1e9:
            return seconds
        self.findings.add("lost", file, setting.line, "interval_length: not a number of seconds: using 60")
        return _SECONDS

    def is_regular(self, text: str) -> bool:
        """Return True for a text that is a regular expression according to the main file."""
        return self._every_name or (self._some_names and _REGULAR.search(text) is not None)

    def _is_on(self, name: str) -> bool:
        setting = self.configuration.settings.get(name)
        return setting is not None and setting[1].value == "1"

    def _read_engine_defaults(self, minute: float) -> dict[str, dict[str, int]]:
        """Return the default values of hosts and services in the engine, and those that the main file sets."""
        units = {} if self.is_shinken else NAGIOS_INTERVALS
        intervals = {name: math.ceil(number / minute) for name, number in units.items()}
        found = {what: dict(intervals) for what in ("host", "service")}
        for what, values in found.items():
            for which in ("low", "high"):
                setting = self.configuration.settings.get(f"{which}_{what}_flap_threshold")
                try:
                    percent = round(float(setting[1].value)) if setting else 0
                except (ValueError, OverflowError):
                    percent = 0
                if 0 < percent <= 100:
                    values[f"{which}_flap_threshold"] = percent
        return found

    def add_definition(self, definition: Definition) -> None:
        """Add a definition that is not in the files."""
        self.definitions.setdefault(definition.type, []).append(definition)
        self.templates.setdefault(definition.type, Templates((), self.findings))

    def registered(self, type_: str) -> list[Definition]:
        """Return the definitions of a type without pure templates, those with the highest precedence first."""
        found = [one for one in self.definitions.get(type_, ()) if one.is_registered]
        if any("definition_order" in one.values for one in found):
            found.sort(key=_definition_order)
        return found

    def values(self, definition: Definition) -> Values:
        """Return the attributes of a definition, including inherited ones."""
        return self.templates[definition.type].resolve(definition)

    def report_lost(self, definition: Definition, reason: str) -> None:
        """Report that a definition is lost."""
        self.findings.add("lost", definition.file, definition.line, reason, definition.type, definition.label)

    def add_simple(self, type_: str, elsewhere: Iterable[str] = ()) -> list[tuple[Definition, Data]]:
        """Add the items of a type whose name is an attribute; return them with their definitions."""
        resource = RESOURCES[type_]
        found: list[tuple[Definition, Data]] = []
        for definition in self.registered(type_):
            values = self.values(definition)
            name = self.names.items.get(resource, {}).get(definition.text(f"{type_}_name"))
            if name is None or name in self.items[resource]:
                continue
            data = self.reader.convert_fields(resource, values, TABLES[resource], {*elsewhere, f"{type_}_name"})
            found.append((definition, self.add(resource, {"name": name, **data}, definition, values)))
        return found

    def register(self, type_: str) -> None:
        """Register the names of the items of a type, before links to them are converted."""
        resource = RESOURCES[type_]
        attribute = f"{type_}_name"
        first: dict[str, Definition] = {}
        for definition in self.registered(type_):
            name = definition.text(attribute)
            if not name:
                self.report_lost(definition, f"{attribute} is missing")
            elif self.names.add(resource, name, definition) is None:
                there = first.get(name)
                where = f", first in {there.file}:{there.line}" if there else ""
                self.report_lost(definition, f"defined twice{where}: the first definition is used")
            first.setdefault(name, definition)

    def register_groups(self, type_: str, attribute: str, members: Iterable[Values]) -> None:
        """Register the names of groups. Groups that only members refer to are created, as in Shinken."""
        self.register(type_)
        defined = {definition.text(f"{type_}_name") for definition in self.registered(type_)}
        for value in (values[attribute] for values in members if attribute in values):
            for name in names_in(value):
                if name not in defined:
                    defined.add(name)
                    made = Definition(type_, value.owner.file, value.line)
                    made.values[f"{type_}_name"] = Value(name, value.line, made)
                    self.add_definition(made)
                    self.names.add(RESOURCES[type_], name, made)
                    what = type_.removesuffix("group")
                    self.names.report_change(made, f"not defined: created with the {what}s that refer to it")

    def add(
        self, resource: str, data: Data, definition: Definition | None = None, values: Values | None = None
    ) -> Data:
        """Add an item, with the values of the start document of that name, if there is one."""
        known = resources_by_name()[resource]
        data = {**start_values(known, data["name"]), **data}
        if "_realm" in known.fields:
            data.setdefault("_realm", ROOT)
        if known.alias_is_name and not data.get("alias"):
            data["alias"] = data["name"]
        for field, name in known.default_items.items():
            data.setdefault(field, name)
        full = full_name(known, data)
        self.items[resource][full] = data
        self._number += 1
        self._progress(self._number, 0)
        if definition is not None:
            self.origins[resource, full] = (definition, values if values is not None else {})
        return data

    def fill_in_defaults(self, resource: Resource, data: Data) -> None:
        """Set fields of an item to their defaults if it would otherwise inherit them from its templates, in place.

        In the files, defaults of a template are not inherited; in the backend, they are.
        """
        templates = tuple(data.get("_templates") or ())
        if not templates:
            return
        key = (resource.name, templates)
        if key not in self._added:
            self._added[key] = self._missing_values(resource, templates)
        for name, value in self._added[key].items():
            data.setdefault(name, value)

    def _missing_values(self, resource: Resource, templates: tuple[str, ...]) -> Data:
        """Return the values that an item must set, so that it does not inherit defaults of its templates."""
        there = [self.items[resource.name][name] for name in templates]
        plain = inherited_values(resource, {"name": ""}, [])
        found: Data = {}
        for name, value in inherited_values(resource, {"name": ""}, there).items():
            schema = resource.fields[name]
            if name in resource.key or name == "alias" or resource.is_same(name, value, plain.get(name)):
                continue
            if "default" in schema or name in plain:
                found[name] = plain.get(name, schema.get("default"))
            elif schema.get("nullable"):
                found[name] = None
            elif name in resource.links and resource.links[name].resource == "timeperiod":
                found[name] = _ALWAYS
        return found


def _definition_order(definition: Definition) -> int:
    """Return the ``definition_order``: the definition with the lowest one takes precedence."""
    text = definition.text("definition_order")
    return int(text) if text.isascii() and text.isdigit() and len(text) < _DIGITS else _DEFAULT_ORDER
