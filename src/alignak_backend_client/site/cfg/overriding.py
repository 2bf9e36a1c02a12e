"""Overrides of services: in hosts, and in obsolete ``serviceextinfo`` definitions."""

from __future__ import annotations

from alignak_backend_client.items.names.references import show
from alignak_backend_client.site.cfg.attributes import EXTENDED, TABLES
from alignak_backend_client.site.cfg.hosts import Hosts
from alignak_backend_client.site.cfg.items import Items
from alignak_backend_client.site.cfg.parsing import Value, canonical_name
from alignak_backend_client.site.cfg.services import Services, get_description


class Overriding:
    """Applies overrides to converted services."""

    def __init__(self, items: Items, hosts: Hosts, services: Services) -> None:
        self._items = items
        self._hosts = hosts
        self._services = services

    def override(self) -> None:
        """Apply all overrides."""
        for host, values in self._hosts.values.items():
            overrides = values.get("service_overrides")
            for line in (overrides.text or "").split("\n") if overrides else ():
                if line.strip() and overrides is not None:
                    self._override(host, line, overrides)
        for definition in self._items.registered("serviceextinfo"):
            values = self._items.values(definition)
            elsewhere = ("host_name", "hostgroup_name", "service_description")
            fields = self._items.reader.convert_fields("service", values, EXTENDED["serviceextinfo"], elsewhere)
            description = get_description(values)
            for host in self._hosts.resolve_hosts(values.get("host_name"), values.get("hostgroup_name")):
                if (full := self._services.full_name(host, description)) is None:
                    self._items.report_lost(definition, f"there is no service {show(f'{host}/{description}')}")
                else:
                    service = self._items.items["service"][full]
                    own = self._services.definitions[host, description][1]
                    service.update({name: value for name, value in fields.items() if name not in own})

    def _override(self, host: str, text: str, value: Value) -> None:
        """Apply an override such as ``http,check_interval 1`` to a service of a host."""
        description, _, rest = text.partition(",")
        words = rest.split(None, 1)
        full = self._services.full_name(host, description.strip())
        if full is None or len(words) != 2:
            self._items.reader.report_lost(value, f"service_overrides: {show(text.strip(), 60)} matches no service")
            return
        attribute, new = words
        own = {canonical_name("service", attribute): Value(None if new == "null" else new, value.line, value.owner)}
        fields = self._items.reader.convert_fields("service", own, TABLES["service"])
        self._items.items["service"][full].update(fields)
