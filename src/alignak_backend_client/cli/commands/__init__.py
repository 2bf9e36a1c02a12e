"""The actions of the command line, one module each. They read what they need, call the verbs, and print."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from alignak_backend_client.cli.arguments import Options
from alignak_backend_client.cli.commands.add import Add
from alignak_backend_client.cli.commands.delete import Delete
from alignak_backend_client.cli.commands.get import Get
from alignak_backend_client.cli.commands.list import List
from alignak_backend_client.cli.commands.update import Update
from alignak_backend_client.cli.console import Console
from alignak_backend_client.client import Backend


class Command(Protocol):
    """An action. Making one checks files and folders; running it talks to the backend."""

    def run(self, backend: Backend) -> bool:
        """Do it, and return True when all went well."""


def _get(options: Options, console: Console) -> Command:
    """Return the action for one item, or for a list: ``-l``, and a wildcard for services, ask for one."""
    wildcard = options.type == "service" and (options.item or "").endswith("/*")
    return List(options, console) if options.listed or wildcard else Get(options, console)


COMMANDS: dict[str, Callable[[Options, Console], Command]] = {
    "get": _get,
    "add": Add,
    "update": Update,
    "delete": Delete,
}
