"""Access to the backend for all commands: URL, login, TLS and timeouts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from alignak_backend_client.cli.places import IN_MEMORY, config_file, database_of, logins_folder
from alignak_backend_client.cli.terminal.console import prompt
from alignak_backend_client.client import EMBEDDED, Backend, check_url, display_url
from alignak_backend_client.exceptions import BACKEND_ERROR, BUSY, BackendException, is_logged_out
from alignak_backend_client.model.start_documents import ADMINISTRATOR, FIRST_PASSWORD
from alignak_backend_client.output.text import escape_unprintable

if TYPE_CHECKING:
    from alignak_backend_client.cli.terminal.console import Console

DEFAULT_URL: Final = "http://127.0.0.1:5000"
DEFAULT_JOBS: Final = 4

VARIABLES: Final = {name: f"ALIGNAK_BACKEND_{name.upper()}" for name in ("url", "username", "password", "profile")}
"""Settings that can be given in environment variables, with the names of these."""

_HINTS: Final = {
    "self-signed certificate": "If you trust it, pass it or its CA certificate with --ca-file",
    "self signed certificate": "If you trust it, pass it or its CA certificate with --ca-file",
    "issuer certificate": "Pass its CA certificate with --ca-file",
    "certificate has expired": "The server needs a new certificate",
    "certificate is not yet valid": "Check the clock of this machine",
    "certificate is not valid for": "Use a host name of the certificate in the URL (-b)",
    "does not use HTTPS": "Use http:// in the URL (-b), or another port",
    "uses HTTPS": "Use https:// in the URL (-b)",
}
"""Part of an error message to a hint; messages about certificates are those of several OpenSSL releases."""


class NoAccess(Exception):  # noqa: N818 - what it means: exit code 1
    """The backend cannot be reached, or rejects the login."""


class Access:
    """The connection settings and the login for a backend.

    Args:
        backend_url: URL of the backend, or ``embedded:<database>``.
        username: login name.
        password: password; ``-`` prompts for it on the terminal, or reads a line from standard input.
        ca_file: file (PEM) with the certificates of the authorities to trust; those of the system by default.
        certificate: file (PEM) with a client certificate and its key.
        timeout: seconds to wait for a connection, and for a response.
        retries: number of retries for a failed request.
        jobs: maximum number of parallel requests.
        profile: name of the profile to use.

    Settings that are None come from the environment (``VARIABLES``), otherwise from the profile, otherwise they have
    their default. The default profile is ignored if a URL other than its own was given.

    Attributes:
        profile: the name of the used profile, or None.
        sources: name of a setting, as in profiles, to the origin of its value: ``option``, ``environment``,
            ``profile`` or ``default``.

    Raises:
        ConfigError: there is no such profile, or the file with the profiles is invalid.
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
        profile: str | None = None,
    ) -> None:
        self.sources: dict[str, str] = {}
        self._profile_settings: dict[str, Any] = {}
        self.profile, self._profile_settings = _select_profile(
            self._resolve_setting("profile", profile), backend_url or _from_environment("url")
        )
        self.backend_url: str = self._resolve_setting("url", backend_url, DEFAULT_URL)
        self.username: str = self._resolve_setting("username", username, ADMINISTRATOR)
        self.password: str = self._resolve_setting("password", password, FIRST_PASSWORD)
        self.ca_file: str | None = self._resolve_setting("ca_file", ca_file)
        self.certificate: str | None = self._resolve_setting("certificate", certificate)
        self.timeout: float | None = self._resolve_setting("timeout", timeout)
        self.retries: int | None = self._resolve_setting("retries", retries)
        self.jobs: int = self._resolve_setting("jobs", jobs, DEFAULT_JOBS)

    def _resolve_setting(self, name: str, given: Any, default: Any = None) -> Any:
        """Return the value of a setting, and record its origin."""
        values = {"option": given, "environment": _from_environment(name), "profile": self._profile_settings.get(name)}
        self.sources[name] = next((source for source, value in values.items() if value is not None), "default")
        return values.get(self.sources[name], default)

    def __repr__(self) -> str:
        # The password is a secret, and the URL may contain one.
        return f"<Access {display_url(self.backend_url)} as {self.username!r}>"

    def open(self, console: Console, *, dry_run: bool = False, creates: bool = False, anew: bool = False) -> Backend:
        """Log in to the backend and return it. A stored login is used if no password was given.

        Args:
            console: for notes to the user.
            dry_run: True to use a database in memory instead of creating one.
            creates: True to create the database of an ``embedded:`` URL if it does not exist; the URL may be mistyped.
            anew: True to ignore a stored login.

        Raises:
            NoAccess: the backend cannot be reached, or rejects the user; the message has a hint.
        """
        new_file = _missing_database(self.backend_url)
        url = self.backend_url
        if new_file is not None and not creates:
            raise NoAccess(
                f"There is no database {escape_unprintable(new_file)!r}: check the URL (-b), or create it with 'add' "
                "or 'apply'"
            )
        if new_file is not None and dry_run:
            console.note(
                f"There is no database {escape_unprintable(new_file)!r}: checking against an empty one in memory"
            )
            url = IN_MEMORY
        backend = self._client(url)
        place = display_url(backend.url_endpoint_root)
        token = None if anew or new_file is not None else self._load_token(console)
        try:
            accepted = self._log_in(backend, token, place, console)
        except BackendException as error:
            raise NoAccess(self._explain_login_error(error, place)) from error
        self._warn_about_plain_http("password" if token is None else "token", console)
        if new_file is not None and not dry_run:
            console.note(f"New database created: {escape_unprintable(new_file)!r}")
        if not accepted:
            raise NoAccess(self._rejection_message(place, token))
        return backend

    def is_logged_in(self) -> bool:
        """Return True if a login is stored."""
        from alignak_backend_client.cli.profiles.logins import has_token

        return has_token(self.backend_url, self.username)

    def _load_token(self, console: Console) -> str | None:
        """Return the token of the stored login; None if there is none, or a password was given."""
        if self.sources["password"] != "default" or not os.path.lexists(logins_folder()):  # noqa: S105 - no password
            return None
        from alignak_backend_client.cli.profiles.logins import load_token

        return load_token(self.backend_url, self.username, console)

    def _log_in(self, backend: Backend, token: str | None, place: str, console: Console) -> bool:
        """Log in, or try the token of a stored login; return False if the backend rejects it.

        Raises:
            BackendException: the backend cannot be reached, or responds with another error.
        """
        if token is None:
            password = self._password()
            console.step(f"Logging in to {place} as {self.username!r}")
            return backend.login(self.username, password)
        console.step(f"Using the login of {self.username!r} at {place}")
        backend.token = token
        try:
            backend.get("user", {"projection": {"_id": 1}, "max_results": 1})
        except BackendException as error:
            if not is_logged_out(error.response):
                raise
            return False
        return True

    def _rejection_message(self, place: str, token: str | None) -> str:
        """Return the message for a rejected user, with a hint."""
        if token is not None:
            return f"The login of {self.username!r} at {place} has expired: renew it with '{self.login_command()}'"
        once = f", or log in with '{self.login_command()}'" if self.sources["password"] == "default" else ""  # noqa: S105
        return (
            f"The backend {place} rejects the user {self.username!r}: check the name (-u) and the password (-p){once}"
        )

    def login_command(self) -> str:
        """Return the command that logs in with these settings."""
        import shlex

        words = ["alignak-backend-cli", "login"]
        if self.profile is not None:
            words += ["--profile", self.profile]
        for name, option, value in (("url", "-b", self.backend_url), ("username", "-u", self.username)):
            if self.sources[name] == "option":
                words += [option, display_url(value).strip("'") if name == "url" else value]
        return escape_unprintable(shlex.join(words))

    def _client(self, url: str) -> Backend:
        """Return a client for the backend, without sending a request."""
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
            password = prompt(f"Password of {escape_unprintable(self.username)}: ")
        if not password:
            raise NoAccess("No password was given (-p)")
        return password

    def _explain_login_error(self, error: BackendException, place: str) -> str:
        """Return the message for a failed login, with a hint."""
        if error.code != BACKEND_ERROR:
            hint = "" if error.code in BUSY else ". Check the URL (-b)"
            return f"Cannot log in at {place}: {error.reason.rstrip('.')}{hint}"
        if error.response is None:  # nothing was sent: the message is sufficient
            return error.message
        hint = next((hint for sign, hint in _HINTS.items() if sign in error.message), "")
        stop = "" if error.message.endswith("?") else "."
        return f"{error.message}{stop} {hint or f'Is the backend running there? {self._connection_hint()}'}"

    def _connection_hint(self) -> str:
        from urllib.request import getproxies, proxy_bypass

        parts = urlsplit(self.backend_url)
        proxies = getproxies()
        used = next((name for name in (parts.scheme, "all") if proxies.get(name)), None)
        if used is None or proxy_bypass(parts.netloc):
            return "Check the URL (-b)"
        return (
            f"Check the URL (-b), and the proxy {display_url(proxies[used])} of the environment ({used}_proxy): "
            "it is used unless no_proxy lists the host"
        )

    def _warn_about_plain_http(self, what: str, console: Console) -> None:
        """Warn that the password or token was sent unencrypted, unless it stayed on this machine."""
        try:
            parts = urlsplit(self.backend_url)
            host = parts.hostname or ""
        except ValueError:
            return
        if parts.scheme == "http" and host and not is_loopback(host):
            console.note(f"Warning: the {what} was sent to {host} unencrypted; use https if the backend supports it")


