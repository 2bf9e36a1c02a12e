"""A server as a process of its own, which ends with the tests however they end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Self


class LaunchedServer:
    """A server process with a folder and a log of its own, as a context manager; subclasses say what to launch."""

    def __init__(self) -> None:
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._resources = contextlib.ExitStack()
        self._log: IO[bytes] | None = None

    def log(self) -> str:
        """Whatever the server wrote on its standard output and error so far."""
        if self._log is None:
            return ""
        return os.pread(self._log.fileno(), 1 << 20, 0).decode(errors="replace")

    def wait(self) -> int:
        """Wait until the server ends by itself, and return its exit code."""
        return self._process.wait() if self._process else 0

    def stop(self) -> None:
        """Stop the server, by force if it does not go, and remove its folder; safe to call twice."""
        self._end(signal.SIGTERM, signal.SIGKILL)
        self._resources.close()
        self._log = None

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def _start(self) -> None:
        raise NotImplementedError

    def _folder(self, prefix: str) -> Path:
        """A new folder that is removed when the server is stopped; its log is there."""
        work = Path(self._resources.enter_context(tempfile.TemporaryDirectory(prefix=prefix)))
        self._log = self._resources.enter_context((work / "log").open("a+b"))
        return work

    def _launch(
        self, command: Sequence[str], work: Path, environment: Mapping[str, str], pass_fds: Sequence[int] = ()
    ) -> None:
        """Start the process in a process group of its own.

        The variable LIFELINE is a file descriptor for it to read from: it ends when this process is gone, however it
        went.
        """
        read_end, write_end = os.pipe()
        self._resources.callback(os.close, write_end)
        try:
            self._process = subprocess.Popen(
                command,
                cwd=work,
                env={**environment, "LIFELINE": str(read_end)},
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=subprocess.STDOUT,
                pass_fds=[read_end, *pass_fds],
                start_new_session=True,
            )
        finally:
            os.close(read_end)

    def _end(self, *signals: signal.Signals) -> None:
        """Send the signals, one after the other, until the process is gone."""
        process, self._process = self._process, None
        if process is None:
            return
        for sign in signals:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=3)
                break
