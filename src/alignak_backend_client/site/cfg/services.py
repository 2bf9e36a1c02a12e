"""Services: on hosts, on the hosts of groups, of templates of hosts, and one for each element of a list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.references import show
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.site.cfg.attributes import EXTENDED, TABLES
from alignak_backend_client.site.cfg.duplicating import TooMany, elements, filled
from alignak_backend_client.site.cfg.hosts import Hosts, inner_groups
from alignak_backend_client.site.cfg.items import Items
from alignak_backend_client.site.cfg.naming import cleaned
from alignak_backend_client.site.cfg.parsing import Definition, Value
from alignak_backend_client.site.cfg.templated import add_real, add_template, register_templates, used
from alignak_backend_client.site.cfg.templates import Values, names
from alignak_backend_client.site.model import given, on_templates

_HOSTS: Final = ("host_name", "host", "hosts")
_GROUPS: Final = ("hostgroup_name", "hostgroup", "hostgroups")
_ELSEWHERE: Final = frozenset(
    {
        *_HOSTS,
        *_GROUPS,
        "service_description",
        "description",
        "servicegroups",
        "service_groups",
        "duplicate_foreach",
        "default_value",
        "service_dependencies",
    }
)
_IMPLIED: Final = ("notification_interval", "notification_period")
"""What a service has of its host where it says nothing; Nagios' manual calls it implied inheritance."""

MOST: Final = 200_000
"""Services of a site: a pattern that makes more is hardly meant."""

Data = dict[str, Any]


def _too_many(definition: Definition) -> ItemError:
    where = f"{definition.file}:{definition.line}"
    return ItemError(f"{where}: the files mean more than {MOST} services: is a * or a group too large?")


