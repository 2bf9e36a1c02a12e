"""Logging for commands that keep running."""

from __future__ import annotations

import logging
import os

from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.output.text import escape_unprintable


def set_up_logging(name: str, console: Console) -> None:
    """Log warnings and errors to standard error; with ``-v``, all messages of a logger, and with ``-q``, none."""
    handler = logging.NullHandler() if console.quiet else logging.StreamHandler()
    handler.setFormatter(_OneLine())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    if console.verbose:
        logging.getLogger(name).setLevel(logging.INFO)


class _OneLine(logging.Formatter):
    """Formats log lines for people: an exception has its place, but no traceback and no data."""

    def format(self, record: logging.LogRecord) -> str:
        """Format a record as a line."""
        text = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            text += f": {_place(record.exc_info[1])}"
        return f"{self.formatTime(record, '%Y-%m-%d %H:%M:%S')} {escape_unprintable(text)}"


def _place(error: BaseException) -> str:
    trace, places = error.__traceback__, []
    while trace is not None:
        places.append(f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}")  # noqa: PTH119 - only the name is needed
        trace = trace.tb_next
    return f"{type(error).__name__} at {' > '.join(places[-3:])}"
