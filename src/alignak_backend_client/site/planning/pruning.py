"""Deletions: owned items that are not in the folder, and items deleted together with others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from alignak_backend_client.items.names.references import label
from alignak_backend_client.items.writing.usage import links_to
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.model.start_documents import START_NAMES
from alignak_backend_client.site.fields import EXCLUDED_SERVICES, OWNER
from alignak_backend_client.site.model import Site, service_templates_by_host, services_from_templates
from alignak_backend_client.site.planning.desired import DesiredState
from alignak_backend_client.site.reading import BackendItems


class Deletion(NamedTuple):
    """An item to delete.

    Attributes:
        type: its resource.
        name: its name.
        reason: why it is deleted; empty if it is not in the folder.
        cascaded: True if the backend deletes it together with another item.
    """

    type: str
    name: str
    reason: str
    cascaded: bool = False


def is_owned(there: BackendItems, kind: str, name: str) -> bool:
    """Return True if an item has its owner itself, rather than inheriting it from a template."""
    stored = there.stored[kind][name]
    if OWNER not in stored.followed:
        return True
    templates = there.items[kind][name].get("_templates") or ()
    return not any(
        (above := there.stored[kind].get(one)) is not None and above.owner == stored.owner for one in templates
    )


def find_prunable(site: Site, there: BackendItems, protected_user: str) -> dict[str, set[str]]:
    """Return the items that the site owns and that are not in the folder."""
    found: dict[str, set[str]] = {}
    if site.name is None:
        return found
    for kind, stored in there.stored.items():
        always = START_NAMES.get(kind, frozenset())
        names = {
            name
            for name, one in stored.items()
            if one.owner == site.name
            and name not in site.items[kind]
            and name not in always
            and not (kind == "user" and name == protected_user)
            and is_owned(there, kind, name)
        }
        if names:
            found[kind] = names
    return found


def find_all_deletions(
    desired_state: DesiredState, there: BackendItems, pruned: Iterable[Deletion], *, merge: bool, owner: str | None
) -> list[Deletion]:
    """Return all items to delete: pruned ones, and services without an entry in the folder.

    These services are excluded from a host, no longer in a template of their host, or deleted by the backend together
    with their host or their template.

    Args:
        desired_state: the desired state.
        there: the items of the backend.
        pruned: the pruned items.
        merge: True to keep services that are no longer in a template.
        owner: the site whose services from templates are pruned; None for none.
    """
    found = {(one.type, one.name): one for one in pruned if one.name not in desired_state.items[one.type]}
    services = there.items["service"]
    following: dict[str, list[str]] = {}
    hosted: dict[str, list[str]] = {}
    for name, item in services.items():
        hosted.setdefault(str(item.get("host")), []).append(name)
        for template in item.get("_templates") or ():
            following.setdefault(template, []).append(name)
    for one in _find_excluded_services(desired_state, there, hosted, merge=merge, owner=owner):
        found.setdefault((one.type, one.name), one)
    open_ones = list(found.values())
    while open_ones:
        one = open_ones.pop()
        if one.type == "host":
            along = hosted.get(one.name, [])
        else:
            along = following.get(one.name, []) if one.type == "service" else []
        for name in along:
            if ("service", name) not in found and name not in desired_state.items["service"]:
                found["service", name] = more = Deletion("service", name, f"with {label(one.type, one.name)}", True)
                open_ones.append(more)
    return list(found.values())


def used_by(
    desired_state: DesiredState, there: BackendItems, deletions: Iterable[Deletion], *, merge: bool
) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """Return the remaining items that link to deleted ones: type and name of the deleted item to types and names.

    Items in the files are left out, because their links are validated; with ``merge``, only fields in the files are.
    """
    gone = {(one.type, one.name) for one in deletions}
    found: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for kind, items in there.items.items() if gone else ():
        links = [
            link
            for target in {one for one, _ in gone}
            for link in links_to(resources_by_name()[kind], resources_by_name()[target])
        ]
        for name, item in items.items() if links else ():
            desired = desired_state.items[kind].get(name)
            if (kind, name) in gone or (desired is not None and not merge):
                continue
            for link in links:
                value = item.get(link.field) if desired is None or link.field not in desired.own else None
                for one in value if isinstance(value, list) else [value]:
                    if (link.resource, one) in gone:
                        found.setdefault((link.resource, str(one)), set()).add((kind, name))
    return found


def _find_excluded_services(
    desired_state: DesiredState, there: BackendItems, hosted: Mapping[str, list[str]], *, merge: bool, owner: str | None
) -> Iterator[Deletion]:
    """Yield services that hosts of the folder exclude, or that are no longer in their templates."""
    services = there.items["service"]
    templates = service_templates_by_host(services.items())
    for host, desired in desired_state.items["host"].items():
        for name in desired.item.data.get(EXCLUDED_SERVICES) or ():
            if f"{host}/{name}" in services:
                yield Deletion("service", f"{host}/{name}", EXCLUDED_SERVICES)
        left = [name for name in hosted.get(host, ()) if name not in desired_state.items["service"]]
        if merge or not left:
            continue
        before = services_from_templates(
            there.items["host"][host], there.items["host"].get, lambda name: templates.get(name, ())
        )
        for full in left:
            item = services[full]
            if item.get("_templates_from_host_template") is not True:
                continue
            # Those that no template gives by now were left by somebody, as --merge does.
            owned = owner is not None and there.stored["service"][full].owner == owner
            if owned or item.get("_templates") == [before.get(str(item.get("name")))]:
                yield Deletion("service", full, "no longer in a template of the host")
