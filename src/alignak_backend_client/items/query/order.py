"""Parsing and applying an order such as ``-ls_last_check,name``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from alignak_backend_client.items.query.fields import Field, QueryError, parse_field
from alignak_backend_client.model import Resource


class Order(NamedTuple):
    """The order of a list.

    Attributes:
        keys: the fields, each with True for descending order; the first one is the primary key.
    """

    keys: tuple[tuple[Field, bool], ...]

    @property
    def param(self) -> str | None:
        """The parameter ``sort`` of the backend; None if it cannot sort by the fields, such as linked names."""
        if any(field.steps or field.link for field, _ in self.keys):
            return None
        return ",".join(f"{'-' * descending}{field.name}" for field, descending in self.keys)

    def sort(self, rows: list[Any], values: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Return rows in this order; ``values`` has the field values by path for each row."""
        places = list(range(len(rows)))
        for field, descending in reversed(self.keys):
            places.sort(key=lambda place: _sort_key(values[place][field.path]), reverse=descending)
        return [rows[place] for place in places]


def _sort_key(value: Any) -> tuple[int, Any]:
    """Return a sort key for any value: null first, then numbers, then strings, then everything else."""
    if value is None:
        return 0, 0
    if isinstance(value, int | float):
        return 1, value
    return (2, value) if isinstance(value, str) else (3, str(value))


def parse_order(resource: Resource, text: str) -> Order:
    """Parse comma-separated field names; ``-`` means descending.

    Raises:
        QueryError: one of the fields does not exist, or there are none.
    """
    keys = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        field = parse_field(resource, part.removeprefix("-"))
        keys.append((field, part.startswith("-")))
    if not keys:
        raise QueryError("No sort fields given: use field names, separated by commas")
    return Order(tuple(keys))
