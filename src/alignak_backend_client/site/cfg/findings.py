"""Findings of a conversion: unreadable files, what cannot be converted, and changes."""

from __future__ import annotations

from typing import Any, Final, Literal, NamedTuple

Kind = Literal["error", "lost", "changed", "exposed"]

_MAX_FINDINGS: Final = 100_000
"""Maximum number of findings, which bounds the memory."""


class Finding(NamedTuple):
    """A finding for the user.

    Attributes:
        kind: ``error`` if something cannot be read, ``lost`` if it is not converted, ``changed`` if it is converted
            differently, ``exposed`` if it may be a secret and is in the files.
        file: the path of the file.
        line: the line; None for the whole file.
        type: the type of the definition; empty if it is in none.
        name: the name of the definition; empty if it has none.
        reason: the description, in one line.
    """

    kind: Kind
    file: str
    line: int | None
    type: str
    name: str
    reason: str


class Findings:
    """The findings, without duplicates.

    Attributes:
        omitted: the number of further findings, which exceed the limit.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[Any, ...], Finding] = {}
        self.omitted = 0

    def add(self, kind: Kind, file: str, line: int | None, reason: str, type: str = "", name: str = "") -> None:  # noqa: A002 - as in the result
        """Add a finding; the same finding for other items that inherit the line is ignored."""
        key = (kind, file, line, reason, name)
        if key in self._found:
            return
        if len(self._found) >= _MAX_FINDINGS:
            self.omitted += 1
        else:
            self._found[key] = Finding(kind, file, line, type, name, reason)

    def has(self, kind: Kind) -> bool:
        """Return True if there is a finding of a kind."""
        return any(found.kind == kind for found in self._found.values())

    def sorted(self) -> list[Finding]:
        """Return the findings sorted by file and line."""
        return sorted(self._found.values(), key=lambda found: (found.file, found.line or 0))
