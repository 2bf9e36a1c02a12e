"""The order of a list as people write it: ``-ls_last_check,name``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from alignak_backend_client.items.query.fields import Field, QueryError, parse_field
from alignak_backend_client.model import Resource


class Order(NamedTuple):
    """The order of a list.

    Attributes:
        keys: fields, and True for those that begin with the largest value; the first one counts most.
    """

    keys: tuple[tuple[Field, bool], ...]

    @property
    def param(self) -> str | None:
        """The parameter ``sort`` of the backend; None if it does not know the values: names behind links."""
        if any(field.steps or field.link for field, _ in self.keys):
            return None
        return ",".join(f"{'-' * descending}{field.name}" for field, descending in self.keys)

    def sort(self, rows: list[Any], values: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Return rows in this order; ``values`` has for each of them the values of the fields, by path."""
        places = list(range(len(rows)))
        for field, descending in reversed(self.keys):
            places.sort(key=lambda place: _comparable(values[place][field.path]), reverse=descending)
        return [rows[place] for place in places]


def _comparable(value: Any) -> tuple[int, Any]:
    """Return what any value can be compared by: nothing first, then numbers, then texts, then all else."""
    if value is None:
        return 0, 0
    if isinstance(value, int | float):
        return 1, value
    return (2, value) if isinstance(value, str) else (3, str(value))


def parse_order(resource: Resource, text: str) -> Order:
    """Return the order that names of fields with commas between them say; ``-`` turns one round.

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
