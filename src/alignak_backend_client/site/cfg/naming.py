"""Names of items: as in the files, unless the backend does not allow them."""

from __future__ import annotations

import functools
import re
from typing import Final

from alignak_backend_client.items.names.references import enumeration, show
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.model.start_documents import START_NAMES, TEMPLATE_HOST
from alignak_backend_client.site.cfg.findings import Findings
from alignak_backend_client.site.cfg.parsing import Definition

_REPLACEMENT: Final = "_"


class Names:
    """The names of items in the backend.

    Attributes:
        items: by resource, name in the files to name in the backend.
        templates: the same for templates; those of services include their host.
    """

    def __init__(self, findings: Findings) -> None:
        self.items: dict[str, dict[str, str]] = {
            resource: {name: name for name in names if name != TEMPLATE_HOST} for resource, names in START_NAMES.items()
        }
        self.templates: dict[str, dict[str, str]] = {}
        self._taken: dict[str, set[str]] = {"host": {TEMPLATE_HOST}}
        self._numbers: dict[tuple[str, str], int] = {}
        self._unnamed: dict[Definition, list[str]] = {}
        self._findings = findings

    def add(self, resource: str, name: str, definition: Definition) -> str | None:
        """Return the name of a new item; None if the name is already in use. Renaming is reported."""
        there = self.items.setdefault(resource, {})
        taken = self._taken.setdefault(resource, set())
        if name in there and there[name] in taken:
            return None
        found = there[name] = self._reserve(resource, clean_name(resource, name), "", taken)
        self._report(name, found, definition)
        if resource == "user" and found in START_NAMES[resource]:
            self.report_change(
                definition, f"it becomes the user {show(found)} that every backend has, who may do everything"
            )
        return found

    def add_template(self, resource: str, name: str, definition: Definition) -> str:
        """Return the name of a new template. It differs from those of all items of its resource."""
        taken = self._taken.setdefault(resource, set())
        found = self._reserve(resource, clean_name(resource, name), "-template", taken)
        self.templates.setdefault(resource, {})[name] = found
        self._report(name, found, definition)
        return found

    def make_unique(self, resource: str, given: str, default: str, definition: Definition) -> str:
        """Return a unique name for an item that needs none in the files.

        Args:
            resource: the resource of the item.
            given: its name in the files; empty if it has none.
            default: the name if there is none.
            definition: its definition.
        """
        wanted = given or default
        found = None
        while found is None:
            number = self._numbers[resource, wanted] = self._numbers.get((resource, wanted), 0) + 1
            found = self.add(resource, wanted if number == 1 else f"{wanted} {number}", definition)
        if not given:
            self._unnamed.setdefault(definition, []).append(found)
        return found

    def report_unnamed(self) -> None:
        """Report the names of the items that need none in the files: of many of one definition the first one."""
        for definition, names in self._unnamed.items():
            self.report_change(definition, f"it has no name: named {enumeration([show(name) for name in names])}")

    def _reserve(self, resource: str, name: str, ending: str, taken: set[str]) -> str:
        started = START_NAMES.get(resource, frozenset()) if ending else frozenset()
        found, number = name, 1
        while found in taken or found in started:
            number += 1
            found = f"{name}{ending}" if ending and number == 2 else f"{name}{ending}-{number}"
        taken.add(found)
        return found

    def _report(self, name: str, found: str, definition: Definition) -> None:
        if name != found:
            self.report_change(definition, f"it is renamed to {show(found)}")

    def report_change(self, definition: Definition, reason: str, line: int | None = None) -> None:
        """Report that something differs in the site."""
        place = line or definition.line
        self._findings.add("changed", definition.file, place, reason, definition.type, definition.label)


@functools.lru_cache(10_000)
def clean_name(resource: str, name: str) -> str:
    """Return a name without the characters that the backend rejects in names of a resource."""
    regex = resources_by_name()[resource].fields["name"].get("regex")
    allowed = re.compile(regex).fullmatch if regex else None
    found = "".join(char if char.isprintable() and (not allowed or allowed(char)) else _REPLACEMENT for char in name)
    return found or _REPLACEMENT
