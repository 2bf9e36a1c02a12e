"""Deletions: owned items that are not in the folder, and items deleted together with others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from alignak_backend_client.items.names.references import label
from alignak_backend_client.items.writing.usage import links_to
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.model.start_documents import START_NAMES
from alignak_backend_client.site.fields import OWNER, WITHOUT
from alignak_backend_client.site.model import Site, given, on_templates
from alignak_backend_client.site.planning.wanted import Wishes
from alignak_backend_client.site.reading import Read


class Doomed(NamedTuple):
    """An item to delete.

    Attributes:
        type: its resource.
        name: its name.
        reason: why it is deleted; empty if it is not in the folder.
        goes_along: True if the backend deletes it together with another item.
    """

    type: str
    name: str
    reason: str
    goes_along: bool = False


def is_owned(there: Read, kind: str, name: str) -> bool:
    """Return True if an item has its owner itself, rather than inheriting it from a template."""
    stored = there.stored[kind][name]
    if OWNER not in stored.followed:
        return True
    templates = there.items[kind][name].get("_templates") or ()
    return not any(
        (above := there.stored[kind].get(one)) is not None and above.owner == stored.owner for one in templates
    )


def prunable(site: Site, there: Read, keeps: str) -> dict[str, set[str]]:
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
            and not (kind == "user" and name == keeps)
            and is_owned(there, kind, name)
        }
        if names:
            found[kind] = names
    return found


def consequences(
    wishes: Wishes, there: Read, pruned: Iterable[Doomed], *, merge: bool, owner: str | None
) -> list[Doomed]:
    """Return all that is deleted: what is pruned, and what the folder says without naming it.

    The latter are services excluded from a host, services that are no longer in a template of their host, and those
    that the backend deletes with their host or their template.

    Args:
        wishes: what is wanted.
        there: what the backend has.
        pruned: what is pruned.
        merge: True when services that templates gave stay.
        owner: whose services are pruned that templates gave at some time; None for none.
    """
    found = {(one.type, one.name): one for one in pruned if one.name not in wishes.items[one.type]}
    services = there.items["service"]
    following: dict[str, list[str]] = {}
    hosted: dict[str, list[str]] = {}
    for name, item in services.items():
        hosted.setdefault(str(item.get("host")), []).append(name)
        for template in item.get("_templates") or ():
            following.setdefault(template, []).append(name)
    for one in _not_given(wishes, there, hosted, merge=merge, owner=owner):
        found.setdefault((one.type, one.name), one)
    open_ones = list(found.values())
    while open_ones:
        one = open_ones.pop()
        if one.type == "host":
            along = hosted.get(one.name, [])
        else:
            along = following.get(one.name, []) if one.type == "service" else []
        for name in along:
            if ("service", name) not in found and name not in wishes.items["service"]:
                found["service", name] = more = Doomed("service", name, f"with {label(one.type, one.name)}", True)
                open_ones.append(more)
    return list(found.values())


def used_by(
    wishes: Wishes, there: Read, doomed: Iterable[Doomed], *, merge: bool
) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """Return what stays and links to what is deleted, by type and name of that; both are types and names.

    Links of items in the files do not count: those are validated. With ``merge``, fields that they leave out count.
    """
    gone = {(one.type, one.name) for one in doomed}
    found: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for kind, items in there.items.items() if gone else ():
        links = [
            link
            for target in {one for one, _ in gone}
            for link in links_to(resources_by_name()[kind], resources_by_name()[target])
        ]
        for name, item in items.items() if links else ():
            wanted = wishes.items[kind].get(name)
            if (kind, name) in gone or (wanted is not None and not merge):
                continue
            for link in links:
                value = item.get(link.field) if wanted is None or link.field not in wanted.own else None
                for one in value if isinstance(value, list) else [value]:
                    if (link.resource, one) in gone:
                        found.setdefault((link.resource, str(one)), set()).add((kind, name))
    return found


def _not_given(
    wishes: Wishes, there: Read, hosted: Mapping[str, list[str]], *, merge: bool, owner: str | None
) -> Iterator[Doomed]:
    """Yield services that hosts of the folder shall not have, or had from templates that give them no more."""
    services = there.items["service"]
    templates = on_templates(services.items())
    for host, wanted in wishes.items["host"].items():
        for name in wanted.item.data.get(WITHOUT) or ():
            if f"{host}/{name}" in services:
                yield Doomed("service", f"{host}/{name}", WITHOUT)
        left = [name for name in hosted.get(host, ()) if name not in wishes.items["service"]]
        if merge or not left:
            continue
        before = given(there.items["host"][host], there.items["host"].get, lambda name: templates.get(name, ()))
        for full in left:
            item = services[full]
            if item.get("_templates_from_host_template") is not True:
                continue
            # Those that no template gives by now were left by somebody, as --merge does.
            owned = owner is not None and there.stored["service"][full].owner == owner
            if owned or item.get("_templates") == [before.get(str(item.get("name")))]:
                yield Doomed("service", full, "no longer in a template of the host")
