"""Listening addresses, with readable errors."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from alignak_backend_embedded.server.settings import ServerError

#: Every address of the machine, IPv4 and IPv6.
EVERYWHERE: Final = "*"

_Address = tuple[socket.AddressFamily, tuple[Any, ...]]


def reserve(host: str, port: int) -> list[socket.socket]:
    """Return sockets bound to every address of a host, on which the server will listen.

    They do not listen themselves. While they are open, only this user can bind the port.

    Args:
        host: a name or an address, also ``[::1]``; ``*`` for every address of the machine.
        port: 0 for a free one, the same for all addresses.

    Raises:
        ServerError: the port is in use or not permitted, or the host is not this machine.
    """
    bound: list[socket.socket] = []
    missing: OSError | None = None
    for family, address in _addresses(host, port):
        same_port = bound[0].getsockname()[1] if bound else port
        try:
            bound.append(_bind(family, (address[0], same_port, *address[2:])))
        except OSError as error:
            missing = error
            # A name such as localhost may have an IPv6 address on a machine without IPv6.
            if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                break
    else:
        if bound:
            return bound
    for each in bound:
        each.close()
    reason = _explain(missing, host, port) if missing is not None else f"{host} has no address"
    raise ServerError(reason) from missing


def urls(sockets: Sequence[socket.socket], scheme: str) -> str:
    """Return the addresses of the sockets, for people."""
    found = []
    for each in sockets:
        host, port = each.getsockname()[:2]
        found.append(f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}")
    return " and ".join(found)


def is_local(sockets: Sequence[socket.socket]) -> bool:
    """Return True when only programs of this machine can reach the sockets."""
    return all(ipaddress.ip_address(each.getsockname()[0].partition("%")[0]).is_loopback for each in sockets)


def names(host: str) -> frozenset[str]:
    """Return the names of this machine that local programs may use for the server."""
    return frozenset(name.lower() for name in (host, socket.gethostname(), socket.gethostname().partition(".")[0]))


def listeners(port: int) -> list[socket.socket]:
    """Return the listening sockets of this process for a port; the caller closes them.

    The HTTP library does not provide them, so they are found among the open files of the process.
    """
    found = []
    for path in Path("/dev/fd").iterdir():
        with suppress(OSError):  # not a socket, or closed in the meantime
            each = socket.socket(fileno=os.dup(int(path.name)))
            if each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) and each.getsockname()[1] == port:
                found.append(each)
            else:
                each.close()
    return found


def end_stalled(listener: socket.socket, seconds: float) -> None:
    """Have the system close connections of a listening socket whose clients read nothing for this long, or are gone.

    Connections inherit these options from their listening socket.
    """
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(seconds * 1000))


def _addresses(host: str, port: int) -> list[_Address]:
    if host == EVERYWHERE:
        every: list[_Address] = [(socket.AF_INET, ("0.0.0.0", port))]  # noqa: S104 - asked for by name
        return [*every, (socket.AF_INET6, ("::", port))] if socket.has_ipv6 else every
    name = host.removeprefix("[").removesuffix("]")
    try:
        answers = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise ServerError(f"There is no host {host!r}: name an address of this machine, such as 127.0.0.1") from error
    # In the order of the resolver, without duplicates.
    return list(dict.fromkeys((family, address) for family, _, _, _, address in answers))


def _bind(family: socket.AddressFamily, address: tuple[Any, ...]) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(address)
        # Set after binding, so that a port on which another server listens is not shared with it.
        if hasattr(socket, "SO_REUSEPORT"):
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    except BaseException:
        made.close()
        raise
    return made


def _explain(error: OSError, host: str, port: int) -> str:
    where = f"[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{host}:{port}"
    if error.errno == errno.EADDRINUSE:
        return f"{where} is in use: another server listens there; stop it or choose another port (--port)"
    if error.errno == errno.EACCES:
        return f"{where} needs administrator rights, as all ports below 1024: choose another port (--port)"
    if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
        return f"{host} is not an address of this machine: choose another one (--host)"
    return f"Cannot listen on {where}: {error.strerror}"
