"""Names of items: as in the files, unless the backend does not allow them."""

from __future__ import annotations

import functools
import re
from typing import Final

from alignak_backend_client.items.names.references import show
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.model.start_documents import START_NAMES, TEMPLATE_HOST
from alignak_backend_client.site.cfg.findings import Findings
from alignak_backend_client.site.cfg.parsing import Definition

_INSTEAD: Final = "_"


class Names:
    """The names of items by those in the files.

    Attributes:
        items: by resource and name in the files the name of the item.
        templates: likewise of templates; those of services with their host.
    """

    def __init__(self, findings: Findings) -> None:
        self.items: dict[str, dict[str, str]] = {
            resource: {name: name for name in names if name != TEMPLATE_HOST} for resource, names in START_NAMES.items()
        }
        self.templates: dict[str, dict[str, str]] = {}
        self._taken: dict[str, set[str]] = {"host": {TEMPLATE_HOST}}
        self._numbers: dict[tuple[str, str], int] = {}
        self._findings = findings

    def add(self, resource: str, name: str, definition: Definition) -> str | None:
        """Return the name of a new item; None when there is one with that name already, which is told."""
        there = self.items.setdefault(resource, {})
        taken = self._taken.setdefault(resource, set())
        if name in there and there[name] in taken:
            return None
        found = there[name] = self._free(resource, cleaned(resource, name), "", taken)
        self._tell(name, found, definition)
        if resource == "user" and found in START_NAMES[resource]:
            self.changed(definition, f"it becomes the user {show(found)} that every backend has, who may do everything")
        return found

    def add_template(self, resource: str, name: str, definition: Definition) -> str:
        """Return the name of a new template. It differs from those of all items of its resource."""
        taken = self._taken.setdefault(resource, set())
        found = self._free(resource, cleaned(resource, name), "-template", taken)
        self.templates.setdefault(resource, {})[name] = found
        self._tell(name, found, definition)
        return found

    def make(self, resource: str, said: str, made: str, definition: Definition) -> str:
        """Return a name for an item that needs none in the files.

        Args:
            resource: of the item.
            said: what the files call it, an empty text for nothing.
            made: what it is called then.
            definition: where it comes from.
        """
        wanted = said or made
        found = None
        while found is None:
            number = self._numbers[resource, wanted] = self._numbers.get((resource, wanted), 0) + 1
            found = self.add(resource, wanted if number == 1 else f"{wanted} {number}", definition)
        if not said:
            self.changed(definition, f"it has no name: named {show(found)}")
        return found

    def _free(self, resource: str, name: str, ending: str, taken: set[str]) -> str:
        started = START_NAMES.get(resource, frozenset()) if ending else frozenset()
        found, number = name, 1
        while found in taken or found in started:
            number += 1
            found = f"{name}{ending}" if ending and number == 2 else f"{name}{ending}-{number}"
        taken.add(found)
        return found

    def _tell(self, name: str, found: str, definition: Definition) -> None:
        if name != found:
            self.changed(definition, f"it is renamed to {show(found)}")

    def changed(self, definition: Definition, reason: str, line: int | None = None) -> None:
        """Tell that something is another way in the site."""
        place = line or definition.line
        self._findings.add("changed", definition.file, place, reason, definition.type, definition.label)


@functools.lru_cache(10_000)
def cleaned(resource: str, name: str) -> str:
    """Return a name without the characters that the backend rejects in names of a resource."""
    regex = resources_by_name()[resource].fields["name"].get("regex")
    allowed = re.compile(regex).fullmatch if regex else None
    found = "".join(char if char.isprintable() and (not allowed or allowed(char)) else _INSTEAD for char in name)
    return found or _INSTEAD
