"""Converting services: on hosts, groups of hosts and host templates, and for each element of a list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, Literal

from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.references import show
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.site.cfg.attributes import IMPLIED, IMPLIED_BY_SHINKEN, TABLES
from alignak_backend_client.site.cfg.duplicating import TooMany, elements, filled
from alignak_backend_client.site.cfg.hosts import Hosts
from alignak_backend_client.site.cfg.items import Items
from alignak_backend_client.site.cfg.naming import cleaned
from alignak_backend_client.site.cfg.parsing import Definition, Value
from alignak_backend_client.site.cfg.templated import add_real, add_template, register_templates, used
from alignak_backend_client.site.cfg.templates import Values, names
from alignak_backend_client.site.model import given, on_templates

_ELSEWHERE: Final = frozenset(
    {
        "host_name",
        "hostgroup_name",
        "service_description",
        "servicegroups",
        "duplicate_foreach",
        "default_value",
        "service_dependencies",
        "parents",
    }
)
_NO_HOST: Final = "no host has this service"

MOST: Final = 200_000
"""Services of a site: a pattern that makes more is hardly meant."""

Data = dict[str, Any]
Way = Literal["host", "group", "template"]
"""By what a definition means a host."""


def _too_many(definition: Definition) -> ItemError:
    where = f"{definition.file}:{definition.line}"
    return ItemError(f"{where}: the files mean more than {MOST} services: is a * or a group too large?")


class Services:
    """The services of the files, by host and description as there.

    Attributes:
        definitions: by host and description where they come from.
        of_groups: by group the full names of the services that name it.
    """

    def __init__(self, items: Items, hosts: Hosts) -> None:
        self._items = items
        self._hosts = hosts
        self._templates: list[Definition] = []
        self.definitions: dict[tuple[str, str], tuple[Definition, Values]] = {}
        self._full: dict[tuple[str, str], str] = {}
        self._fields: dict[Definition, Data] = {}
        self._ways: dict[tuple[str, str], Way] = {}
        self.of_groups: dict[str, dict[str, None]] = {}

    def register(self) -> None:
        """Find the names of templates and groups."""
        self._templates = register_templates(self._items, "service")
        found = map(self._items.values, self._items.definitions.get("service", ()))
        placed = (values for values in found if first_of(values, "host_name", "hostgroup_name"))
        self._items.register_groups("servicegroup", "servicegroups", placed)

    # Which services there are.

    def add(self) -> None:
        """Add the services, and their templates before."""
        for definition in self._templates:
            add_template(self._items, definition, self._of(definition))
        on_hosts = self._of_templates()
        # What names its host counts more than what names a group.
        placed = list(self._placed_definitions())
        for definition, own, _ in placed:
            for host in own:
                self._one(definition, host, "host")
        for definition, _, others in placed:
            for host in others:
                self._one(definition, host, "group")
        for definition, host in on_hosts:
            self._one(definition, host, "template")
        self._from_templates()

    def _of_templates(self) -> list[tuple[Definition, str]]:
        """Add what is on templates of hosts; return the service templates that are for hosts one by one."""
        found: list[tuple[Definition, str]] = []
        for definition in self._items.definitions.get("service", ()):
            if definition.is_registered:
                continue
            attached = self._attached(definition)
            meant = self._meant_by_templates(definition)
            if meant is None and attached and "duplicate_foreach" in self._items.values(definition):
                meant = [host for template in attached for host in self._hosts.following(template)]
            if meant is not None:
                found += [(definition, host) for host in meant]
                if not meant:
                    self._items.lost(definition, _NO_HOST)
            else:
                for template in attached:
                    self._attach(definition, template)
                if not attached and not definition.text("name"):
                    self._items.lost(definition, "register 0 without a name: nothing can use it")
        return found

    def _of(self, definition: Definition) -> Data:
        """Return the fields of a definition, which are the same on all hosts."""
        if definition not in self._fields:
            values = self._items.values(definition)
            self._fields[definition] = self._items.reader.fields("service", values, TABLES["service"], _ELSEWHERE)
        return self._fields[definition]

    def _attached(self, definition: Definition) -> list[str]:
        """Return the templates of hosts that a service template is attached to."""
        known = self._items.names.templates.get("host", {})
        value = first_of(self._items.values(definition), "host_name")
        words = names(value.text or "") if value else []
        return [name for name in words if name in known and name not in self._hosts.values]

    def _meant_by_templates(self, definition: Definition) -> list[str] | None:
        """Return the hosts that an expression over templates means, as ``linux&!old``; None for mere names."""
        known = self._items.names.templates.get("host", {})
        value = first_of(self._items.values(definition), "host_name")
        words = re.split(r"[&|(),!]", value.text or "") if value else []
        if value is None or len(words) == 1 or (value.text or "").count(",") == len(words) - 1:
            return None
        if not any(word.strip() in known and word.strip() not in self._hosts.values for word in words):
            return None
        return self._hosts.meant(value, None, templates=True)

    def _attach(self, definition: Definition, template: str) -> None:
        values = self._items.values(definition)
        description = description_of(values)
        host = self._items.names.templates["host"][template]
        name = cleaned("service", description)
        if not description:
            self._items.lost(definition, "service_description is missing")
        elif f"{host}/{name}" in self._items.items["service"]:
            self._items.lost(
                definition, f"the template {show(template)} has a service with this name: the first one is used"
            )
        else:
            data = {"name": name, "host": host, "_is_template": True, "_templates": used(self._items, definition)}
            data |= self._of(definition)
            self._items.complete(resources_by_name()["service"], data)
            self._items.add("service", data, definition, values)

    def _placed_definitions(self) -> Iterator[tuple[Definition, list[str], list[str]]]:
        """Yield the services that are no templates, with the hosts that they name, and those of groups and ``*``."""
        number = 0
        for definition in self._items.registered("service"):
            values = self._items.values(definition)
            by_name, by_group = first_of(values, "host_name"), first_of(values, "hostgroup_name")
            description = description_of(values)
            if not description:
                self._items.lost(definition, "service_description is missing")
            elif by_name or by_group:
                named = set(names(by_name.text or "")) if by_name else set()
                hosts = self._hosts.meant(by_name, by_group)
                number += len(hosts)
                if number > MOST:
                    raise _too_many(definition)
                if not hosts:
                    self._items.lost(definition, _NO_HOST)
                yield definition, [one for one in hosts if one in named], [one for one in hosts if one not in named]
            elif not definition.text("name"):
                self._items.lost(definition, "it has no host_name and no hostgroup_name")

    def _one(self, definition: Definition, host: str, way: Way) -> None:
        """Add the service that a definition means on a host, or one for each element of a list."""
        values = self._items.values(definition)
        if (foreach := values.get("duplicate_foreach")) is None or not foreach.text:
            self._add(definition, host, description_of(values), self._of(definition), values, way)
            return
        variable = self._hosts.values[host].get(foreach.text.upper())
        if variable is None or not variable.text:
            return
        default = values.get("default_value")
        less = self._hosts.values[host].get(f"!{foreach.text.upper()}")
        without = names(less.text or "") if less else []
        try:
            found = elements(variable.text, default.text or "" if default else "")
        except TooMany:
            self._items.reader.lost(variable, f"{foreach.text}: it has too many elements")
            return
        except ValueError:
            self._items.reader.lost(variable, f"{foreach.text}: it is not a list such as 'C, D$(80%)$$(90%)$'")
            return
        for element in found:
            if element.key not in without:
                own = {
                    name: value._replace(text=filled(value.text, element)) if value.text else value
                    for name, value in values.items()
                }
                fields = self._items.reader.fields("service", own, TABLES["service"], _ELSEWHERE)
                self._add(definition, host, description_of(own), fields, own, way)

    def _add(self, definition: Definition, host: str, description: str, fields: Data, values: Values, way: Way) -> None:
        if way != "host" and self._is_excluded(host, description):
            return
        if len(self.definitions) >= MOST:
            raise _too_many(definition)
        if (first := self.definitions.get((host, description))) is not None:
            # A host's own service takes the place of one of its groups or templates.
            if first[0] is not definition and self._ways[host, description] == way:
                where = f"{first[0].file}:{first[0].line}"
                self._items.lost(
                    definition, f"{show(f'{host}/{description}')} is also defined in {where}: that definition is used"
                )
            return
        self._ways[host, description] = way
        data = self._placed(host, description, definition)
        data |= self._with_implied(host, fields, values)
        added = add_real(self._items, definition, data, used(self._items, definition))
        self._note(host, description, definition, values, added)

    def _placed(self, host: str, description: str, definition: Definition) -> Data:
        """Return the name and the place of a service."""
        item = self._items.names.items["host"][host]
        name = clean = cleaned("service", description)
        number = 1
        while f"{item}/{name}" in self._items.items["service"]:
            number += 1
            name = f"{clean}-{number}"
        if name != description:
            what = "it" if description == definition.label else f"service {show(description)}"
            self._items.names.changed(definition, f"{what} is renamed to {show(name)}")
        return {"name": name, "host": item, "_realm": self._items.items["host"][item]["_realm"]}

    def _note(self, host: str, description: str, definition: Definition, values: Values, data: Data) -> None:
        self.definitions[host, description] = (definition, values)
        self._full[host, description] = f"{data['host']}/{data['name']}"
        self._items.origins["service", self._full[host, description]] = (definition, values)
        value = first_of(values, "servicegroups")
        for group in names(value.text or "") if value else ():
            self.of_groups.setdefault(group, {})[self._full[host, description]] = None

    def _with_implied(self, host: str, fields: Data, values: Values) -> Data:
        """Return fields with those of the host that a service has where it says nothing."""
        there = self._items.items["host"][self._items.names.items["host"][host]]
        said = self._hosts.values[host]
        found = dict(fields)
        is_shinken = self._items.is_shinken
        for name in IMPLIED_BY_SHINKEN if is_shinken else IMPLIED:
            if name not in values and name in said and name in there:
                found[name] = there[name]
        own = {"users": "contacts" in values, "usergroups": "contact_groups" in values}
        for name, is_own in own.items():
            # In Nagios, contacts of its own keep a service from the groups of its host, too; in Shinken not.
            if there.get(name) and not (is_own if is_shinken else any(own.values())):
                found[name] = there[name]
        return found

    def _from_templates(self) -> None:
        """Add the services that hosts get from their templates."""
        items = self._items.items
        on = on_templates(items["service"].items())
        if not on:
            return
        for host in self._hosts.values:
            data = items["host"][self._items.names.items["host"][host]]
            for name, template in given(data, items["host"].get, lambda one: on.get(one, ())).items():
                definition, values = self._items.origins["service", template]
                description = description_of(values)
                if self._is_excluded(host, description) or (host, description) in self.definitions:
                    continue
                if len(self.definitions) >= MOST:
                    raise _too_many(definition)
                found = {"name": name, "host": data["name"], "_realm": data["_realm"]}
                found |= {"_templates": [template], "_templates_from_host_template": True}
                found |= self._with_implied(host, self._of(definition), values)
                self._items.complete(resources_by_name()["service"], found)
                self._note(host, description, definition, values, self._items.add("service", found, definition, values))

    def _is_excluded(self, host: str, description: str) -> bool:
        """Return True for a service of a group or template that a host shall not have."""
        values = self._hosts.values[host]
        excludes, includes = values.get("service_excludes"), values.get("service_includes")
        if excludes is not None and description in names(excludes.text or ""):
            return True
        return includes is not None and bool(includes.text) and description not in names(includes.text or "")

    def item(self, host: str, description: str) -> Data:
        """Return a service by its names in the files."""
        return self._items.items["service"][self._full[host, description]]

    def full_name(self, host: str, description: str) -> str | None:
        """Return the full name of a service by its names in the files; None if there is none."""
        return self._full.get((host, description))


def first_of(values: Values, *attributes: str) -> Value | None:
    """Return the first of some attributes that says something."""
    return next((values[name] for name in attributes if name in values and values[name].text), None)


def description_of(values: Values) -> str:
    """Return the ``service_description`` of a service; an empty text where it has none."""
    value = first_of(values, "service_description")
    return value.text or "" if value else ""
