"""The state of a client: URL, login, timeouts and retries."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final, NamedTuple, TypeAlias

from alignak_backend_client.exceptions import misuse

Timeout: TypeAlias = float | tuple[float | None, float | None] | None

Limits: TypeAlias = tuple[float | None, float | None]
"""Seconds to wait for a connection, and for the next bytes of a response; None for no limit."""

Certificate: TypeAlias = str | tuple[str, str] | None

DEFAULT_TIMEOUT: Final = (10.0, 120.0)
"""The default timeouts for a connection, and for the next bytes of a response, in seconds."""

EMBEDDED: Final = "embedded:"
"""The prefix of the URL of an embedded backend, followed by a database file, ``:memory:`` or nothing."""

EMBEDDED_ROOT: Final = "http://embedded"
"""The host of an embedded backend in the URLs of messages."""

EMBEDDED_MISSING: Final = "The embedded backend is not installed: pip install 'alignak-backend-client[embedded]'"

DEFAULT_RETRIES: Final = 6
"""Maximum number of repetitions of a request. The pauses add up to 10 seconds."""


PROXY_PROTOCOLS: Final = ["http", "https"]


def timeout_suffix(seconds: float | None) -> str:
    """Return the end of a message about a timeout."""
    return "" if seconds is None else f" within {seconds:g} s"


class BackendConfig(NamedTuple):
    """The content of ``/backendconfig``.

    Attributes:
        page_limit: maximum number of items per page.
        deletion_limit: maximum number of items in a bulk deletion; 0 if the backend does not support it.
    """

    page_limit: int
    deletion_limit: int


class Session:
    """State that the operations of one client share.

    Attributes:
        root: URL of the backend, without a trailing slash; :data:`EMBEDDED_ROOT` for ``embedded:<database>``.
        token: the backend's token, or None when logged out.
        proxies: proxy URL by protocol (``http``, ``https``); empty for those of the environment.
        config: the configuration of the backend; None until it was requested.
        retries: maximum number of repetitions of a request.
        embedded: the database of an embedded backend; None for a backend at a URL.
        ca_file: file with the certificates of the authorities to trust; None for those of the system.
        certificate: file of our own certificate, or a pair of certificate and key files; None for none.
        contacted: True once the backend answered.
        credentials: name and password of the login; None if there are none, or they were rejected.
    """

    def __init__(
        self,
        root: str,
        *,
        retries: int = DEFAULT_RETRIES,
        ca_file: str | None = None,
        certificate: Certificate = None,
    ) -> None:
        inside = root.startswith(EMBEDDED)
        self.root = EMBEDDED_ROOT if inside else root
        self.embedded = root.removeprefix(EMBEDDED) if inside else None
        self.token: str | None = None
        self.proxies: dict[str, str] = {}
        self.config: BackendConfig | None = None
        self.retries = retries
        self.ca_file = ca_file
        self.certificate = certificate
        self.contacted = False
        self.credentials: tuple[str, str] | None = None

    def __repr__(self) -> str:
        # Token, password and proxies are secrets.
        return f"<Session {self.root!r}>"


def check_retries(retries: int) -> int:
    """Validate and return a number of retries.

    Raises:
        BackendException: code 1000; it is not an integer from 0.
    """
    if not isinstance(retries, int) or isinstance(retries, bool) or retries < 0:
        raise misuse(f"The number of retries is 0 or more, not {retries!r}")
    return retries


def check_proxies(proxies: Mapping[str, str] | None) -> dict[str, str]:
    """Validate and return proxies by protocol.

    Raises:
        BackendException: code 1000; a protocol is not supported.
    """
    for protocol in proxies or {}:
        if protocol not in PROXY_PROTOCOLS:
            raise misuse(f"Wrong proxy protocol {protocol!r}, use one of: {', '.join(PROXY_PROTOCOLS)}")
    return dict(proxies or {})


def parse_timeout(timeout: Timeout) -> Limits:
    """Return a timeout as (connect, read) in seconds; None for no limit.

    Raises:
        BackendException: code 1000; it is not a positive number of seconds.
    """
    pair = timeout if isinstance(timeout, tuple) else (timeout, timeout)
    for value in pair:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if value is not None and not (number and math.isfinite(value) and value > 0):
            raise misuse(f"A timeout is a number of seconds above 0, a (connect, read) pair or None: {timeout!r}")
    if len(pair) != 2:
        raise misuse(f"A timeout pair is (connect, read): {timeout!r}")
    return pair
