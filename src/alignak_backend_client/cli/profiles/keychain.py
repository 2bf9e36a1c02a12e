"""Tokens in the keyring of the operating system, where the extra ``keyring`` is installed.

A keyring that is locked, broken or absent never stops a command: the token is then stored in a file, or the user logs
in again. Keyring backends are plugins that may raise anything, so everything they raise is taken as a failure.
"""

from __future__ import annotations

from typing import Final

_SERVICE: Final = "alignak-backend-client"


def store(name: str, token: str) -> bool:
    """Store a token under a name; return False if there is no keyring that keeps it."""
    try:
        import keyring

        keyring.set_password(_SERVICE, name, token)
        # A backend that stores nothing raises nothing either.
        return keyring.get_password(_SERVICE, name) == token
    except Exception:  # noqa: BLE001 - see above
        return False


def find(name: str) -> str | None:
    """Return the token with this name, or None if the keyring does not have it or does not answer."""
    try:
        import keyring

        return keyring.get_password(_SERVICE, name)
    except Exception:  # noqa: BLE001 - see above
        return None


def remove(name: str) -> bool:
    """Delete the token with this name; return False if the keyring refuses."""
    try:
        import keyring

        keyring.delete_password(_SERVICE, name)
    except Exception:  # noqa: BLE001 - see above
        return False
    return True
