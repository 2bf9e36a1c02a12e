"""Stored logins: one file with the token of one user at one backend, readable only by its owner.

Passwords are not stored. The file also has the URL and the user, so that its token is sent nowhere else even if the
file is renamed. With the extra ``keyring``, the token itself is in the keyring of the operating system.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from alignak_backend_client._files import open_regular
from alignak_backend_client.cli.places import database_of, logins_folder
from alignak_backend_client.cli.profiles import keychain
from alignak_backend_client.client import EMBEDDED
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.output.text import escape_unprintable

if TYPE_CHECKING:
    from alignak_backend_client.cli.terminal.console import Console

_OTHERS_MASK: Final = 0o077


def load_token(url: str, username: str, console: Console) -> str | None:
    """Return the stored token of a user at a backend, or None.

    If others can read the file, its permissions are fixed, with a warning. A file of another user is ignored, with a
    warning.
    """
    path = _path(url, username)
    try:
        with open(path, "rb", opener=open_regular) as file:
            if not _is_private(file.fileno(), path, console):
                return None
            stored = json.load(file)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is damaged"
        console.note(f"Warning: the login in {escape_unprintable(str(path))!r} is not used: {reason}")
        return None
    matches = isinstance(stored, dict) and (stored.get("url"), stored.get("username")) == (_place(url), username)
    token = stored.get("token") if matches else None
    if matches and stored.get("keyring") is True:
        token = keychain.find(_name(url, username))
        if token is None:
            console.note("Warning: the login is not used: the keyring does not have its token. Run 'login' again")
    return token if isinstance(token, str) and token else None


def save_token(url: str, username: str, token: str) -> str:
    """Store a token, replacing an earlier one, and return where it is: the path of its file, or ``the keyring``.

    Raises:
        ItemError: the file cannot be written.
    """
    from alignak_backend_client.items.files.dumpfile import write_file

    path = _path(url, username)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ItemError(
            f"Cannot create the folder {escape_unprintable(str(path.parent))!r}: {error.strerror}"
        ) from error
    in_keyring = keychain.store(_name(url, username), token)
    secret = {"keyring": True} if in_keyring else {"token": token}
    write_file(path, json.dumps({"url": _place(url), "username": username, **secret}).encode())
    return "the keyring" if in_keyring else str(path)


def delete_token(url: str, username: str) -> bool:
    """Delete the stored token; return False if there is none.

    Raises:
        ItemError: the file cannot be deleted, or the keyring does not delete the token.
    """
    path = _path(url, username)
    try:
        with open(path, "rb", opener=open_regular) as file:
            in_keyring = json.load(file).get("keyring") is True
    except (OSError, ValueError, RecursionError, AttributeError):
        in_keyring = False
    if in_keyring and not keychain.remove(_name(url, username)) and keychain.find(_name(url, username)) is not None:
        raise ItemError("The keyring does not delete the token of the login")
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise ItemError(f"Cannot delete the login {escape_unprintable(str(path))!r}: {error.strerror}") from error
    return True


def has_token(url: str, username: str) -> bool:
    """Return True if a token of the user at the backend is stored."""
    return _path(url, username).exists()


def _path(url: str, username: str) -> Path:
    digest = hashlib.sha256(f"{_place(url)}\n{username}".encode(errors="surrogatepass")).hexdigest()
    return Path(logins_folder()) / f"{digest[:32]}.json"


def _name(url: str, username: str) -> str:
    """Return the name of the token in a keyring, which people may see there."""
    return f"{username} at {_place(url)}"


def _place(url: str) -> str:
    """Return a URL in its stored form: without a trailing slash; with an absolute path for a database file."""
    file = database_of(url)
    return EMBEDDED + str(Path(file).resolve()) if file else url.rstrip("/")


def _is_private(handle: int, path: Path, console: Console) -> bool:
    """Return True if the file belongs to this user, and remove permissions of others."""
    if sys.platform == "win32":
        return True
    found = os.fstat(handle)
    shown = escape_unprintable(str(path))
    if found.st_uid != os.geteuid():
        console.note(f"Warning: the login in {shown!r} is not used: the file belongs to another user")
        return False
    if found.st_mode & _OTHERS_MASK:
        os.fchmod(handle, found.st_mode & ~_OTHERS_MASK & 0o777)
        console.note(
            f"Warning: other users could read the login in {shown!r}; its permissions are now fixed. "
            "Consider changing the password"
        )
    return True