def is_loopback(host: str) -> bool:
    """Return True for the name or an address of this machine itself."""
    return host in ("localhost", "::1") or host.startswith("127.")


def _from_environment(name: str) -> str | None:
    """Return the value of a setting in the environment, or None."""
    return os.environ.get(VARIABLES.get(name, "")) or None


def _select_profile(named: str | None, url: str | None) -> tuple[str | None, dict[str, Any]]:
    """Return the name and the settings of the profile to use.

    Args:
        named: the given profile, or None.
        url: the given URL, or None.

    Raises:
        ConfigError: there is no such profile, or the file with the profiles is invalid.
    """
    if named is None and not os.path.lexists(config_file()):
        return None, {}
    from alignak_backend_client.cli.profiles.config import Config

    config = Config()
    if named is not None:
        return named, config.settings_of(named)
    if config.default is None:
        return None, {}
    settings = config.profiles[config.default]
    if url is not None and url.rstrip("/") != str(settings.get("url", DEFAULT_URL)).rstrip("/"):
        return None, {}
    return config.default, settings


def _missing_database(url: str) -> str | None:
    """Return the database file of an embedded backend if it is missing or empty; otherwise None.

    The URL may be mistyped, and a database that was lost must not look like a site without hosts.
    """
    path = database_of(url)
    if path is None:
        return None
    if not path:
        try:
            from alignak_backend_embedded.inprocess import default_database
        except ModuleNotFoundError:
            return None  # opening it reports this
        path = str(default_database())
    empty = os.path.isfile(path) and not os.path.getsize(path)  # noqa: PTH113, PTH202 - imports take time
    return path if empty or not os.path.lexists(path) else None
