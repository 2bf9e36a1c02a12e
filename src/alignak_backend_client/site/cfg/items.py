"""The items that result from definitions, with their effective values."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from alignak_backend_client.items.names.references import full_name
from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.model.start_documents import ROOT
from alignak_backend_client.site.cfg.attributes import (
    OF_SHINKEN,
    RESOURCES,
    TABLES,
    TYPES_OF_SHINKEN,
    UNITS_OF_NAGIOS,
)
from alignak_backend_client.site.cfg.findings import Findings
from alignak_backend_client.site.cfg.naming import Names
from alignak_backend_client.site.cfg.parsing import Definition, Value
from alignak_backend_client.site.cfg.sources import Configuration
from alignak_backend_client.site.cfg.templates import Templates, Values, names
from alignak_backend_client.site.cfg.values import Reader
from alignak_backend_client.site.fields import managed
from alignak_backend_client.site.files.folder import site_types
from alignak_backend_client.site.inheriting import inherited, start_values

Data = dict[str, Any]

_ALWAYS: Final = "24x7"
_SECONDS: Final = 60.0
_USUAL_ORDER: Final = 100
_DIGITS: Final = 10
_REGULAR: Final = re.compile(r"[*?+]|\\\.")
"""What makes a name a regular expression with ``use_regexp_matching``, by Nagios' manual."""


