"""Settings and errors of the server."""

from __future__ import annotations

from dataclasses import dataclass

from alignak_backend_embedded.api.options import DEFAULT_OPTIONS, Options

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 5000


class ServerError(Exception):
    """The server cannot start or continue. Its text is one line for people."""


class NoDatabaseError(ServerError):
    """No database answers, at present."""


class RefusedError(ServerError):
    """The server refuses to start with this command line."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits for the clients of the server.

    Attributes:
        client_seconds: maximum time without progress while a client sends a body or reads an answer.
        idle_seconds: maximum time for a connection to send the complete head of a request.
        request_seconds: maximum time for sending a body, and for reading an answer.
        threads: requests that one process handles at a time.
        connections: maximum open connections of one process; further ones wait.
        header_bytes: maximum size of request line and headers.
        body_bytes: maximum size of a body, as in `Options.limits`.
        anonymous_body_bytes: maximum size of a body without ``Authorization``.
        names: accepted host names, in addition to IP addresses and the names of this machine; None for any.
        trusted_proxy: address of the reverse proxy whose ``X-Forwarded-*`` headers are used.
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
    """The certificate for HTTPS.

    Attributes:
        chain: file (PEM) with the certificate of the server, followed by intermediate certificates.
        key: file (PEM) with its unencrypted private key.
    """

    chain: str
    key: str


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of the server.

    Attributes:
        host: name or address to listen on; ``*`` for all.
        port: 0 for a free one.
        database: path of the SQLite database, or ``:memory:``; None with MongoDB.
        mongo_uri: the MongoDB instead.
        workers: processes that answer requests.
        options: options of the backend.
        filter_seconds: maximum time for a filter.
        write_seconds: maximum time for a write, with SQLite.
        admin_password: password for the first user, if it still has the default one.
        allow_default_password: accept connections from other machines even with the default password.
        certificate: for HTTPS; None for HTTP.
        limits: limits for clients.
    """

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    database: str | None = None
    mongo_uri: str | None = None
    workers: int = 1
    options: Options = DEFAULT_OPTIONS
    filter_seconds: float | None = None
    write_seconds: float | None = None
    admin_password: str | None = None
    allow_default_password: bool = False
    certificate: Certificate | None = None
    limits: Limits = Limits()

    def __repr__(self) -> str:
        """Return the settings without the secrets in them."""
        return f"Settings(host={self.host!r}, port={self.port!r}, workers={self.workers!r})"
