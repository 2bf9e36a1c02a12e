"""The progress bar: count, rate and remaining time, on a terminal only."""

from __future__ import annotations

import sys
import threading
import time
from typing import Final

_PATIENCE: Final = 0.5
"""Seconds before the bar is shown."""

_INTERVAL: Final = 0.1
"""Seconds between two updates of the bar."""


class Bar:
    """One line on standard error, shown only on a terminal."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._total = 0
        self._begun = self._shown = 0.0
        self._visible = False

    def show(self, done: int, total: int) -> None:
        """Update the bar; may be called from several threads."""
        if sys.stderr is None or not sys.stderr.isatty():
            return
        with self._lock:
            now = time.monotonic()
            if total != self._total or not self._begun:
                self._total, self._begun = total, now
            if total and done >= total:
                self._clear()
                self._begun = 0.0
            elif now - self._begun >= _PATIENCE and now - self._shown >= _INTERVAL:
                self._shown = now
                self._visible = True
                import shutil

                width = shutil.get_terminal_size().columns - 1
                sys.stderr.write("\r\x1b[K" + line(done, total, now - self._begun, width))
                sys.stderr.flush()

    def clear(self) -> None:
        """Remove the bar, before something else is printed."""
        with self._lock:
            self._clear()

    def _clear(self) -> None:
        if self._visible:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._visible = False


def line(done: int, total: int, seconds: float, width: int) -> str:
    """Return the bar as text, no wider than the terminal; without a total, only how many are done."""
    rate = done / seconds if seconds > 0 else 0.0
    if not total:
        return f"{done:,}  {rate:,.0f}/s"[:width]
    left = f"{_clock((total - done) / rate)} left" if rate > 0 else "waiting"
    figures = f" {done:,}/{total:,}  {rate:,.0f}/s  {left}"
    room = min(40, width - len(figures) - 2)
    if room < 5:
        return figures[1 : width + 1]
    full = room * done // total
    return f"[{'#' * full}{'.' * (room - full)}]{figures}"


def _clock(seconds: float) -> str:
    """Return a duration as ``m:ss`` or ``h:mm:ss``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
