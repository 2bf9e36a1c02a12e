"""The client that this project replaces, release 1.4.2, in a virtual environment of its own.

It is only ever run as a command, or asked through its documented class `Backend`.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks import ROOT
from servers.real import find_python

_SOURCE = Path(__file__).parent / "released_client"
_FOLDER = ROOT / ".cache" / "released-client"


@dataclass(frozen=True)
class Released:
    """Where the released client is.

    Attributes:
        python: the interpreter that can import its library.
        command: its command.
    """

    python: Path
    command: Path


def install() -> Released:
    """Build the virtual environment unless it is there, complete and current.

    Raises:
        RuntimeError: there is no Python 3.11, or the installation failed.
    """
    sources = sorted(_SOURCE.glob("*.*"))
    wanted = hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()
    stamp = _FOLDER / ".complete"
    _FOLDER.parent.mkdir(parents=True, exist_ok=True)
    with _FOLDER.with_name("released-client.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (stamp.is_file() and stamp.read_text() == wanted):
            _build()
            stamp.write_text(wanted)
    return Released(_FOLDER / "bin/python", _FOLDER / "bin/alignak-backend-cli")


def _build() -> None:
    shutil.rmtree(_FOLDER, ignore_errors=True)
    _run([find_python(), "-m", "venv", str(_FOLDER)])
    (site,) = _FOLDER.glob("lib/python3.11/site-packages")
    shutil.copy(_SOURCE / "sitecustomize.py", site)
    pip = [str(_FOLDER / "bin/pip"), "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, "setuptools<70", "wheel"])
    _run([*pip, "--no-build-isolation", "-r", str(_SOURCE / "requirements.txt")])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{(done.stdout + done.stderr)[-3000:]}")
