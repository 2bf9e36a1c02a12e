"""The desired state of a backend: each item of a site with all values, including inherited ones."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from alignak_backend_client.model import resources_by_name
from alignak_backend_client.model.coercion import TEXT_IDS
from alignak_backend_client.model.validation import validator
from alignak_backend_client.site.fields import EXCLUDED_SERVICES, OWNER, UNMERGED, additional_keys
from alignak_backend_client.site.files.folder import Item
from alignak_backend_client.site.inheriting import Bases, defaults, merge_values, start_values
from alignak_backend_client.site.model import Site, service_templates_by_host, services_from_templates
from alignak_backend_client.site.reading import BackendItems

Data = Mapping[str, Any]


class DesiredItem(NamedTuple):
    """The desired state of an item.

    Attributes:
        item: the item in the files; a service from the templates of its host has the place of its host.
        own: its fields in the files.
        base: its inherited values, without defaults.
        sparse: all its values, without most defaults.
        service_template: the service template of its host that it comes from; None for all others.
        in_files: False for a service that is not in the files.
    """

    item: Item
    own: dict[str, Any]
    base: Data
    sparse: Data
    service_template: str | None = None
    in_files: bool = True

    @property
    def whole(self) -> dict[str, Any]:
        """All its values."""
        return {**defaults(self.item.resource.name), **self.sparse}

    @property
    def templates(self) -> list[str]:
        """The names of the templates that it follows."""
        return list(self.sparse.get("_templates") or ())

    @property
    def followed(self) -> frozenset[str]:
        """The fields that it inherits from its templates."""
        if not self.templates:
            return frozenset()
        resource = self.item.resource
        own = (self.own.keys() | start_values(resource, self.own.get("name")).keys()) - set(resource.cumulative)
        left = own - {"name"} if self.service_template else own | {"name", OWNER}
        return frozenset(resource.from_templates - left - resource.own)


class DesiredState:
    """The desired state of a site.

    Args:
        site: the items of the folder.
        there: the current state; its templates are used if they are not in the folder.
        gone: the names of items that will be deleted, by resource.

    Attributes:
        items: the items by resource and name.
        hosts: for each host of the folder, the services from its templates: service name to name of the template.
    """

    def __init__(self, site: Site, there: BackendItems, gone: Mapping[str, Collection[str]]) -> None:
        self.items: dict[str, dict[str, DesiredItem]] = {name: {} for name in site.items}
        self.hosts: dict[str, dict[str, str]] = {}
        self._site = site
        self._there = there
        self._gone = gone
        self._bases = {name: Bases(resources_by_name()[name]) for name in site.items}
        self._open: set[tuple[str, str]] = set()
        for resource, items in site.items.items():
            for name in items:
                self._desired(resource, name)
        for item in list(self._implied()):
            self.items["service"][item.name] = self._build(item, in_files=False)

    def _implied(self) -> Iterator[Item]:
        """Yield the services that hosts of the folder get from templates, and that are not in the files."""
        service = resources_by_name()["service"]
        for name, host in self._site.items["host"].items():
            left_out = host.data.get(EXCLUDED_SERVICES) or ()
            for short in self.services_from_templates(name):
                full = f"{name}/{short}"
                if short not in left_out and full not in self.items["service"]:
                    yield Item(service, full, {"name": short, "host": name}, host.place)

    def services_from_templates(self, host: str) -> dict[str, str]:
        """Return the services that a host gets from its templates: service name to name of the template."""
        if host not in self.hosts:
            self.hosts[host] = services_from_templates(
                self._data("host", host) or {}, self._host_template, self._service_templates_on
            )
        return self.hosts[host]

    def _host_template(self, name: str) -> Data | None:
        return self._data("host", name)

    def _service_templates_on(self, host: str) -> list[tuple[str, str]]:
        return self._service_templates.get(host, [])

    @functools.cached_property
    def _service_templates(self) -> dict[str, list[tuple[str, str]]]:
        names = {*self._there.items.get("service", ()), *self._site.items["service"]}
        return service_templates_by_host(
            (name, data) for name in sorted(names) if (data := self._data("service", name)) is not None
        )

    def _data(self, resource: str, name: str) -> Data | None:
        """Return the fields of an item from the folder, or else from the backend."""
        if (item := self._site.items[resource].get(name)) is not None:
            return item.data
        if name in self._gone.get(resource, ()):
            return None
        return self._there.items.get(resource, {}).get(name)

    def whole(self, resource: str, name: str) -> Data:
        """Return all future values of an item; empty if it will not exist."""
        values = self._sparse(resource, name)
        return {**defaults(resource), **values} if values else {}

    def _sparse(self, resource: str, name: str) -> Data:
        """Like :meth:`whole`, without most defaults."""
        if name in self._site.items[resource]:
            return self._desired(resource, name).sparse if (resource, name) not in self._open else {}
        return self._data(resource, name) or {}

    def _desired(self, resource: str, name: str) -> DesiredItem:
        found = self.items[resource].get(name)
        if found is None:
            self._open.add((resource, name))
            found = self.items[resource][name] = self._build(self._site.items[resource][name])
            self._open.discard((resource, name))
        return found

    def _build(self, item: Item, *, in_files: bool = True) -> DesiredItem:
        resource = item.resource
        own = dict(item.data)
        for key in additional_keys(resource):
            own.pop(key, None)
        if in_files:
            validator(resource.name, TEXT_IDS).coerce(own, links=False)
        names = own.get("_templates")
        template, realm = None, None
        if resource.name == "service":
            host = str(own.get("host"))
            realm = self._sparse("host", host).get("_realm")
            if own.get("_is_template") is not True and (
                found := self.services_from_templates(host).get(str(own.get("name")))
            ):
                template = found if names in (None, [found]) else None
        followed = tuple(names or ([template] if template else ()))
        base = self._bases[resource.name].of(
            own.get("name"),
            followed,
            lambda: [self.whole(resource.name, one) for one in followed],
            realm,
            from_host_templates=template is not None,
        )
        sparse = {**base, **own}
        whole = item.data.get(UNMERGED) or ()
        for name in resource.cumulative if followed and in_files else ():
            if name in own and name not in whole:
                sparse[name] = merge_values([own[name], base.get(name)], own[name])
        return DesiredItem(item, own, base, sparse, template, in_files)
