"""How many bytes the requests and answers of one process may take together."""

from __future__ import annotations

from typing import Final

MEBIBYTE: Final = 1024 * 1024


class Quota:
    """Bytes that can be taken, and given back. Not for several threads: the event loop alone uses it."""

    def __init__(self, size: int) -> None:
        self.free = size

    def take(self, size: int) -> bool:
        """Take so many bytes; False when there are not as many."""
        if size > self.free:
            return False
        self.free -= size
        return True

    def give_back(self, size: int) -> None:
        """Give back what was taken."""
        self.free += size
