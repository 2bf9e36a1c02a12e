"""What the actions share."""

from __future__ import annotations

from alignak_backend_client.cli.arguments import Options
from alignak_backend_client.cli.console import Console
from alignak_backend_client.client import Backend
from alignak_backend_client.items.writing.report import Outcome
from alignak_backend_client.items.writing.work import Work
from alignak_backend_client.model import Resource, public_resources


class Action:
    """An action on items of one type."""

    def __init__(self, options: Options, username: str, console: Console) -> None:
        self.options = options
        self.username = username
        self.console = console
        self.resource: Resource = public_resources()[options.type]
        if options.former_type:
            console.note(f"The type {options.former_type!r} is called {options.type!r} now")

    def work(self, backend: Backend) -> Work:
        """Return the means to write."""
        several = self.options.item is None or self.options.item.endswith("/*")
        self.console.brief = several and not self.options.check
        return Work(backend, self.username, self.options.check, self.console)

    def ended(self, outcome: Outcome) -> bool:
        """Return True when all went well.

        Raises:
            KeyboardInterrupt: the user has ended the work; what was written is told.
        """
        if outcome.interrupted:
            raise KeyboardInterrupt
        return outcome.ok

    def summary(self, outcome: Outcome, done: str) -> bool:
        """Print how a list of items ended, and return True when all went well."""
        parts = [f"{outcome.done} {self.resource.name}{'' if outcome.done == 1 else 's'} {done}"]
        if outcome.skipped:
            parts.append(f"{outcome.skipped} left as they are")
        if outcome.failures:
            parts.append(f"{len(outcome.failures)} failed")
        if outcome.not_tried:
            parts.append(f"{outcome.not_tried} not {done}, as far as is known; run the command again to finish")
        text = ", ".join(parts)
        if outcome.ok:
            self.console.result(text)
        else:
            self.console.error(text)
        return self.ended(outcome)
