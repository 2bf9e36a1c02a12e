"""Converting dependencies. The backend needs a name for each."""

from __future__ import annotations

from typing import Any, Final

from alignak_backend_client.items.names.references import enumeration
from alignak_backend_client.site.cfg.attributes import TABLES
from alignak_backend_client.site.cfg.hosts import Hosts
from alignak_backend_client.site.cfg.items import Items
from alignak_backend_client.site.cfg.parsing import Definition, Value
from alignak_backend_client.site.cfg.service_groups import ServiceGroups
from alignak_backend_client.site.cfg.services import Services, first_value

Data = dict[str, Any]

_ELSEWHERE: Final = frozenset(
    {"host_name", "hostgroup_name", "service_description", "servicegroup_name", "name"}
    | {"dependent_host_name", "dependent_hostgroup_name"}
    | {"dependent_service_description", "dependent_servicegroup_name"}
)
_ALWAYS: Final = "24x7"


class Dependencies:
    """Which hosts and services depend on which."""

    def __init__(self, items: Items, hosts: Hosts, services: Services, groups: ServiceGroups) -> None:
        self._items = items
        self._hosts = hosts
        self._services = services
        self._groups = groups

    def add(self) -> None:
        """Add the dependencies of hosts and of services."""
        for definition in self._items.registered("hostdependency"):
            self._host_dependency(definition)
        for definition in self._items.registered("servicedependency"):
            self._service_dependency(definition)

    def _host_dependency(self, definition: Definition) -> None:
        values = self._items.values(definition)
        known = self._items.names.items["host"]
        hosts = [
            known[one]
            for one in self._hosts.resolve_hosts(
                first_value(values, "host_name"), first_value(values, "hostgroup_name")
            )
        ]
        resolved = self._hosts.resolve_hosts(
            first_value(values, "dependent_host_name"), first_value(values, "dependent_hostgroup_name")
        )
        dependent = self._others(definition, [known[one] for one in resolved], hosts)
        if not hosts or not dependent:
            self._items.report_lost(definition, "no host is left on one side")
            return
        self._dependency("hostdependency", definition, {"hosts": hosts, "dependent_hosts": dependent}, hosts, dependent)

    def _service_dependency(self, definition: Definition) -> None:
        values = self._items.values(definition)
        hosts = self._hosts.resolve_hosts(first_value(values, "host_name"), first_value(values, "hostgroup_name"))
        by_name, by_group = first_value(values, "dependent_host_name"), first_value(values, "dependent_hostgroup_name")
        of, dependent_of = values.get("servicegroup_name"), values.get("dependent_servicegroup_name")
        service, dependent = (
            first_value(values, "service_description"),
            first_value(values, "dependent_service_description"),
        )
        found: list[tuple[list[str], list[str]]] = []
        if by_name or by_group or dependent_of:
            others = self._hosts.resolve_hosts(by_name, by_group)
            left = list(dict.fromkeys(self._groups.resolve_services(hosts, service, of)))
            found.append((left, [*self._groups.resolve_services(others, dependent, dependent_of)]))
        else:  # on each host for itself
            found += [
                ([*self._groups.resolve_services([host], service)], [*self._groups.resolve_services([host], dependent)])
                for host in hosts
            ]  # fmt: skip
        before = len(self._items.items["servicedependency"])
        for ones, others in found:
            rest = self._others(definition, others, ones)
            if ones and rest:
                sides = {"services": ones, "dependent_services": rest}
                self._dependency("servicedependency", definition, sides, ones, rest)
        if len(self._items.items["servicedependency"]) == before:
            self._items.report_lost(definition, "no service is left on one side")

    def _others(self, definition: Definition, dependent: list[str], on: list[str]) -> list[str]:
        """Return what depends on something else than itself. Of several, what is on both sides depends on nothing."""
        sides = set(on)
        both = [one for one in dict.fromkeys(dependent) if one in sides]
        if both and len(on) > 1:
            self._items.report_lost(
                definition, f"on both sides, and so removed from the dependent ones: {enumeration(both)}"
            )
        return [one for one in dict.fromkeys(dependent) if one not in sides]

    def _dependency(
        self, resource: str, definition: Definition, sides: Data, on: list[str], dependent: list[str]
    ) -> None:
        values = self._items.values(definition)
        fields = self._items.reader.convert_fields(resource, values, TABLES[resource], _ELSEWHERE)
        fields.setdefault("dependency_period", _ALWAYS)
        if "execution_failure_criteria" in fields:
            # Nagios: nothing is held back that the file does not name.
            fields.setdefault("notification_failure_criteria", ["n"])
        made = f"{enumeration(dependent)} depends on {enumeration(on)}"
        name = self._items.names.make_unique(resource, definition.text("name"), made, definition)
        self._items.add(resource, {"name": name, **sides, **fields}, definition, values)

    def add_links(self) -> None:
        """Add what services say of those that they depend on: ``service_dependencies host,service,host,service``.

        The ``parents`` of Nagios 4 are the same, or the name of one on this host.
        """
        for (host, service), (_, values) in self._services.definitions.items():
            value = first_value(values, "service_dependencies", "parents")
            if value is None:
                continue
            words = [word.strip() for word in (value.text or "").split(",")]
            words = [host, *words] if len(words) == 1 else words
            found: dict[str, None] = {}
            for other, description in zip(words[::2], words[1::2], strict=False):
                one = Value(description, value.line, value.owner)
                found |= dict.fromkeys(self._groups.resolve_services([other or host], one))
            found.pop(self._services.full_name(host, service) or "", None)
            if found:
                self._services.item(host, service)["service_dependencies"] = list(found)
