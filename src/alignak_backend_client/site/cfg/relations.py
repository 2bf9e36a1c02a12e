"""Converting escalations and dependencies. The backend needs a name for each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from alignak_backend_client.items.names.references import show
from alignak_backend_client.site.cfg.attributes import TABLES
from alignak_backend_client.site.cfg.hosts import Hosts
from alignak_backend_client.site.cfg.items import Items
from alignak_backend_client.site.cfg.parsing import Definition, Value
from alignak_backend_client.site.cfg.service_groups import ServiceGroups
from alignak_backend_client.site.cfg.services import Services
from alignak_backend_client.site.cfg.templates import Values

Data = dict[str, Any]

_HOST: Final = ("host_name", "host", "hosts", "master_host_name", "master_host")
_GROUP: Final = ("hostgroup_name", "hostgroup", "hostgroups")
_DEPENDENT_HOST: Final = ("dependent_host_name", "dependent_host")
_DEPENDENT_GROUP: Final = ("dependent_hostgroup_name", "dependent_hostgroup")
_SERVICE: Final = ("service_description", "description", "master_service_description", "master_description")
_DEPENDENT_SERVICE: Final = ("dependent_service_description", "dependent_description")
_ELSEWHERE: Final = frozenset(
    {
        *_HOST,
        *_GROUP,
        *_DEPENDENT_HOST,
        *_DEPENDENT_GROUP,
        *_SERVICE,
        *_DEPENDENT_SERVICE,
        "servicegroup_name",
        "dependent_servicegroup_name",
        "escalation_name",
        "name",
    }
)
_ALWAYS: Final = "24x7"


def _first(values: Values, attributes: Iterable[str]) -> Value | None:
    return next((values[name] for name in attributes if name in values and values[name].text), None)


class Relations:
    """What hosts and services have to do with each other, and who hears of them later."""

    def __init__(self, items: Items, hosts: Hosts, services: Services, groups: ServiceGroups) -> None:
        self._items = items
        self._hosts = hosts
        self._services = services
        self._groups = groups
        self._numbers: dict[tuple[str, str], int] = {}

    # Escalations.

    def register(self) -> None:
        """Find the names of the escalations that hosts and services name."""
        for definition in self._items.registered("escalation"):
            name = definition.text("escalation_name")
            if not name:
                self._items.lost(definition, "escalation_name is missing")
                continue
            for resource in ("hostescalation", "serviceescalation"):
                self._items.names.add(resource, name, definition)

    def add_named_escalations(self) -> None:
        """Add the escalations that hosts and services name, of both types as they are used."""
        used = {
            resource: {
                name
                for item in self._items.items[of].values()
                for name in item.get("escalations") or ()
            }
            for resource, of in (("hostescalation", "host"), ("serviceescalation", "service"))
        }  # fmt: skip
        for definition in self._items.registered("escalation"):
            cfg_name = definition.text("escalation_name")
            found = False
            for resource in ("hostescalation", "serviceescalation"):
                name = self._items.names.items.get(resource, {}).get(cfg_name)
                if name in used[resource] and name not in self._items.items[resource]:
                    self._escalation(resource, definition, {"name": name})
                    found = True
            if not found and cfg_name:
                self._items.lost(definition, "no host and no service names this escalation")

    def add_escalations(self) -> None:
        """Add the escalations that name their hosts or services."""
        for resource in ("hostescalation", "serviceescalation"):
            for definition in self._items.registered(resource):
                values = self._items.values(definition)
                by_name, by_group = _first(values, _HOST), _first(values, _GROUP)
                hosts = self._hosts.meant(by_name, by_group)
                known = self._items.names.items["host"]
                data: Data = {}
                if resource == "hostescalation":
                    data["hosts"] = [known[host] for host in hosts]
                    about = data["hosts"]
                else:
                    of_groups = values.get("servicegroup_name")
                    found = self._groups.meant(hosts, _first(values, _SERVICE), of_groups)
                    data["services"] = list(dict.fromkeys(found))
                    about = data["services"]
                if not about:
                    self._items.lost(definition, f"no {resource.removesuffix('escalation')} is left to escalate")
                    continue
                said = definition.text("escalation_name") or definition.text("name")
                data["name"] = self._name(resource, definition, said, f"escalation of {_some(about)}")
                self._escalation(resource, definition, data)

    def _escalation(self, resource: str, definition: Definition, data: Data) -> None:
        values = self._items.values(definition)
        fields = self._items.reader.fields(resource, values, TABLES[resource], _ELSEWHERE)
        if resource == "serviceescalation":
            data = {"users": [], "usergroups": [], **data}
        by_count = {"first_notification", "last_notification"} & fields.keys()
        if by_count and not {"first_notification_time", "last_notification_time"} & fields.keys():
            reason = "it counts notifications; in the backend it has times as well, from 60 to 240 minutes by default"
            self._items.names.changed(definition, reason)
        self._items.add(resource, {**data, **fields}, definition, values)

    # Dependencies.

    def add_dependencies(self) -> None:
        """Add the dependencies of hosts and of services."""
        for definition in self._items.registered("hostdependency"):
            self._host_dependency(definition)
        for definition in self._items.registered("servicedependency"):
            self._service_dependency(definition)

    def _host_dependency(self, definition: Definition) -> None:
        values = self._items.values(definition)
        known = self._items.names.items["host"]
        hosts = [known[one] for one in self._hosts.meant(_first(values, _HOST), _first(values, _GROUP))]
        meant = self._hosts.meant(_first(values, _DEPENDENT_HOST), _first(values, _DEPENDENT_GROUP))
        dependent = [known[one] for one in meant if known[one] not in hosts]
        if len(dependent) < len(meant):
            self._items.lost(definition, "the host depends on itself: removed from the dependent hosts")
        if not hosts or not dependent:
            self._items.lost(definition, "no host is left on one side")
            return
        self._dependency("hostdependency", definition, {"hosts": hosts, "dependent_hosts": dependent}, hosts, dependent)

    def _service_dependency(self, definition: Definition) -> None:
        values = self._items.values(definition)
        hosts = self._hosts.meant(_first(values, _HOST), _first(values, _GROUP))
        by_name, by_group = _first(values, _DEPENDENT_HOST), _first(values, _DEPENDENT_GROUP)
        of, dependent_of = values.get("servicegroup_name"), values.get("dependent_servicegroup_name")
        service, dependent = _first(values, _SERVICE), _first(values, _DEPENDENT_SERVICE)
        found: list[tuple[list[str], list[str]]] = []
        if by_name or by_group or dependent_of:
            others = self._hosts.meant(by_name, by_group)
            left = list(dict.fromkeys(self._groups.meant(hosts, service, of)))
            found.append((left, [*self._groups.meant(others, dependent, dependent_of)]))
        else:  # on each host for itself
            found += [
                ([*self._groups.meant([host], service)], [*self._groups.meant([host], dependent)])
                for host in hosts
            ]  # fmt: skip
        before = len(self._items.items["servicedependency"])
        for ones, others in found:
            rest = [one for one in dict.fromkeys(others) if one not in ones]
            if ones and rest:
                sides = {"services": ones, "dependent_services": rest}
                self._dependency("servicedependency", definition, sides, ones, rest)
        if len(self._items.items["servicedependency"]) == before:
            self._items.lost(definition, "no service is left on one side")

    def _dependency(
        self, resource: str, definition: Definition, sides: Data, on: list[str], dependent: list[str]
    ) -> None:
        values = self._items.values(definition)
        fields = self._items.reader.fields(resource, values, TABLES[resource], _ELSEWHERE)
        fields.setdefault("dependency_period", _ALWAYS)
        if "execution_failure_criteria" in fields:
            # Nagios: nothing is held back that the file does not name.
            fields.setdefault("notification_failure_criteria", ["n"])
        name = self._name(resource, definition, definition.text("name"), f"{_some(dependent)} depends on {_some(on)}")
        self._items.add(resource, {"name": name, **sides, **fields}, definition, values)

    def _name(self, resource: str, definition: Definition, said: str, made: str) -> str:
        """Return a name that no other item has."""
        wanted = said or made
        found = None
        while found is None:
            number = self._numbers[resource, wanted] = self._numbers.get((resource, wanted), 0) + 1
            name = wanted if number == 1 else f"{wanted} {number}"
            found = self._items.names.add(resource, name, definition)
        if not said:
            self._items.names.changed(definition, f"it has no name: named {show(found)}")
        return found

    def add_links(self) -> None:
        """Add what services say of those that they depend on: ``service_dependencies host,service,host,service``.

        The ``parents`` of Nagios 4 are the same, or the name of one on this host.
        """
        for (host, service), (_, values) in self._services.definitions.items():
            value = _first(values, ("service_dependencies", "parents"))
            if value is None:
                continue
            words = [word.strip() for word in (value.text or "").split(",")]
            words = [host, *words] if len(words) == 1 else words
            found: dict[str, None] = {}
            for other, description in zip(words[::2], words[1::2], strict=False):
                one = Value(description, value.line, value.owner)
                found |= dict.fromkeys(self._groups.meant([other or host], one))
            found.pop(self._services.full_name(host, service) or "", None)
            if found:
                self._services.item(host, service)["service_dependencies"] = list(found)


def _some(those: list[str]) -> str:
    """Return the names of a few items, and how many more there are."""
    return those[0] if len(those) == 1 else f"{those[0]} and {len(those) - 1} more"
