"""What clients have yet to read of their answers: in memory as far as there is room, the rest in one file for each."""

from __future__ import annotations

import errno
import tempfile
import threading
from collections import deque
from typing import IO, Final

MOST_IN_MEMORY: Final = 256 * 1024 * 1024
"""Bytes of answers that one process keeps in memory."""

MOST_IN_FILES: Final = 4 * 1024 * 1024 * 1024
"""Bytes of answers that one process keeps in files."""

SMALL: Final = 16 * 1024
"""Bytes that every connection may keep in memory, however little room there is: most answers need no more."""


class Quota:
    """The memory, or the disk, that answers take which clients have yet to read."""

    def __init__(self, most: int) -> None:
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


class Outgoing:
    """What one client has yet to read: pieces in memory, which are not copied, and behind them a file.

    It takes the place of the buffers of waitress, which begin a new file now and then. What comes after the first piece
    without room goes to the same file, until all of that was sent: a connection has one file at the most. The caller
    sees to it that one thread at a time uses it.
    """

    def __init__(self, memory: Quota, disk: Quota) -> None:
        self._memory, self._disk = memory, disk
        self._pieces: deque[memoryview] = deque()
        self._kept = 0  # bytes of all pieces, the first one as it came
        self._sent = 0  # bytes of the first piece
        self._file: IO[bytes] | None = None
        self._written = self._read = 0

    def __len__(self) -> int:
        """Return how many bytes are left."""
        return self._kept - self._sent + self._written - self._read

    def append(self, data: bytes | memoryview) -> None:
        """Add bytes at the end.

        Raises:
            OSError: they can be kept nowhere.
        """
        if self._file is None and self._resize(self._kept + len(data)):
            self._pieces.append(memoryview(data))
            return
        if not self._disk.take(len(data)):
            raise OSError(errno.ENOSPC, "too many answers wait for their clients")
        try:
            self._write(data)
        except BaseException:
            self._disk.give_back(len(data))
            raise
        self._written += len(data)

    def _write(self, data: bytes | memoryview) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed when it was sent
        self._file.seek(self._written)
        left = memoryview(data)
        while left:
            left = left[self._file.write(left) :]

    def get(self, numbytes: int) -> bytes | memoryview:
        """Return some of the next bytes, so many at the most."""
        if self._pieces:
            return self._pieces[0][self._sent : self._sent + numbytes]
        if self._file is None:
            return b""
        self._file.seek(self._read)
        return self._file.read(numbytes)

    def skip(self, numbytes: int, allow_prune: bool = False) -> None:  # noqa: ARG002 - waitress's
        """Leave out bytes that were got and sent."""
        if not self._pieces:
            self._read += numbytes
            if self._read == self._written:
                self._close_file()
            return
        self._sent += numbytes
        if self._sent == len(self._pieces[0]):
            self._sent = 0
            self._resize(self._kept - len(self._pieces.popleft()))

    def close(self) -> None:
        """Forget what is left."""
        self._pieces.clear()
        self._sent = 0
        self._resize(0)
        self._close_file()

    def _resize(self, size: int) -> bool:
        """Keep so many bytes in memory; False when there is no room for more."""
        more = max(0, size - SMALL) - max(0, self._kept - SMALL)
        if more > 0 and not self._memory.take(more):
            return False
        if more < 0:
            self._memory.give_back(-more)
        self._kept = size
        return True

    def _close_file(self) -> None:
        self._disk.give_back(self._written)
        self._written = self._read = 0
        if self._file is not None:
            self._file.close()
            self._file = None
