"""Hosts, their groups, and which hosts an expression means."""

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
    matching,
)
from alignak_backend_client.site.cfg.items import Items
from alignak_backend_client.site.cfg.parsing import Definition, Value
from alignak_backend_client.site.cfg.templated import add_real, add_template, register_templates, used
from alignak_backend_client.site.cfg.templates import Values, names

_ELSEWHERE: Final = frozenset(
    {"host_name", "hostgroups", "realm", "service_overrides", "service_excludes", "service_includes"}
)
_MOST_KEPT: Final = 5_000_000
"""Members of groups that are remembered, all together: groups in groups in groups have many."""


class Hosts:
    """The hosts of the files, by their names there.

    Attributes:
        values: by the name of a host its attributes, with those that it inherits.
        definitions: by name.
        templates: the definitions of templates.
    """

    def __init__(self, items: Items) -> None:
        self._items = items
        self.values: dict[str, Values] = {}
        self.definitions: dict[str, Definition] = {}
        self.templates: list[Definition] = []
        self._groups: dict[str, Definition] = {}
        self._members: dict[str, frozenset[str]] = {}
        self._direct: dict[str, list[str]] = {}
        self._of_hosts: dict[str, list[str]] = {}
        self._kept = 0

    def register(self) -> None:
        """Find the names of hosts and of their groups."""
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
            for group in names(values["hostgroups"].text or "") if "hostgroups" in values else ():
                self._of_hosts.setdefault(group, []).append(host)

    @property
    def groups(self) -> dict[str, Definition]:
        """The groups by name."""
        return self._groups

    def members(self, group: str) -> frozenset[str]:
        """Return the hosts of a group, and of the groups in it."""
        if group not in self._members:
            seen, stack = {group}, [group]
            while stack:
                definition = self._groups.get(stack.pop())
                inner = names(definition.text("hostgroup_members")) if definition else []
                stack += [one for one in inner if one not in seen]
                seen.update(inner)
            found = frozenset(host for one in seen for host in self.direct(one))
            self._kept += len(found)
            if self._kept > _MOST_KEPT:
                return found
            self._members[group] = found
        return self._members[group]

    def direct(self, group: str) -> list[str]:
        """Return the hosts of a group without those of the groups in it."""
        if group not in self._direct:
            definition = self._groups.get(group)
            value = self._items.values(definition).get("members") if definition else None
            found = self.meant(value, None) if value else []
            self._direct[group] = list(dict.fromkeys([*found, *self._of_hosts.get(group, ())]))
        return self._direct[group]

    @functools.cached_property
    def _following(self) -> dict[str, list[str]]:
        """By the name of a template the hosts that follow it, over other templates, too."""
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

    def following(self, template: str) -> list[str]:
        """Return the hosts that follow a template."""
        return self._following.get(template, [])

    def meant(self, by_name: Value | None, by_group: Value | None, *, templates: bool = False) -> list[str]:
        """Return the hosts that attributes such as ``host_name`` and ``hostgroup_name`` mean, in their order.

        ``*`` means all, ``!name`` takes away; ``&``, ``|`` and parentheses are Shinken's.

        Args:
            by_name: names of hosts.
            by_group: names of groups.
            templates: True when names of host templates mean those that follow them.
        """
        found: dict[str, None] = {}
        less: set[str] = set()

        of_name = functools.partial(self._of_name, templates=templates)
        for value, find, what in ((by_name, of_name, "host"), (by_group, self._of_group, "hostgroup")):
            for word in names(value.text or "") if value else ():
                plain = word.removeprefix("!").strip()
                those = find(plain)
                if those is None and is_expression(plain):
                    those = self._evaluated(word, find)
                    word = plain  # noqa: PLW2901 - the expression has seen to the !
                if those is None:
                    assert value is not None  # noqa: S101 - it has words
                    self._items.reader.lost(value, f"there is no {what} {show(plain)}")
                elif word.startswith("!"):
                    less.update(those)
                else:
                    found.update(dict.fromkeys(sorted(those) if isinstance(those, frozenset) else those))
        return [host for host in found if host not in less]

    def _of_name(self, name: str, *, templates: bool) -> Iterable[str] | None:
        if name == "*":
            return self.values
        if (those := self._matching(name, self.values)) is not None:
            return those
        if name in self.values:
            return (name,)
        return self._following.get(name, ()) if templates and self._is_template(name) else None

    def _of_group(self, name: str) -> Iterable[str] | None:
        if name == "*":
            return [host for group in self._groups for host in self.direct(group)]
        if (those := self._matching(name, self._groups)) is not None:
            return [host for group in those for host in sorted(self.members(group))]
        return self.members(name) if name in self._groups else None

    def _matching(self, text: str, those: Iterable[str]) -> list[str] | None:
        """Return those whose names match, where the main file lets a text be a regular expression; None for none."""
        return (matching(text, those) if self._items.is_regular(text) else None) or None

    def _is_template(self, name: str) -> bool:
        return name in self._items.names.templates.get("host", {})

    def _evaluated(self, text: str, find: Find) -> list[str] | None:
        """Return what an expression of Shinken means; None when it is none."""
        try:
            return sorted(evaluate(text, find, self.values))
        except ExpressionError:
            return None

    def add(self) -> None:
        """Add the hosts, and their templates before."""
        reader = self._items.reader
        for definition in self.templates:
            values = self._items.values(definition)
            add_template(self._items, definition, reader.fields("host", values, TABLES["host"], _ELSEWHERE))
        extended = self._extended()
        for name, definition in self.definitions.items():
            fields = reader.fields("host", self.values[name], TABLES["host"], _ELSEWHERE)
            fields = {"address": name, **extended.get(name, {}), **fields}
            fields["_realm"] = self._realm(name, self.values[name])
            data = {"name": self._items.names.items["host"][name], **fields}
            add_real(self._items, definition, data, used(self._items, definition))

    @functools.cached_property
    def _realms_of_groups(self) -> dict[str, Value]:
        """What groups say of the realm of their hosts."""
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
            self._items.reader.lost(value, f"realm: there is no realm {show(value.text)}")
        return realm or self._items.realm

    def _extended(self) -> dict[str, dict[str, Any]]:
        """Return what old files say of hosts in definitions of their own."""
        found: dict[str, dict[str, Any]] = {}
        for definition in self._items.registered("hostextinfo"):
            values = self._items.values(definition)
            which = self.meant(values.get("host_name"), values.get("hostgroup_name"))
            elsewhere = ("host_name", "hostgroup_name")
            fields = self._items.reader.fields("host", values, EXTENDED["hostextinfo"], elsewhere)
            for host in which:
                found[host] = {**fields, **found.get(host, {})}
        return found

    def add_groups(self) -> None:
        """Add the groups of hosts."""
        elsewhere = ("members", "hostgroup_members", "realm")
        for definition, data in self._items.add_simple("hostgroup", elsewhere):
            known = self._items.names.items["host"]
            data["hosts"] = sorted(known[host] for host in self.direct(definition.text("hostgroup_name")))
            data["hostgroups"] = inner_groups(self._items, definition, "hostgroup")


def inner_groups(items: Items, definition: Definition, type_: str) -> list[str]:
    """Return the groups in a group; those that there are not are told."""
    known = items.names.items.get(RESOURCES[type_], {})
    value = items.values(definition).get(f"{type_}_members")
    found: list[str] = []
    for name in names(value.text or "") if value else ():
        if name in known:
            found += [known[name]] if name != definition.text(f"{type_}_name") else []
        elif value is not None:
            items.reader.lost(value, f"{type_}_members: there is no {type_} {show(name)}")
    return sorted(found)
