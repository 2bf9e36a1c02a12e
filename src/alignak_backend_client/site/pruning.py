"""Deletions: items that the site owns and that are not in the folder, and items deleted with others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from alignak_backend_client.items.names.references import label
from alignak_backend_client.model.start_documents import START_NAMES
from alignak_backend_client.site.fields import OWNER, WITHOUT
from alignak_backend_client.site.model import Site, given, on_templates
from alignak_backend_client.site.reading import Read
from alignak_backend_client.site.wanted import Wishes


class Doomed(NamedTuple):
    """An item that is to be deleted.

    Attributes:
        type: its resource.
        name: its name.
        reason: why, if not since the folder does not hold it.
        goes_along: True when the backend deletes it with something else.
    """

    type: str
    name: str
    reason: str
    goes_along: bool = False


def is_owned(there: Read, kind: str, name: str) -> bool:
    """Return True when an item belongs to the site that it says, and does not only follow a template that does."""
    stored = there.stored[kind][name]
    if OWNER not in stored.followed:
        return True
    templates = there.items[kind][name].get("_templates") or ()
    return not any(
        (above := there.stored[kind].get(one)) is not None and above.owner == stored.owner for one in templates
    )


def prunable(site: Site, there: Read, keeps: str) -> dict[str, set[str]]:
    """Return the items that the site owns and the folder does not hold; services that templates give are none."""
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


def consequences(wishes: Wishes, there: Read, pruned: Iterable[Doomed], *, merge: bool) -> list[Doomed]:
    """Return all that is deleted: what is pruned, and what the folder says without naming it.

    These are services that a host shall not have, that no template gives it any longer, and those that the backend
    deletes with their host or their template.

    Args:
        wishes: what is wanted.
        there: what the backend has.
        pruned: what is pruned.
        merge: True when services that templates gave stay.
    """
    found = {(one.type, one.name): one for one in pruned if one.name not in wishes.items[one.type]}
    for one in _not_given(wishes, there, merge=merge):
        found.setdefault((one.type, one.name), one)
    services = there.items["service"]
    following: dict[str, list[str]] = {}
    hosted: dict[str, list[str]] = {}
    for name, item in services.items():
        hosted.setdefault(str(item.get("host")), []).append(name)
        for template in item.get("_templates") or ():
            following.setdefault(template, []).append(name)
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


def _not_given(wishes: Wishes, there: Read, *, merge: bool) -> Iterator[Doomed]:
    """Yield services that hosts of the folder shall not have, or had from templates that give them no more."""
    services = there.items["service"]
    templates = on_templates(services.items())
    for host, wanted in wishes.items["host"].items():
        for name in wanted.item.data.get(WITHOUT) or ():
            if f"{host}/{name}" in services:
                yield Doomed("service", f"{host}/{name}", WITHOUT)
        now = there.items["host"].get(host)
        if merge or now is None:
            continue
        before = given(now, there.items["host"].get, lambda name: templates.get(name, ()))
        for name, template in before.items():
            full = f"{host}/{name}"
            item = services.get(full)
            if item is None or full in wishes.items["service"] or item.get("_templates") != [template]:
                continue
            if item.get("_templates_from_host_template") is True:
                yield Doomed("service", full, "no longer in a template of the host")
