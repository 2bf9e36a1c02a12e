"""Reading the next part of something while the present one is worked on."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import TypeVar

T = TypeVar("T")


def read_ahead(parts: Iterator[T]) -> Iterator[T]:
    """Yield what an iterator yields; a thread asks it for the next part meanwhile.

    What the iterator raises is raised here, after the parts before. When this generator is closed, the thread ends
    after the part it is reading; nobody waits for it.
    """
    found: queue.SimpleQueue[tuple[bool, T | BaseException | None]] = queue.SimpleQueue()
    room = threading.Semaphore(1)
    ended = threading.Event()

    def read() -> None:
        try:
            for part in parts:
                found.put((True, part))
                room.acquire()
                if ended.is_set():
                    return
        except BaseException as error:  # noqa: BLE001 - it is raised where the parts are used
            found.put((False, error))
        else:
            found.put((False, None))

    threading.Thread(target=read, name="alignak-backend-reader", daemon=True).start()
    try:
        while True:
            more, part = found.get()
            if not more:
                if part is not None:
                    raise part  # type: ignore[misc]  # what is no part is an exception
                return
            room.release()
            yield part  # type: ignore[misc]
    finally:
        ended.set()
        room.release()
