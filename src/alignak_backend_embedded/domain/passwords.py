"""Passwords and tokens: creating, storing and checking them."""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
import time
from collections.abc import Callable
from typing import Final

#: Stored instead of a hash for a user without a password: no password matches it.
UNUSABLE: Final = "!"

#: The password that the Alignak backend sets for users without one. It is never accepted here.
NO_PASSWORD: Final = "NOPASSWORDSET"  # noqa: S105 - the well-known placeholder, which is always rejected

#: Longer passwords are rejected, since the time for hashing depends on the length.
MAX_LENGTH: Final = 4096

#: How long a correct password is not hashed again.
REMEMBERED_SECONDS: Final = 300.0
_MOST_REMEMBERED: Final = 10_000

_METHOD: Final = "scrypt:16384:8:1" if hasattr(hashlib, "scrypt") else "pbkdf2:sha256:600000"


def hash_password(password: str) -> str:
    """Return the stored form of a password; empty and placeholder passwords are unusable."""
    if not password or password == NO_PASSWORD:
        return UNUSABLE
    salt = os.urandom(8).hex()
    return f"{_METHOD}${salt}${_digest(password, _METHOD, salt)}"


def _digest(password: str, method: str, salt: str) -> str:
    """Return the hash of a password.

    Args:
        password: the password.
        method: ``scrypt:N:r:p`` or ``pbkdf2:HASH:ITERATIONS``, in the notation of Werkzeug, as in the Alignak backend.
        salt: text.

    Raises:
        ValueError: the method is unknown.
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
    """Return True if a password matches a stored hash of this or an older backend."""
    if password == NO_PASSWORD or stored.count("$") != 2:
        return False
    method, salt, digest = stored.split("$")
    try:
        return hmac.compare_digest(_digest(password, method, salt).encode(), digest.encode())
    except (ValueError, OverflowError):  # an unknown method or invalid parameters
        return False


def check_password(stored: str | None, password: str) -> bool:
    """Return True if a password is correct, in the same time whatever is stored.

    Args:
        stored: the stored hash; None if there is no such user.
        password: the password from the request.
    """
    if len(password) > MAX_LENGTH:
        return False
    if stored is not None and not is_outdated(stored) and password != NO_PASSWORD:
        return verify(stored, password)
    found = stored is not None and verify(stored, password)
    # Unknown names, unusable passwords and fast old hashes take as long as a current hash, against timing attacks.
    _digest(password, _METHOD, "0" * 16)
    return found


class VerifiedPasswords:
    """A cache of recently verified passwords.

    Each run of a command logs in, and a strong hash takes 50 ms of processor time. The cache has digests with a key
    of this process, in memory only, for a few minutes. They depend on the stored hash, so changed passwords are not
    found, and neither are wrong ones: guessing is not faster.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._key = os.urandom(32)
        self._lock = threading.Lock()
        self._until: dict[bytes, float] = {}

    def check(self, stored: str | None, password: str) -> bool:
        """Like :func:`check_password`, but without hashing if the password was verified recently."""
        if stored is None or len(password) > MAX_LENGTH:
            return check_password(stored, password)
        text = f"{stored}\0{password}".encode(errors="surrogatepass")
        digest = hashlib.blake2b(text, key=self._key, digest_size=32).digest()
        with self._lock:
            if self._until.get(digest, 0.0) > self._clock():
                return True
        found = check_password(stored, password)
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
    """Return True if a stored hash uses an older, weaker method."""
    return not stored.startswith(_METHOD + "$")


def new_token() -> str:
    """Return a new token: milliseconds and 122 random bits, in the form that clients know."""
    from uuid import uuid4

    return f"{int(time.time() * 1000)}-{uuid4()}"
