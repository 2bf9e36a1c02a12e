"""A server as a process of its own, which ends with the tests however they end."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import IO, Self

from servers.provision import ServerUnavailableError

# The shell becomes the server, and leaves behind what ends it when the lifeline does.
_WITH_LIFELINE = '(read -r _ < "/dev/fd/$LIFELINE"; kill -9 $$) & exec "$@"'


def with_lifeline(command: Sequence[str]) -> list[str]:
    """Return the command for `LaunchedServer._launch`, for a server that knows nothing of a lifeline."""
    return ["/bin/sh", "-c", _WITH_LIFELINE, "sh", *command]


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
        self,
        command: Sequence[str],
        work: Path,
        environment: Mapping[str, str],
        pass_fds: Sequence[int] = (),
        user: str | None = None,
    ) -> None:
        """Start the process in a process group of its own, as another user when one is named.

        The variable LIFELINE is a file descriptor for it to read from: it ends when this process is gone, however it
        went.
        """
        read_end, write_end = os.pipe()
        self._resources.callback(os.close, write_end)
        if user:  # it opens the file descriptor anew
            shutil.chown(read_end, user)
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
                user=user,
                group=user,
            )
        finally:
            os.close(read_end)

    def _wait_for(self, pattern: re.Pattern[str], seconds: float, start: int = 0) -> re.Match[str]:
        """Return what is printed, from that place of the log on, as soon as it is there.

        Raises:
            ServerUnavailableError: the server has ended, or does not print it in time.
        """
        assert self._process is not None
        end = time.monotonic() + seconds
        while time.monotonic() < end and self._process.poll() is None:
            found = pattern.search(self.log(), start)
            if found:
                return found
            time.sleep(0.01)
        raise ServerUnavailableError(f"{type(self).__name__} did not start:\n{self.log()[start:][-3000:]}")

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


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def as_command(work: Callable[[], int]) -> int:
    """Run work from the shell until it ends or is interrupted, by SIGTERM too, and return an exit code."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        return work()
    except ServerUnavailableError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def in_foreground(server: LaunchedServer, text: str) -> int:
    """Show a text, wait for a started server to end, and show its log."""
    print(f"{text}, stop it with Ctrl-C", flush=True)
    code = server.wait()
    print(server.log(), file=sys.stderr)
    return code
