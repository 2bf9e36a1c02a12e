"""Throttling failed logins by user name and by address.

Each name and each address has a number of attempts, which are refilled one by one over time (a token bucket). An
attempt is taken before the password is verified, and returned if it is correct, so that parallel requests get no more.
Nonexistent names are throttled in the same way. Nobody is locked out permanently, and an address from which a user has
logged in before has its own attempts for that user, so that guesses from elsewhere do not lock the user out. Existing
tokens are not affected.

Each process counts separately, so several workers allow correspondingly more attempts. Memory is limited.
"""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple

Clock = Callable[[], float]

#: Maximum number of remembered names, and of remembered addresses.
MOST_KEYS: Final = 20_000

#: Tolerance for rounding errors, in seconds.
_NOTHING: Final = 1e-6


class Allowance(NamedTuple):
    """The number of attempts.

    Attributes:
        at_once: the number of failures without a delay.
        seconds: the time after which one more is allowed.
    """

    at_once: int
    seconds: float


BY_NAME: Final = Allowance(10, 30.0)
BY_ADDRESS: Final = Allowance(50, 5.0)


class _Buckets:
    """The attempts taken by key, which are refilled over time."""

    def __init__(self, allowance: Allowance, most: int) -> None:
        self._allowance = allowance
        self._most = most
        #: The time at which a key has all attempts again.
        self._full_at: dict[bytes, float] = {}

    def __len__(self) -> int:
        return len(self._full_at)

    def wait(self, key: bytes, now: float) -> float:
        """Return the seconds until the next attempt; 0 if there is one."""
        spent = max(self._full_at.get(key, now) - now, 0.0)
        return max(spent + self._allowance.seconds - self._allowance.at_once * self._allowance.seconds, 0.0)

    def take(self, key: bytes, now: float) -> None:
        self._full_at[key] = max(self._full_at.get(key, now), now) + self._allowance.seconds
        if len(self._full_at) > self._most:
            self._forget(now)

    def give_back(self, key: bytes) -> None:
        if key in self._full_at:
            self._full_at[key] -= self._allowance.seconds

    def clear(self, key: bytes) -> None:
        self._full_at.pop(key, None)

    def _forget(self, now: float) -> None:
        """Keep the half with the most attempts taken, so that a flood of new names does not evict attacked ones."""
        spent = sorted(((until, key) for key, until in self._full_at.items() if until > now), reverse=True)
        self._full_at = {key: until for until, key in spent[: self._most // 2]}


def _key(*parts: str) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(part.encode(errors="surrogatepass") + b"\0")
    return digest.digest()


def _network(address: str) -> str | None:
    """Return the key of a client: an IPv4 address or an IPv6 network; None for this machine.

    A proxy on this machine represents many clients, so only names are throttled for it.
    """
    if is_local(address):
        return None
    import ipaddress

    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address or None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((int(found), 64), strict=False))
    return str(found)


def is_local(address: str) -> bool:
    """Return True if a request comes from this machine."""
    if address == "127.0.0.1":
        return True
    import ipaddress

    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found).is_loopback


class LoginThrottle:
    """The failed logins of a process."""

    def __init__(self, clock: Clock = time.monotonic, most_keys: int = MOST_KEYS) -> None:
        """Create it without failed logins.

        Args:
            clock: a monotonic clock.
            most_keys: maximum number of remembered names, and of addresses.
        """
        self.clock = clock
        self._lock = threading.Lock()
        self._most = most_keys
        self._names = _Buckets(BY_NAME, most_keys)
        self._addresses = _Buckets(BY_ADDRESS, most_keys)
        #: Pairs of name and address with a successful login, the latest last.
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def __len__(self) -> int:
        """Return the number of remembered keys."""
        return len(self._names) + len(self._addresses) + len(self._known)

    def _keys(self, name: str, address: str) -> tuple[bytes, bytes | None, bytes]:
        network = _network(address)
        pair = _key("pair", name, network or "")
        by_name = pair if pair in self._known else _key("name", name)
        return by_name, None if network is None else _key("address", network), pair

    def take(self, name: str, address: str) -> int:
        """Take an attempt.

        Args:
            name: the user name in the request.
            address: the address of the client.

        Returns:
            0, or the seconds to wait (then no attempt is taken).
        """
        with self._lock:
            now = self.clock()
            by_name, by_address, _ = self._keys(name, address)
            wait = self._names.wait(by_name, now)
            if by_address is not None:
                wait = max(wait, self._addresses.wait(by_address, now))
            if wait > _NOTHING:
                return math.ceil(wait)
            self._names.take(by_name, now)
            if by_address is not None:
                self._addresses.take(by_address, now)
            return 0

    def succeeded(self, name: str, address: str) -> None:
        """Return the attempt, since the password was correct."""
        with self._lock:
            by_name, by_address, pair = self._keys(name, address)
            self._names.give_back(by_name)
            self._names.clear(pair)
            if by_address is not None:
                # Only this one: an attacker with an account must not clear failures for other names.
                self._addresses.give_back(by_address)
            self._known[pair] = None
            self._known.move_to_end(pair)
            if len(self._known) > self._most:
                self._known.popitem(last=False)
