"""Limiting costly requests: some run in parallel, others wait without occupying a thread for quick ones."""

from __future__ import annotations

import math
import threading
import time
from typing import Final

from alignak_backend_embedded.api.errors import CrowdedError
from alignak_backend_embedded.store.errors import TooLargeError

#: Requests below these limits need no place: stored bytes of a response, and seconds of a query.
QUICK_BYTES: Final = 192 * 1024
QUICK_SECONDS: Final = 0.05

#: Requests above these limits run alone, since they take much memory: bytes of a body, stored bytes of a response.
SMALL: Final = 4 * 1024 * 1024

#: How long a request waits for others, in seconds.
PATIENCE: Final = 30.0

LONG: Final = "long"
LARGE: Final = "large"
PLACES: Final = {LONG: 2, LARGE: 1}
"""Maximum number of concurrent costly requests by kind."""


class NoPlaceError(Exception):
    """All places of a kind are taken. The request can be repeated later.

    Attributes:
        kind: the kind of the place.
    """

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Places:
    """The places of a process for costly requests."""

    def __init__(self) -> None:
        self._free = {kind: threading.BoundedSemaphore(number) for kind, number in PLACES.items()}

    def take(self, kind: str, seconds: float = 0.0) -> bool:
        """Take a place; return False if none became free in time."""
        free = self._free[kind]
        return free.acquire(timeout=seconds) if seconds > 0 else free.acquire(blocking=False)

    def give_back(self, kind: str) -> None:
        """Release a place."""
        self._free[kind].release()


class Admission:
    """The place of a request, until it is released."""

    def __init__(self, places: Places, patience: float) -> None:
        """Create it without a place.

        Args:
            places: the places of the process.
            patience: how many seconds the request may wait for a place; 0 for not at all.
        """
        self._places = places
        self._until = time.monotonic() + patience if patience > 0 else None
        self._taken: str | None = None

    def take(self, kind: str) -> None:
        """Take a place if one is free. The place of a large request also allows a long one.

        Raises:
            NoPlaceError: none is free.
        """
        if self._taken in (kind, LARGE):
            return
        if not self._places.take(kind):
            raise NoPlaceError(kind)
        self.leave()
        self._taken = kind

    def wait(self, kind: str) -> None:
        """Wait for a place. The caller must hold no resources meanwhile, and start again afterwards.

        It must not be called within a transaction, which would block others.

        Raises:
            NoPlaceError: the request may not wait.
            CrowdedError: no place became free in time.
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
        """Release the place."""
        if self._taken is not None:
            self._places.give_back(self._taken)
            self._taken = None


class Gate:
    """Checks a page while it is read: it continues, must wait for a place, or is too large."""

    def __init__(self, admission: Admission, most: int) -> None:
        """Create a gate for pages of at most ``most`` bytes."""
        self._admission = admission
        self._most = most
        self._free_seconds: float = QUICK_SECONDS

    def check(self, size: int, seconds: float) -> None:
        """Return to continue, or raise an exception.

        Args:
            size: the stored size of the documents read so far, in bytes.
            seconds: the time of the query so far.

        Raises:
            TooLargeError: the response would be too large.
            NoPlaceError: the page must be read again when there is a place.
        """
        if size > self._most:
            raise TooLargeError(self._most)
        if size > SMALL:
            self._admission.take(LARGE)
        elif size > QUICK_BYTES or seconds > self._free_seconds:
            self._admission.take(LONG)
            self._free_seconds = math.inf
