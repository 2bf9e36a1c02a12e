"""The actions of the command line, one module each. They read what they need, call the verbs, and print."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from alignak_backend_client.cli.arguments import Options
    from alignak_backend_client.cli.commands.base import Action
    from alignak_backend_client.cli.console import Console

_CLASSES: Final = {
    "get": ("get", "Get"),
    "list": ("list", "List"),
    "show": ("show", "ShowItem"),
    "show list": ("show", "ShowList"),
    "add": ("add", "Add"),
    "update": ("update", "Update"),
    "delete": ("delete", "Delete"),
}
"""Name of an action to its module and class."""


def command(options: Options, username: str, console: Console) -> Action:
    """Return the action that the options ask for; only its module is imported."""
    name = options.action
    if name == "get" and options.output:
        name = "show list" if options.gets_list else "show"
    elif name == "get" and options.gets_list:
        name = "list"
    module, kind = _CLASSES[name]
    made: Action = getattr(importlib.import_module(f"{__name__}.{module}"), kind)(options, username, console)
    return made
