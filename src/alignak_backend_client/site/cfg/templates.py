"""Inheritance with ``use``, as described in "Object Inheritance" in the manuals of Nagios and Shinken.

The first template with an attribute takes precedence. A value with ``+`` is added to the inherited one; ``null``
removes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from alignak_backend_client.items.names.references import show
from alignak_backend_client.model.storable import MAX_LEVELS
from alignak_backend_client.site.cfg.findings import Findings
from alignak_backend_client.site.cfg.parsing import Definition, Value

Values = Mapping[str, Value]

_NOT_INHERITED: Final = frozenset({"name", "register", "use"})
"""Attributes that are not inherited."""

_MAX_DEPTH: Final = MAX_LEVELS - 2
"""Maximum number of levels of templates: together with the item, as many as the backend accepts."""


class Templates:
    """The definitions of one type, and their inheritance."""

    def __init__(self, definitions: Iterable[Definition], findings: Findings) -> None:
        self.by_name: dict[str, Definition] = {}
        self._findings = findings
        self._resolved: dict[Definition, dict[str, Value]] = {}
        self._parents: dict[Definition, list[Definition]] = {}
        self._levels: dict[Definition, int] = {}
        for definition in definitions:
            if not (name := definition.text("name")):
                continue
            if first := self.by_name.get(name):
                reason = f"template {show(name)}: also defined in {first.file}:{first.line}: that definition is used"
                findings.add("lost", definition.file, definition.line, reason, definition.type, definition.label)
            else:
                self.by_name[name] = definition

    def parents(self, definition: Definition) -> list[Definition]:
        """Return the templates of a definition in order of precedence; unknown ones are reported."""
        if definition not in self._parents:
            found: list[Definition] = []
            use = definition.values.get("use")
            for name in names_in(use):
                parent = self.by_name.get(name)
                if parent is None:
                    self._report(definition, use, f"use: there is no {definition.type} template {show(name)}")
                else:
                    found.append(parent)
            self._parents[definition] = found
        return self._parents[definition]

    def resolve(self, definition: Definition) -> Values:
        """Return the attributes of a definition, including inherited ones."""
        return self._resolve(definition, ())

    def _resolve(self, definition: Definition, above: tuple[Definition, ...]) -> dict[str, Value]:
        if definition in self._resolved:
            return self._resolved[definition]
        found = {name: value for name, value in definition.values.items() if name not in _NOT_INHERITED}
        if len(above) > _MAX_DEPTH:
            self._report_depth(definition)
            self._parents[definition] = []
        way = (*above, definition)
        added: dict[str, list[str]] = {}
        for parent in list(self.parents(definition)):
            if parent in way:
                self._report(definition, definition.values["use"], f"use: it uses itself through {show(parent.label)}")
                self._parents[definition].remove(parent)
                continue
            inherited = self._resolve(parent, way)
            if self._levels[parent] >= _MAX_DEPTH:
                self._report_depth(definition)
                self._parents[definition].remove(parent)
                continue
            for name, value in inherited.items():
                own = found.get(name)
                if own is None:
                    found[name] = value
                elif own.adds:
                    added.setdefault(name, [own.text or ""]).append(value.text or "")
                    found[name] = own._replace(adds=value.adds)
        for name, texts in added.items():
            # Without duplicates, which diamonds of templates would multiply.
            found[name] = found[name]._replace(text=",".join(split_names(",".join(texts))))
        self._resolved[definition] = found
        self._levels[definition] = 1 + max((self._levels[one] for one in self.parents(definition)), default=0)
        return found

    def _report_depth(self, definition: Definition) -> None:
        reason = f"use: more than {_MAX_DEPTH} templates above each other"
        self._report(definition, definition.values.get("use"), reason)

    def _report(self, definition: Definition, value: Value | None, reason: str) -> None:
        line = value.line if value else definition.line
        self._findings.add("lost", definition.file, line, reason, definition.type, definition.label)


def names_in(value: Value | None) -> list[str]:
    """Return the names in a value without duplicates; none if there is no value."""
    return split_names(value.text or "") if value else []


def split_names(text: str) -> list[str]:
    """Split a comma-separated list of names, and remove duplicates."""
    return list(dict.fromkeys(name for part in text.split(",") if (name := part.strip())))
