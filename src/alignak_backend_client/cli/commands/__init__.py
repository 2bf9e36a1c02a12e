"""The actions of the command line, one module each. They read what they need, call the verbs, and print."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from alignak_backend_client.cli.arguments import Options
    from alignak_backend_client.cli.console import Console
    from alignak_backend_client.client import Backend

_CLASSES: Final = {"get": "Get", "list": "List", "add": "Add", "update": "Update", "delete": "Delete"}


class Command(Protocol):
    """An action. Making one checks files and folders; running it talks to the backend."""

    def run(self, backend: Backend) -> bool:
        """Do it, and return True when all went well."""


def command(options: Options, username: str, console: Console) -> Command:
    """Return the action that the options ask for; only its module is imported.

    ``get`` is for one item; ``-l``, and a wildcard for services, ask for a list.
    """
    name = options.action
    if name == "get" and (options.listed or (options.type == "service" and (options.item or "").endswith("/*"))):
        name = "list"
    module = importlib.import_module(f"{__name__}.{name}")
    made: Command = getattr(module, _CLASSES[name])(options, username, console)
    return made
