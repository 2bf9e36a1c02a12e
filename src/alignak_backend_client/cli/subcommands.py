"""Finding the click command that a command line calls; :mod:`.command` describes these."""

from __future__ import annotations

import importlib
import keyword
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from alignak_backend_client.cli.grammar import FLAGS, VALUES, Line
from alignak_backend_client.cli.registry import ACTIONS, COMMANDS

if TYPE_CHECKING:
    from alignak_backend_client.cli.command import Command
    from alignak_backend_client.cli.terminal.console import Console


class Called(NamedTuple):
    """A command with options of its own that is called.

    Attributes:
        name: how it was called.
        command: the command.
        words: the command line without the name.
        line: the command line, read.
    """

    name: str
    command: Command
    words: list[str]
    line: Line


def find(words: Sequence[str]) -> Called | None:
    """Return the command with options of its own that a command line asks for; None when it asks for none.

    The first word that is no option, and no value of one, tells. So ``add serve`` adds a host with that name.
    """
    if not any(name in words for name in COMMANDS):
        return None
    if Line(words).words[:1] in ([action] for action in ACTIONS):
        return None
    for at, name in enumerate(words):
        if name in COMMANDS:
            command: Command = getattr(importlib.import_module(COMMANDS[name]), _function(name))
            flags, values = command.spellings()
            line = Line([*words[:at], _HERE, *words[at + 1 :]], {**FLAGS, **flags}, {**VALUES, **values})
            if line.words[:1] == [_HERE]:
                return Called(name, command, [*words[:at], *words[at + 1 :]], line)
    return None


def _function(name: str) -> str:
    """Return the name of the function of a command; Python keeps ``import`` for itself."""
    function = name.replace("-", "_")
    return f"{function}_" if keyword.iskeyword(function) else function


def run(words: Sequence[str], console: Console) -> int | None:
    """Run the command with options of its own that a command line asks for, and return its exit code.

    Returns:
        None when it asks for no such command.
    """
    called = find(words)
    if called is None:
        return None
    console.quiet, console.verbose = "quiet" in called.line.flags, "verbose" in called.line.flags
    return called.command.run(called.name, called.words, console)


#: Stands for the name of the command: a word that nobody types.
_HERE = "\0"
