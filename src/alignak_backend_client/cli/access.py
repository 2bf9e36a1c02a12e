"""Access to the backend, as any command needs it: where it is, who logs in, how long to wait."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from alignak_backend_client.cli.console import asked
from alignak_backend_client.client import EMBEDDED, Backend, check_url, display_url
from alignak_backend_client.exceptions import BACKEND_ERROR, BUSY, BackendException
from alignak_backend_client.model.start_documents import ADMINISTRATOR, FIRST_PASSWORD
from alignak_backend_client.output.text import printable

if TYPE_CHECKING:
    from alignak_backend_client.cli.console import Console

DEFAULT_URL: Final = "http://127.0.0.1:5000"
DEFAULT_JOBS: Final = 4

IN_MEMORY: Final = EMBEDDED + ":memory:"


class NoAccess(Exception):  # noqa: N818 - what it means: exit code 1
    """The backend cannot be reached, or refuses the login."""


class Access:
    """The way to a backend, and the login there.

    Args:
        backend_url: URL of the backend, or ``embedded:<database>``.
        username: login name.
        password: password; ``-`` asks for it on the terminal, or reads a line of standard input.
        ca_file: file (PEM) with the certificates of the authorities to trust; those of the system by default.
        certificate: file (PEM) of a client certificate and its key.
        timeout: seconds to wait for a connection, and for an answer.
        retries: how often to send a request again.
        jobs: how many requests may run at a time.

    What is None comes from the environment (``ALIGNAK_BACKEND_URL``, ``ALIGNAK_BACKEND_USERNAME``,
    ``ALIGNAK_BACKEND_PASSWORD``), else it is the default.
    """

    def __init__(
        self,
        *,
        backend_url: str | None = None,
        username: str | None = None,
        password: str | None = None,
        ca_file: str | None = None,
        certificate: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
        jobs: int | None = None,
    ) -> None:
        self.backend_url = _given(backend_url, "URL", DEFAULT_URL)
        self.username = _given(username, "USERNAME", ADMINISTRATOR)
        self.password = _given(password, "PASSWORD", FIRST_PASSWORD)
        self.ca_file = ca_file
        self.certificate = certificate
        self.timeout = timeout
        self.retries = retries
        self.jobs = DEFAULT_JOBS if jobs is None else jobs

    def __repr__(self) -> str:
        # The password is a secret, and the URL may hold one.
        return f"<Access {display_url(self.backend_url)} as {self.username!r}>"

    def open(self, console: Console, *, dry_run: bool = False, creates: bool = False) -> Backend:
        """Return the backend, logged in.

        Args:
            console: told what the user should know.
            dry_run: True makes no database: where one would be made, one in memory takes its place.
            creates: True makes the database of an ``embedded:`` URL where there is none; the URL may be mistyped.

        Raises:
            NoAccess: it cannot be reached, or refuses the user; the message says which, and what to check.
        """
        new_file = _missing_database(self.backend_url)
        url = self.backend_url
        if new_file is not None and not creates:
            raise NoAccess(f"There is no database {printable(new_file)!r}: check the URL (-b), or make one with 'add'")
        if new_file is not None and dry_run:
            console.note(f"There is no database {printable(new_file)!r}: judged by a new one, in memory")
            url = IN_MEMORY
        backend = self._client(url)
        place = display_url(backend.url_endpoint_root)
        password = self._password()
        console.step(f"Logging in to {place} as {self.username!r}")
        try:
            accepted = backend.login(self.username, password)
        except BackendException as error:
            raise NoAccess(self._explained(error, place)) from error
        self._warn_of_plain_http(console)
        if new_file is not None and not dry_run:
            console.note(f"A new database was made: {printable(new_file)!r}")
        if not accepted:
            raise NoAccess(
                f"The backend {place} refuses the user {self.username!r}: check the name (-u) and the password (-p)"
            )
        return backend

    def _client(self, url: str) -> Backend:
        """Return a client of the backend, which was not asked yet."""
        given: dict[str, Any] = {"timeout": self.timeout, "retries": self.retries}
        backend = Backend(
            url,
            self.jobs,
            ca_file=self.ca_file,
            certificate=self.certificate,
            **{name: value for name, value in given.items() if value is not None},
        )
        if not url.startswith(EMBEDDED):
            try:
                check_url(backend.url_endpoint_root)
            except BackendException as error:
                raise NoAccess(f"{error.message}. Check the URL (-b)") from error
        return backend

    def _password(self) -> str:
        """Return the password.

        Raises:
            NoAccess: there is none.
        """
        password = self.password
        if password == "-":  # noqa: S105 - the sign for asking
            password = asked(f"Password of {printable(self.username)}: ")
        if not password:
            raise NoAccess("No password was given (-p)")
        return password

    def _explained(self, error: BackendException, place: str) -> str:
        """Return why there was no login, and what to check."""
        if error.code != BACKEND_ERROR:
            hint = "" if error.code in BUSY else ". Check the URL (-b)"
            return f"No login at {place}: {error.reason}{hint}"
        if error.response is None:  # nothing was sent: the message names what is wrong
            return error.message
        return f"{error.message}. Is the backend running there? {self._what_to_check()}"

    def _what_to_check(self) -> str:
        """Return a hint for who did not get to the backend."""
        from urllib.request import getproxies, proxy_bypass

        parts = urlsplit(self.backend_url)
        proxies = getproxies()
        used = next((name for name in (parts.scheme, "all") if proxies.get(name)), None)
        if used is None or proxy_bypass(parts.netloc):
            return "Check the URL (-b)"
        return (
            f"Check the URL (-b), and the proxy {display_url(proxies[used])} of the environment ({used}_proxy): "
            "it is asked unless no_proxy names the host"
        )

    def _warn_of_plain_http(self, console: Console) -> None:
        """Tell that the password could be read on its way, unless it stayed on this machine."""
        try:
            parts = urlsplit(self.backend_url)
            host = parts.hostname or ""
        except ValueError:
            return
        here = host == "localhost" or host == "::1" or host.startswith("127.")
        if parts.scheme == "http" and host and not here:
            console.note(f"Warning: the password went to {host} in the clear; use https where the backend has it")


def _given(value: str | None, variable: str, default: str) -> str:
    """Return a value that was given, else that of the environment, else the default."""
    return value if value is not None else os.environ.get(f"ALIGNAK_BACKEND_{variable}") or default


def _missing_database(url: str) -> str | None:
    """Return the file of an embedded backend that is not there yet; the URL may be mistyped. None for all others."""
    path = url.removeprefix(EMBEDDED)
    if path in (url, "", ":memory:"):
        return None
    return None if os.path.lexists(path) else path
