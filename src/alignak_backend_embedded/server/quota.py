"""The total size of requests and responses in one process."""

from __future__ import annotations

import threading
from typing import Final

MEBIBYTE: Final = 1024 * 1024


class Quota:
    """A number of bytes that can be taken and returned."""

    def __init__(self, size: int) -> None:
        self.free = size
        self._lock = threading.Lock()

    def take(self, size: int) -> bool:
        """Take a number of bytes; return False if there are not enough."""
        with self._lock:
            if size > self.free:
                return False
            self.free -= size
            return True

    def give_back(self, size: int) -> None:
        """Return bytes."""
        with self._lock:
            self.free += size
