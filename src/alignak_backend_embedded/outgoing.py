"""Large answers on their way out: in memory as they are, as far as there is room."""

from __future__ import annotations

import threading
from typing import Final

from waitress.buffers import ReadOnlyFileBasedBuffer

LARGE: Final = 16 * 1024
"""Bytes from which on it is worth not to copy them."""

MOST: Final = 256 * 1024 * 1024
"""Bytes of large answers of one server, for clients that have yet to read them."""


class Room:
    """The memory that answers take which clients have yet to read."""

    def __init__(self, most: int = MOST) -> None:
        self._lock = threading.Lock()
        self._left = most

    def take(self, size: int) -> bool:
        """Take so many bytes; False when there is no room for them."""
        with self._lock:
            if size > self._left:
                return False
            self._left -= size
            return True

    def give_back(self, size: int) -> None:
        """Give back what was taken."""
        with self._lock:
            self._left += size


class Whole(ReadOnlyFileBasedBuffer):  # type: ignore[misc]
    """An answer that is in memory as a whole: it is sent from there, without copies and without a file."""

    def __init__(self, data: bytes, room: Room) -> None:
        self._left = memoryview(data)
        self._taken = len(data)
        self._room = room
        self.remain = len(data)

    def get(self, numbytes: int = -1, skip: bool = False) -> memoryview:
        """Return the next bytes."""
        found = self._left if numbytes < 0 else self._left[:numbytes]
        if skip:
            self.skip(len(found))
        return found

    def skip(self, numbytes: int, allow_prune: int = 0) -> None:  # noqa: ARG002 - waitress's
        """Leave out bytes that were sent."""
        self._left = self._left[numbytes:]
        self.remain = len(self._left)

    def close(self) -> None:
        """Give the memory back."""
        self._left = memoryview(b"")
        taken, self._taken = self._taken, 0
        self._room.give_back(taken)
