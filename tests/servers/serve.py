"""The command `serve` as a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType

COMMAND = Path(sys.executable).with_name("alignak-backend-cli")
_SECONDS = 60.0


def environment(**more: str) -> dict[str, str]:
    """The environment without what configures the command."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ALIGNAK_")} | more


class Serve:
    """A running server; leaving it stops it.

    Attributes:
        url: where it answers.
        lines: what it has printed, both streams.
    """

    def __init__(self, *options: str, host: str = "127.0.0.1", stdin: str = "", **variables: str) -> None:
        self.lines: list[str] = []
        self.url = ""
        self._told = threading.Condition()
        self.process = subprocess.Popen(
            [COMMAND, "serve", "--port=0", f"--host={host}", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment(**variables),
            start_new_session=True,
        )
        assert self.process.stdin is not None
        self.process.stdin.write(stdin)
        self.process.stdin.close()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            for line in output:
                with self._told:
                    self.lines.append(line.rstrip("\n"))
                    self._told.notify_all()
        with self._told:
            self._told.notify_all()

    def __enter__(self) -> Serve:
        line = self.wait_for(r"^Alignak backend on (https?://\S+:\d+)")
        self.url = line.split()[3]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.ended()

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def wait_for(self, pattern: str) -> str:
        """The first line that matches, when it is printed."""

        def found() -> str | None:
            return next((line for line in self.lines if re.search(pattern, line)), None)

        with self._told:
            self._told.wait_for(lambda: found() or not self._reader.is_alive(), timeout=_SECONDS)
        line = found()
        assert line is not None, f"{pattern!r} was not printed: {self.output}"
        return line

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        """Wait for the end and return the exit code."""
        try:
            code = self.process.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self._reader.join(5)
        return code
