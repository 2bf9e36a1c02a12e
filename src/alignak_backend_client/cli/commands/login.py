"""Commands ``login`` and ``logout``: a login that later commands use."""

from __future__ import annotations

from typing import Final

import click

from alignak_backend_client.cli.access import IN_MEMORY, Access
from alignak_backend_client.cli.command import access_options, command
from alignak_backend_client.cli.console import Console
from alignak_backend_client.cli.profiles.logins import forget, keep
from alignak_backend_client.client import display_url

_EXIT_CODES: Final = """\
Exit codes:
  0   it was done
  1   the backend cannot be reached, or refuses the user
  2   the file with the login cannot be written or deleted
  64  the command line, or the file with profiles, is wrong
"""

_LOGIN: Final = f"""\
The password is asked for once, and not kept; what is kept is the token that the
backend gives, in a file that only you can read. Commands use it for that user
at that URL, and nowhere else, unless they are given a password. It is good
until the password changes, or somebody asks the backend for a new token.

{_EXIT_CODES}
Examples:
  alignak-backend-cli login -b https://backend.example -u bob
  alignak-backend-cli login --profile paris
  pass show alignak | alignak-backend-cli login -p -
"""

_LOGOUT: Final = f"""\
The token is deleted here. To the backend it is good until the password changes.

{_EXIT_CODES}
Examples:
  alignak-backend-cli logout -b https://backend.example -u bob
  alignak-backend-cli logout --profile paris
"""


@command(epilog=_LOGIN)
@access_options
def login(console: Console, access: Access) -> None:
    """Log in once: later commands need no password."""
    if access.backend_url == IN_MEMORY:
        raise click.UsageError("A backend in memory ends with the command: there is nothing to log in to")
    if access.sources["password"] == "default":  # noqa: S105 - no password
        access.password = "-"  # noqa: S105 - the sign for asking
    with access.open(console, anew=True) as backend:
        path = keep(access.backend_url, access.username, backend.token or "")
    place = display_url(access.backend_url)
    console.note(f"Logged in to {place} as {access.username!r}")
    console.step(f"The token is kept in {str(path)!r}")


@command(epilog=_LOGOUT)
@access_options
def logout(console: Console, access: Access) -> None:
    """Forget a login."""
    there = f"at {display_url(access.backend_url)} as {access.username!r}"
    if forget(access.backend_url, access.username):
        console.note(f"Logged out {there}")
    else:
        console.note(f"Nobody is logged in {there}")
