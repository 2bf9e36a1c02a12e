"""Converting hosts and host groups, and resolving expressions for hosts."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any, Final

from alignak_backend_client.items.names.references import show
from alignak_backend_client.site.cfg.attributes import EXTENDED, RESOURCES, TABLES
from alignak_backend_client.site.cfg.expressions import (
    ExpressionError,
    Find,
    evaluate,
    is_expression,
    match_names,
)
from alignak_backend_client.site.cfg.items import Items
from alignak_backend_client.site.cfg.parsing import Definition, Value
from alignak_backend_client.site.cfg.templated import (
    add_template,
    add_with_templates,
    get_templates,
    register_templates,
)
from alignak_backend_client.site.cfg.templates import Values, names_in, split_names

_ELSEWHERE: Final = frozenset(
    {"host_name", "hostgroups", "realm", "service_overrides", "service_excludes", "service_includes"}
)
_MAX_CACHED: Final = 5_000_000
"""Maximum number of cached group members in total; deeply nested groups have many."""


class Hosts:
    """The hosts, by their names in the files.

    Attributes:
        values: name of a host to its attributes, including inherited ones.
        definitions: name of a host to its definition.
        templates: the definitions of templates.
    """

    def __init__(self, items: Items) -> None:
        self._items = items
        self.values: dict[str, Values] = {}
        self.definitions: dict[str, Definition] = {}
        self.templates: list[Definition] = []
        self._groups: dict[str, Definition] = {}
        self._members: dict[str, frozenset[str]] = {}
        self._direct_members: dict[str, list[str]] = {}
        self._groups_of_hosts: dict[str, list[str]] = {}
        self._cached = 0

    def register(self) -> None:
        """Register the names of hosts and host groups."""
        self._items.register("host")
        for definition in self._items.registered("host"):
            if (name := definition.text("host_name")) and name not in self.values:
                self.values[name] = self._items.values(definition)
                self.definitions[name] = definition
        self.templates = register_templates(self._items, "host")
        self._items.register_groups("hostgroup", "hostgroups", self.values.values())
        for definition in self._items.registered("hostgroup"):
            self._groups.setdefault(definition.text("hostgroup_name"), definition)
        for host, values in self.values.items():
            for group in names_in(values.get("hostgroups")):
                self._groups_of_hosts.setdefault(group, []).append(host)

    @property
    def groups(self) -> dict[str, Definition]:
        """The definitions of the groups, by name."""
        return self._groups

    def members(self, group: str) -> frozenset[str]:
        """Return the hosts of a group and of its subgroups."""
        if group not in self._members:
            seen, stack = {group}, [group]
            while stack:
                definition = self._groups.get(stack.pop())
                inner = split_names(definition.text("hostgroup_members")) if definition else []
                stack += [one for one in inner if one not in seen]
                seen.update(inner)
            found = frozenset(host for one in seen for host in self.direct_members(one))
            self._cached += len(found)
            if self._cached > _MAX_CACHED:
                return found
            self._members[group] = found
        return self._members[group]

    def direct_members(self, group: str) -> list[str]:
        """Return the hosts of a group without those of its subgroups."""
        if group not in self._direct_members:
            definition = self._groups.get(group)
            value = self._items.values(definition).get("members") if definition else None
            found = self.resolve_hosts(value, None) if value else []
            self._direct_members[group] = list(dict.fromkeys([*found, *self._groups_of_hosts.get(group, ())]))
        return self._direct_members[group]

    @functools.cached_property
    def _followers(self) -> dict[str, list[str]]:
        """Name of a template to the hosts that use it, directly or through other templates."""
        templates = self._items.templates.get("host")
        found: dict[str, list[str]] = {}
        for host, definition in self.definitions.items():
            seen: dict[Definition, None] = {}
            stack = [definition]
            while stack and templates is not None:
                for parent in templates.parents(stack.pop()):
                    if parent not in seen:
                        seen[parent] = None
                        stack.append(parent)
            for parent in seen:
                found.setdefault(parent.text("name"), []).append(host)
        return found

    def followers(self, template: str) -> list[str]:
        """Return the hosts that use a template."""
        return self._followers.get(template, [])

    def resolve_hosts(self, by_name: Value | None, by_group: Value | None, *, templates: bool = False) -> list[str]:
        """Return the hosts selected by attributes such as ``host_name`` and ``hostgroup_name``, in order.

        ``*`` selects all, ``!name`` excludes; ``&``, ``|`` and parentheses are those of Shinken.

        Args:
            by_name: names of hosts.
            by_group: names of groups.
            templates: True if names of host templates select the hosts that use them.
        """
        found: dict[str, None] = {}
        excluded: set[str] = set()

        find_host = functools.partial(self._find_host, templates=templates)
        for value, find, what in ((by_name, find_host, "host"), (by_group, self._find_group, "hostgroup")):
            for word in names_in(value):
                plain = word.removeprefix("!").strip()
                matches = find(plain)
                if matches is None and is_expression(plain):
                    matches = self._evaluate(word, find)
                    word = plain  # noqa: PLW2901 - the expression has evaluated the !
                if matches is None:
                    assert value is not None  # noqa: S101 - it has words
                    self._items.reader.report_lost(value, f"there is no {what} {show(plain)}")
                elif word.startswith("!"):
                    excluded.update(matches)
                else:
                    found.update(dict.fromkeys(sorted(matches) if isinstance(matches, frozenset) else matches))
        return [host for host in found if host not in excluded]

    def _find_host(self, name: str, *, templates: bool) -> Iterable[str] | None:
        if name == "*":
            return self.values
        if (matches := self._match(name, self.values)) is not None:
            return matches
        if name in self.values:
            return (name,)
        return self._followers.get(name, ()) if templates and self._is_template(name) else None

    def _find_group(self, name: str) -> Iterable[str] | None:
        if name == "*":
            return [host for group in self._groups for host in self.direct_members(group)]
        if (matches := self._match(name, self._groups)) is not None:
            return [host for group in matches for host in sorted(self.members(group))]
        return self.members(name) if name in self._groups else None

    def _match(self, text: str, candidates: Iterable[str]) -> list[str] | None:
        """Return the names that match a regular expression, if the main file enables them; None if there are none."""
        return (match_names(text, candidates) if self._items.is_regular(text) else None) or None

    def _is_template(self, name: str) -> bool:
        return name in self._items.names.templates.get("host", {})

    def _evaluate(self, text: str, find: Find) -> list[str] | None:
        """Evaluate an expression of Shinken; return None if it is invalid."""
        try:
            return sorted(evaluate(text, find, self.values))
        except ExpressionError:
            return None

    def add(self) -> None:
        """Add the templates and the hosts."""
        reader = self._items.reader
        for definition in self.templates:
            values = self._items.values(definition)
            add_template(self._items, definition, reader.convert_fields("host", values, TABLES["host"], _ELSEWHERE))
        extended = self._read_extended_info()
        for name, definition in self.definitions.items():
            fields = reader.convert_fields("host", self.values[name], TABLES["host"], _ELSEWHERE)
            fields = {"address": name, **extended.get(name, {}), **fields}
            fields["_realm"] = self._realm(name, self.values[name])
            data = {"name": self._items.names.items["host"][name], **fields}
            add_with_templates(self._items, definition, data, get_templates(self._items, definition))

    @functools.cached_property
    def _realms_of_groups(self) -> dict[str, Value]:
        """Host to the realm that one of its groups sets."""
        found: dict[str, Value] = {}
        for group, definition in self._groups.items():
            value = self._items.values(definition).get("realm")
            if value is not None:
                found |= {host: value for host in self.members(group) if host not in found}
        return found

    def _realm(self, host: str, values: Values) -> str:
        value = values.get("realm") or self._realms_of_groups.get(host)
        if value is None or not value.text:
            return self._items.realm
        realm = self._items.names.items["realm"].get(value.text)
        if realm is None:
            self._items.reader.report_lost(value, f"realm: there is no realm {show(value.text)}")
        return realm or self._items.realm

    def _read_extended_info(self) -> dict[str, dict[str, Any]]:
        """Return the fields from ``hostextinfo`` definitions, by host."""
        found: dict[str, dict[str, Any]] = {}
        for definition in self._items.registered("hostextinfo"):
            values = self._items.values(definition)
            which = self.resolve_hosts(values.get("host_name"), values.get("hostgroup_name"))
            elsewhere = ("host_name", "hostgroup_name")
            fields = self._items.reader.convert_fields("host", values, EXTENDED["hostextinfo"], elsewhere)
            for host in which:
                found[host] = {**fields, **found.get(host, {})}
        return found

    def add_groups(self) -> None:
        """Add the host groups."""
        elsewhere = ("members", "hostgroup_members", "realm")
        for definition, data in self._items.add_simple("hostgroup", elsewhere):
            known = self._items.names.items["host"]
            data["hosts"] = sorted(known[host] for host in self.direct_members(definition.text("hostgroup_name")))
            data["hostgroups"] = convert_subgroups(self._items, definition, "hostgroup")


def convert_subgroups(items: Items, definition: Definition, type_: str) -> list[str]:
    """Return the names of the subgroups of a group; unknown ones are reported."""
    known = items.names.items.get(RESOURCES[type_], {})
    value = items.values(definition).get(f"{type_}_members")
    names = items.reader.known_names(value, known, f"{type_}_members: there is no {type_}")
    return sorted(known[name] for name in names if name != definition.text(f"{type_}_name"))
