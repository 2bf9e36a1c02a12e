"""Throttling failed logins by user name and by address.

Each name and each address has a few attempts at once, and gets one back every some seconds. An attempt is taken before
the password is looked at and given back when it was right, so that requests side by side get no more of them. Names are
counted whether they exist or not. Nobody is locked out for good, and an address from which a user has logged in
before is counted by itself for that user: whoever guesses elsewhere does not keep the user out. Tokens go on working.

A process counts for itself: several workers grant as many times more. Memory is bounded.
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

#: Names, and addresses, that are remembered.
MOST_KEYS: Final = 20_000

#: Seconds that are none: what rounding leaves.
_NOTHING: Final = 1e-6


class Allowance(NamedTuple):
    """How many attempts there are.

    Attributes:
        at_once: failures that nobody waits for.
        seconds: after how long one more is granted.
    """

    at_once: int
    seconds: float


BY_NAME: Final = Allowance(10, 30.0)
BY_ADDRESS: Final = Allowance(50, 5.0)


class _Buckets:
    """What has been taken, by key; it comes back with time."""

    def __init__(self, allowance: Allowance, most: int) -> None:
        self._allowance = allowance
        self._most = most
        #: When the key has all of its attempts again.
        self._full_at: dict[bytes, float] = {}

    def __len__(self) -> int:
        return len(self._full_at)

    def wait(self, key: bytes, now: float) -> float:
        """Return the seconds until there is an attempt; 0 when there is one."""
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
        """Keep the half that has taken most: a flood of new names must not push out one that is under attack."""
        spent = sorted(((until, key) for key, until in self._full_at.items() if until > now), reverse=True)
        self._full_at = {key: until for until, key in spent[: self._most // 2]}


def _key(*parts: str) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(part.encode(errors="surrogatepass") + b"\0")
    return digest.digest()


def _network(address: str) -> str | None:
    """Return what counts as one client: an IPv4 address, an IPv6 network; None for this machine.

    A proxy on this machine speaks for many clients, so only names are counted for it.
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
    """Return whether a request comes from this machine."""
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
    """The failed logins that a process has seen."""

    def __init__(self, clock: Clock = time.monotonic, most_keys: int = MOST_KEYS) -> None:
        """Begin with nobody having failed.

        Args:
            clock: gives seconds, from any start.
            most_keys: names, and addresses, that are remembered.
        """
        self.clock = clock
        self._lock = threading.Lock()
        self._most = most_keys
        self._names = _Buckets(BY_NAME, most_keys)
        self._addresses = _Buckets(BY_ADDRESS, most_keys)
        #: Pairs of name and address that have logged in, the latest last.
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def __len__(self) -> int:
        """Return how many keys are remembered."""
        return len(self._names) + len(self._addresses) + len(self._known)

    def _keys(self, name: str, address: str) -> tuple[bytes, bytes | None, bytes]:
        network = _network(address)
        pair = _key("pair", name, network or "")
        by_name = pair if pair in self._known else _key("name", name)
        return by_name, None if network is None else _key("address", network), pair

    def take(self, name: str, address: str) -> int:
        """Take an attempt.

        Args:
            name: the user name that was sent.
            address: where the request comes from.

        Returns:
            0, or the whole seconds to wait; nothing is taken then.
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
        """Give the attempt back: the password was right."""
        with self._lock:
            by_name, by_address, pair = self._keys(name, address)
            self._names.give_back(by_name)
            self._names.clear(pair)
            if by_address is not None:
                # Only this one: an attacker with an account must not clear the failures with other names.
                self._addresses.give_back(by_address)
            self._known[pair] = None
            self._known.move_to_end(pair)
            if len(self._known) > self._most:
                self._known.popitem(last=False)
