"""The order in which items that refer to each other are written."""

from __future__ import annotations

import graphlib
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


def creation_order(needs: Mapping[int, set[int]]) -> tuple[list[int], set[int]]:
    """Return positions in an order in which each comes after those it needs, else as they stood.

    Args:
        needs: position of an item to the positions of the items that must be there before it.

    Returns:
        The order, and the positions that cannot be ordered since they need each other, or such ones, in a circle.
    """
    if not any(needs.values()):
        return sorted(needs), set()
    left = {position: set(before) for position, before in needs.items()}
    circular: set[int] = set()
    while True:
        sorter = graphlib.TopologicalSorter(left)
        try:
            sorter.prepare()
        except graphlib.CycleError as error:
            members = set(error.args[1])
            circular |= members
            left = {position: before for position, before in left.items() if position not in members}
            continue
        break
    order: list[int] = []
    while sorter.is_active():
        ready = sorter.get_ready()
        order += sorted(position for position in ready if position in left)
        sorter.done(*ready)
    possible: list[int] = []
    for position in order:
        # Each stands behind what it needs: one look at those suffices.
        if needs[position] & circular:
            circular.add(position)
        else:
            possible.append(position)
    return possible, circular


def waves(needs: Mapping[int, set[int]], items: Sequence[T], position: Callable[[T], int]) -> list[list[T]]:
    """Return ordered items in groups, such that no item needs another one of its group.

    Args:
        needs: position of an item to the positions of the items that must be there before it.
        items: the items, each after those it needs, as far as that is possible.
        position: returns the position of an item.
    """
    level: dict[int, int] = {}
    groups: list[list[T]] = []
    for item in items:
        place = position(item)
        level[place] = 1 + max((level.get(before, -1) for before in needs[place]), default=-1)
        while len(groups) <= level[place]:
            groups.append([])
        groups[level[place]].append(item)
    return groups
