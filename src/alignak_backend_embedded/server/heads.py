"""Converting the head of a request from ASGI."""

from __future__ import annotations

import ipaddress
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

from alignak_backend_embedded.api.http import Request
from alignak_backend_embedded.server.refusals import refused

Scope = dict[str, Any]

#: Headers of the connection, and those that the received body makes obsolete.
_DROPPED: Final = frozenset({"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "forwarded"})
_FORWARDED: Final = "x-forwarded-"


def read_head(scope: Scope, trusted_proxy: str | None) -> Request:
    """Return the request, with an empty body.

    Args:
        scope: the ASGI scope, with header names in lower case.
        trusted_proxy: address of the proxy whose ``X-Forwarded-*`` headers are used; ``*`` trusts everybody.
    """
    headers: dict[str, str] = {}
    forwarded: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        if name.startswith(_FORWARDED):
            forwarded[name.removeprefix(_FORWARDED)] = value.rpartition(",")[2].strip()
        elif name not in _DROPPED and "_" not in name:  # many programs treat X_Y as X-Y
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    address, port = scope["server"]
    request = Request(
        method=scope["method"],
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        remote_address=_unmap_ipv4(scope["client"][0]),
        scheme=scope["scheme"],
        host=headers.get("host") or (f"[{address}]:{port}" if ":" in address else f"{address}:{port}"),
    )
    if trusted_proxy in ("*", request.remote_address):
        _apply_forwarded(request, forwarded)
        headers["host"] = request.host
    return request


def check_head(scope: Scope, limit: int, names: frozenset[str] | None) -> None:
    """Reject requests that are not for the application.

    A web page can have its own host name resolve to the reader's machine, and is same-site then (DNS rebinding); the
    ``Host`` header still has that name.

    Raises:
        RefusedRequest: URL and headers exceed the limit (431), the URL is invalid (400), or the ``Host`` is not one of
            the names (403).
    """
    size = len(scope["raw_path"]) + len(scope["query_string"])
    if size + sum(len(name) + len(value) + 4 for name, value in scope["headers"]) > limit:
        raise refused(431, f"The URL and the headers of a request may have {limit} bytes")
    if not scope["raw_path"].startswith(b"/"):
        raise refused(400, "The URL is invalid")
    if names is not None:
        for host in (value.decode("latin-1") for name, value in scope["headers"] if name == b"host"):
            if host and not _is_own(host, names):  # browsers always send it
                raise refused(403, "Unknown host name: allow it with --server-name")


def _is_own(host: str, names: frozenset[str]) -> bool:
    """Return True if a ``Host`` is one of the names, or an address, which a page cannot claim."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    with suppress(ValueError):
        ipaddress.ip_address(name)
        return True
    name = name.removesuffix(".")
    return name in names or name == "localhost" or name.endswith(".localhost")


def has_body(scope: Scope) -> bool:
    """Return True if a body follows the head."""
    return any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])


def may_stay_open(scope: Scope) -> bool:
    """Return True if the client wants to keep its connection open."""
    values = [value.decode("latin-1").lower() for name, value in scope["headers"] if name == b"connection"]
    wanted = {option.strip() for value in values for option in value.split(",")}
    return "close" not in wanted and (scope["http_version"] == "1.1" or "keep-alive" in wanted)


def _apply_forwarded(request: Request, forwarded: dict[str, str]) -> None:
    """Use the proxy's headers about the client."""
    with suppress(ValueError):  # empty, or a name: the address of the proxy is kept
        request.remote_address = str(ipaddress.ip_address(forwarded.get("for", "").strip("[]")))
    if forwarded.get("proto") in ("http", "https"):
        request.scheme = forwarded["proto"]
    request.host = forwarded.get("host") or request.host


def _unmap_ipv4(address: str) -> str:
    """Convert an IPv4 address in IPv6 form to IPv4."""
    return address.removeprefix("::ffff:") if "." in address else address
