"""The actions of the command line, one module each. They read what they need, call the verbs, and print."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from alignak_backend_client.cli.arguments import Options
    from alignak_backend_client.cli.commands.base import Action
    from alignak_backend_client.cli.console import Console

_CLASSES: Final = {"get": "Get", "list": "List", "add": "Add", "update": "Update", "delete": "Delete"}


def command(options: Options, username: str, console: Console) -> Action:
    """Return the action that the options ask for; only its module is imported.

    ``get`` is for one item; ``-l``, and a wildcard for services, ask for a list.
    """
    name = options.action
    if name == "get" and (options.listed or (options.type == "service" and (options.item or "").endswith("/*"))):
        name = "list"
    module = importlib.import_module(f"{__name__}.{name}")
    made: Action = getattr(module, _CLASSES[name])(options, username, console)
    return made
