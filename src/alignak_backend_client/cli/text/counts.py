"""Numbers of things in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from alignak_backend_client.model import resources_by_name


def format_count(number: int, what: str) -> str:
    """Return a number with a noun in singular or plural."""
    many = f"{what.removesuffix('y')}ies" if what.endswith("y") else f"{what}s"
    return f"{number} {what if number == 1 else many}"


def format_counts(counts: Mapping[str, int]) -> str:
    """Return the number of items by type, the largest first."""
    model = resources_by_name()
    shown = [model[name].format_count(number) for name, number in Counter(counts).most_common() if number]
    return ", ".join(shown) or "no items"
