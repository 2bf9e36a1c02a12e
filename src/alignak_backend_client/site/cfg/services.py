"""Converting services: on hosts, groups of hosts and host templates, and for each element of a list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, Literal

from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.references import show
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.site.cfg.attributes import IMPLIED, IMPLIED_BY_SHINKEN, TABLES
from alignak_backend_client.site.cfg.duplicating import TooManyElementsError, expand_macros, parse_elements
from alignak_backend_client.site.cfg.hosts import Hosts
from alignak_backend_client.site.cfg.items import Items
from alignak_backend_client.site.cfg.naming import clean_name
from alignak_backend_client.site.cfg.parsing import Definition, Value
from alignak_backend_client.site.cfg.templated import (
    add_template,
    add_with_templates,
    get_templates,
    register_templates,
)
from alignak_backend_client.site.cfg.templates import Values, names_in
from alignak_backend_client.site.model import service_templates_by_host, services_from_templates

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

MAX_SERVICES: Final = 200_000
"""Maximum number of services of a site; a pattern that creates more is probably a mistake."""

Data = dict[str, Any]
Origin = Literal["host", "group", "template"]
"""How a definition selects a host."""


def _too_many_error(definition: Definition) -> ItemError:
    where = f"{definition.file}:{definition.line}"
    return ItemError(f"{where}: the files define more than {MAX_SERVICES} services: is a * or a group too large?")


class Services:
    """The services, by host and description in the files.

    Attributes:
        definitions: host and description to the definition and its attributes.
        of_groups: group to the full names of the services that refer to it.
    """

    def __init__(self, items: Items, hosts: Hosts) -> None:
        self._items = items
        self._hosts = hosts
        self._templates: list[Definition] = []
        self.definitions: dict[tuple[str, str], tuple[Definition, Values]] = {}
        self._full: dict[tuple[str, str], str] = {}
        self._fields: dict[Definition, Data] = {}
        self._origins: dict[tuple[str, str], Origin] = {}
        self.of_groups: dict[str, dict[str, None]] = {}

    def register(self) -> None:
        """Register the names of templates and groups."""
        self._templates = register_templates(self._items, "service")
        found = map(self._items.values, self._items.definitions.get("service", ()))
        placed = (values for values in found if first_value(values, "host_name", "hostgroup_name"))
        self._items.register_groups("servicegroup", "servicegroups", placed)

    def add(self) -> None:
        """Add the templates and the services."""
        for definition in self._templates:
            add_template(self._items, definition, self._read_fields(definition))
        on_hosts = self._add_service_templates()
        # A definition that names the host takes precedence over one that names a group.
        placed = list(self._placed_definitions())
        for definition, own, _ in placed:
            for host in own:
                self._add_on_host(definition, host, "host")
        for definition, _, others in placed:
            for host in others:
                self._add_on_host(definition, host, "group")
        for definition, host in on_hosts:
            self._add_on_host(definition, host, "template")
        self._add_inherited()

    def _add_service_templates(self) -> list[tuple[Definition, str]]:
        """Add the services of host templates; return those that must be added to each host separately, and the host."""
        found: list[tuple[Definition, str]] = []
        for definition in self._items.definitions.get("service", ()):
            if definition.is_registered:
                continue
            attached = self._attached(definition)
            hosts = self._resolve_template_expression(definition)
            if hosts is None and attached and "duplicate_foreach" in self._items.values(definition):
                hosts = [host for template in attached for host in self._hosts.followers(template)]
            if hosts is not None:
                found += [(definition, host) for host in hosts]
                if not hosts:
                    self._items.report_lost(definition, _NO_HOST)
            else:
                for template in attached:
                    self._attach(definition, template)
                if not attached and not definition.text("name"):
                    self._items.report_lost(definition, "register 0 without a name: nothing can use it")
        return found

    def _read_fields(self, definition: Definition) -> Data:
        """Return the fields of a definition, which are the same for all hosts."""
        if definition not in self._fields:
            values = self._items.values(definition)
            self._fields[definition] = self._items.reader.convert_fields(
                "service", values, TABLES["service"], _ELSEWHERE
            )
        return self._fields[definition]

    def _attached(self, definition: Definition) -> list[str]:
        """Return the host templates to which a service template is attached."""
        known = self._items.names.templates.get("host", {})
        value = first_value(self._items.values(definition), "host_name")
        return [name for name in names_in(value) if name in known and name not in self._hosts.values]

    def _resolve_template_expression(self, definition: Definition) -> list[str] | None:
        """Return the hosts selected by an expression of templates such as ``linux&!old``; None for plain names."""
        known = self._items.names.templates.get("host", {})
        value = first_value(self._items.values(definition), "host_name")
        words = re.split(r"[&|(),!]", value.text or "") if value else []
        if value is None or len(words) == 1 or (value.text or "").count(",") == len(words) - 1:
            return None
        if not any(word.strip() in known and word.strip() not in self._hosts.values for word in words):
            return None
        return self._hosts.resolve_hosts(value, None, templates=True)

    def _attach(self, definition: Definition, template: str) -> None:
        values = self._items.values(definition)
        description = get_description(values)
        host = self._items.names.templates["host"][template]
        name = clean_name("service", description)
        if not description:
            self._items.report_lost(definition, "service_description is missing")
        elif f"{host}/{name}" in self._items.items["service"]:
            self._items.report_lost(
                definition, f"the template {show(template)} has a service with this name: the first one is used"
            )
        else:
            data = {
                "name": name,
                "host": host,
                "_is_template": True,
                "_templates": get_templates(self._items, definition),
            }
            data |= self._read_fields(definition)
            self._items.fill_in_defaults(resources_by_name()["service"], data)
            self._items.add("service", data, definition, values)

    def _placed_definitions(self) -> Iterator[tuple[Definition, list[str], list[str]]]:
        """Yield the definitions of services, each with the hosts that it names, and the hosts of groups and ``*``."""
        number = 0
        for definition in self._items.registered("service"):
            values = self._items.values(definition)
            by_name, by_group = first_value(values, "host_name"), first_value(values, "hostgroup_name")
            description = get_description(values)
            if not description:
                self._items.report_lost(definition, "service_description is missing")
            elif by_name or by_group:
                named = set(names_in(by_name))
                hosts = self._hosts.resolve_hosts(by_name, by_group)
                number += len(hosts)
                if number > MAX_SERVICES:
                    raise _too_many_error(definition)
                if not hosts:
                    self._items.report_lost(definition, _NO_HOST)
                yield definition, [one for one in hosts if one in named], [one for one in hosts if one not in named]
            elif not definition.text("name"):
                self._items.report_lost(definition, "it has no host_name and no hostgroup_name")

    def _add_on_host(self, definition: Definition, host: str, origin: Origin) -> None:
        """Add the service of a definition to a host, or a service for each element of ``duplicate_foreach``."""
        values = self._items.values(definition)
        if (foreach := values.get("duplicate_foreach")) is None or not foreach.text:
            self._add(definition, host, get_description(values), self._read_fields(definition), values, origin)
            return
        variable = self._hosts.values[host].get(foreach.text.upper())
        if variable is None or not variable.text:
            return
        default = values.get("default_value")
        excluded = self._hosts.values[host].get(f"!{foreach.text.upper()}")
        without = names_in(excluded)
        try:
            found = parse_elements(variable.text, default.text or "" if default else "")
        except TooManyElementsError:
            self._items.reader.report_lost(variable, f"{foreach.text}: it has too many elements")
            return
        except ValueError:
            self._items.reader.report_lost(variable, f"{foreach.text}: it is not a list such as 'C, D$(80%)$$(90%)$'")
            return
        for element in found:
            if element.key not in without:
                own = {
                    name: value._replace(text=expand_macros(value.text, element)) if value.text else value
                    for name, value in values.items()
                }
                fields = self._items.reader.convert_fields("service", own, TABLES["service"], _ELSEWHERE)
                self._add(definition, host, get_description(own), fields, own, origin)

    def _add(
        self, definition: Definition, host: str, description: str, fields: Data, values: Values, origin: Origin
    ) -> None:
        if origin != "host" and self._is_excluded(host, description):
            return
        if len(self.definitions) >= MAX_SERVICES:
            raise _too_many_error(definition)
        if (first := self.definitions.get((host, description))) is not None:
            # A service of the host itself replaces one of its groups or templates.
            if first[0] is not definition and self._origins[host, description] == origin:
                where = f"{first[0].file}:{first[0].line}"
                self._items.report_lost(
                    definition, f"{show(f'{host}/{description}')} is also defined in {where}: that definition is used"
                )
            return
        self._origins[host, description] = origin
        data = self._name_and_realm(host, description, definition)
        data |= self._with_implied(host, fields, values)
        added = add_with_templates(self._items, definition, data, get_templates(self._items, definition))
        self._record(host, description, definition, values, added)

    def _name_and_realm(self, host: str, description: str, definition: Definition) -> Data:
        """Return the name, host and realm of a service."""
        item = self._items.names.items["host"][host]
        name = clean = clean_name("service", description)
        number = 1
        while f"{item}/{name}" in self._items.items["service"]:
            number += 1
            name = f"{clean}-{number}"
        if name != description:
            what = "it" if description == definition.label else f"service {show(description)}"
            self._items.names.report_change(definition, f"{what} is renamed to {show(name)}")
        return {"name": name, "host": item, "_realm": self._items.items["host"][item]["_realm"]}

    def _record(self, host: str, description: str, definition: Definition, values: Values, data: Data) -> None:
        self.definitions[host, description] = (definition, values)
        self._full[host, description] = f"{data['host']}/{data['name']}"
        self._items.origins["service", self._full[host, description]] = (definition, values)
        value = first_value(values, "servicegroups")
        for group in names_in(value):
            self.of_groups.setdefault(group, {})[self._full[host, description]] = None

    def _with_implied(self, host: str, fields: Data, values: Values) -> Data:
        """Return the fields of a service, including those implied by its host."""
        there = self._items.items["host"][self._items.names.items["host"][host]]
        of_host = self._hosts.values[host]
        found = dict(fields)
        is_shinken = self._items.is_shinken
        for name in IMPLIED_BY_SHINKEN if is_shinken else IMPLIED:
            if name not in values and name in of_host and name in there:
                found[name] = there[name]
        own = {"users": "contacts" in values, "usergroups": "contact_groups" in values}
        for name, is_own in own.items():
            # In Nagios, contacts of the service also replace the contact groups of the host; in Shinken, they do not.
            if there.get(name) and not (is_own if is_shinken else any(own.values())):
                found[name] = there[name]
        return found

    def _add_inherited(self) -> None:
        """Add the services that hosts inherit from their templates."""
        items = self._items.items
        on = service_templates_by_host(items["service"].items())
        if not on:
            return
        for host in self._hosts.values:
            data = items["host"][self._items.names.items["host"][host]]
            for name, template in services_from_templates(data, items["host"].get, lambda one: on.get(one, ())).items():
                definition, values = self._items.origins["service", template]
                description = get_description(values)
                if self._is_excluded(host, description) or (host, description) in self.definitions:
                    continue
                if len(self.definitions) >= MAX_SERVICES:
                    raise _too_many_error(definition)
                found = {"name": name, "host": data["name"], "_realm": data["_realm"]}
                found |= {"_templates": [template], "_templates_from_host_template": True}
                found |= self._with_implied(host, self._read_fields(definition), values)
                self._items.fill_in_defaults(resources_by_name()["service"], found)
                self._record(
                    host, description, definition, values, self._items.add("service", found, definition, values)
                )

    def _is_excluded(self, host: str, description: str) -> bool:
        """Return True for a service of a group or template that a host excludes."""
        values = self._hosts.values[host]
        excludes, includes = values.get("service_excludes"), values.get("service_includes")
        if description in names_in(excludes):
            return True
        return includes is not None and bool(includes.text) and description not in names_in(includes)

    def item(self, host: str, description: str) -> Data:
        """Return a service by its names in the files."""
        return self._items.items["service"][self._full[host, description]]

    def full_name(self, host: str, description: str) -> str | None:
        """Return the full name of a service by its names in the files; None if there is none."""
        return self._full.get((host, description))


def first_value(values: Values, *attributes: str) -> Value | None:
    """Return the first of some attributes that is not empty, or None."""
    return next((values[name] for name in attributes if name in values and values[name].text), None)


def get_description(values: Values) -> str:
    """Return the ``service_description`` of a service; empty if it has none."""
    value = first_value(values, "service_description")
    return value.text or "" if value else ""
