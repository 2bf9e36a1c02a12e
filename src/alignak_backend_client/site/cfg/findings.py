"""Findings of a conversion: unreadable files, what cannot be converted, and changes."""

from __future__ import annotations

from typing import Any, Final, Literal, NamedTuple

Kind = Literal["error", "lost", "changed"]

_MOST: Final = 100_000
"""More than anybody reads; it bounds the memory."""


class Finding(NamedTuple):
    """Something that a user should know.

    Attributes:
        kind: ``error`` for what cannot be read, ``lost`` for what is not carried over, ``changed`` for what is, in
            another way.
        file: the path of the file.
        line: where in it; None for the file as a whole.
        type: what is defined there, as the file says; empty for none.
        name: its name; empty if it has none.
        reason: what it is, in one line.
    """

    kind: Kind
    file: str
    line: int | None
    type: str
    name: str
    reason: str


class Findings:
    """All that is found, each once.

    Attributes:
        omitted: how many were left out, since there are too many.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[Any, ...], Finding] = {}
        self.omitted = 0

    def add(self, kind: Kind, file: str, line: int | None, reason: str, type: str = "", name: str = "") -> None:  # noqa: A002 - as in the result
        """Add one. What is found in the same line again, for another item that inherits it, is told once."""
        key = (kind, file, line, reason, name)
        if key in self._found:
            return
        if len(self._found) >= _MOST:
            self.omitted += 1
        else:
            self._found[key] = Finding(kind, file, line, type, name, reason)

    def has(self, kind: Kind) -> bool:
        """Return True when there is one of a kind."""
        return any(found.kind == kind for found in self._found.values())

    def sorted(self) -> list[Finding]:
        """Return them by file and line."""
        return sorted(self._found.values(), key=lambda found: (found.file, found.line or 0))