class Items:
    """The items of a site in the making, and what all conversions need.

    Attributes:
        items: by resource and full name.
        origins: by resource and full name the definition, and its attributes with what it inherits.
        definitions: by type.
        templates: by type.
        names: what the items are called.
        reader: reads attributes.
        is_shinken: True for files of Shinken or Alignak, whose defaults and inheritance differ from those of Nagios.
        findings: what could not be carried over.
    """

    def __init__(self, configuration: Configuration, findings: Findings, progress: Callable[[int, int], None]) -> None:
        self.findings = findings
        self.configuration = configuration
        self.definitions: dict[str, list[Definition]] = {}
        for definition in configuration.definitions:
            self.definitions.setdefault(definition.type, []).append(definition)
        self.templates = {type_: Templates(found, findings) for type_, found in self.definitions.items()}
        self.names = Names(findings)
        self.items: dict[str, dict[str, Data]] = {resource: {} for resource in site_types()}
        self.origins: dict[tuple[str, str], tuple[Definition, Values]] = {}
        self.is_shinken = not self.definitions.keys().isdisjoint(TYPES_OF_SHINKEN) or any(
            not one.values.keys().isdisjoint(OF_SHINKEN) for one in configuration.definitions
        )
        minute = _SECONDS / self._interval_length()
        self.reader = Reader(self.names, findings, minute, self._usual(minute), runs_handlers=not self.is_shinken)
        self.realm = ROOT
        self._some_names = self._is_on("use_regexp_matching")
        self._every_name = self._some_names and self._is_on("use_true_regexp_matching")
        self._progress = progress
        self._number = 0
        self._added: dict[tuple[str, tuple[str, ...]], Data] = {}

    def _interval_length(self) -> float:
        """Return the seconds of a unit of time in the files."""
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
        """Return True for a text that is a regular expression by the settings of the main file."""
        return self._every_name or (self._some_names and _REGULAR.search(text) is not None)

    def _is_on(self, name: str) -> bool:
        setting = self.configuration.settings.get(name)
        return setting is not None and setting[1].value == "1"

    def _usual(self, minute: float) -> dict[str, dict[str, int]]:
        """Return what hosts and services have that say nothing: by the main file, and by default."""
        units = {} if self.is_shinken else UNITS_OF_NAGIOS
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
        """Add a definition that the files lack."""
        self.definitions.setdefault(definition.type, []).append(definition)
        self.templates.setdefault(definition.type, Templates((), self.findings))

    def registered(self, type_: str) -> list[Definition]:
        """Return the definitions of a type that are no mere templates, first those that count more."""
        found = [one for one in self.definitions.get(type_, ()) if one.is_registered]
        if any("definition_order" in one.values for one in found):
            found.sort(key=_order)
        return found

    def values(self, definition: Definition) -> Values:
        """Return the attributes of a definition, with those that it inherits."""
        return self.templates[definition.type].resolve(definition)

    def lost(self, definition: Definition, reason: str, value: Value | None = None) -> None:
        """Tell what of a definition is not carried over."""
        owner, line = (value.owner, value.line) if value else (definition, definition.line)
        self.findings.add("lost", owner.file, line, reason, owner.type, owner.label)

    def add_simple(self, type_: str, elsewhere: Iterable[str] = ()) -> list[tuple[Definition, Data]]:
        """Add the items of a type whose name is an attribute; return them with their definitions."""
        resource = RESOURCES[type_]
        found: list[tuple[Definition, Data]] = []
        for definition in self.registered(type_):
            values = self.values(definition)
            name = self.names.items.get(resource, {}).get(definition.text(f"{type_}_name"))
            if name is None or name in self.items[resource]:
                continue
            data = self.reader.fields(resource, values, TABLES[resource], {*elsewhere, f"{type_}_name"})
            found.append((definition, self.add(resource, {"name": name, **data}, definition, values)))
        return found

    def register(self, type_: str) -> None:
        """Find the names of the items of a type, before anything links to them."""
        resource = RESOURCES[type_]
        attribute = f"{type_}_name"
        first: dict[str, Definition] = {}
        for definition in self.registered(type_):
            name = definition.text(attribute)
            if not name:
                self.lost(definition, f"{attribute} is missing")
            elif self.names.add(resource, name, definition) is None:
                there = first.get(name)
                where = f", first in {there.file}:{there.line}" if there else ""
                self.lost(definition, f"defined twice{where}: the first definition is used")
            first.setdefault(name, definition)

    def register_groups(self, type_: str, attribute: str, members: Iterable[Values]) -> None:
        """Find the names of groups. Those that only members name are made, as Shinken does."""
        self.register(type_)
        defined = {definition.text(f"{type_}_name") for definition in self.registered(type_)}
        for value in (values[attribute] for values in members if attribute in values):
            for name in names(value.text or ""):
                if name not in defined:
                    defined.add(name)
                    made = Definition(type_, value.owner.file, value.line)
                    made.values[f"{type_}_name"] = Value(name, value.line, made)
                    self.add_definition(made)
                    self.names.add(RESOURCES[type_], name, made)
                    what = type_.removesuffix("group")
                    self.names.changed(made, f"not defined: created with the {what}s that refer to it")

    def add(
        self, resource: str, data: Data, definition: Definition | None = None, values: Values | None = None
    ) -> Data:
        """Add an item, with what the backend has with that name from its start."""
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

    def complete(self, resource: Resource, data: Data) -> None:
        """Give an item what it has since its templates do not have its say: defaults, where it says nothing.

        In the files that are read nothing comes from the default of a template, in the backend all of it does.
        """
        templates = tuple(data.get("_templates") or ())
        if data.get("_is_template") is True:
            for name, schema in resource.fields.items():
                if "default" in schema and name in managed(resource.name):
                    data.setdefault(name, schema["default"])
        if not templates:
            return
        key = (resource.name, templates)
        if key not in self._added:
            self._added[key] = self._missing(resource, templates)
        for name, value in self._added[key].items():
            data.setdefault(name, value)

    def _missing(self, resource: Resource, templates: tuple[str, ...]) -> Data:
        """Return what an item without own values must say, so that it does not have those of templates."""
        there = [self.items[resource.name][name] for name in templates]
        plain = inherited(resource, {"name": ""}, [])
        found: Data = {}
        for name, value in inherited(resource, {"name": ""}, there).items():
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


def _order(definition: Definition) -> int:
    """Return the ``definition_order``: of several definitions of an item, that of the lowest one counts."""
    text = definition.text("definition_order")
    return int(text) if text.isascii() and text.isdigit() and len(text) < _DIGITS else _USUAL_ORDER
