"""The garbage collector of Python, and when it is in the way."""

from __future__ import annotations

import gc
from types import TracebackType


class CollectorPaused:
    """A context in which no garbage is looked for.

    For making many small objects at once, none of which is garbage: looking for it takes half of the time. Another
    thread that makes garbage meanwhile keeps it for some milliseconds longer.
    """

    def __enter__(self) -> None:
        self._was_running = gc.isenabled()
        gc.disable()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._was_running:
            gc.enable()
