"""Paths of the user's files. Every command checks whether they exist, so this module imports almost nothing."""

from __future__ import annotations

import os
import sys


class ConfigError(Exception):
    """The configuration file is invalid, or there is no such profile. The message has the line and a hint."""


def config_file() -> str:
    """Return the path of the configuration file."""
    return f"{_folder('XDG_CONFIG_HOME', '.config')}/config.toml"


def logins_folder() -> str:
    """Return the path of the folder with tokens; it is apart from the profiles, which may be shared."""
    return f"{_folder('XDG_STATE_HOME', '.local/state')}/logins"


def _folder(variable: str, default: str) -> str:
    """Return our folder below the directory of a variable; as XDG requires, a relative path there is ignored."""
    base = os.environ.get(variable, "")
    if sys.platform == "win32":
        base = base or os.environ.get("LOCALAPPDATA", "")
    elif not base.startswith("/"):
        base = ""
    # pathlib takes 4 ms to import.
    return (base or os.path.expanduser(f"~/{default}")) + "/alignak-backend"  # noqa: PTH111
