"""A site: its items by type and name, and the services that hosts get from templates."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from alignak_backend_client.items.names.references import full_name, link_targets, service_splits
from alignak_backend_client.site.fields import OLD_NAME
from alignak_backend_client.site.files.folder import Item, site_types

Data = Mapping[str, Any]


class Site:
    """The items of a site.

    Attributes:
        name: the name of the site, which owns the items; None without site.yml.
        items: the items by resource and name.
    """

    def __init__(self, name: str | None, items: Iterable[Item]) -> None:
        self.name = name
        self.items: dict[str, dict[str, Item]] = {resource: {} for resource in site_types()}
        for item in items:
            self.items[item.resource.name].setdefault(item.name, item)

    def data(self, resource: str, name: str) -> Data | None:
        """Return the fields of an item; None if there is no such item."""
        item = self.items[resource].get(name)
        return None if item is None else item.data

    @functools.cached_property
    def _service_templates(self) -> dict[str, list[tuple[str, str]]]:
        return service_templates_by_host((name, item.data) for name, item in self.items["service"].items())

    @functools.cached_property
    def _new_names(self) -> dict[tuple[str, str], str]:
        return {
            (kind, full_name(item.resource, {**item.data, "name": old})): name
            for kind, items in self.items.items()
            for name, item in items.items()
            if isinstance(old := item.data.get(OLD_NAME), str)
        }

    def new_name(self, resource: str, name: str) -> str | None:
        """Return the name of the item that had a name before it was renamed; None if there is no such item."""
        new = self._new_names.get((resource, name))
        for split in service_splits(name) if new is None and resource == "service" else ():
            if (host := self._new_names.get(("host", split.host))) is not None:
                return f"{host}/{split.service}"
        return new

    def services_from_templates(self, host: Data) -> dict[str, str]:
        """Return the services that a host gets from its templates: by name that of the service template."""
        return services_from_templates(
            host, lambda name: self.data("host", name), lambda name: self._service_templates.get(name, ())
        )


def service_templates_by_host(services: Iterable[tuple[str, Data]]) -> dict[str, list[tuple[str, str]]]:
    """Return the service templates by host: for each, its own name and its full name."""
    found: dict[str, list[tuple[str, str]]] = {}
    for full, data in services:
        if data.get("_is_template") is True and isinstance(host := data.get("host"), str):
            found.setdefault(host, []).append((str(data.get("name")), full))
    return found


def services_from_templates(
    host: Data,
    template: Callable[[str], Data | None],
    services: Callable[[str], Sequence[tuple[str, str]]],
) -> dict[str, str]:
    """Return the services that a host gets from its templates, as the backend finds them.

    Args:
        host: its fields.
        template: returns the fields of a host by name, or None.
        services: returns the service templates on a host by name.
    """
    found: dict[str, str] = {}
    if host.get("_is_template") is True or host.get("_templates_with_services") is False:
        return found
    # The backend processes templates in order, ancestors first, and the last one takes precedence. In reverse order,
    # the first one does, so a template that was seen before, on another path, can be skipped.
    seen: set[str] = set()
    left = link_targets(host.get("_templates"))
    while left:
        name = left.pop()
        if name in seen:
            continue
        seen.add(name)
        for service, full in reversed(services(name)):
            found.setdefault(service, full)
        there = template(name)
        left += link_targets(there.get("_templates")) if there is not None else []
    return found
