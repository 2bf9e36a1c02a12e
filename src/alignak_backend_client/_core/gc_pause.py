"""The garbage collector of Python, and when it is in the way."""

from __future__ import annotations

import gc
import os
import threading
from types import TracebackType


class _Pauses:
    """Who wants no garbage to be looked for, in this process.

    By thread: a thread that was interrupted at the wrong place, and is noted still, is forgotten at its next pause.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._threads: set[int] = set()
        self._was_running = False

    def begin(self) -> None:
        with self._lock:
            if not self._threads:
                self._was_running = gc.isenabled()
            self._threads.add(threading.get_ident())
            gc.disable()

    def end(self) -> None:
        with self._lock:
            if self._was_running and self._threads <= {threading.get_ident()}:
                gc.enable()
            # Last: an interrupt before it leaves a note, and after a pause without one nobody would enable again.
            self._threads.discard(threading.get_ident())

    def end_all(self) -> None:
        """Start anew in a child process: other threads, and a lock that one of them held, are the parent's."""
        self._lock = threading.Lock()
        if self._threads and self._was_running:
            gc.enable()
        self._threads.clear()


_pauses = _Pauses()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pauses.end_all)


class GCPaused:
    """A context in which no garbage is looked for.

    For making many small objects at once, none of which is garbage: looking for it takes half of the time. Another
    thread that makes garbage meanwhile keeps it for some milliseconds longer. When several threads pause, the last one
    to end lets it go on.
    """

    def __enter__(self) -> None:
        _pauses.begin()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _pauses.end()
