"""Inheritance with ``use``, as described in "Object Inheritance" in the manuals of Nagios and Shinken.

The first template that has an attribute counts. A value with ``+`` is added to what is inherited; ``null`` takes that
away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from alignak_backend_client.items.names.references import show
from alignak_backend_client.model.storable import MAX_LEVELS
from alignak_backend_client.site.cfg.findings import Findings
from alignak_backend_client.site.cfg.parsing import Definition, Value

Values = Mapping[str, Value]

_OWN: Final = frozenset({"name", "register", "use"})
"""What nobody inherits."""

_DEEPEST: Final = MAX_LEVELS - 2
"""Templates above each other: the backend takes no more, with the item that follows them."""


class Templates:
    """The definitions of one type, and what they inherit of each other."""

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
        """Return the templates that a definition names, first those that count more; unknown ones are told."""
        if definition not in self._parents:
            found: list[Definition] = []
            use = definition.values.get("use")
            for name in names(use.text or "") if use else ():
                parent = self.by_name.get(name)
                if parent is None:
                    self._tell(definition, use, f"use: there is no {definition.type} template {show(name)}")
                else:
                    found.append(parent)
            self._parents[definition] = found
        return self._parents[definition]

    def resolve(self, definition: Definition) -> Values:
        """Return the attributes of a definition with those that it inherits."""
        return self._resolve(definition, ())

    def _resolve(self, definition: Definition, above: tuple[Definition, ...]) -> dict[str, Value]:
        if definition in self._resolved:
            return self._resolved[definition]
        found = {name: value for name, value in definition.values.items() if name not in _OWN}
        if len(above) > _DEEPEST:
            self._tell_of_depth(definition)
            self._parents[definition] = []
        way = (*above, definition)
        added: dict[str, list[str]] = {}
        for parent in list(self.parents(definition)):
            if parent in way:
                self._tell(definition, definition.values["use"], f"use: it uses itself through {show(parent.label)}")
                self._parents[definition].remove(parent)
                continue
            inherited = self._resolve(parent, way)
            if self._levels[parent] >= _DEEPEST:
                self._tell_of_depth(definition)
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
            # Each element stands once, so that diamonds of templates stay small.
            found[name] = found[name]._replace(text=",".join(names(",".join(texts))))
        self._resolved[definition] = found
        self._levels[definition] = 1 + max((self._levels[one] for one in self.parents(definition)), default=0)
        return found

    def _tell_of_depth(self, definition: Definition) -> None:
        reason = f"use: more than {_DEEPEST} templates above each other"
        self._tell(definition, definition.values.get("use"), reason)

    def _tell(self, definition: Definition, value: Value | None, reason: str) -> None:
        line = value.line if value else definition.line
        self._findings.add("lost", definition.file, line, reason, definition.type, definition.label)


def names(text: str) -> list[str]:
    """Return the names of a list with commas, each once."""
    return list(dict.fromkeys(name for part in text.split(",") if (name := part.strip())))
