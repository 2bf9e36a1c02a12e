"""What the actions share."""

from __future__ import annotations

from alignak_backend_client.cli import messages
from alignak_backend_client.cli.console import Console
from alignak_backend_client.cli.grammar import Options
from alignak_backend_client.cli.telling import Teller
from alignak_backend_client.client import Backend
from alignak_backend_client.items.writing.results import Action as Verb
from alignak_backend_client.items.writing.results import Report
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.model import Resource, public_resources


class Action:
    """An action on items of one type. Making it checks the options; running it talks to the backend."""

    def __init__(self, options: Options, username: str, console: Console) -> None:
        self.options = options
        self.username = username
        self.console = console
        self.resource: Resource = public_resources()[options.type]
        if options.former_type:
            console.note(f"The type {options.former_type!r} is called {options.type!r} now")

    def run(self, backend: Backend) -> bool:
        """Do it, and return True when all went well."""
        raise NotImplementedError

    def cut_off(self, reason: str, *, interrupted: bool = False) -> None:
        """Take note that it has ended early, and why; people are told elsewhere."""


class WritingAction(Action):
    """An action that writes items, and tells what became of each."""

    verb: Verb

    def __init__(self, options: Options, username: str, console: Console) -> None:
        super().__init__(options, username, console)
        several = options.item is None or options.item.endswith("/*")
        self._teller = Teller(console, json=options.json, brief=several and not options.check, dry_run=options.check)

    def cut_off(self, reason: str, *, interrupted: bool = False) -> None:
        """Tell programs so."""
        self._teller.cut_off(reason, interrupted=interrupted)

    def writer(self, backend: Backend) -> Writer:
        """Return the means to write."""
        writer = Writer(backend, self.username, self._teller, dry_run=self.options.check)
        self._teller.report = writer.report
        return writer

    def ended(self, report: Report, *, many: bool) -> bool:
        """Tell how it ended, of a list of items to people, too; return True when all went well.

        Raises:
            KeyboardInterrupt: the user has ended the work; what was written is told.
        """
        dry_run = self.options.check
        summary = messages.summary(report, self.verb, self.resource.name, dry_run=dry_run) if many else ""
        self._teller.ended(summary)
        if report.interrupted:
            raise KeyboardInterrupt
        return report.ok
