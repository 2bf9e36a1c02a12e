"""Cycles of links, such as templates of themselves, and chains of links that are too long for the backend."""

from __future__ import annotations

import graphlib
from collections.abc import Iterator
from typing import Final

from alignak_backend_client.items.names.references import link_targets
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.model.storable import MAX_LEVELS
from alignak_backend_client.site.files.folder import Item, Problem
from alignak_backend_client.site.model import Site

_CYCLES: Final = 100
"""Maximum number of cycles that are reported."""

CIRCULAR: Final = {
    "_templates": "it is a template of itself",
    "_parent": "it is below itself",
    "parents": "it is its own parent",
    "hostgroups": "it is a member of itself",
    "servicegroups": "it is a member of itself",
    "usergroups": "it is a member of itself",
}


def cycle_problems(site: Site) -> Iterator[Problem]:
    """Yield the cycles of links between the items of a site, and too long chains of them."""
    for resource, items in site.items.items():
        for field, reason in CIRCULAR.items():
            link = resources_by_name()[resource].links.get(field)
            if link is None or link.resource != resource:
                continue
            graph = {
                name: items.keys() & link_targets(value)
                for name, item in items.items()
                if (value := item.data.get(field))
            }
            targets = set().union(*graph.values())  # no other item can be part of a cycle
            graph = {name: those for name, those in graph.items() if those and name in targets}
            for way in find_cycles(graph):
                item = items[way[0]]
                yield Problem(item.place.at(field), f"{field}: {reason}: {format_cycle(way)}", item)
            if field in ("_templates", "_parent"):
                yield from _find_too_deep(items, field, graph)


def find_cycles(graph: dict[str, set[str]]) -> Iterator[list[str]]:
    """Yield the cycles of a graph, and remove them: the names in order, with the first one repeated at the end."""
    for _ in range(_CYCLES):
        try:
            graphlib.TopologicalSorter(graph).prepare()
        except graphlib.CycleError as error:
            circle = list(reversed(error.args[1]))
            first = min(circle)
            at = circle.index(first)
            yield [*circle[at:-1], *circle[:at], first] if circle[0] == circle[-1] else circle
            del graph[first]
        else:
            return


def format_cycle(way: list[str]) -> str:
    """Return the names of a cycle as text."""
    return " → ".join(way[:8]) + (" → …" if len(way) > 8 else "")


def _find_too_deep(items: dict[str, Item], field: str, graph: dict[str, set[str]]) -> Iterator[Problem]:
    """Yield the problem of the first item that is nested too deeply; one message is sufficient."""
    above: dict[str, int] = {}
    try:
        order = [*graphlib.TopologicalSorter(graph).static_order()]
    except graphlib.CycleError:
        return
    for name in order:
        above[name] = 1 + max((above[one] for one in graph.get(name, ())), default=0)
        if above[name] > MAX_LEVELS:
            reason = f"{field}: the chain is longer than {MAX_LEVELS} levels, the limit of the backend"
            yield Problem(items[name].place.at(field), reason, items[name])
            return
