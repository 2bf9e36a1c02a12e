"""Logging in for a command."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from alignak_backend_client._core import urls
from alignak_backend_client._core.session import DEFAULT_RETRIES, DEFAULT_TIMEOUT, EMBEDDED
from alignak_backend_client.cli.console import asked, printable
from alignak_backend_client.client import Backend
from alignak_backend_client.exceptions import BACKEND_ERROR, BUSY, BackendException

IN_MEMORY = EMBEDDED + ":memory:"

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
    new_file = _missing_database(options.backend_url)
    if new_file is not None and options.check:
        console.note(f"There is no database {printable(new_file)!r}: judged by a new one, in memory")
    backend = Backend(
        IN_MEMORY if new_file is not None and options.check else options.backend_url,
        options.jobs,
        timeout=DEFAULT_TIMEOUT if options.timeout is None else options.timeout,
        retries=DEFAULT_RETRIES if options.retries is None else options.retries,
        ca_file=options.ca_file,
        certificate=options.certificate,
    )
    place = urls.shown(backend.url_endpoint_root)
    if not options.backend_url.startswith(EMBEDDED):
        try:
            urls.check_root(backend.url_endpoint_root)
        except BackendException as error:
            raise NoAccess(f"{error.message}. Check the URL (-b)") from error
    password = _password(options)
    console.step(f"Logging in to {place} as {options.username!r}")
    try:
        accepted = backend.login(options.username, password)
    except BackendException as error:
        if error.code == BACKEND_ERROR and error.response is None:
            raise NoAccess(error.message) from error
        if error.code == BACKEND_ERROR:
            raise NoAccess(f"{error.message}. Is the backend running there? {_what_to_check(options)}") from error
        hint = "" if error.code in BUSY else ". Check the URL (-b)"
        raise NoAccess(f"No login at {place}: {error.reason}{hint}") from error
    _warn_of_plain_http(options, console)
    if new_file is not None and not options.check:
        console.note(f"A new database was made: {printable(new_file)!r}")
    if not accepted:
        raise NoAccess(
            f"The backend {place} refuses the user {options.username!r}: check the name (-u) and the password (-p)"
        )
    return backend


def _missing_database(url: str) -> str | None:
    """Return the file of an embedded backend that is not there yet; the URL may be mistyped. None for all others."""
    path = url.removeprefix(EMBEDDED)
    if path in (url, "", ":memory:"):
        return None
    return None if os.path.lexists(path) else path


def _what_to_check(options: Options) -> str:
    """Return a hint for who did not get to the backend."""
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(options.backend_url)
    proxies = getproxies()
    used = next((name for name in (parts.scheme, "all") if proxies.get(name)), None)
    if used is None or proxy_bypass(parts.netloc):
        return "Check the URL (-b)"
    return (
        f"Check the URL (-b), and the proxy {urls.shown(proxies[used])} of the environment ({used}_proxy): "
        "it is asked unless no_proxy names the host"
    )


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
    password = options.password
    if password == "-":  # noqa: S105 - the sign for asking
        password = asked(f"Password of {printable(options.username)}: ")
    if not password:
        raise NoAccess("No password was given (-p)")
    return password
