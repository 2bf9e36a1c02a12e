"""What a check finds, as data."""

from __future__ import annotations

from typing import Any, Final, Literal, NamedTuple, get_args

Kind = Literal[
    "orphan", "useless right", "dangling", "cycle", "duplicate", "outdated", "counters", "no rights", "nobody notified"
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""In the order in which they are told: the last two are hints."""

HINTS: Final[frozenset[Kind]] = frozenset({"no rights", "nobody notified"})
"""What may well be meant so."""


class Remove(NamedTuple):
    """A repair: take ids out of a link that leads nowhere; a link to one item becomes null.

    Attributes:
        field: the link.
        ids: what it leads to.
    """

    field: str
    ids: tuple[str, ...]


class Set(NamedTuple):
    """A repair: give fields their values.

    Attributes:
        values: the fields.
        followed: True when the item goes on to follow its templates in them.
    """

    values: dict[str, Any]
    followed: bool = False


class Delete(NamedTuple):
    """A repair: delete the item. Whoever repairs is asked before."""


Repair = Remove | Set | Delete


class Finding(NamedTuple):
    """One thing that is wrong, or a hint.

    Attributes:
        kind: what it is.
        type: the resource of the item.
        name: how people call the item; empty if it has no name.
        id: its id.
        field: the field that it is about; empty for the whole item.
        values: what is wrong there: the ids of links that lead nowhere, the names on a circle, the ids of doubles, or
            ``(name, value, what it should be)`` of fields.
        repair: what would mend it; None for what takes a decision.
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
        """True for what may well be meant so."""
        return self.kind in HINTS
