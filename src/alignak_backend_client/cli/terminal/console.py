"""The output of the command: results to standard output, everything else to standard error."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO

from alignak_backend_client.cli.terminal.bar import Bar
from alignak_backend_client.output.text import escape_json, escape_unencodable, escape_unprintable

if TYPE_CHECKING:
    from collections.abc import Callable

    from alignak_backend_client.output.writing import WriteSummary


def prompt(question: str) -> str:
    """Read hidden input from the terminal; if standard input is not a terminal, read a line from it."""
    if sys.stdin is None:  # the program was started without it
        return ""
    if sys.stdin.isatty():
        import getpass

        try:
            return getpass.getpass(question)
        except EOFError:  # Ctrl-D
            return ""
    # Unbuffered, since the data may follow the line.
    return sys.stdin.buffer.readline().decode("utf-8", errors="replace").rstrip("\r\n")


class OutputError(Exception):
    """The requested output cannot be printed."""


class Console:
    """The output of the command.

    Attributes:
        quiet: True to print nothing at all.
        verbose: True to also print steps.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self.verbose = False
        self._bar = Bar()

    def text(self, text: str) -> None:
        """Print requested text with several lines."""
        self._print(text, sys.stdout, allowed="\n")

    def json(self, text: str) -> None:
        """Print requested JSON, and flush it. It is valid JSON on every terminal."""
        if sys.stdout is not None:
            self._print(escape_json(text, sys.stdout.encoding or "utf-8"), sys.stdout, allowed="\n", flush=True)

    def result(self, text: str) -> None:
        """Print a requested line."""
        self._print(text, sys.stdout)

    def results(self, write: Callable[[TextIO], WriteSummary]) -> WriteSummary:
        """Print requested results, and a note about columns that do not fit the terminal.

        Args:
            write: writes the results to a stream, and returns a summary.
        """
        self._bar.clear()
        if self.quiet or sys.stdout is None:
            with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123 - pathlib takes 4 ms to import
                return write(nowhere)
        try:
            written = write(sys.stdout)
            sys.stdout.flush()  # in one file, notes follow the results
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(f"The output cannot be written: {error.strerror}") from error
        finally:
            self._bar.clear()
        if written.hidden:
            self.note(f"Columns that do not fit the terminal: {', '.join(written.hidden)}; -o wide shows all")
        return written

    def error(self, text: str) -> None:
        """Print an error."""
        self._print(text, sys.stderr)

    def note(self, text: str) -> None:
        """Print a note to the user, on standard error."""
        self._print(text, sys.stderr)

    def step(self, text: str) -> None:
        """Print a step, if ``--verbose`` was given."""
        if self.verbose:
            self._print(text, sys.stderr)

    def progress(self, done: int, total: int) -> None:
        """Show a progress bar, on a terminal and if the work takes time. May be called from several threads."""
        if not self.quiet:
            self._bar.show(done, total)

    @property
    def can_ask(self) -> bool:
        """True if standard input is a terminal, so that the user can answer questions."""
        return sys.stdin is not None and sys.stdin.isatty()

    def confirm(self, question: str) -> bool:
        """Ask a question on the terminal, even with ``--quiet``; return True for yes.

        Raises:
            OutputError: there is no terminal to show the question.
        """
        self._bar.clear()
        shown = next((one for one in (sys.stderr, sys.stdout) if one is not None and one.isatty()), None)
        if shown is None or sys.stdin is None:
            raise OutputError("Cannot ask for confirmation, since the output is not a terminal: use --yes")
        answer = ""
        try:
            shown.write(escape_unencodable(f"{escape_unprintable(question)} [y/N] ", shown.encoding or "utf-8"))
            shown.flush()
            answer = sys.stdin.readline()
        finally:
            if not answer.endswith("\n"):  # Ctrl-C, or Ctrl-D
                shown.write("\n")
        return answer.strip().lower() in ("y", "yes")

    def _print(self, text: str, stream: TextIO | None, allowed: str = "", *, flush: bool = False) -> None:
        if self.quiet or stream is None:
            return
        self._bar.clear()
        shown = escape_unprintable(text.rstrip("\n"), allowed)
        try:
            # A single write, so that Ctrl-C does not interrupt it before the line end.
            stream.write(escape_unencodable(shown, stream.encoding or "utf-8") + "\n")
            if flush:
                stream.flush()
        except OSError as error:
            if stream is sys.stderr:
                return  # this cannot be reported, and the exit code remains
            if isinstance(error, BrokenPipeError):
                raise
            raise OutputError(f"The output cannot be written: {error.strerror}") from error
