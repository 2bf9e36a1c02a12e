"""The actions of the command line, one module each. They read what they need, call the verbs, and print."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

from alignak_backend_client.cli.grammar import LISTING, SHOWING, Options, UsageError

if TYPE_CHECKING:
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
    """Return the action that the options ask for; only its module is imported.

    Raises:
        UsageError: the options do not fit the action.
        ItemError: files cannot be written where they should be.
    """
    _check(options)
    name = options.action
    if name == "get" and options.output:
        name = "show list" if options.gets_list else "show"
    elif name == "get" and options.gets_list:
        name = "list"
    module, kind = _CLASSES[name]
    made: Action = getattr(importlib.import_module(f"{__name__}.{module}"), kind)(options, username, console)
    return made


def _check(options: Options) -> None:
    """Check that the options fit the action."""
    action, item = options.action, options.item
    if action == "get" and not options.listed and item is None:
        raise UsageError(f"Which {options.type}? Name it, or use 'list' for all of them")
    if action in ("add", "update") and item is None and options.data is None:
        raise UsageError(f"Nothing to {action}: name an item, or give a data file with -d")
    if action == "update" and options.data is None and options.template is None:
        raise UsageError("Nothing to update: give the new values in a data file with -d")
    if options.json and action == "get":
        raise UsageError("The option --json goes with add, update and delete: what 'get' prints is JSON already")
    if options.listed and action != "get":
        raise UsageError(f"The option --list goes with 'get', not with '{action}'")
    if options.ignore_unknown and (action != "add" or options.data is None):
        raise UsageError("The option --ignore-unknown goes with 'add' and a data file")
    _check_showing(options)


def _check_showing(options: Options) -> None:
    """Check the options for showing items; any of them asks for it, by default as a table."""
    showing = [option for name, option in SHOWING.items() if getattr(options, name)]
    listing = [option for name, option in LISTING.items() if getattr(options, name) not in (None, ())]
    if not showing and not listing:
        return
    if options.action != "get":
        raise UsageError(f"The option {(showing + listing)[0]} goes with 'get' and 'list', not with '{options.action}'")
    if listing and not options.gets_list:
        raise UsageError(f"The option {listing[0]} goes with 'list', not with one {options.type}")
    options.output = options.output or "table"
