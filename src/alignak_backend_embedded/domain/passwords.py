"""Passwords and tokens: creating, storing and checking them."""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
import time
from collections.abc import Callable
from typing import Final

#: Kept instead of a hash for a user without a password: nothing verifies against it.
UNUSABLE: Final = "!"

#: The text that the Alignak backend hashes when a user is created without a password. It opens no account here.
NO_PASSWORD: Final = "NOPASSWORDSET"  # noqa: S105 - the well-known placeholder, refused wherever it is met

#: No longer password is looked at: hashing takes time with the length.
MAX_LENGTH: Final = 4096

#: How long a password that was right need not be hashed again.
REMEMBERED_SECONDS: Final = 300.0
_MOST_REMEMBERED: Final = 10_000

_METHOD: Final = "scrypt:16384:8:1" if hasattr(hashlib, "scrypt") else "pbkdf2:sha256:600000"


def hash_password(password: str) -> str:
    """Return what is stored for a password; empty and placeholder passwords are unusable."""
    if not password or password == NO_PASSWORD:
        return UNUSABLE
    salt = os.urandom(8).hex()
    return f"{_METHOD}${salt}${_digest(password, _METHOD, salt)}"


def _digest(password: str, method: str, salt: str) -> str:
    """Return the hash of a password.

    Args:
        password: the password.
        method: ``scrypt:N:r:p`` or ``pbkdf2:HASH:ITERATIONS``, as Werkzeug writes it, and the Alignak backend with it.
        salt: text.

    Raises:
        ValueError: nobody knows the method.
    """
    secret, salted = password.encode(errors="surrogatepass"), salt.encode()
    kind, *parameters = method.split(":")
    if kind == "scrypt" and len(parameters) in (0, 3):
        n, r, p = map(int, parameters or (32768, 8, 1))
        return hashlib.scrypt(secret, salt=salted, n=n, r=r, p=p, maxmem=132 * n * r * p).hex()
    if kind == "pbkdf2" and len(parameters) == 2:
        return hashlib.pbkdf2_hmac(parameters[0], secret, salted, int(parameters[1])).hex()
    raise ValueError("an unknown method")


def verify(stored: str, password: str) -> bool:
    """Return whether a password is the one that was stored, by this or by an older backend."""
    if password == NO_PASSWORD or stored.count("$") != 2:
        return False
    method, salt, digest = stored.split("$")
    try:
        return hmac.compare_digest(_digest(password, method, salt).encode(), digest.encode())
    except (ValueError, OverflowError):  # a method that nobody knows, with parameters that nobody takes
        return False


def opens(stored: str | None, password: str) -> bool:
    """Return whether a password opens an account, in the same time whatever the account has stored.

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
    _digest(password, _METHOD, "0" * 16)
    return found


class VerifiedPasswords:
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
                if len(self._until) >= _MOST_REMEMBERED:
                    self._until = {one: until for one, until in self._until.items() if until > now}
                if len(self._until) >= _MOST_REMEMBERED:
                    self._until.clear()
                self._until[digest] = now + REMEMBERED_SECONDS
        return found


def is_outdated(stored: str) -> bool:
    """Return whether a stored hash was made by an older, weaker method."""
    return not stored.startswith(_METHOD + "$")


def new_token() -> str:
    """Return a new token: milliseconds and 122 random bits, in the form that clients know."""
    from uuid import uuid4

    return f"{int(time.time() * 1000)}-{uuid4()}"
