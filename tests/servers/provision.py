"""Setting up servers that only tests need, once for all runs: in a folder each, whichever process comes first."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

_CACHE = Path(__file__).parents[2] / ".cache"


class ServerUnavailableError(RuntimeError):
    """A server cannot be set up or started on this machine; the message says why."""


def folder(name: str, variable: str) -> Path:
    """Where a server is, or will be: what the environment variable says, else in `.cache` of the project."""
    configured = os.environ.get(variable)
    return Path(configured).expanduser().absolute() if configured else _CACHE / name


def digest(*parts: bytes) -> str:
    """What a set-up is made from, as one text to compare."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


@contextlib.contextmanager
def locked(target: Path) -> Iterator[None]:
    """Let one process at a time set up that folder; the others wait."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.with_name(target.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build_unless_current(target: Path, wanted: str, build: Callable[[Path], None]) -> None:
    """Build the folder anew when it is missing, half-built or made from something else; inside `locked` only."""
    stamp = target / ".complete"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    shutil.rmtree(target, ignore_errors=True)
    build(target)
    stamp.write_text(wanted)


def run(
    command: list[str],
    where: Path | None = None,
    environment: Mapping[str, str] | None = None,
    user: str | None = None,
) -> str:
    """Run a step of a set-up, as another user when one is named, and return its standard output.

    Raises:
        ServerUnavailableError: it failed; with the end of what it printed.
    """
    done = subprocess.run(
        command, cwd=where, env=environment, user=user, group=user, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ServerUnavailableError(f"{' '.join(command)} failed:\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout
