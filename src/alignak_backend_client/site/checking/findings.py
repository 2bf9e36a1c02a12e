"""The findings of a check, as data."""

from __future__ import annotations

from typing import Any, Final, Literal, NamedTuple, get_args

Kind = Literal[
    "orphan", "useless right", "dangling", "cycle", "duplicate", "outdated", "counters", "no rights", "nobody notified"
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""In the order of the output; the last two are hints."""

HINTS: Final[frozenset[Kind]] = frozenset({"no rights", "nobody notified"})
"""Findings that may be intentional."""


class Remove(NamedTuple):
    """A repair: remove dangling ids from a link; a single link becomes null.

    Attributes:
        field: the link.
        ids: the dangling ids.
    """

    field: str
    ids: tuple[str, ...]


class Set(NamedTuple):
    """A repair: set fields.

    Attributes:
        values: the fields and their values.
        followed: True if the item continues to inherit them.
    """

    values: dict[str, Any]
    followed: bool = False


class Delete(NamedTuple):
    """A repair: delete the item, after confirmation."""


Repair = Remove | Set | Delete


class Finding(NamedTuple):
    """A problem or a hint.

    Attributes:
        kind: its kind.
        type: the resource of the item.
        name: the full name of the item; empty if it has none.
        id: its id.
        field: the field; empty for the whole item.
        values: the details: dangling ids, the names in a cycle, the ids of duplicates, or
            ``(name, value, correct value)`` of fields.
        repair: the repair; None if it needs a decision.
    """

    kind: Kind
    type: str
    name: str
    id: str
    field: str = ""
    values: tuple[Any, ...] = ()
    repair: Repair | None = None

    @property
    def is_hint(self) -> bool:
        """True for findings that may be intentional."""
        return self.kind in HINTS
