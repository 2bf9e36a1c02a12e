"""Commands ``login`` and ``logout``: keep the token of a login for later commands, and delete it."""

from __future__ import annotations

from typing import Final

import click

from alignak_backend_client.cli.access import Access
from alignak_backend_client.cli.command import access_options, command
from alignak_backend_client.cli.places import IN_MEMORY
from alignak_backend_client.cli.profiles.logins import delete_token, save_token
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.client import display_url

_EXIT_CODES: Final = """\
Exit codes:
  0   success
  1   the backend cannot be reached, or rejects the user
  2   the token file cannot be written or deleted
  64  wrong usage, or the profile file is invalid
"""

_LOGIN: Final = f"""\
login prompts for the password and does not store it. It stores the token that
the backend returns, in a file that only you can read, or in the keyring of the
operating system if the extra 'keyring' is installed. Commands use the token
only for this user and URL, unless a password is given. The token is valid until
the password changes, or until somebody requests a new token from the backend.

{_EXIT_CODES}
Examples:
  alignak-backend-cli login -b https://backend.example -u bob
  alignak-backend-cli login --profile paris
  pass show alignak | alignak-backend-cli login -p -
"""

_LOGOUT: Final = f"""\
logout deletes the stored token. The backend accepts the token until the password
changes.

{_EXIT_CODES}
Examples:
  alignak-backend-cli logout -b https://backend.example -u bob
  alignak-backend-cli logout --profile paris
"""


@command(epilog=_LOGIN)
@access_options
def login(console: Console, access: Access) -> None:
    """Log in once and keep a token, so that later commands need no password."""
    if access.backend_url == IN_MEMORY:
        raise click.UsageError("A backend in memory ends with the command, so a login cannot be kept")
    if access.sources["password"] == "default":  # noqa: S105 - not a password
        access.password, access.sources["password"] = "-", "option"
    with access.open(console, anew=True) as backend:
        where = save_token(access.backend_url, access.username, backend.token or "")
    place = display_url(access.backend_url)
    console.note(f"Logged in to {place} as {access.username!r}")
    console.step(f"The token is stored in {where}")


@command(epilog=_LOGOUT)
@access_options
def logout(console: Console, access: Access) -> None:
    """Delete the stored token of a login."""
    there = f"at {display_url(access.backend_url)} as {access.username!r}"
    if delete_token(access.backend_url, access.username):
        console.note(f"Logged out {there}")
    else:
        console.note(f"Not logged in {there}")
