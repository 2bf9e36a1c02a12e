"""Running a command as its users do, and what it cost."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

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
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        begin = time.perf_counter()
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        if process.returncode != expected:
            errors.seek(0)
            text = (output.read() + errors.read()).decode(errors="replace")
            words = " ".join(map(str, command))
            raise RuntimeError(f"{words} ended with {process.returncode}, not {expected}:\n{text[-2000:]}")
        return Cost(seconds, usage.ru_maxrss * _KIB, output.read().decode(errors="replace"))
