"""Selecting the proxy for a backend, from the arguments or the environment."""

from __future__ import annotations

import base64
import os
import sys
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from alignak_backend_client._core.session import Session
from alignak_backend_client.exceptions import misuse

PORTS: Final = {"http": 80, "https": 443}


class Proxy(NamedTuple):
    """An HTTP proxy. Its repr omits the credentials.

    Attributes:
        url: its URL, with the credentials.
        secure: True if the connection to the proxy uses TLS.
        host: name or address.
        port: port.
        authorization: value of ``Proxy-Authorization``; None without credentials.
    """

    url: str
    secure: bool
    host: str
    port: int
    authorization: str | None

    def __repr__(self) -> str:
        return f"<Proxy {self.host}:{self.port}>"


def proxy_of(session: Session) -> Proxy | None:
    """Return the proxy for a backend; None without one.

    A proxy of the caller has precedence over NO_PROXY; ``''`` means none.

    Raises:
        BackendException: code 1000; the proxy cannot be used.
    """
    scheme = session.root.partition(":")[0].lower()
    url = session.proxies[scheme] if scheme in session.proxies else _from_environment(session.root)
    return _parse(url) if url else None


def _from_environment(root: str) -> str:
    """Return the proxy of the environment (on macOS and Windows, of the system) for a URL; ``''`` for none."""
    if sys.platform not in ("darwin", "win32") and not any(name.lower().endswith("_proxy") for name in os.environ):
        return ""
    from urllib.request import getproxies  # its import takes longer than that of this package

    parts = urlsplit(root)
    proxies = getproxies()
    port = parts.port or PORTS[parts.scheme]
    if _is_excluded(parts.hostname or "", port, proxies.get("no", "")):
        return ""
    return proxies.get(parts.scheme) or proxies.get("all") or ""


def _is_excluded(host: str, port: int, no_proxy: str) -> bool:
    """Return True if NO_PROXY contains a host, its domain or network, with or without its port, or ``*``."""
    for name in no_proxy.lower().split(","):
        entry = name.strip()
        if entry.count(":") == 1 or "]:" in entry:  # otherwise it is the end of an IPv6 address
            entry = entry.removesuffix(f":{port}")
        entry = entry.strip("[]")
        domain = entry.removeprefix("*").removeprefix(".")
        if entry == "*" or (domain and (host == domain or host.endswith(f".{domain}"))):
            return True
        if "/" in entry and _is_in_network(host, entry):
            return True
    return False


def _is_in_network(host: str, network: str) -> bool:
    """Return True for an address in a network such as ``10.0.0.0/8``."""
    import ipaddress

    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _parse(url: str) -> Proxy:
    """Return a proxy by its URL; like in curl and `requests`, ``host:port`` is an HTTP proxy."""
    url = url if "://" in url else f"http://{url}"
    try:
        parts = urlsplit(url)
        default_port = PORTS[parts.scheme]
        host, port = parts.hostname or "", parts.port or default_port
    except (KeyError, ValueError):
        host, port = "", 0
    if not host:
        # The error must not contain the URL or its cause, since there may be a password in it.
        raise misuse(
            "Invalid proxy in the arguments or in the environment (http_proxy, https_proxy, all_proxy): "
            "it must be a URL such as http://proxy:3128; SOCKS is not supported"
        )
    authorization = None
    if parts.username is not None:
        credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        authorization = f"Basic {base64.b64encode(credentials).decode('ascii')}"
    return Proxy(url, parts.scheme == "https", host, port, authorization)