class Services:
    """The services of the files, by host and description as there.

    Attributes:
        definitions: by host and description where they come from.
    """

    def __init__(self, items: Items, hosts: Hosts) -> None:
        self._items = items
        self._hosts = hosts
        self._templates: list[Definition] = []
        self.definitions: dict[tuple[str, str], tuple[Definition, Values]] = {}
        self._full: dict[tuple[str, str], str] = {}
        self._fields: dict[Definition, Data] = {}
        self._by_name: set[tuple[str, str]] = set()
        self._members: dict[str, dict[str, None]] = {}
        self._groups: dict[str, Definition] = {}
        self._excludes = {host: self._excluded(values) for host, values in hosts.values.items()}

    def register(self) -> None:
        """Find the names of templates and groups."""
        self._templates = register_templates(self._items, "service")
        self._items.register("servicegroup")
        for definition in self._items.registered("servicegroup"):
            self._groups.setdefault(definition.text("servicegroup_name"), definition)

    # Which services there are.

    def add(self) -> None:
        """Add the services, and their templates before."""
        for definition in self._templates:
            add_template(self._items, definition, self._of(definition))
        duplicated = []
        for definition in self._items.definitions.get("service", ()):
            if definition.is_registered:
                continue
            attached = self._attached(definition)
            if "duplicate_foreach" in self._items.values(definition):
                duplicated += [(definition, host) for template in attached for host in self._hosts.following(template)]
                continue
            for template in attached:
                self._attach(definition, template)
            if not attached and not definition.text("name"):
                self._items.lost(definition, "register 0 without a name: nothing can use it")
        definitions = self._items.registered("service")
        # What names its host counts more than what names a group.
        for by_name in (True, False):
            for definition in definitions:
                self._expand(definition, by_name=by_name)
        for definition, host in duplicated:
            self._one(definition, host)
        self._from_templates()
        self._extend()

    def _of(self, definition: Definition) -> Data:
        """Return the fields of a definition, which are the same on all hosts."""
        if definition not in self._fields:
            values = self._items.values(definition)
            self._fields[definition] = self._items.reader.fields("service", values, TABLES["service"], _ELSEWHERE)
        return self._fields[definition]

    def _attached(self, definition: Definition) -> list[str]:
        """Return the templates of hosts that a service template is attached to."""
        known = self._items.names.templates.get("host", {})
        value = _first(self._items.values(definition), _HOSTS)
        words = names(value.text or "") if value else []
        return [name for name in words if name in known and name not in self._hosts.values]

    def _attach(self, definition: Definition, template: str) -> None:
        values = self._items.values(definition)
        description = _description(values)
        host = self._items.names.templates["host"][template]
        name = cleaned("service", description)
        if not description:
            self._items.lost(definition, "service_description is missing")
        elif f"{host}/{name}" in self._items.items["service"]:
            self._items.lost(
                definition, f"the template {show(template)} has a service of that name: the first one counts"
            )
        else:
            data = {"name": name, "host": host, "_is_template": True, "_templates": used(self._items, definition)}
            data |= self._of(definition)
            self._items.complete(resources_by_name()["service"], data)
            self._items.add("service", data, definition, values)

    def _expand(self, definition: Definition, *, by_name: bool) -> None:
        """Add a service to each host that a definition means by their names, or by groups."""
        values = self._items.values(definition)
        names_, groups = _first(values, _HOSTS), _first(values, _GROUPS)
        if not _description(values):
            if by_name:
                reason = "service_description is missing"
                self._items.findings.add("error", definition.file, definition.line, reason, "service", definition.label)
            return
        if not names_ and not groups:
            if by_name and not definition.text("name"):
                self._items.lost(definition, "it has neither host_name nor hostgroup_name")
            return
        hosts = self._hosts.meant(names_, groups)
        own = {name for name in names(names_.text or "") if name in self._hosts.values} if names_ else set()
        for host in hosts:
            if (host in own) == by_name and (by_name or _description(values) not in self._excludes[host]):
                self._one(definition, host)

    def _one(self, definition: Definition, host: str) -> None:
        values = self._items.values(definition)
        if (foreach := values.get("duplicate_foreach")) is None or not foreach.text:
            self._add(definition, host, _description(values), self._of(definition), values)
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
            self._items.reader.lost(variable, f"{foreach.text}: it is no list as 'C, D$(80%)$$(90%)$'")
            return
        for element in found:
            if element.key not in without:
                own = {
                    name: value._replace(text=filled(value.text, element)) if value.text else value
                    for name, value in values.items()
                }
                fields = self._items.reader.fields("service", own, TABLES["service"], _ELSEWHERE)
                self._add(definition, host, _description(own), fields, own)

    def _add(self, definition: Definition, host: str, description: str, fields: Data, values: Values) -> None:
        if len(self.definitions) >= MOST:
            raise _too_many(definition)
        if (first := self.definitions.get((host, description))) is not None:
            if first[0] is not definition:
                where = f"{first[0].file}:{first[0].line}"
                self._items.lost(
                    definition, f"{show(f'{host}/{description}')} is defined in {where}, too: that one counts"
                )
            return
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
            self._items.names.changed(definition, f"{what} is called {show(name)} now")
        return {"name": name, "host": item, "_realm": self._items.items["host"][item]["_realm"]}

    def _note(self, host: str, description: str, definition: Definition, values: Values, data: Data) -> None:
        self.definitions[host, description] = (definition, values)
        self._full[host, description] = f"{data['host']}/{data['name']}"
        self._items.origins["service", self._full[host, description]] = (definition, values)
        value = _first(values, ("servicegroups", "service_groups"))
        for group in names(value.text or "") if value else ():
            self._members.setdefault(group, {})[self._full[host, description]] = None
            if group not in self._groups:
                assert value is not None  # noqa: S101 - it named the group
                self._items.reader.lost(value, f"servicegroups: there is no servicegroup {show(group)}")

    def _with_implied(self, host: str, fields: Data, values: Values) -> Data:
        """Return fields with those of the host that a service has where it says nothing."""
        there = self._items.items["host"][self._items.names.items["host"][host]]
        said = self._hosts.values[host]
        found = dict(fields)
        for name in _IMPLIED:
            if name not in values and name in said and name in there:
                found[name] = there[name]
        if not {"contacts", "contact_groups", "contactgroups"} & values.keys():
            for name in ("users", "usergroups"):
                if there.get(name):
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
                description = _description(values)
                if description in self._excludes[host] or (host, description) in self.definitions:
                    continue
                if len(self.definitions) >= MOST:
                    raise _too_many(definition)
                found = {"name": name, "host": data["name"], "_realm": data["_realm"]}
                found |= {"_templates": [template], "_templates_from_host_template": True}
                found |= self._with_implied(host, self._of(definition), values)
                self._items.complete(resources_by_name()["service"], found)
                self._note(host, description, definition, values, self._items.add("service", found, definition, values))

    def _excluded(self, values: Values) -> frozenset[str]:
        value = values.get("service_excludes")
        return frozenset(names(value.text or "")) if value else frozenset()

    # What belongs to them.

    def _extend(self) -> None:
        """Add what definitions of their own say of services: overrides of hosts, and those of old files."""
        for host, values in self._hosts.values.items():
            overrides = values.get("service_overrides")
            for line in (overrides.text or "").split("\n") if overrides else ():
                if line.strip() and overrides is not None:
                    self._override(host, line, overrides)
        for definition in self._items.registered("serviceextinfo"):
            values = self._items.values(definition)
            elsewhere = ("host_name", "hostgroup_name", "service_description")
            fields = self._items.reader.fields("service", values, EXTENDED["serviceextinfo"], elsewhere)
            description = _description(values)
            for host in self._hosts.meant(values.get("host_name"), values.get("hostgroup_name")):
                if (full := self._full.get((host, description))) is None:
                    self._items.lost(definition, f"there is no service {show(f'{host}/{description}')}")
                else:
                    service = self._items.items["service"][full]
                    said = self.definitions[host, description][1]
                    service.update({name: value for name, value in fields.items() if name not in said})

    def _override(self, host: str, text: str, value: Value) -> None:
        """Change a service of a host as ``http,check_interval 1`` says."""
        description, _, rest = text.partition(",")
        words = rest.split(None, 1)
        full = self._full.get((host, description.strip()))
        if full is None or len(words) != 2:
            self._items.reader.lost(value, f"service_overrides: {show(text.strip(), 60)} means no service of the host")
            return
        attribute, said = words
        own = {attribute: Value(None if said == "null" else said, value.line, value.owner)}
        fields = self._items.reader.fields("service", own, TABLES["service"])
        self._items.items["service"][full].update(fields)

    def item(self, host: str, description: str) -> Data:
        """Return a service by its names in the files."""
        return self._items.items["service"][self._full[host, description]]

    def meant(self, hosts: Iterable[str], description: Value | None, of_groups: Value | None = None) -> Iterator[str]:
        """Yield the full names of services on hosts by their descriptions, and of those in groups of services."""
        words = names(description.text or "") if description else []
        if words:
            assert description is not None  # noqa: S101 - it has words
            less = {word[1:].strip() for word in words if word.startswith("!")}
            everything = "*" in words
            for host in hosts:
                there = self._descriptions(host) if everything else [word for word in words if not word.startswith("!")]
                for one in there:
                    if one in less:
                        continue
                    if (full := self._full.get((host, one))) is not None:
                        yield full
                    else:
                        self._items.reader.lost(description, f"there is no service {show(f'{host}/{one}')}")
        for group in names(of_groups.text or "") if of_groups else ():
            if group in self._groups:
                yield from self.members(group)
            elif of_groups is not None:
                self._items.reader.lost(of_groups, f"there is no servicegroup {show(group)}")

    def _descriptions(self, host: str) -> list[str]:
        if not hasattr(self, "_on_hosts"):
            self._on_hosts: dict[str, list[str]] = {}
            for one, description in self.definitions:
                self._on_hosts.setdefault(one, []).append(description)
        return self._on_hosts.get(host, [])

    def members(self, group: str) -> list[str]:
        """Return the services of a group, and of the groups in it."""
        seen, stack = {group}, [group]
        while stack:
            definition = self._groups.get(stack.pop())
            inner = names(definition.text("servicegroup_members")) if definition else []
            stack += [one for one in inner if one not in seen]
            seen.update(inner)
        return sorted({service for one in seen for service in self._direct(one)})

    def _direct(self, group: str) -> list[str]:
        definition = self._groups.get(group)
        value = self._items.values(definition).get("members") if definition else None
        found = dict(self._members.get(group, {}))
        if value is not None and value.text:
            words = [word.strip() for word in value.text.split(",")]
            if len(words) % 2:
                self._items.reader.lost(value, "members: pairs of host and service are needed: the last one has none")
            for host, description in zip(words[::2], words[1::2], strict=False):
                full = self._full.get((host, description))
                if full is None:
                    self._items.reader.lost(value, f"members: there is no service {show(f'{host}/{description}')}")
                else:
                    found[full] = None
        return list(found)

    def add_groups(self) -> None:
        """Add the groups of services."""
        for definition, data in self._items.add_simple("servicegroup", ("members", "servicegroup_members")):
            data["services"] = sorted(self._direct(definition.text("servicegroup_name")))
            data["servicegroups"] = inner_groups(self._items, definition, "servicegroup")


def _first(values: Values, attributes: Iterable[str]) -> Value | None:
    """Return the first of some attributes that there is."""
    return next((values[name] for name in attributes if name in values and values[name].text), None)


def _description(values: Values) -> str:
    value = _first(values, ("service_description", "description"))
    return value.text or "" if value else ""
