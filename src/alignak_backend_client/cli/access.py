"""Logging in for a command."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from alignak_backend_client import _url
from alignak_backend_client._session import DEFAULT_RETRIES, DEFAULT_TIMEOUT
from alignak_backend_client.cli.console import printable
from alignak_backend_client.client import Backend
from alignak_backend_client.exceptions import BACKEND_ERROR, BackendException

if TYPE_CHECKING:
    from alignak_backend_client.cli.arguments import Options
    from alignak_backend_client.cli.console import Console


class NoAccess(Exception):  # noqa: N818 - what it means: exit code 1
    """The backend cannot be reached, or refuses the login."""


def log_in(options: Options, console: Console) -> Backend:
    """Return the backend, logged in.

    Raises:
        NoAccess: it cannot be reached, or refuses the user; the message says which, and what to check.
    """
    backend = Backend(
        options.backend_url,
        options.jobs,
        timeout=DEFAULT_TIMEOUT if options.timeout is None else options.timeout,
        retries=DEFAULT_RETRIES if options.retries is None else options.retries,
        ca_file=options.ca_file,
        certificate=options.certificate,
    )
    place = _url.shown(backend.url_endpoint_root)
    password = _password(options)
    console.step(f"Logging in to {place} as {options.username!r}")
    try:
        accepted = backend.login(options.username, password)
    except BackendException as error:
        if error.code == BACKEND_ERROR:
            running = " Is the backend running there?" if error.response else ""
            raise NoAccess(f"{error.message}.{running} Check the URL (-b)") from error
        raise NoAccess(f"No login at {place}: {error.reason or error.message}. Check the URL (-b)") from error
    _warn_of_plain_http(options, console)
    if not accepted:
        raise NoAccess(
            f"The backend {place} refuses the user {options.username!r}: check the name (-u) and the password (-p)"
        )
    return backend


def _warn_of_plain_http(options: Options, console: Console) -> None:
    """Tell that the password could be read on its way, unless it stayed on this machine."""
    try:
        parts = urlsplit(options.backend_url)
        host = parts.hostname or ""
    except ValueError:
        return
    here = host == "localhost" or host == "::1" or host.startswith("127.")
    if parts.scheme == "http" and host and not here:
        console.note(f"Warning: the password went to {host} in the clear; use https where the backend has it")


def _password(options: Options) -> str:
    """Return the password; ``-`` asks on the terminal, or reads a line of standard input.

    Raises:
        NoAccess: there is none.
    """
    if options.password != "-":  # noqa: S105 - the sign for asking
        password = options.password
    elif sys.stdin.isatty():
        import getpass

        password = getpass.getpass(f"Password of {printable(options.username)}: ")
    else:
        # Unbuffered: what follows the line may be the data.
        line = sys.stdin.buffer.readline()
        password = line.decode("utf-8", errors="replace").rstrip("\r\n")
    if not password:
        raise NoAccess("No password was given (-p)")
    return password
