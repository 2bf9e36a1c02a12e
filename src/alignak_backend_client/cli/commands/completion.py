"""Command ``completion``: shell completion scripts, and the candidates that these scripts ask for."""

from __future__ import annotations

from typing import Final, TextIO

import click

from alignak_backend_client.cli.command import command
from alignak_backend_client.cli.completion.scripts import SCRIPTS
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.output.sink import Sink
from alignak_backend_client.output.writing import WriteSummary

_EPILOG: Final = """\
The script completes commands, options, types, fields, columns, profiles and the
names of items. Names come from the backend of the command line, if you are
logged in (alignak-backend-cli login) or the environment has the password.
Completion never prompts, and gives up on names after one second.

Exit codes:
  0   the script was printed
  64  wrong usage

Examples:
  source <(alignak-backend-cli completion bash)
      bash, in ~/.bashrc
  source <(alignak-backend-cli completion zsh)
      zsh, in ~/.zshrc, after compinit
  alignak-backend-cli completion fish > \\
      ~/.config/fish/completions/alignak-backend-cli.fish
      fish, once
"""


@command(epilog=_EPILOG)
@click.argument("shell", metavar="SHELL", type=click.Choice(list(SCRIPTS)))
@click.argument("line", metavar="", nargs=-1)
def completion(console: Console, shell: str, line: tuple[str, ...]) -> None:
    """Print a shell completion script."""
    if not line:
        console.text(SCRIPTS[shell])
        return
    from alignak_backend_client.cli.completion.bash_line import BashLine
    from alignak_backend_client.cli.completion.candidates import FILES, candidates

    if shell == "bash":
        typed = BashLine(line[0], "".join(line[1:]))
        found = candidates(typed.words, typed.current)
    else:
        found = candidates([word for word in line[:-1] if word], line[-1])
    if isinstance(found, str):
        _answer(console, [FILES])
        return
    words = {word: description for word, description in found.items() if word.isprintable()}
    if shell == "bash":
        lines = [typed.replacement(word) for word in words]
    else:
        lines = [
            f"{word}\t{description}" if description and description.isprintable() else word
            for word, description in words.items()
        ]
    continued = bool(words) and all(word.endswith(("=", "/")) for word in words)
    _answer(console, ["continued" if continued else "words", *lines])


def _answer(console: Console, lines: list[str]) -> None:
    """Print lines for a shell, as UTF-8 in any locale."""

    def write(stream: TextIO) -> WriteSummary:
        Sink(stream).write_csv("".join(f"{line}\n" for line in lines))
        return WriteSummary(len(lines))

    console.results(write)
