"""The actions and commands, one module each: they read input, call the operations, and print results."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

from alignak_backend_client.cli.grammar import (
    FLAGS,
    LISTING,
    OPTION_ACTIONS,
    REFUSED,
    SHOWING,
    VALUES,
    Options,
    UsageError,
)

if TYPE_CHECKING:
    from alignak_backend_client.cli.commands.base import ActionCommand
    from alignak_backend_client.cli.terminal.console import Console

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


def command(options: Options, username: str, console: Console) -> ActionCommand:
    """Return the action that the options ask for; only its module is imported.

    Raises:
        UsageError: the options do not fit the action.
        ItemError: files cannot be written where they should be.
    """
    _check(options, console)
    name = options.action
    if name == "get" and options.output:
        name = "show list" if options.gets_list else "show"
    elif name == "get" and options.gets_list:
        name = "list"
    module, kind = _CLASSES[name]
    made: ActionCommand = getattr(importlib.import_module(f"{__name__}.{module}"), kind)(options, username, console)
    return made


def _check(options: Options, console: Console) -> None:
    """Check that the options fit the action."""
    action = "list" if options.listed and options.action == "get" else options.action
    for name, fitting in OPTION_ACTIONS.items():
        if _given(options, name) and action not in fitting:
            if action == "get" and name in LISTING and options.gets_list:
                continue
            option = (FLAGS.get(name) or VALUES[name])[-1]
            fits = " and ".join(filter(None, [", ".join(map(repr, fitting[:-1])), repr(fitting[-1])]))
            if name in REFUSED or action == "delete":
                raise UsageError(f"The option {option} works with {fits}, not with '{action}'")
            console.note(f"The option {option} has no effect here: it works with {fits}")
    if action == "get" and not options.items:
        raise UsageError(f"Give the name of a {options.type}, or use 'list' for all of them")
    if action in ("add", "update") and not options.items and options.data is None:
        raise UsageError(f"Nothing to {action}: give an item, or a data file with -d")
    if action == "update" and options.data is None and options.template is None:
        raise UsageError("Nothing to update: give the new values in a data file with -d")
    if options.ignore_unknown and options.data is None:
        raise UsageError("The option --ignore-unknown works with 'add' and a data file")
    if any(_given(options, name) for name in (*LISTING, *SHOWING)):
        options.output = options.output or "table"


def _given(options: Options, name: str) -> bool:
    value = getattr(options, name)
    return bool(value) or (name == "limit" and value is not None)  # 0 is a limit, too
