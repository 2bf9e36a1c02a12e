"""Finding the click command of a command line; see :mod:`.command`."""

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


class Call(NamedTuple):
    """The call of a click command.

    Attributes:
        name: its name on the command line.
        command: the command.
        words: the command line without the name.
        line: the parsed command line.
    """

    name: str
    command: Command
    words: list[str]
    line: Line


def find(words: Sequence[str]) -> Call | None:
    """Return the click command of a command line; None if it has none.

    The first word that is neither an option nor the value of one is the command. So ``add serve`` adds a host with that
    name.
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
                return Call(name, command, [*words[:at], *words[at + 1 :]], line)
    return None


def _function(name: str) -> str:
    """Return the name of the function of a command; ``import`` is a keyword of Python."""
    function = name.replace("-", "_")
    return f"{function}_" if keyword.iskeyword(function) else function


def run(words: Sequence[str], console: Console) -> int | None:
    """Run the click command of a command line and return its exit code; None if it has none."""
    called = find(words)
    if called is None:
        return None
    console.quiet, console.verbose = "quiet" in called.line.flags, "verbose" in called.line.flags
    return called.command.run(called.name, called.words, console)


#: Placeholder for the name of the command.
_HERE = "\0"
