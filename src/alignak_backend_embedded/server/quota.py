"""The total size of requests and responses in one process."""

from __future__ import annotations

import threading
from typing import Final

MEBIBYTE: Final = 1024 * 1024


class Quota:
    """Bytes that can be taken, and given back."""

    def __init__(self, size: int) -> None:
        self.free = size
        self._lock = threading.Lock()

    def take(self, size: int) -> bool:
        """Take so many bytes; False when there are not as many."""
        with self._lock:
            if size > self.free:
                return False
            self.free -= size
            return True

    def give_back(self, size: int) -> None:
        """Give back what was taken."""
        with self._lock:
            self.free += size
