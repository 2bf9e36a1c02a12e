"""Building the URL of a request from an endpoint and its parameters; URLs of other servers are rejected."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, TypeAlias
from urllib.parse import quote, unquote, urlencode, urlsplit

from alignak_backend_client.exceptions import misuse

Params: TypeAlias = Mapping[str, Any] | str | bytes | None

# What a path or a query may hold as it is; `%` because callers may have quoted already.
_PATH = "/%:@!$&'()*+,;=~"
_QUERY = _PATH + "?"

_MAX_LENGTH: Final = 65536
"""Maximum length of a URL in the HTTP library, in characters."""


def check_url(root: str) -> None:
    """Check the URL of a backend.

    Raises:
        BackendException: code 1000; it is not an HTTP URL, or it contains credentials.
    """
    try:
        parts = urlsplit(root)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        valid = False
    if not valid or not root.isprintable() or " " in root:
        raise misuse(f"Invalid backend URL {display_url(root)}: it must look like http://127.0.0.1:5000")
    if "@" in parts.netloc:
        raise misuse("The backend URL must not contain credentials: log in with them instead")
    if parts.query or parts.fragment:
        raise misuse(f"The backend URL must not have a query: {display_url(root)}")


def display_url(root: str) -> str:
    """Return a URL for a message, without credentials."""
    before, at, after = root.rpartition("@")
    scheme = before.partition("//")[0]
    return ascii(f"{scheme}//...@{after}" if at else root)


def without_query(url: str) -> str:
    """Return a URL for a message, without its query, which may be long."""
    return url.partition("?")[0]


def build(root: str, endpoint: str, params: Params = None) -> str:
    """Return the URL of an endpoint.

    Args:
        root: URL of the backend, without a trailing slash.
        endpoint: ``'host'`` or ``'/host'``, with or without a query; ``''`` is the root.
        params: query parameters; None values are omitted, spaces become ``+``, dictionaries become JSON.

    Raises:
        BackendException: code 1000; the endpoint leads away from the backend.
    """
    check_endpoint(endpoint)
    if endpoint == root or endpoint.startswith((f"{root}/", f"{root}?")):
        endpoint = endpoint[len(root) :]
    path, _, own_query = endpoint.partition("?")
    # A server or proxy may decode quoted characters before it interprets the path.
    decoded = unquote(path)
    if path.startswith("//") or "://" in path or "\\" in decoded or ".." in decoded.split("/"):
        raise misuse(f"Invalid endpoint for the backend {display_url(root)}: {endpoint!a}")
    query = "&".join(filter(None, (_quote(own_query, _QUERY), encode(params))))
    url = f"{root}/{_quote(path.removeprefix('/'), _PATH)}"
    url = f"{url}?{query}" if query else url
    if len(url) > _MAX_LENGTH:
        raise misuse(f"The URL is too long: {len(url)} characters, the limit is {_MAX_LENGTH}")
    return url


def encode(params: Params) -> str:
    """Return query parameters, or the fields of a form, as text."""
    if not params:
        return ""
    if isinstance(params, bytes):
        params = params.decode("latin-1")
    if isinstance(params, str):
        return _quote(params, _QUERY)
    check_mapping(params, "Parameters are", "where")
    pairs: list[tuple[str, str]] = []
    for name, value in params.items():
        values = value if isinstance(value, list | tuple) else [value]
        pairs.extend((name, _text(one)) for one in values if one is not None)
    return urlencode(pairs)


def check_endpoint(endpoint: Any) -> None:
    if not isinstance(endpoint, str):
        raise misuse(f"An endpoint is a string such as 'host', not {type(endpoint).__name__}")


def check_mapping(value: Any, what: str, example: str) -> None:
    if not isinstance(value, Mapping):
        raise misuse(f"{what} a dictionary such as {{{example!r}: ...}}, not {type(value).__name__}")


def _text(value: Any) -> str:
    """Return one parameter as text."""
    try:
        if isinstance(value, Mapping):
            return json.dumps(dict(value))
        text = value.decode() if isinstance(value, bytes) else str(value)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise misuse(f"A parameter cannot be sent: {error}") from error
    return text


def _quote(text: str, safe: str) -> str:
    """Quote a part of a URL.

    Raises:
        BackendException: code 1000; it has a lone surrogate.
    """
    try:
        return quote(text, safe=safe)
    except UnicodeEncodeError as error:
        raise misuse(f"An unpaired surrogate cannot be sent: {text!a}") from error
