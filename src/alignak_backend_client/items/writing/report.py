"""What a verb tells while it works, and how it ended."""

from __future__ import annotations

from typing import Protocol


class Listener(Protocol):
    """Who is told what happens: the command line, or nobody."""

    def step(self, text: str) -> None:
        """Take note of a step; shown to those who want to know more."""

    def done(self, text: str) -> None:
        """Take note of an item that was written."""

    def failed(self, text: str) -> None:
        """Take note of an item that was not written, and why."""

    def progress(self, done: int, total: int) -> None:
        """Take note of how far the work is; possibly from another thread."""


class Outcome:
    """How many items were written (or would be), and which were not.

    Attributes:
        done: items written.
        skipped: items that needed nothing.
        failures: one line an item that was not written.
        not_tried: items that were left when the work had to end.
        interrupted: True when the user ended it.
    """

    def __init__(self, done: int = 0) -> None:
        self.done = done
        self.skipped = 0
        self.failures: list[str] = []
        self.not_tried = 0
        self.interrupted = False

    def take(self, part: Outcome) -> None:
        """Count the items of a part of the work, too."""
        self.done += part.done
        self.skipped += part.skipped
        self.failures += part.failures
        self.not_tried += part.not_tried
        self.interrupted = self.interrupted or part.interrupted

    @property
    def ok(self) -> bool:
        """True when all was written that should be."""
        return not self.failures and not self.not_tried and not self.interrupted
