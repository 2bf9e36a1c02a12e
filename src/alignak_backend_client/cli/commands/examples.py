"""Command ``examples``: write the example data files of the package to a folder. It needs no backend."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from alignak_backend_client.cli.command import command, option
from alignak_backend_client.cli.exit_codes import OK
from alignak_backend_client.cli.terminal.console import Console, OutputError

#: A symbolic link in a checkout, a folder in what is installed.
_SOURCE: Final = Path(__file__).parents[2] / "examples"

_EPILOG: Final = """\
README.md in that folder describes each file and how to install the checks pack.
Existing files are never overwritten.

Exit codes:
  0   the files were written
  2   the folder exists already, or cannot be written
  64  wrong usage

Examples:
  alignak-backend-cli examples
      Write to ./examples
  alignak-backend-cli examples --to /tmp/pack
      Write to another folder
"""


@command(epilog=_EPILOG)
@option(
    "--to", "folder", metavar="FOLDER", default="examples", show_default=True, help="folder to create for the files"
)
def examples(console: Console, folder: str) -> int:
    """Write the example data files, with a checks pack for Windows hosts, to a new folder."""
    target = Path(folder)
    made = False
    try:
        files = sorted(_SOURCE.iterdir())
        target.mkdir(parents=True)
        made = True
        for file in files:
            shutil.copyfile(file, target / file.name)
    except FileExistsError:
        raise OutputError(f"{folder!r} exists already: name another folder with --to") from None
    except OSError as error:
        if made:  # all or nothing, so that the command can be repeated
            shutil.rmtree(target, ignore_errors=True)
        raise OutputError(f"The examples cannot be written to {folder!r}: {error.strerror}") from error
    console.result(f"{len(files)} files written to {folder}")
    return OK
