"""Settings and errors of the server."""

from __future__ import annotations

from dataclasses import dataclass, field

from alignak_backend_embedded.api.limits import Limits as RequestLimits

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 5000


class ServerError(Exception):
    """The server cannot start or go on. Its text is one line for people."""


class NoDatabaseError(ServerError):
    """No database answers, at present."""


class RefusedError(ServerError):
    """The server must not start so: another command line is needed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the server grants its clients.

    Attributes:
        client_seconds: how long the body of a request, or the reading of the answer, may stand still.
        idle_seconds: how long a connection may be without the whole head of a request.
        request_seconds: how long a body may take to arrive, and an answer to be read.
        threads: requests that one process works on at a time.
        connections: open connections of one process; further ones wait.
        header_bytes: longest request line and headers.
        body_bytes: longest body; those of `Settings.requests`.
        anonymous_body_bytes: longest body of a request without ``Authorization``.
        names: names by which clients may call the server, beside addresses and those of this machine; None for any.
        trusted_proxy: address of the reverse proxy whose ``X-Forwarded-*`` headers are believed.
        log_requests: write a line for each request.
    """

    client_seconds: float = 30.0
    idle_seconds: float = 30.0
    request_seconds: float = 600.0
    threads: int = 8
    connections: int = 1000
    header_bytes: int = 64 * 1024
    body_bytes: int = 64 * 1024 * 1024
    anonymous_body_bytes: int = 64 * 1024
    names: frozenset[str] | None = None
    trusted_proxy: str | None = None
    log_requests: bool = False


@dataclass(frozen=True, slots=True)
class Certificate:
    """What HTTPS needs.

    Attributes:
        chain: file (PEM) with the certificate of the server, and those of the authorities between.
        key: file (PEM) with its key, which is not encrypted.
    """

    chain: str
    key: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What the server serves, and where.

    Attributes:
        host: name or address to listen on; ``*`` for all.
        port: 0 for a free one.
        database: path of the SQLite database, or ``:memory:``; None with MongoDB.
        mongo_uri: the MongoDB instead.
        workers: processes that answer requests.
        page_limit: most items of a page.
        page_default: items of a page when the request does not say.
        requests: what a request may hold.
        filter_seconds: how long a filter may take.
        write_seconds: how long a write may take, on SQLite.
        cors_origins: web origins whose scripts may use the backend from a browser.
        admin_password: password of the first user, where it is still the default one.
        allow_default_password: listen beyond this machine all the same.
        certificate: serve HTTPS with it, instead of HTTP.
        limits: what the server grants its clients.
    """

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    database: str | None = None
    mongo_uri: str | None = None
    workers: int = 1
    page_limit: int = 5000
    page_default: int = 50
    requests: RequestLimits = field(default_factory=RequestLimits)
    filter_seconds: float | None = None
    write_seconds: float | None = None
    cors_origins: tuple[str, ...] = ()
    admin_password: str | None = None
    allow_default_password: bool = False
    certificate: Certificate | None = None
    limits: Limits = Limits()

    def __repr__(self) -> str:
        """Return the settings without the secrets in them."""
        return f"Settings(host={self.host!r}, port={self.port!r}, workers={self.workers!r})"
