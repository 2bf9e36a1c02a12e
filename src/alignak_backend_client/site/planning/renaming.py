"""Renames (``was: old-name``): existing items get their new names and keep their ids."""

from __future__ import annotations

from alignak_backend_client.items.names.references import full_name, replace_targets
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.site.fields import OLD_NAME
from alignak_backend_client.site.model import Site
from alignak_backend_client.site.reading import BackendItems

Names = dict[str, dict[str, str]]
"""New names by resource and old name."""


def find_renames(site: Site, there: BackendItems) -> Names:
    """Return the renamed items: those that exist with their old name, and not with the new one.

    Services are renamed with their host, and services from a service template are renamed with it.
    """
    found: Names = {}
    for resource, items in site.items.items():
        if resource == "service":
            continue
        for name, item in items.items():
            old = item.data.get(OLD_NAME)
            if isinstance(old, str) and name not in there.items[resource] and old in there.items[resource]:
                found.setdefault(resource, {})[old] = name
    services = _find_service_renames(site, there, found.get("host", {}))
    if services:
        found["service"] = services
    return found


def _find_service_renames(site: Site, there: BackendItems, hosts: dict[str, str]) -> dict[str, str]:
    service = resources_by_name()["service"]
    was = {name: old for name, item in site.items["service"].items() if isinstance(old := item.data.get(OLD_NAME), str)}
    found: dict[str, str] = {}
    if not was and not hosts:
        return found
    items = there.items["service"]
    for name, item in items.items():
        if (host := hosts.get(str(item.get("host")))) is not None:
            found[name] = full_name(service, {**item, "host": host})
    present = {found.get(name, name): name for name in items}
    templates: dict[str, str] = {}
    for name, old in was.items():
        data = site.items["service"][name].data
        current = present.get(full_name(service, {**data, "name": old}))
        if current is not None and name not in present:
            found[current] = name
            if data.get("_is_template") is True:
                templates[current] = str(data.get("name"))
    if templates:
        _add_services_of_templates(site, there, templates, found)
    return found


def _add_services_of_templates(
    site: Site, there: BackendItems, templates: dict[str, str], found: dict[str, str]
) -> None:
    """Add the services that hosts got from renamed service templates."""
    service = resources_by_name()["service"]
    items = there.items["service"]
    for name, item in items.items():
        followed = item.get("_templates") or []
        if len(followed) != 1 or followed[0] not in templates or item.get("_is_template") is True:
            continue
        if item.get("name") != items[followed[0]].get("name"):
            continue
        now = found.get(name, name)
        new = full_name(service, {"host": now.removesuffix(f"/{item['name']}"), "name": templates[followed[0]]})
        if new not in items and now not in site.items["service"]:
            found[name] = new


def apply_new_names(there: BackendItems, names: Names) -> None:
    """Use new names in the keys and links of the items that were read; their field ``name`` is not changed."""
    if not names:
        return
    for resource, items in there.items.items():
        links = {
            field: names[link.resource]
            for field, link in resources_by_name()[resource].links.items()
            if link.resource in names
        }
        for item in items.values() if links else ():
            for field, known in links.items():
                if field in item:
                    item[field] = replace_targets(item[field], known)
        new = names.get(resource, {})
        there.items[resource] = {new.get(name, name): item for name, item in items.items()}
        there.stored[resource] = {new.get(name, name): one for name, one in there.stored[resource].items()}
    for rights in (there.rights or {}).values():
        for right in rights:
            right["realm"] = replace_targets(right.get("realm"), names.get("realm", {}))
    users = names.get("user", {})
    if there.rights is not None:
        there.rights = {users.get(name, name): one for name, one in there.rights.items()}
    there.roles = {users.get(name, name): one for name, one in there.roles.items()}
