"""The ``console`` blocks of documents: commands, and what they print."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from cli.running import environment, run

COMMAND = "alignak-backend-cli "


def sessions(document: Path) -> Iterator[tuple[str, str]]:
    """Yield the commands of a document, with what they print."""
    text = document.read_text(encoding="utf-8")
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def printed(command: str, folder: Path, variables: Mapping[str, str]) -> str:
    """What a command line prints in that folder: by the command in this process, or by the shell where it needs one."""
    return _by_command(command, folder, variables) if _is_plain(command) else by_shell(command, folder, variables)


def _is_plain(command: str) -> bool:
    """True for our command alone, without anything that a shell does more than cut it into words."""
    unquoted = re.sub(r"'[^']*'", "", command)
    return command.startswith(COMMAND) and not re.search(r"[\"\\$`|&;<>()*?\[\]{}~#!]", unquoted)


def _by_command(command: str, folder: Path, variables: Mapping[str, str]) -> str:
    with contextlib.chdir(folder), _time_zone(variables.get("TZ")):
        return run(*shlex.split(command)[1:], variables=variables, together=True).out


@contextlib.contextmanager
def _time_zone(name: str | None) -> Iterator[None]:
    """The C library reads the variable when it is told to."""
    before = os.environ.get("TZ")
    try:
        _set_time_zone(name or before)
        yield
    finally:
        _set_time_zone(before)


def _set_time_zone(name: str | None) -> None:
    os.environ.pop("TZ", None)
    if name is not None:
        os.environ["TZ"] = name
    time.tzset()


def by_shell(command: str, folder: Path, variables: Mapping[str, str]) -> str:
    """What a shell and the installed command print."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", f"{{ {command}; }} 2>&1"],
        cwd=folder,
        env=environment(PATH=path, **variables),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout
