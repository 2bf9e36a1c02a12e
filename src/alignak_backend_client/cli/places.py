"""Where the user's own files are. Every command looks whether they exist, so nothing is imported for that."""

from __future__ import annotations

import os
import sys


class ConfigError(Exception):
    """The file with profiles is wrong, or there is no such profile. The message says where, and what is right."""


def config_file() -> str:
    """Return the path of the file with profiles."""
    return f"{_folder('XDG_CONFIG_HOME', '.config')}/config.toml"


def logins_folder() -> str:
    """Return the path of the folder with the logins that are kept: not beside the profiles, which may be shared."""
    return f"{_folder('XDG_STATE_HOME', '.local/state')}/logins"


def _folder(variable: str, default: str) -> str:
    """Return our folder in that of an environment variable. What is relative there does not count, as XDG says."""
    base = os.environ.get(variable, "")
    if sys.platform == "win32":
        base = base or os.environ.get("LOCALAPPDATA", "")
    elif not base.startswith("/"):
        base = ""
    # pathlib takes 4 ms to import.
    return (base or os.path.expanduser(f"~/{default}")) + "/alignak-backend"  # noqa: PTH111
