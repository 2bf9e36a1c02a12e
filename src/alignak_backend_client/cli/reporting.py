"""Reporting the results of items while they are written: as messages, and as JSON with ``--json``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from alignak_backend_client.cli import ndjson
from alignak_backend_client.cli.access import NoAccess
from alignak_backend_client.cli.failures import explain_error
from alignak_backend_client.cli.terminal.console import Console, OutputError
from alignak_backend_client.cli.text import messages
from alignak_backend_client.exceptions import BackendException
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.writing.results import Action, Report, Result


class Reporter:
    """Prints each result immediately. If the output fails, items are still written.

    Args:
        console: the output.
        json: True to print results as JSON on standard output, instead of lines for people.
        brief: True to print only failed items.
        dry_run: True if nothing is sent.
        sentence: returns the result of an item in one line.

    Attributes:
        report: the report of the run; None before it starts.
        brief: as given; may be set later.
        more: additional keys of the JSON summary.
    """

    def __init__(
        self,
        console: Console,
        *,
        json: bool,
        brief: bool,
        dry_run: bool,
        sentence: Callable[[Result], str] = messages.describe_result,
    ) -> None:
        self._console = console
        self._json = json
        self.brief = brief
        self._dry_run = dry_run
        self._sentence = sentence
        self.more: Mapping[str, Any] = {}
        self.report: Report | None = None
        self._broken: Exception | None = None
        self._is_summarized = False

    def result(self, result: Result) -> None:
        """Print the result of an item."""
        if details := messages.describe_details(result):
            self._console.step(details)
        if result.status == "failed":
            self._console.error(self._sentence(result))
        elif not (self._json or (self.brief and not self._console.verbose) or result.status == "unfinished"):
            self._print(self._sentence(result))
        if self._json:
            self._print(ndjson.line(result))

    def sending(self, action: Action, resource: str, names: list[str]) -> None:
        """Print which items are sent, if ``--verbose`` was given."""
        self._console.step(messages.describe_sending(action, resource, names))

    def progress(self, done: int, total: int) -> None:
        """Show the progress."""
        self._console.progress(done, total)

    def ended(self, summary: str) -> None:
        """Print the end of the run, and raise the first error of the output.

        Args:
            summary: the summary for people; empty for none.

        Raises:
            BrokenPipeError: the reader of the output has closed it.
            OutputError: the output could not be written.
        """
        assert self.report is not None, "there is a writer"  # noqa: S101 - for type checkers
        if early := messages.describe_early_end(self.report):
            self._console.error(early)
        if summary and not self.report.ok:
            self._console.error(summary)
        elif summary and not self._json:
            self._print(summary)
        self._print_summary()
        if self._broken is not None:
            raise self._broken

    @contextmanager
    def report_early_end(self) -> Iterator[None]:
        """Report an exception in this context as the reason why the run ended early, and re-raise it."""
        try:
            yield
        except KeyboardInterrupt:
            self.cut_off("interrupted", interrupted=True)
            raise
        except (NoAccess, ItemError, BackendException) as error:
            self.cut_off(explain_error(error)[0])
            raise

    def cut_off(self, reason: str, *, interrupted: bool = False) -> None:
        """Report that the run ended early, unless it was summarized already."""
        self._print_summary(reason, interrupted=interrupted)

    def _print_summary(self, reason: str = "", *, interrupted: bool = False) -> None:
        """Print the JSON summary, once."""
        if self._json and not self._is_summarized:
            self._is_summarized = True
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
