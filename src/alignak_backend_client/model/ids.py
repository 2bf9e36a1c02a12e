"""Ids of items in MongoDB's format."""

from __future__ import annotations

import itertools
import os
import re
import threading
import time
from typing import Final, TypeGuard

_OBJECT_ID: Final = re.compile(r"[0-9a-fA-F]{24}")


def is_object_id(text: str) -> bool:
    """Return True if a text has the form of an id: 24 hexadecimal digits."""
    return _OBJECT_ID.fullmatch(text) is not None


def is_canonical_id(value: object) -> TypeGuard[str]:
    """Return True for an id as backends store and send it: 24 hexadecimal digits, in lower case."""
    return isinstance(value, str) and is_object_id(value) and value == value.lower()


def derive_object_id(*key: str) -> str:
    """Return the id for an item with this key: if several clients add it at the same time, only one succeeds."""
    import hashlib

    return hashlib.sha256("\0".join(key).encode(errors="surrogatepass")).hexdigest()[:24]


class _ObjectIds:
    """Generates ids in the format of MongoDB: seconds (4 bytes), random per process (5), counter (3)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = 0
        self._random = ""
        self._counter = itertools.count()

    def make(self) -> str:
        with self._lock:
            if self._process != os.getpid():
                self._process = os.getpid()
                self._random = os.urandom(5).hex()
                self._counter = itertools.count(int.from_bytes(os.urandom(2)))
            return f"{int(time.time()):08x}{self._random}{next(self._counter) & 0xFFFFFF:06x}"


new_object_id = _ObjectIds().make
