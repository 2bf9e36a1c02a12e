"""A full-screen page on a terminal, which is always restored."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
from collections.abc import Sequence
from types import FrameType, TracebackType
from typing import Any, Final, Self

from alignak_backend_client.output.text import escape_unencodable

_ENTER: Final = "\x1b[?1049h\x1b[?25l"
_LEAVE: Final = "\x1b[?25h\x1b[?1049l"


def can_draw() -> bool:
    """Return True if standard output is a terminal that supports full-screen pages."""
    if sys.stdout is None or not sys.stdout.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        return False
    try:
        import termios  # noqa: F401 - not on Windows
    except ImportError:
        return False
    return True


class Screen:
    """The page, as a context manager that sets up the terminal and restores it.

    Only the main thread may use it, except for :meth:`wake`.
    """

    def __init__(self) -> None:
        self._out = sys.stdout
        self._keys = sys.stdin.fileno() if sys.stdin is not None and sys.stdin.isatty() else None
        self._before: Any = None
        self._handlers: dict[signal.Signals, Any] = {}
        self._must_suspend = False
        self._woken, self._waker = os.pipe()
        for end in (self._woken, self._waker):
            os.set_blocking(end, False)

    def __enter__(self) -> Self:
        handlers = {
            signal.SIGWINCH: lambda *_: self.wake(),
            signal.SIGTSTP: self._request_suspend,
            signal.SIGTERM: _end,
            signal.SIGHUP: _end,
        }
        self._handlers = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        try:
            self._enter_raw_mode()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A second Ctrl-C must not come in between.
        interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            self._restore()
        finally:
            for number, handler in self._handlers.items():
                signal.signal(number, handler)
            signal.signal(signal.SIGINT, interrupt)

    def size(self) -> os.terminal_size:
        """Return the number of columns and lines."""
        with contextlib.suppress(OSError, ValueError):
            size = os.get_terminal_size(self._out.fileno())
            if size.columns and size.lines:
                return size
        return os.terminal_size((80, 24))

    def draw(self, lines: Sequence[str]) -> None:
        """Draw a page; lines that do not fit are omitted.

        Args:
            lines: lines that fit the width, without control sequences other than colours.
        """
        shown = [
            escape_unencodable(line, self._out.encoding or "utf-8") + "\x1b[K" for line in lines[: self.size().lines]
        ]
        self._write("\x1b[H" + "\r\n".join(shown) + "\x1b[J")

    def key(self, seconds: float) -> str:
        """Wait for a key and return it; an empty text after a timeout, or if :meth:`wake` was called."""
        watched = [self._woken] if self._keys is None else [self._woken, self._keys]
        ready, _, _ = select.select(watched, [], [], seconds)
        if self._woken in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(self._woken, 4096)
        if self._must_suspend:
            self._suspend()
        if self._keys is None or self._keys not in ready:
            return ""
        try:
            typed = os.read(self._keys, 1)
        except OSError:
            typed = b""
        return typed.decode("ascii", errors="replace") or "q"  # nothing comes from a terminal that has gone

    def wake(self) -> None:
        """Wake up a thread that waits for a key. May be called from any thread."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._waker, b"!")

    def _enter_raw_mode(self) -> None:
        if self._keys is not None:
            import termios
            import tty

            self._before = termios.tcgetattr(self._keys)
            tty.setcbreak(self._keys)
        self._write(_ENTER)

    def _restore(self) -> None:
        with contextlib.suppress(OSError):  # the terminal has gone
            self._write(_LEAVE)
        if self._before is not None and self._keys is not None:
            import termios

            with contextlib.suppress(termios.error):
                termios.tcsetattr(self._keys, termios.TCSADRAIN, self._before)

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()

    def _request_suspend(self, _number: int, _frame: FrameType | None) -> None:
        # The signal may come in the middle of a page, where nothing else can be written.
        self._must_suspend = True
        self.wake()

    def _suspend(self) -> None:
        """Suspend the process for Ctrl-Z, and set up the terminal again when it continues."""
        self._must_suspend = False
        self._restore()
        os.kill(os.getpid(), signal.SIGSTOP)
        self._enter_raw_mode()


def _end(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)
