"""Base classes of the actions."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from alignak_backend_client.cli.grammar import Options, UsageError
from alignak_backend_client.cli.reporting import Reporter
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.cli.text import messages
from alignak_backend_client.client import Backend
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.files import datafile
from alignak_backend_client.items.writing.results import Action, Report
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.model import Resource, public_resources


class ActionCommand:
    """An action on items of one type. Making it checks the options; running it talks to the backend."""

    def __init__(self, options: Options, username: str, console: Console) -> None:
        self.options = options
        self.username = username
        self.console = console
        self.resource: Resource = public_resources()[options.type]
        if options.former_type:
            console.note(f"The type {options.former_type!r} is now called {options.type!r}")

    def run(self, backend: Backend) -> bool:
        """Run the action; return True if it succeeded completely."""
        raise NotImplementedError

    def cut_off(self, reason: str, *, interrupted: bool = False) -> None:
        """Record that the action ended early, and why; the caller shows it to people."""


class WritingCommand(ActionCommand):
    """An action that writes items, and reports the outcome of each."""

    verb: Action

    def __init__(self, options: Options, username: str, console: Console) -> None:
        super().__init__(options, username, console)
        if options.template is not None and not self.resource.has_templates:
            raise UsageError(f"Items of type {self.resource.name} have no templates: omit --template")
        brief = options.several and not options.check
        self._reporter = Reporter(console, json=options.json, brief=brief, dry_run=options.check)

    def cut_off(self, reason: str, *, interrupted: bool = False) -> None:
        """Report the early end, for programs."""
        self._reporter.cut_off(reason, interrupted=interrupted)

    def writer(self, backend: Backend) -> Writer:
        """Return a writer for the run, whose results the reporter prints."""
        writer = Writer(backend, self.username, self._reporter, dry_run=self.options.check)
        self._reporter.report = writer.report
        return writer

    def data(self) -> list[dict[str, Any]]:
        """Return the data of the command: a list of items, or the item that the command line names.

        Raises:
            ItemError: it cannot be read, or contains several items although one is named.
        """
        options = self.options
        data = datafile.read(options.data, options.folder) if options.data else {}
        items = data if isinstance(data, list) else [data]
        if options.items and len(items) != 1:
            raise ItemError(f"The data is a list of {len(items)} items, but the command line gives a single item")
        return items

    def items_of_folder(self) -> dict[str, list[dict[str, Any]]] | None:
        """Return the items in all files of a folder, by type; None if the data is not a folder.

        Raises:
            ItemError: a file cannot be read, or an argument cannot be combined with a folder.
        """
        options = self.options
        folder = Path(options.folder or "", options.data or "")
        if not options.data or not os.path.isdir(folder):  # noqa: PTH112 - pathlib's fails for names that are too long
            return None
        if options.items or options.templates is not None:
            raise ItemError(
                f"{options.data!r} is a folder, whose items have names and templates of their own: "
                "omit the item and --template"
            )
        items = datafile.read_folder(folder)
        self.resource = public_resources()[next(iter(items))]
        return items

    def ended(self, report: Report) -> bool:
        """Report the result, for several items also to people; return True if all succeeded.

        Raises:
            KeyboardInterrupt: the user interrupted the work; what was written has been reported.
        """
        summary = messages.summarize(report, self.verb, self.resource.name, dry_run=self.options.check)
        self._reporter.ended(summary if self.options.several else "")
        if report.interrupted:
            raise KeyboardInterrupt
        return report.ok
