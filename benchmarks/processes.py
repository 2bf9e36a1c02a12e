"""Running a command as its users do, and what it cost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_LAUNCHER = Path(__file__).with_name("launcher.py")
_KIB = 1024 if sys.platform != "darwin" else 1


@dataclass(frozen=True)
class Cost:
    """What a process cost.

    Attributes:
        seconds: from its start to its end.
        peak_memory: the most memory it had, in bytes.
        output: what it wrote on standard output.
    """

    seconds: float
    peak_memory: int
    output: str


def run(command: Sequence[str | Path], folder: Path | None = None, *, expected: int = 0) -> Cost:
    """Run a command to its end.

    Args:
        command: the program and its arguments.
        folder: its working directory.
        expected: the exit code that means success.

    Raises:
        RuntimeError: it ended with another exit code.
    """
    # Warnings of old releases on new Pythons are not what is measured.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "ALIGNAK"))} | {
        "PYTHONWARNINGS": "ignore"
    }
    words = [str(word) for word in command]
    program = shutil.which(words[0])
    if program is None:
        raise RuntimeError(f"there is no program {words[0]}")
    with (
        tempfile.TemporaryFile() as output,
        tempfile.TemporaryFile() as errors,
        tempfile.NamedTemporaryFile() as report,
    ):
        subprocess.run(
            [sys.executable, "-S", "-I", str(_LAUNCHER), report.name, program, *words[1:]],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            check=True,
        )
        cost = json.load(report)
        output.seek(0)
        if cost["code"] != expected:
            errors.seek(0)
            text = (output.read() + errors.read()).decode(errors="replace")
            raise RuntimeError(f"{' '.join(words)} ended with {cost['code']}, not {expected}:\n{text[-2000:]}")
        return Cost(cost["seconds"], cost["peak"] * _KIB, output.read().decode(errors="replace"))
