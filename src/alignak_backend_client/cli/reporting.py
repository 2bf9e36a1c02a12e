"""Reporting the results of items while they are written: as messages, and as JSON with ``--json``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from alignak_backend_client.cli import ndjson
from alignak_backend_client.cli.access import NoAccess
from alignak_backend_client.cli.failures import explained
from alignak_backend_client.cli.terminal.console import Console, OutputError
from alignak_backend_client.cli.text import messages
from alignak_backend_client.exceptions import BackendException
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.writing.results import Action, Report, Result


class Reporter:
    """Prints results as they come. Output that cannot be written keeps no item from being written.

    Args:
        console: where to print.
        json: True to print results as JSON on standard output, instead of the lines for people there.
        brief: True to print of many items only those that failed.
        dry_run: True when nothing is sent.
        sentence: returns the outcome of an item, in one line.

    Attributes:
        report: of all items; None before there are any.
        brief: as given.
        more: what else the summary for programs tells.
    """

    def __init__(
        self,
        console: Console,
        *,
        json: bool,
        brief: bool,
        dry_run: bool,
        sentence: Callable[[Result], str] = messages.sentence,
    ) -> None:
        self._console = console
        self._json = json
        self.brief = brief
        self._dry_run = dry_run
        self._sentence = sentence
        self.more: Mapping[str, Any] = {}
        self.report: Report | None = None
        self._broken: Exception | None = None
        self._over = False

    def result(self, result: Result) -> None:
        """Print the outcome of an item."""
        if details := messages.details(result):
            self._console.step(details)
        if result.status == "failed":
            self._console.error(self._sentence(result))
        elif not (self._json or (self.brief and not self._console.verbose) or result.status == "unfinished"):
            self._print(self._sentence(result))
        if self._json:
            self._print(ndjson.line(result))

    def sending(self, action: Action, resource: str, names: list[str]) -> None:
        """Print what is sent, when the user wants to know."""
        self._console.step(messages.sending(action, resource, names))

    def progress(self, done: int, total: int) -> None:
        """Show how far the work is."""
        self._console.progress(done, total)

    def ended(self, summary: str) -> None:
        """Print how it ended, and raise what kept results from being printed.

        Args:
            summary: for people; empty for none.

        Raises:
            BrokenPipeError: who read the output has gone.
            OutputError: the output could not be written.
        """
        assert self.report is not None, "there is a writer"  # noqa: S101 - for type checkers
        if early := messages.ending(self.report):
            self._console.error(early)
        if summary and not self.report.ok:
            self._console.error(summary)
        elif summary and not self._json:
            self._print(summary)
        self._summarise()
        if self._broken is not None:
            raise self._broken

    @contextmanager
    def cutting_off(self) -> Iterator[None]:
        """Print why it ended before its time if what is done in this context raises; the exception goes on."""
        try:
            yield
        except KeyboardInterrupt:
            self.cut_off("interrupted", interrupted=True)
            raise
        except (NoAccess, ItemError, BackendException) as error:
            self.cut_off(explained(error)[0])
            raise

    def cut_off(self, reason: str, *, interrupted: bool = False) -> None:
        """Print that it ended before its time, and why; once it has ended, nothing."""
        self._summarise(reason, interrupted=interrupted)

    def _summarise(self, reason: str = "", *, interrupted: bool = False) -> None:
        """Print the last line for programs, once."""
        if self._json and not self._over:
            self._over = True
            self._print(
                ndjson.summary(
                    self.report, reason=reason, interrupted=interrupted, dry_run=self._dry_run, more=self.more
                )
            )

    def _print(self, text: str) -> None:
        if self._broken is not None:
            return
        try:
            if self._json:
                self._console.json(text)
            else:
                self._console.result(text)
        except (BrokenPipeError, OutputError) as error:
            self._broken = error
