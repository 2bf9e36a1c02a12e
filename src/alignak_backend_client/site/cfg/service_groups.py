"""Converting service groups, and resolving expressions for services."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Iterator
from typing import Final

from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.references import show
from alignak_backend_client.site.cfg.expressions import match_names
from alignak_backend_client.site.cfg.hosts import Hosts, convert_subgroups
from alignak_backend_client.site.cfg.items import Items
from alignak_backend_client.site.cfg.parsing import Definition, Value
from alignak_backend_client.site.cfg.services import Services
from alignak_backend_client.site.cfg.templates import names_in, split_names

_MAX_SELECTED: Final = 5_000_000
"""Members of all groups together."""


class ServiceGroups:
    """The service groups."""

    def __init__(self, items: Items, hosts: Hosts, services: Services) -> None:
        self._items = items
        self._hosts = hosts
        self._services = services
        self._selected = 0
        self._direct: dict[str, list[str]] = {}
        self._groups: dict[str, Definition] = {}
        for definition in items.registered("servicegroup"):
            self._groups.setdefault(definition.text("servicegroup_name"), definition)

    def resolve_services(
        self, hosts: Iterable[str], description: Value | None, of_groups: Value | None = None
    ) -> Iterator[str]:
        """Yield the full names of services on hosts with some descriptions, and of the members of service groups."""
        words = names_in(description)
        if description is not None and words:
            excluded = {word[1:].strip() for word in words if word.startswith("!")}
            for host in hosts:
                there = self._on_hosts.get(host, [])
                for one in (
                    there
                    if "*" in words
                    else itertools.chain(*(self._match_descriptions(word, there) for word in words))
                ):
                    if one in excluded or one.startswith("!"):
                        continue
                    if (full := self._services.full_name(host, one)) is not None:
                        yield full
                    else:
                        self._items.reader.report_lost(description, f"there is no service {show(f'{host}/{one}')}")
        for group in self._items.reader.known_names(of_groups, self._groups, "there is no servicegroup"):
            yield from self.members(group)

    def _match_descriptions(self, word: str, those: list[str]) -> list[str]:
        """Return the descriptions that a word selects: itself, or those that match it as a regular expression."""
        found = match_names(word, those) if self._items.is_regular(word) else None
        return [word] if found is None else found

    @functools.cached_property
    def _on_hosts(self) -> dict[str, list[str]]:
        """Host to the descriptions of its services."""
        found: dict[str, list[str]] = {}
        for host, description in self._services.definitions:
            found.setdefault(host, []).append(description)
        return found

    def members(self, group: str) -> list[str]:
        """Return the services of a group and of its subgroups."""
        seen, stack = {group}, [group]
        while stack:
            definition = self._groups.get(stack.pop())
            inner = split_names(definition.text("servicegroup_members")) if definition else []
            stack += [one for one in inner if one not in seen]
            seen.update(inner)
        return sorted({service for one in seen for service in self._direct_members(one)})

    def _direct_members(self, group: str) -> list[str]:
        if group not in self._direct:
            self._direct[group] = self._select_members(group)
        return self._direct[group]

    def _select_members(self, group: str) -> list[str]:
        definition = self._groups.get(group)
        value = self._items.values(definition).get("members") if definition else None
        found = dict(self._services.of_groups.get(group, {}))
        if value is not None and value.text:
            words = [word.strip() for word in value.text.split(",")]
            if len(words) % 2:
                self._items.reader.report_lost(
                    value, "members: pairs of host and service needed; the last one is incomplete"
                )
            for host, description in zip(words[::2], words[1::2], strict=False):
                hosts = self._hosts.resolve_hosts(value._replace(text=host), None)
                self._selected += len(hosts)
                if self._selected > _MAX_SELECTED:
                    where = f"{value.owner.file}:{value.line}"
                    raise ItemError(f"{where}: the service groups have more than {_MAX_SELECTED} members")
                found |= dict.fromkeys(self.resolve_services(hosts, value._replace(text=description)))
        return list(found)

    def add(self) -> None:
        """Add the groups."""
        for definition, data in self._items.add_simple("servicegroup", ("members", "servicegroup_members")):
            data["services"] = sorted(self._direct_members(definition.text("servicegroup_name")))
            data["servicegroups"] = convert_subgroups(self._items, definition, "servicegroup")
