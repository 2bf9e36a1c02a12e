"""Paths of the user's files: configuration, logins, databases. Every command needs some, so no ``pathlib`` here."""

from __future__ import annotations

import os
import sys
from typing import Final

from alignak_backend_client.client import EMBEDDED

IN_MEMORY: Final = EMBEDDED + ":memory:"


class ConfigError(Exception):
    """The configuration file is invalid, or there is no such profile. The message has the line and a hint."""


def config_file() -> str:
    """Return the path of the configuration file."""
    return f"{_folder('XDG_CONFIG_HOME', '.config')}/config.toml"


def logins_folder() -> str:
    """Return the path of the folder with tokens; it is apart from the profiles, which may be shared."""
    return f"{_folder('XDG_STATE_HOME', '.local/state')}/logins"


def database_of(url: str) -> str | None:
    """Return the file of an embedded backend, ``""`` for the default one in the user's data folder; None for others."""
    return url.removeprefix(EMBEDDED) if url.startswith(EMBEDDED) and url != IN_MEMORY else None


def _folder(variable: str, default: str) -> str:
    """Return our folder below the directory of a variable; as XDG requires, a relative path there is ignored."""
    base = os.environ.get(variable, "")
    if sys.platform == "win32":
        base = base or os.environ.get("LOCALAPPDATA", "")
    elif not base.startswith("/"):
        base = ""
    # pathlib takes 4 ms to import.
    return (base or os.path.expanduser(f"~/{default}")) + "/alignak-backend"  # noqa: PTH111
