"""Commands with options of their own: each is a module that declares them. All other words follow the old syntax."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Protocol, cast

from alignak_backend_client.cli.arguments import FLAGS, VALUES, UsageError
from alignak_backend_client.cli.exit_codes import OK, USAGE
from alignak_backend_client.cli.line import Line, Spellings

if TYPE_CHECKING:
    from alignak_backend_client.cli.console import Console

#: Name of a command to its module, which is imported only when the name is used.
MODULES: Final = {"serve": "alignak_backend_client.cli.commands.serve"}

#: Options of every command.
_COMMON: Final = {name: FLAGS[name] for name in ("help", "verbose", "quiet")}


class Subcommand(Protocol):
    """What the module of a command has.

    Attributes:
        NAME: the word on the command line.
        OWN_FLAGS: its options without a value, besides ``-h``, ``-v`` and ``-q``.
        OWN_VALUES: its options with a value.
        HELP: its help text.
    """

    NAME: str
    OWN_FLAGS: Spellings
    OWN_VALUES: Spellings
    HELP: str

    def run(self, line: Line, console: Console) -> int:
        """Do it and return the exit code.

        Raises:
            UsageError: the command line is wrong.
        """


def find(words: Sequence[str]) -> Subcommand | None:
    """Return the command with options of its own that a command line asks for, if it does.

    The first word that is no option, and no value of one, tells. So ``add serve`` adds a host of that name.
    """
    for name, module in MODULES.items():
        if name not in words:
            continue
        found = cast(Subcommand, importlib.import_module(module))
        line = Line(words, {**FLAGS, **found.OWN_FLAGS}, {**VALUES, **found.OWN_VALUES})
        if line.words and line.words[0] == name:
            return found
    return None


def run(command: Subcommand, words: Sequence[str], console: Console) -> int:
    """Run a command and return its exit code."""
    line = Line(words, {**_COMMON, **command.OWN_FLAGS}, command.OWN_VALUES)
    console.quiet, console.verbose = "quiet" in line.flags, "verbose" in line.flags
    if "help" in line.flags:
        console.text(command.HELP)
        return OK
    try:
        _check(command, line)
        return command.run(line, console)
    except UsageError as error:
        console.error(str(error))
        console.error(f"Run 'alignak-backend-cli {command.NAME} -h' for help.")
        return USAGE


def _check(command: Subcommand, line: Line) -> None:
    if line.problem:
        raise UsageError(f"{command.NAME}: {line.problem}. To add an item of that name: add {command.NAME}")
    if len(line.words) > 1:
        raise UsageError(f"Too many words: {' '.join(line.words[1:])!r}")
