"""Passwords and tokens: how they are made, kept and checked."""

from __future__ import annotations

import functools
import hashlib
import os
import threading
import time
import uuid
from collections.abc import Callable
from typing import Final

from werkzeug.security import check_password_hash, generate_password_hash

#: Kept instead of a hash for a user without a password: nothing verifies against it.
UNUSABLE: Final = "!"

#: The text that the Alignak backend hashes when a user is created without a password. It opens no account here.
NO_PASSWORD: Final = "NOPASSWORDSET"  # noqa: S105 - the well-known placeholder, refused wherever it is met

#: No longer password is looked at: hashing takes time with the length.
MAX_LENGTH: Final = 4096

#: How long a password that was right need not be hashed again.
PROVEN_SECONDS: Final = 300.0
_MOST_PROVEN: Final = 10_000

_METHOD: Final = "scrypt:16384:8:1" if hasattr(hashlib, "scrypt") else "pbkdf2:sha256:600000"


def hash_password(password: str) -> str:
    """Return what is stored for a password; empty and placeholder passwords are unusable."""
    if not password or password == NO_PASSWORD:
        return UNUSABLE
    return generate_password_hash(password, method=_METHOD)


def verify(stored: str, password: str) -> bool:
    """Tell whether a password is the one that was stored, by this or by an older backend."""
    if password == NO_PASSWORD or stored.count("$") != 2:
        return False
    try:
        return check_password_hash(stored, password)
    except ValueError:  # a method that nobody knows
        return False


def opens(stored: str | None, password: str) -> bool:
    """Tell whether a password opens an account, in the same time whatever the account has stored.

    Args:
        stored: what is stored for the user; None when there is no such user.
        password: the password that was sent.
    """
    if len(password) > MAX_LENGTH:
        return False
    if stored is not None and not is_outdated(stored) and password != NO_PASSWORD:
        return verify(stored, password)
    found = stored is not None and verify(stored, password)
    # Unknown names, unusable passwords and quick old hashes take as long as a current hash: time tells nothing.
    check_password_hash(_decoy(_METHOD), password)
    return found


class Proven:
    """Passwords that were right a moment ago.

    A command logs in each time it runs, and a hash that is hard to guess takes 50 ms of a processor each time. What is
    kept are digests under a key of this process, in memory only, for a few minutes; a changed password has another one.
    Wrong passwords are never found here: guessing takes as long as ever.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._key = os.urandom(32)
        self._lock = threading.Lock()
        self._until: dict[bytes, float] = {}

    def opens(self, stored: str | None, password: str) -> bool:
        """Tell what :func:`opens` tells, without hashing where that was done a moment ago."""
        if stored is None or len(password) > MAX_LENGTH:
            return opens(stored, password)
        text = f"{stored}\0{password}".encode(errors="surrogatepass")
        digest = hashlib.blake2b(text, key=self._key, digest_size=32).digest()
        with self._lock:
            if self._until.get(digest, 0.0) > self._clock():
                return True
        found = opens(stored, password)
        if found:
            with self._lock:
                now = self._clock()
                if len(self._until) >= _MOST_PROVEN:
                    self._until = {one: until for one, until in self._until.items() if until > now}
                if len(self._until) >= _MOST_PROVEN:
                    self._until.clear()
                self._until[digest] = now + PROVEN_SECONDS
        return found


def is_outdated(stored: str) -> bool:
    """Tell whether a stored hash was made by an older, weaker method."""
    return not stored.startswith(_METHOD + "$")


@functools.cache
def _decoy(method: str) -> str:
    return generate_password_hash(uuid.uuid4().hex, method=method)


def new_token() -> str:
    """Return a new token: milliseconds and 122 random bits, in the form that clients know."""
    return f"{int(time.time() * 1000)}-{uuid.uuid4()}"
