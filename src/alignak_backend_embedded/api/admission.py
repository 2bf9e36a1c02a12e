"""Limiting costly requests: some run in parallel, others wait without occupying a thread for quick ones."""

from __future__ import annotations

import math
import threading
import time
from typing import Final

from alignak_backend_embedded.api.errors import CrowdedError
from alignak_backend_embedded.store.errors import TooLargeError

#: What is worked on beside anything else: bytes of an answer as they are stored, and seconds of a query.
QUICK_BYTES: Final = 192 * 1024
QUICK_SECONDS: Final = 0.05

#: What may take much memory, alone: bytes of a body, and of an answer as they are stored.
SMALL: Final = 4 * 1024 * 1024

#: How long a request waits for others, in seconds.
PATIENCE: Final = 30.0

LONG: Final = "long"
LARGE: Final = "large"
PLACES: Final = {LONG: 2, LARGE: 1}
"""Requests that are worked on at a time, by their kind."""


class NoPlaceError(Exception):
    """Others have all the places that a request needs one of. Whoever has patience asks again.

    Attributes:
        kind: of the place.
    """

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Places:
    """The places of a process for costly requests."""

    def __init__(self) -> None:
        self._free = {kind: threading.BoundedSemaphore(number) for kind, number in PLACES.items()}

    def take(self, kind: str, seconds: float = 0.0) -> bool:
        """Take a place; False when none became free in time."""
        free = self._free[kind]
        return free.acquire(timeout=seconds) if seconds > 0 else free.acquire(blocking=False)

    def give_back(self, kind: str) -> None:
        """Give a place back."""
        self._free[kind].release()


class Admission:
    """The place that a request has, until it leaves."""

    def __init__(self, places: Places, patience: float) -> None:
        """Begin without any.

        Args:
            places: those of the process.
            patience: how many seconds the request may wait for one; 0 for not at all.
        """
        self._places = places
        self._until = time.monotonic() + patience if patience > 0 else None
        self._taken: str | None = None

    def take(self, kind: str) -> None:
        """Take a place, when one is free. That of a large request does for a long one.

        Raises:
            NoPlaceError: none is.
        """
        if self._taken in (kind, LARGE):
            return
        if not self._places.take(kind):
            raise NoPlaceError(kind)
        self.leave()
        self._taken = kind

    def wait(self, kind: str) -> None:
        """Wait for a place. The request releases what it holds in the meantime, and starts again afterwards.

        It must not be called within a transaction, for which others may wait.

        Raises:
            NoPlaceError: the request has no patience.
            CrowdedError: others took too long.
        """
        if self._taken in (kind, LARGE):
            return
        if self._until is None:
            self.take(kind)
            return
        self.leave()
        if not self._places.take(kind, self._until - time.monotonic()):
            raise CrowdedError
        self._taken = kind

    def leave(self) -> None:
        """Give the place back."""
        if self._taken is not None:
            self._places.give_back(self._taken)
            self._taken = None


class Gate:
    """Where a page comes out of the store: it may go on, has to wait for a place, or is too large.

    Attributes:
        free_seconds: that a query may take without a place.
    """

    def __init__(self, admission: Admission, most: int) -> None:
        """Let nothing through that has more than ``most`` bytes."""
        self._admission = admission
        self._most = most
        self.free_seconds: float = QUICK_SECONDS

    def check(self, size: int, seconds: float) -> None:
        """Let a page go on.

        Args:
            size: bytes of the documents that were read.
            seconds: that the query took up to now.

        Raises:
            TooLargeError: an answer may not have as many bytes.
            NoPlaceError: it must be read again when there is a place.
        """
        if size > self._most:
            raise TooLargeError(self._most)
        if size > SMALL:
            self._admission.take(LARGE)
        elif size > QUICK_BYTES or seconds > self.free_seconds:
            self._admission.take(LONG)
            self.free_seconds = math.inf
