"""Logging in for a command."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from alignak_backend_client import _url
from alignak_backend_client.cli.console import printable
from alignak_backend_client.client import Backend
from alignak_backend_client.exceptions import BACKEND_ERROR, BackendException

if TYPE_CHECKING:
    from alignak_backend_client.cli.arguments import Options
    from alignak_backend_client.cli.console import Console


class NoAccess(Exception):  # noqa: N818 - what it means: exit code 1
    """The backend cannot be reached, or refuses the login."""


_AT_ONCE: Final = 4
"""Requests at a time where there are many; a backend usually has four workers."""


def log_in(options: Options, console: Console) -> Backend:
    """Return the backend, logged in.

    Raises:
        NoAccess: it cannot be reached, or refuses the user; the message says which, and what to check.
    """
    backend = Backend(options.backend_url, _AT_ONCE)
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
    if not accepted:
        raise NoAccess(
            f"The backend {place} refuses the user {options.username!r}: check the name (-u) and the password (-p)"
        )
    return backend


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
