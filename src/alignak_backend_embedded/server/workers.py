"""Several processes that answer requests on the same sockets, and the one that looks after them.

The process that looks after them opens no database and starts no thread, so that it can fork at any time.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final, NoReturn

from alignak_backend_embedded.server.settings import ServerError

logger = logging.getLogger(__name__)

#: Workers that die in a row before they answer anything: then something is wrong that a new one does not mend.
_FAILED_STARTS: Final = 3
#: How long the workers may take to end, a bit more than they grant their requests.
_STOP_SECONDS: Final = 40.0

_HANDLED: Final = (signal.SIGTERM, signal.SIGINT)

Work = Callable[[Callable[[], None], Callable[[], bool]], int]
"""What a worker does: it calls the first argument when it answers requests, ends when the second returns True, and
returns an exit code."""


def in_child(work: Callable[[], Any]) -> Any:
    """Return what a function returns that runs in a process of its own; it must be JSON.

    Raises:
        ServerError: the process died.
    """
    reading, writing = os.pipe()
    pid = _fork()
    if pid == 0:
        os.close(reading)
        try:
            os.write(writing, json.dumps(work()).encode())
        except KeyboardInterrupt:
            _leave(1)
        except BaseException:
            logger.exception("The preparation failed")
            _leave(1)
        _leave(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    os.waitpid(pid, 0)
    if not told:
        raise ServerError("The backend could not be prepared: its process has died")
    return json.loads(told)


class Workers:
    """Keeps a number of worker processes running."""

    def __init__(self, number: int, work: Work, sockets: Sequence[socket.socket], warn: Callable[[str], None]) -> None:
        """Prepare; nothing is started.

        Args:
            number: how many.
            work: what each does.
            sockets: where they listen; closed here when they stop.
            warn: told when a worker has died.
        """
        self._number, self._work, self._sockets, self._warn = number, work, sockets, warn
        self._pids: set[int] = set()
        self._ready: set[int] = set()
        self._failed = 0
        self._signals = 0
        self._reports, self._reporting = os.pipe()
        self._wake, self._waking = os.pipe()
        for end in (self._reports, self._reporting, self._wake, self._waking):
            os.set_blocking(end, False)

    def run(self, ready: Callable[[], None]) -> bool:
        """Start the workers, replace those that die, and end them on SIGTERM or SIGINT.

        Args:
            ready: called once, when all answer requests.

        Returns:
            False when some had to be killed.

        Raises:
            ServerError: they do not start.
        """
        signal.set_wakeup_fd(self._waking, warn_on_full_buffer=False)
        for number in _HANDLED:
            signal.signal(number, self._note)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # it only wakes
        told = False
        try:
            while not self._signals:
                self._fill()
                self._wait(60.0)
                self._reap()
                if not told and len(self._ready) == self._number and not self._signals:
                    told = True
                    ready()
        finally:
            finished = self._end()
        return finished

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._signals += 1

    def _fill(self) -> None:
        """Start the workers that are missing.

        Raises:
            ServerError: they die as soon as they are started.
        """
        if self._failed >= _FAILED_STARTS:
            raise ServerError(f"The workers do not start: {self._failed} have died before they answered anything")
        while len(self._pids) < self._number:
            with _signals_held():
                pid = _fork()
                if pid == 0:
                    self._become_worker()
                self._pids.add(pid)

    def _become_worker(self) -> NoReturn:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, lambda *_: _leave(0))
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes of the terminal; SIGTERM follows
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDLED)
        for end in (self._reports, self._wake, self._waking):
            os.close(end)
        parent = os.getppid()
        code = 1
        try:
            code = self._work(
                lambda: _tell(self._reporting, os.getpid()),
                lambda: os.getppid() != parent,
            )
        except ServerError as error:
            logger.error("A worker failed: %s", error)  # noqa: TRY400 - the text says it all
        except BaseException:  # a worker must not go on as its parent
            logger.exception("A worker failed")
        _leave(code)

    def _wait(self, seconds: float) -> None:
        """Wait for a signal or the report of a worker."""
        readable, _, _ = select.select([self._wake, self._reports], [], [], seconds)
        if self._wake in readable:
            os.read(self._wake, 4096)
        if self._reports in readable:
            told = os.read(self._reports, 4096)
            self._ready |= {int.from_bytes(told[at : at + 4], "big") for at in range(0, len(told), 4)}
            self._failed = 0

    def _reap(self) -> None:
        """Notice workers that have died."""
        for pid in list(self._pids):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                self._pids.discard(pid)
                if pid not in self._ready:
                    self._failed += 1
                self._ready.discard(pid)
                if not self._signals:
                    self._warn(f"Worker {pid} {_cause(status)}; another one takes its place")

    def _end(self) -> bool:
        """End the workers; the last resort is to kill them."""
        for each in self._sockets:
            each.close()
        sent, until, finished = 0, time.monotonic() + _STOP_SECONDS, True
        while self._pids:
            if sent < max(self._signals, 1):
                sent = max(self._signals, 1)
                self._send(signal.SIGTERM)
            if time.monotonic() > until:
                self._send(signal.SIGKILL)
                finished = False
            self._wait(0.2)
            self._reap()
        signal.set_wakeup_fd(-1)
        return finished and self._signals < 2

    def _send(self, number: signal.Signals) -> None:
        for pid in self._pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)


def _tell(pipe: int, pid: int) -> None:
    with contextlib.suppress(OSError):
        os.write(pipe, pid.to_bytes(4, "big"))


@contextmanager
def _signals_held() -> Iterator[None]:
    """Keep signals until the child is ready for them."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _HANDLED)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDLED)


def _fork() -> int:
    # What waits in a buffer would be written twice.
    sys.stdout.flush()
    sys.stderr.flush()
    return os.fork()


def _leave(code: int) -> NoReturn:
    """End a child without what the parent has planned for its own end."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def _cause(status: int) -> str:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        with contextlib.suppress(ValueError):
            return f"was killed ({signal.Signals(number).name})"
        return f"was killed (signal {number})"
    return f"has ended with exit code {os.WEXITSTATUS(status)}"
